import { short } from '../../src/shared/text.ts'
import { amountOf, nameInBooks, nameOf, treasuryIn } from '../card.ts'
import { type ApiClient, body, type Item } from '../client.ts'
import type { Button, Message, Person } from '../messenger.ts'
import { type Texts, texts } from '../texts/index.ts'
import { codeTyped, transferOf } from './collect.ts'
import type { Command } from './command.ts'

const MAX_CHOICES = 8
/** The most characters of a name and of a note: the label of a button has 80. */
const MAX_NAME = 16
const MAX_NOTE = 24

/** `/refund CODE` gives back what was collected by that code. `/refund` asks which of what was collected last. */
export const refund: Command = {
  name: 'refund',
  options: [{ name: 'code' }],
  async run(invocation, { api }) {
    const { person, key, language } = invocation
    const code = codeTyped(invocation)
    if (!code) return { message: await choices(api, person, texts(language)), personal: true }
    const { id } = await transferOf(code, person, api)
    return { message: { text: await refundInWords(api, id, person, key, language) } }
  },
}

/** Gives back what somebody has collected, and says so. @throws Refused */
export async function refundInWords(
  api: ApiClient,
  id: string,
  by: Person,
  key: string,
  language: string,
): Promise<string> {
  const refund = await body(api.transfers[':id'].refund.$post({ param: { id }, json: { by, key } }))
  const t = texts(language)
  const name = treasuryIn(refund, 'to', t, 'sentence') ?? nameOf(refund.to, t, by.messenger)
  return t('refund.done', { amount: amountOf(refund), name })
}

/** What somebody has collected last and can give back, each with a button. */
async function choices(api: ApiClient, { messenger, id }: Person, t: Texts): Promise<Message> {
  const { items } = await body(
    api.people[':messenger'][':id'].history.$get({ param: { messenger, id }, query: { limit: '100' } }),
  )
  const buttons = items
    .filter(({ direction, transfer }) => direction === 'received' && isRefundable(transfer))
    .flatMap(({ transfer }) => {
      const own = transfer.claims.find(({ by }) => by?.messenger === messenger && by.id === id)
      return own && !own.refunded ? [[refundButton(transfer, own.amount, t, messenger)]] : []
    })
    .slice(0, MAX_CHOICES)
  return buttons.length > 0 ? { text: t('refund.choose'), buttons } : { text: t('refund.none') }
}

/** Whether what somebody has collected of a transfer can be given back: it came from somebody, or out of a treasury. */
export const isRefundable = ({ from, treasury, refundOf }: Item): boolean =>
  refundOf === null && (from !== null || treasury?.end === 'from')

function refundButton(transfer: Item, amount: string, t: Texts, here: string): Button {
  const from = treasuryIn(transfer, 'from', t) ?? nameInBooks(transfer.from, t, here, 'card.issuer', MAX_NAME)
  const note = transfer.note ? ` · ${short(transfer.note, MAX_NOTE)}` : ''
  return {
    label: `${amount} ${transfer.asset} ← ${short(from, MAX_NAME + 4)}${note}`,
    action: { do: 'refund', transfer: transfer.id },
  }
}
