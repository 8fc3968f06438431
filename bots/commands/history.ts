import { isolated, short } from '../../src/shared/text.ts'
import { amountOf, isRefunded, nameInBooks, packetIn, treasuryIn } from '../card.ts'
import { type ApiClient, body, type Item } from '../client.ts'
import { linkButton } from '../links.ts'
import type { Button, Chat, Message, Person } from '../messenger.ts'
import { type Texts, texts } from '../texts/index.ts'
import type { Command } from './command.ts'
import { rulesOf } from './rules.ts'

const PAGE = '10'
/** The most characters of a name and of a note: a page has to fit into one message of any messenger. */
const MAX_NAME = 24
const MAX_NOTE = 40
const MOST_LINKS = 3

/** In private the person's own history; in a group that of the group, for its admins. Each comes with a link to the whole of it. */
export const history: Command = {
  name: 'history',
  options: [],
  forAdmins: true,
  async run({ person, chat, language, asGroup }, { api, isAdmin }) {
    const t = texts(language)
    if (chat.kind === 'private') {
      const [{ text, buttons = [] }, links, linked] = await Promise.all([
        historyOfPerson(api, person, null, language),
        ownLinks(api, person, t),
        linkLines(api, person, language),
      ])
      return { message: { text: [text, ...linked].join('\n'), buttons: [...buttons, ...links] } }
    }
    if (!(await isAdmin())) return { message: { text: t('history.onlyAdmins') } }
    const message = await historyOfGroup(api, person.messenger, chat, null, language)
    if (asGroup) return { message: { ...message, text: `${message.text}\n${t('history.asYourself')}` } }
    const { button } = await linkButton(api, person, { group: chat }, t('history.openBooks'))
    return { message, whisper: { text: t('history.books'), buttons: [[button]] } }
  },
}

/** The last links and unlinks of a person, each in a line. */
async function linkLines(api: ApiClient, { messenger, id }: Person, language: string): Promise<string[]> {
  const t = texts(language)
  const { events } = await body(api.people[':messenger'][':id'].links.$get({ param: { messenger, id } }))
  const name = (who: (typeof events)[number]['with']) =>
    nameInBooks(who, t, messenger, 'card.issuer', MAX_NAME)
  return events.slice(0, MOST_LINKS).map(({ kind, at, identity, with: other }) =>
    t(`history.${kind}`, {
      date: dateIn(language, at),
      name: name(identity),
      with: name(other),
    }),
  )
}

/** Links to a person's own pages, each in a row. */
async function ownLinks(api: ApiClient, person: Person, t: Texts): Promise<Button[][]> {
  const statement = await linkButton(api, person, 'statement', t('history.openStatement'))
  if (!statement.isOperator) return [[statement.button]]
  const operators = await linkButton(api, person, 'operators', t('history.openOperators'))
  return [[statement.button], [operators.button]]
}

/**
 * A page of a person's history, with buttons to other pages.
 * @param cursor where the page begins; null: at the newest
 */
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
  const lines = items.map(
    ({ direction, amount, transfer }) =>
      t(`history.${direction}`, detailsOf({ ...transfer, amount }, language, t, messenger)) +
      (direction === 'received' && isRefunded(transfer) ? `  ${t('history.refunded')}` : ''),
  )
  return {
    text: [t('history.mine'), ...(lines.length > 0 ? lines : [t('history.none')])].join('\n'),
    buttons: pageButtons('person', cursor, next, t),
  }
}

/**
 * A page of a group's history with its totals, and buttons to other pages; in the group's time zone.
 * @param cursor where the page begins; null: at the newest
 * @param otherwise the language, where the group has chosen none
 */
export async function historyOfGroup(
  api: ApiClient,
  messenger: string,
  chat: Chat,
  cursor: string | null,
  otherwise: string,
): Promise<Message> {
  const [{ items, next, totals }, { rules }] = await Promise.all([
    body(
      api.groups[':messenger'][':id'].history.$get({
        param: { messenger, id: chat.id },
        query: { limit: PAGE, ...(cursor && { cursor }) },
      }),
    ),
    rulesOf(api, messenger, chat),
  ])
  const { language = otherwise, timeZone: zone } = rules
  const t = texts(language)
  const lines = items.map(
    (transfer) =>
      t('history.between', detailsOf(transfer, language, t, messenger, zone)) +
      elsewhere(transfer, messenger, chat, t),
  )
  const sums = totals.map(
    (total) => `${amountOf(total)} ${t(`history.states.${total.state}`)} (${total.transfers})`,
  )
  return {
    text: [
      t('history.group', { zone }),
      ...(lines.length > 0 ? lines : [t('history.none')]),
      ...(sums.length > 0 ? [t('history.totals', { totals: sums.join(', ') })] : []),
    ].join('\n'),
    buttons: pageButtons('group', cursor, next, t),
  }
}

/** Where a transfer was made, if that was in another one of the group's chats. */
function elsewhere({ group }: Item, messenger: string, chat: Chat, t: Texts): string {
  if (!group || (group.messenger === messenger && group.id === chat.id)) return ''
  return t('history.elsewhere', { title: short(group.title ?? t('join.untitled'), MAX_NAME) })
}

function pageButtons(
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

const dateIn = (language: string, at: string, timeZone = 'UTC') =>
  new Intl.DateTimeFormat(language, { dateStyle: 'short', timeStyle: 'short', timeZone }).format(new Date(at))

const detailsOf = (transfer: Item, language: string, t: Texts, here: string, timeZone = 'UTC') => ({
  date: dateIn(language, transfer.createdAt, timeZone),
  amount: amountOf(transfer),
  from: treasuryIn(transfer, 'from', t) ?? nameInBooks(transfer.from, t, here, 'card.issuer', MAX_NAME),
  to:
    treasuryIn(transfer, 'to', t) ??
    packetIn(transfer, t) ??
    nameInBooks(transfer.collectedBy ?? transfer.to, t, here, 'card.anyone', MAX_NAME),
  state: t(isRefunded(transfer) ? 'history.refunded' : `history.states.${transfer.state}`),
  ask: transfer.ask ? t('history.asked') : '',
  note: [transfer.note && isolated(short(transfer.note, MAX_NOTE)), transfer.refundOf && t('history.refund')]
    .filter(Boolean)
    .map((part) => ` · ${part}`)
    .join(''),
})
