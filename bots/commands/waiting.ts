import { isolated, short } from '../../src/shared/text.ts'
import { askersIn } from '../askers.ts'
import { amountOf, nameInBooks, titleOf } from '../card.ts'
import { type ApiClient, body, type Item, Refused } from '../client.ts'
import type { Button, Chat, Message, Person } from '../messenger.ts'
import { type Texts, texts } from '../texts/index.ts'
import { timeIn } from '../texts/moment.ts'
import { openOf } from './cancel.ts'
import { codeTyped, transferOf } from './collect.ts'
import type { Command } from './command.ts'

const MAX_CHOICES = 8
/** The most characters of a name and of a note: the label of a button has 80. */
const MAX_NAME = 24
const MAX_NOTE = 30

/**
 * `/waiting` shows what its sender can do about an open transfer: say yes or no to who wants to collect it, remind, give it more time or another code, take it back. Of several it asks which;
 * `/waiting CODE` means that one. In a group its admins can do so with what its treasury has paid.
 */
export const waiting: Command = {
  name: 'waiting',
  options: [{ name: 'code' }],
  async run(invocation, { api, isAdmin }) {
    const { person, chat, language } = invocation
    const t = texts(language)
    const code = codeTyped(invocation)
    if (code) {
      const { id } = await transferOf(code, person, api)
      return { message: await openTransfer(api, id, person, language), personal: true }
    }
    const [{ transfers: own }, paid] = await Promise.all([
      openOf(api, person),
      chat.kind === 'group' ? paidOut(api, chat, person.messenger, isAdmin) : [],
    ])
    const transfers = [...own, ...paid]
    const [only, another] = transfers
    if (!only) return { message: { text: t('cancel.none') } }
    const message = another
      ? choice(transfers, t, person.messenger)
      : await shown(api, only, language, person.messenger)
    return { message, personal: true }
  },
}

/** What the treasury of a group has paid, and nobody has collected; nothing for who is no admin of it. */
async function paidOut(
  api: ApiClient,
  { id }: Chat,
  messenger: string,
  isAdmin: () => Promise<boolean>,
): Promise<Item[]> {
  const mayAct = await isAdmin().catch((error: unknown) => {
    // Where the messenger doesn't tell, there is still what is their own.
    if (error instanceof Refused) return false
    throw error
  })
  if (!mayAct) return []
  const { items } = await body(
    api.groups[':messenger'][':id'].history.$get({
      param: { messenger, id },
      query: { state: 'open', kind: 'payout', limit: '100' },
    }),
  )
  return items
}

/**
 * An open transfer, with buttons for what its sender can do about it.
 * @throws Refused `not_sender`, `transfer_not_found`, or why it is over
 */
export async function openTransfer(
  api: ApiClient,
  id: string,
  person: Person,
  language: string,
): Promise<Message> {
  const own = (await openOf(api, person)).transfers.find((transfer) => transfer.id === id)
  if (own) return shown(api, own, language, person.messenger)
  const transfer = await body(
    api.transfers[':id'].$get({ param: { id }, query: { messenger: person.messenger } }),
  )
  // What a treasury has paid is its admins' to change: whoever is none is told so when they press.
  if (transfer.state === 'open' && transfer.treasury?.end === 'from')
    return shown(api, transfer, language, person.messenger)
  throw new Refused({
    code: REFUSED[transfer.state],
    detail: 'It is none of their open transfers.',
    details: { reader: 'sender' },
  })
}

/** Why a transfer is none that waits, by its state. */
const REFUSED: Record<Item['state'], string> = {
  open: 'not_sender',
  collected: 'already_collected',
  cancelled: 'cancelled',
  declined: 'declined',
  returned: 'expired',
}

async function shown(api: ApiClient, transfer: Item, language: string, here: string): Promise<Message> {
  const t = texts(language)
  const { id: about, note, expiresAt, ask } = transfer
  const until = t('waiting.until', { time: timeIn(expiresAt, language) })
  const remind: Button = { label: t('waiting.remind'), action: { do: 'reminder', transfer: about } }
  const renew: Button = transfer.phrase
    ? { label: t('waiting.words'), action: { do: 'words', transfer: about } }
    : { label: t('waiting.reissue'), action: { do: 'reissue', transfer: about } }
  const extend: Button = { label: t('waiting.extend'), action: { do: 'extend', transfer: about } }
  const { items } = transfer.confirms
    ? await body(api.transfers[':id'].askers.$get({ param: { id: about } }))
    : { items: [] }
  const askers = askersIn(items, t, here)
  return {
    text: [
      `${amountOf(transfer)} · ${titleOf(transfer, t, here)}`,
      note && isolated(note),
      until,
      ...askers.lines,
    ]
      .filter(Boolean)
      .join('\n'),
    buttons: [
      ...askers.buttons,
      // What is given for a pool can only be taken back.
      ...(ask ? [] : [transfer.to ? [remind, extend] : [extend], [renew]]),
      [{ label: t('card.cancel'), action: { do: 'cancel', transfer: about } }],
    ],
  }
}

function choice(transfers: Item[], t: Texts, here: string): Message {
  const buttons = transfers.slice(0, MAX_CHOICES).map((transfer): Button[] => {
    const { id, to, note } = transfer
    const about = to ? `→ ${nameInBooks(to, t, here, 'card.anyone', MAX_NAME)}` : short(note ?? '', MAX_NOTE)
    return [{ label: `${amountOf(transfer)} ${about}`.trim(), action: { do: 'manage', transfer: id } }]
  })
  return { text: t('waiting.choose'), buttons }
}
