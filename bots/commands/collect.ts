import { amountOf, nameOf } from '../card.ts'
import { body, type Core, Refused, type Transfer } from '../core.ts'
import type { Person } from '../messenger.ts'
import { texts } from '../texts/index.ts'
import type { Command } from './command.ts'

export const collect: Command = {
  name: 'collect',
  options: [{ name: 'code', required: true }],
  async run(asked, { core }) {
    const t = texts(asked.language)
    const typed = typeof asked.fields?.code === 'string' ? asked.fields.code : asked.words
    const code = codeIn(typed)
    if (!code) {
      const shown = typed.trim().slice(0, 40)
      return { message: { text: shown ? t('collect.wrong', { typed: shown }) : t('collect.usage') } }
    }
    const { transfer } = await body(core.claims.$post({ json: { code, by: asked.person, key: asked.key } }))
    const details = { amount: amountOf(transfer), name: nameOf(transfer.from, t) }
    return { message: { text: t('collect.done', details) } }
  },
}

/**
 * The transfer that a code opens.
 * @throws Refused also where the person's messenger doesn't deal in its asset: there is nothing to do with it here
 */
export async function transferOf(code: string, { messenger }: Person, core: Core): Promise<Transfer> {
  const [transfer, { items }] = await Promise.all([
    body(core.transfers.find.$post({ json: { code } })),
    body(core.assets.$get({ query: { messenger } })),
  ])
  const { asset } = transfer
  if (items.some((one) => one.code === asset)) return transfer
  throw new Refused({ code: 'wrong_asset', detail: 'The messenger does not deal in it.', details: { asset } })
}

/** The code in what somebody pasted: the code itself, or the end of a link. */
export const codeIn = (typed: string): string | undefined =>
  /^(?:\S*(?:\/c\/|start=))?([\w-]{22,64})(?:[/?#]\S*)?$/.exec(typed.trim())?.[1]
