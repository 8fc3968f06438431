import { asTyped } from '../../src/shared/text.ts'
import { amountOf, nameOf, treasuryIn } from '../card.ts'
import { type ApiClient, body, Refused, type TransferView } from '../client.ts'
import type { Invocation, Person } from '../messenger.ts'
import { codeIn } from '../pasted-code.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'

export const collect: Command = {
  name: 'collect',
  options: [{ name: 'code', required: true }],
  async run(invocation, { api }) {
    const t = texts(invocation.language)
    const code = codeTyped(invocation)
    if (!code) {
      const shown = asTyped(typedIn(invocation))
      return { message: { text: shown ? t('collect.wrong', { typed: shown }) : t('collect.usage') } }
    }
    const { transfer, amount } = await body(
      api.claims.$post({ json: { code, by: invocation.person, key: invocation.key } }),
    )
    const details = {
      amount: amountOf({ ...transfer, amount }),
      name:
        treasuryIn(transfer, 'from', t, 'sentence') ?? nameOf(transfer.from, t, invocation.person.messenger),
    }
    return { message: { text: t('collect.done', details) } }
  },
}

/** What was entered as the code, in its field or after the command. */
export const typedIn = ({ fields, words }: Invocation): string =>
  typeof fields?.code === 'string' ? fields.code : words

/** The code in what was entered, or undefined where it has none. */
export const codeTyped = (invocation: Invocation): string | undefined => codeIn(typedIn(invocation))

/**
 * The transfer of a code.
 * @throws Refused also where its asset isn't used in the person's messenger: nobody could collect it there
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
