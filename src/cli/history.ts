import { viewLines } from '../books/export-statement.ts'
import type { Receiver } from '../books/parties.ts'
import { statementOf } from '../books/statement.ts'
import { readStatementFilter } from '../books/statement-filter.ts'
import { openPlainViews } from '../transfers/view.ts'
import { readBooks } from './books.ts'
import { type Call, type Command, UsageError } from './command.ts'
import { chatsOfParties, partyName, personNamed } from './person.ts'
import { tableOf } from './table.ts'

const LINES = 50
const MOST_LINES = 1000

/** `passalong history` */
export const history: Command = {
  words: ['MESSENGER:ID'],
  about: "every movement of somebody's money, the newest first, with what they had after it",
  details: ['Days are those of UTC. A page has 50 lines; its last line tells how to get the next one.'],
  flags: {
    from: { value: 'DAY', about: 'from that day on, as 2026-11-26' },
    to: { value: 'DAY', about: 'until the end of that day' },
    asset: { value: 'ASSET', about: 'of that asset alone' },
    limit: { value: 'LINES', about: `at most so many lines, up to ${MOST_LINES}` },
    before: { value: 'NEXT', about: 'the page after the one that has told this' },
  },
  json: `{"person":"telegram:123456789","items":[{"at":"2026-11-26T12:00:00+00:00","what":"sent","asset":"CREDIT","amount":"-20.00",
"balance":"80.00","transfer":{"id":"019ab193-…",…},"changes":[]}],"next":"4711"}: "what" is sent, received or returned;
"transfer" as GET /v1/transfers/ID answers it, without code and link; "next", for --before, is null where there is no more`,
  run: (call) =>
    readBooks(async (reading) => {
      const { words, print } = call
      const [who = ''] = words
      const { filter, cursor, limit } = readFlags(call)
      const { person, messenger } = await personNamed(reading.people, who)
      const holder = { person, messenger, timeZone: 'UTC' }
      const { lines, older } = await statementOf(reading, holder, filter, cursor, limit)
      const items = await viewLines({ ...reading, transfers: openPlainViews(reading) }, holder, lines)
      const next = older && 'before' in older ? String(older.before) : null
      const ends = lines.map(({ kind, row }) => (kind === 'collect' ? row.from : row.to))
      const chats = await chatsOfParties(reading.groups, ends)
      const rows = items.map(({ at, what, amount, asset, balance, transfer }, index) => [
        at,
        what,
        `${amount} ${asset}`,
        balance,
        partyName(ends[index] as Receiver, chats),
        transfer.state,
        transfer.id,
      ])
      const head = ['TIME', 'WHAT', 'AMOUNT', 'BALANCE', 'FROM OR TO', 'STATE', 'TRANSFER']
      const more = next ? [`More: passalong history ${who} … --before ${next}`] : []
      print(rows.length > 0 ? [tableOf([head, ...rows], [2, 3]), ...more].join('\n') : 'Nothing.', {
        person: who,
        items,
        next,
      })
    }),
}

/** As the books of a group read an address, so that both understand the same. @throws UsageError */
function readFlags({ valueOf }: Call) {
  const query = new URLSearchParams()
  for (const name of ['from', 'to', 'asset', 'before']) {
    const value = valueOf(name)
    if (value !== undefined) query.set(name, value)
  }
  const { filter, cursor, wrong } = readStatementFilter(query)
  const [first] = wrong
  if (first) throw new UsageError(`--${first.name}: "${first.value}" can not be understood.`)
  const limit = Number(valueOf('limit') ?? LINES)
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_LINES)
    throw new UsageError(`--limit: a number from 1 to ${MOST_LINES}.`)
  return { filter, cursor, limit }
}
