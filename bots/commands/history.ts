import { isolated, short } from '../../src/shared/text.ts'
import { amountOf, nameInBooks } from '../card.ts'
import { type ApiClient, body, type Item } from '../client.ts'
import type { Chat, Message, Person } from '../messenger.ts'
import { type Texts, texts } from '../texts/index.ts'
import type { Command } from './command.ts'

const PAGE = '10'
/** Characters of a name and of a note: ten lines have to fit into one message of any messenger. */
const MOST_NAME = 24
const MOST_NOTE = 40

/** In private one's own; in a group the group's, for its admins. */
export const history: Command = {
  name: 'history',
  options: [],
  async run(asked, { api, isAdmin }) {
    const { person, chat, language } = asked
    if (chat.kind === 'private') return { message: await historyOfPerson(api, person, null, language) }
    if (!(await isAdmin())) return { message: { text: texts(language)('history.onlyAdmins') } }
    return { message: await historyOfGroup(api, person.messenger, chat, null, language) }
  },
}

export async function historyOfPerson(
  api: ApiClient,
  { messenger, id }: Person,
  cursor: string | null,
  language: string,
): Promise<Message> {
  const t = texts(language)
  const { items, next } = await body(
    api.people[':messenger'][':id'].history.$get({
      param: { messenger, id },
      query: { limit: PAGE, ...(cursor && { cursor }) },
    }),
  )
  const lines = items.map(({ direction, transfer }) =>
    direction === 'sent'
      ? t('history.sent', line(transfer, language, t, messenger))
      : t('history.received', line(transfer, language, t, messenger)),
  )
  return {
    text: [t('history.mine'), ...(lines.length > 0 ? lines : [t('history.none')])].join('\n'),
    buttons: turning('person', cursor, next, t),
  }
}

export async function historyOfGroup(
  api: ApiClient,
  messenger: string,
  chat: Chat,
  cursor: string | null,
  language: string,
): Promise<Message> {
  const t = texts(language)
  const { items, next, totals } = await body(
    api.groups[':messenger'][':id'].history.$get({
      param: { messenger, id: chat.id },
      query: { limit: PAGE, ...(cursor && { cursor }) },
    }),
  )
  const lines = items.map((transfer) => t('history.between', line(transfer, language, t, messenger)))
  const sums = totals.map(
    (total) => `${amountOf(total)} ${t(`history.states.${total.state}`)} (${total.transfers})`,
  )
  return {
    text: [
      t('history.group'),
      ...(lines.length > 0 ? lines : [t('history.none')]),
      ...(sums.length > 0 ? [t('history.totals', { totals: sums.join(', ') })] : []),
    ].join('\n'),
    buttons: turning('group', cursor, next, t),
  }
}

function turning(
  of: 'person' | 'group',
  cursor: string | null,
  next: string | null,
  t: Texts,
): Message['buttons'] & {} {
  const newest = cursor
    ? [{ label: t('history.newest'), action: { do: 'history', of, cursor: null } as const }]
    : []
  const older = next
    ? [{ label: t('history.older'), action: { do: 'history', of, cursor: next } as const }]
    : []
  const row = [...newest, ...older]
  return row.length > 0 ? [row] : []
}

const line = (transfer: Item, language: string, t: Texts, here: string) => ({
  date: new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'short', timeZone: 'UTC' }).format(
    new Date(transfer.createdAt),
  ),
  amount: amountOf(transfer),
  from: nameInBooks(transfer.from, t, here, 'card.issuer', MOST_NAME),
  to: nameInBooks(transfer.collectedBy ?? transfer.to, t, here, 'card.anyone', MOST_NAME),
  state: t(`history.states.${transfer.state}`),
  note: transfer.note ? ` · ${isolated(short(transfer.note, MOST_NOTE))}` : '',
})
