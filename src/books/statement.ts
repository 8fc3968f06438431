import { inArray, type SQL, sql } from 'drizzle-orm'
import { transfers } from '../../db/schema.ts'
import type { Entry } from '../ledger/commands.ts'
import { nextDay, startOfDay } from '../shared/zones.ts'
import { readTransfers } from '../transfers/find.ts'
import { type Change, changesOf } from './changes.ts'
import { type PartyNeeds, type Row, rowsOf } from './parties.ts'

/** Whose statement it is. */
export interface Holder {
  /** The person's id. */
  person: string
  /** Everybody is named as they are known in this messenger, if they are. */
  messenger: string
  /** An IANA name: days begin there. */
  timeZone: string
}

/** Which of a person's entries are meant: those for which all of this holds. */
export interface StatementFilter {
  asset?: string | undefined
  /** The first and the last day: `2026-11-26`. */
  from?: string | undefined
  to?: string | undefined
}

/** A movement of a person's money, and what they had after it. Minor units; positive to them. */
export interface Line extends Pick<Entry, 'kind' | 'amount' | 'leaves'> {
  /** Of the entry: later ones have greater ids. */
  id: bigint
  at: Date
  asset: string
  balance: bigint
  /** The transfer that the money came from or went to. */
  row: Row
  /** What was done about it, where they have sent it: on the line by which they did. */
  changes: Change[]
}

/** An entry's id: the page of the lines before it, or after it. */
export type LineCursor = { before: bigint } | { after: bigint }

/** Some of a person's lines, the newest first; with the cursors of the pages beside it, where there is more. */
export interface StatementPage {
  lines: Line[]
  older: LineCursor | undefined
  newer: LineCursor | undefined
}

/** A page of a person's statement. @param cursor left out: the newest */
export async function statementOf(
  needs: PartyNeeds,
  holder: Holder,
  filter: StatementFilter,
  cursor: LineCursor | undefined,
  limit: number,
): Promise<StatementPage> {
  const isBackwards = cursor !== undefined && 'after' in cursor
  const order = sql.raw(isBackwards ? 'asc' : 'desc')
  // What they had after an entry is what they have now without all that came later; so days that are left out count, too.
  const found = await needs.db.execute<Found>(sql`
    with page as (
      select a.id as account, a.asset, a.balance, e.* from accounts a cross join lateral (
        select e.id, e.transfer_id, e.kind, e.amount, e.leaves, e.at from entries e
        where e.account_id = a.id and ${matching(holder, filter, cursor)}
        order by e.id ${order} limit ${limit + 1}) e
      where a.person_id = ${holder.person}${filter.asset ? sql` and a.asset = ${filter.asset}` : sql``}
      order by e.id ${order} limit ${limit + 1}
    ), later as (
      select e.id, sum(e.amount) over (partition by e.account_id order by e.id desc) - e.amount as amount
      from (select account, min(id) as first from page group by account) p
      join entries e on e.account_id = p.account and e.id >= p.first
    )
    select page.id::text, transfer_id as "transferId", kind, page.amount::text, leaves, at, asset,
      (balance - later.amount)::text as balance
    from page join later using (id) order by page.id ${order}`)
  const shown = found.slice(0, limit)
  if (isBackwards) shown.reverse()
  const isMore = found.length > limit
  const [first, last] = [shown[0], shown.at(-1)]
  return {
    lines: await linesOf(needs, holder, shown),
    older: last && (isBackwards || isMore) ? { before: BigInt(last.id) } : undefined,
    newer: first && cursor && (!isBackwards || isMore) ? { after: BigInt(first.id) } : undefined,
  }
}

/** A line as the database tells it. */
interface Found extends Record<string, unknown>, Pick<Line, 'kind' | 'leaves' | 'asset'> {
  id: string
  transferId: string
  amount: string
  at: Date | string
  balance: string
}

/** The condition for entries `e`. */
function matching({ timeZone }: Holder, { from, to }: StatementFilter, cursor?: LineCursor): SQL {
  const startOf = (day: string) => startOfDay(day, timeZone).toISOString()
  const conditions = [
    from && sql`e.at >= ${startOf(from)}`,
    to && sql`e.at < ${startOf(nextDay(to))}`,
    cursor &&
      ('after' in cursor
        ? sql`e.id > ${String(cursor.after)}::bigint`
        : sql`e.id < ${String(cursor.before)}::bigint`),
  ]
  return sql.join([sql`true`, ...conditions.filter((one) => one !== undefined)], sql` and `)
}

async function linesOf(needs: PartyNeeds, { messenger }: Holder, found: Found[]): Promise<Line[]> {
  const ids = [...new Set(found.map(({ transferId }) => transferId))]
  const sent = found.flatMap(({ kind, transferId }) => (kind === 'fund' ? transferId : []))
  const [read, changes] = await Promise.all([
    readTransfers(needs.db, (select) => select.where(inArray(transfers.id, ids))),
    changesOf(needs.db, sent),
  ])
  const rows = new Map((await rowsOf(needs, read, messenger)).map((row) => [row.transfer.id, row]))
  return found.map(({ id, transferId, kind, amount, leaves, at, asset, balance }) => ({
    id: BigInt(id),
    kind,
    amount: BigInt(amount),
    leaves,
    at: new Date(at),
    asset,
    balance: BigInt(balance),
    row: rows.get(transferId) as Row,
    changes: (kind === 'fund' && changes.get(transferId)) || [],
  }))
}
