import { and, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import type { TransferState } from '../ledger/commands.ts'
import { dayOfYear } from '../shared/zones.ts'
import type { Wanted } from './filter.ts'
import { nearestDays } from './nearest-days.ts'
import { groupDays, groupPeople, matching, partsOf, type Root, sharing } from './source.ts'

/** How many transfers, and how much of their money. */
export interface Sum {
  transfers: number
  /** Minor units. */
  amount: bigint
}

/**
 * What was sent of an asset, and what has become of it: sent = collected + open + returned, in transfers and in money. `returned`
 * is all that went back: cancelled, declined, or after its time. Of a transfer with many shares money may be in all three.
 */
export interface AssetTotal {
  asset: string
  sent: Sum
  collected: Sum
  open: Sum
  returned: Sum
}

/** Sums of all transfers that match. */
export interface Totals {
  assets: AssetTotal[]
  /** How many people have sent or collected them. */
  people: number
}

/** The sums of what was sent on one day in the group's time zone: `2026-11-26`. */
export interface DayTotal extends AssetTotal {
  day: string
}

/** Sums of all transfers that match, by asset. */
export async function totalsOf(db: Database, root: Root, filter: Wanted): Promise<Totals> {
  const [rows, people] = await Promise.all([
    sumsOf(db, root, filter, { day: NEVER, state: PLACE }),
    countPeople(db, root, filter),
  ])
  const assets = [...Map.groupBy(rows, ({ asset }) => asset)].map(([asset, some]) => totalOf(asset, some))
  return { assets, people }
}

/** The same sums for each day on which something was sent, and each asset, the first day first. */
export async function daysOf(db: Database, root: Root, filter: Wanted): Promise<DayTotal[]> {
  const rows = await sumsOf(db, root, filter, { day: sql`day`, state: PLACE })
  return [...Map.groupBy(rows, ({ day, asset }) => `${day} ${asset}`).values()].map((some) => {
    const { day, asset } = some[0] as Row
    return { day: day as string, ...totalOf(asset, some) }
  })
}

/** Sums of all transfers that match, by asset and state. */
export const statesOf = (db: Database, root: Root, filter: Wanted): Promise<Row[]> =>
  sumsOf(db, root, filter, { day: NEVER, state: sql`state` })

/** Sums of the transfers of one asset and state, and of one day where they were asked for by day. */
interface Row {
  day: string | null
  asset: string
  state: TransferState
  transfers: number
  sent: bigint
  collected: bigint
  returned: bigint
}

const NEVER = sql`null::date`
/** What went back, for whatever reason, counts as one. */
const PLACE = sql`case when state in ('cancelled', 'declined') then 'returned' else state end`

/** @param by expressions for what is told apart */
async function sumsOf(
  db: Database,
  root: Root,
  filter: Wanted,
  by: { day: SQL; state: SQL },
): Promise<Row[]> {
  const rows = await db.execute<Record<keyof Row, string>>(sql`
    select day::text, asset, state, transfers, sent, collected, returned
    from (
      select ${by.day} as day, asset, ${by.state} as state, sum(transfers) as transfers, sum(sent) as sent, sum(collected) as collected, sum(returned) as returned
      from ${isCounted(filter) ? countedIn(root, filter) : each(root, filter)} counted
      group by 1, 2, 3 having sum(transfers) <> 0
    ) sums
    order by sums.day, asset, state`)
  return rows.map((row) => ({
    day: row.day,
    asset: row.asset,
    state: row.state as TransferState,
    transfers: Number(row.transfers),
    sent: BigInt(row.sent),
    collected: BigInt(row.collected),
    returned: BigInt(row.returned),
  }))
}

/** Who took part, and in which words, is not counted: such transfers are added up one by one. */
const isCounted = ({ person, words, since, until }: Wanted) => !person && !words && !since && !until

const countedIn = (root: Root, filter: Wanted) => {
  const { from, to } = filter
  const where = and(
    sql`group_id = any (${partsOf(root)})`,
    ...sharing(filter),
    from ? sql`day >= ${from}` : undefined,
    to ? sql`day <= ${to}` : undefined,
  )
  return sql`(select * from ${groupDays} d where ${where})`
}

const each = (root: Root, filter: Wanted) => {
  const all = matching(sql`any (${partsOf(root)})`, root, filter, true).map(
    ({ from, where }) =>
      sql`select t.day, t.asset, t.state, 1 as transfers, t.sent, t.collected, t.returned from ${from} where ${where}`,
  )
  return sql`(${sql.join(all, sql` union all `)})`
}

/** How many people have sent or collected what matches. Those who were ever linked count as one. */
async function countPeople(db: Database, root: Root, filter: Wanted): Promise<number> {
  const people =
    isCounted(filter) && filter.state !== 'open'
      ? peopleCounted(root, filter)
      : await peopleIn(db, root, filter)
  const [row] = await db.execute<{ people: number }>(
    sql`select count(distinct coalesce(linked.kin, counted.person_id))::int as people
      from (select person_id from ${people} group by person_id) counted
      left join people linked on linked.id = counted.person_id and linked.kin is not null`,
  )
  return row?.people ?? 0
}

/** All transfers were open once: so that is who took part in any. */
const peopleCounted = (root: Root, filter: Wanted) =>
  sql`${groupPeople} p where ${and(
    sql`group_id = any (${partsOf(root)})`,
    ...sharing({ ...filter, state: filter.state ?? 'open' }),
    filter.from || filter.to ? between(filter) : undefined,
  )}`

/** The condition for years of which some day is between the first and the last one. */
function between({ from = FIRST_DAY, to = LAST_DAY }: Wanted): SQL | undefined {
  const [first, last] = [yearOf(from), yearOf(to)]
  const some = (year: number) => sql`days & ${daysOfYear(year, from, to)}::bit(366) <> 0::bit(366)`
  return sql`case year when ${first}::int then ${some(first)} when ${last}::int then ${some(last)} else year between ${first} and ${last} end`
}

async function peopleIn(db: Database, root: Root, filter: Wanted) {
  const near = isCounted(filter)
    ? await nearestDays(db, root, filter, undefined, Number.MAX_SAFE_INTEGER)
    : filter
  if (!near) return sql`(select null::uuid as person_id where false) nobody`
  const ids = matching(sql`any (${partsOf(root)})`, root, near, false).map(
    ({ from, where, id }) => sql`select ${id} as id from ${from} where ${where}`,
  )
  return sql`(
      select distinct e.account_id from (${sql.join(ids, sql` union all `)}) m
      join entries e on e.transfer_id = any (array[m.id])
    ) moved join accounts a on a.id = moved.account_id and a.person_id is not null`
}

const FIRST_DAY = '1000-01-01'
const LAST_DAY = '2999-12-31'

const yearOf = (day: string) => Number(day.slice(0, 4))

/** The days of a year that are between two days, as bits. */
function daysOfYear(year: number, from: string, to: string): string {
  const before = yearOf(from) < year ? 0 : dayOfYear(from) - 1
  const until = yearOf(to) > year ? 366 : dayOfYear(to)
  return '1'
    .repeat(Math.max(0, until - before))
    .padStart(until, '0')
    .padEnd(366, '0')
}

function totalOf(asset: string, rows: Row[]): AssetTotal {
  const sum = (place: TransferState | undefined, amount: (row: Row) => bigint): Sum => ({
    transfers: rows.reduce((all, row) => all + (!place || row.state === place ? row.transfers : 0), 0),
    amount: rows.reduce((all, row) => all + amount(row), 0n),
  })
  return {
    asset,
    sent: sum(undefined, ({ sent }) => sent),
    collected: sum('collected', ({ collected }) => collected),
    open: sum('open', ({ sent, collected, returned }) => sent - collected - returned),
    returned: sum('returned', ({ returned }) => returned),
  }
}
