import { asTyped } from '../../src/shared/text.ts'
import { amountOf, nameOf } from '../card.ts'
import { type ApiClient, body, Refused, type TransferView } from '../client.ts'
import { codeIn } from '../code.ts'
import type { Invocation, Person } from '../messenger.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'

export const collect: Command = {
  name: 'collect',
  options: [{ name: 'code', required: true }],
  async run(asked, { api }) {
    const t = texts(asked.language)
    const code = codeTyped(asked)
    if (!code) {
      const shown = asTyped(typedIn(asked))
      return { message: { text: shown ? t('collect.wrong', { typed: shown }) : t('collect.usage') } }
    }
    const { transfer } = await body(api.claims.$post({ json: { code, by: asked.person, key: asked.key } }))
    const details = { amount: amountOf(transfer), name: nameOf(transfer.from, t, asked.person.messenger) }
    return { message: { text: t('collect.done', details) } }
  },
}

/** What somebody gives for a code, in its field or after the command. */
export const typedIn = ({ fields, words }: Invocation): string =>
  typeof fields?.code === 'string' ? fields.code : words

export const codeTyped = (asked: Invocation): string | undefined => codeIn(typedIn(asked))

/**
 * The transfer that a code opens.
 * @throws Refused also where the person's messenger doesn't deal in its asset: there is nothing to do with it here
 */
export async function transferOf(code: string, { messenger }: Person, api: ApiClient): Promise<TransferView> {
  const [transfer, { items }] = await Promise.all([
    body(api.transfers.find.$post({ json: { code } })),
    body(api.assets.$get({ query: { messenger } })),
  ])
  const { asset } = transfer
  if (items.some((one) => one.code === asset)) return transfer
  throw new Refused({ code: 'wrong_asset', detail: 'The messenger does not deal in it.', details: { asset } })
}
