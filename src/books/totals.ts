import { and, eq, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { groups, transfers } from '../../db/schema.ts'
import { isPartOf } from '../groups/groups.ts'
import type { Filter } from './filter.ts'
import { matching, type Root } from './page.ts'

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
export async function totalsOf(db: Database, root: Root, filter: Filter): Promise<Totals> {
  const days = await daysOf(db, root, filter)
  const assets = [...Map.groupBy(days, ({ asset }) => asset)].map(([asset, some]) => ({
    asset,
    ...sumsOf(some),
  }))
  const [row] = await db.execute<{ people: number }>(sql`
    select count(distinct a.person_id)::int as people
    from ${groups} join ${transfers} on ${transfers.groupId} = ${groups.id}
    join entries e on e.transfer_id = ${transfers.id} join accounts a on a.id = e.account_id
    where ${and(isPartOf(root.id), matching(db, root, filter))}`)
  return { assets: assets.toSorted((a, b) => (a.asset < b.asset ? -1 : 1)), people: row?.people ?? 0 }
}

/** The same sums for each day on which something was sent, and each asset, the first day first. */
export async function daysOf(db: Database, root: Root, filter: Filter): Promise<DayTotal[]> {
  const rows = await db
    .select({
      day: sql<string>`to_char(${transfers.createdAt} at time zone ${root.timeZone}, 'YYYY-MM-DD')`.as('day'),
      asset: transfers.asset,
      state: transfers.state,
      transfers: sql<number>`count(*)`.mapWith(Number),
      sent: sql<bigint>`sum(${transfers.amount})`.mapWith(BigInt),
      open: sql<bigint>`sum(${transfers.remaining})`.mapWith(BigInt),
      collected: sql<bigint>`sum((
        select coalesce(sum(e.amount), 0) from entries e where e.transfer_id = ${transfers.id} and e.kind = 'collect'
      ))`.mapWith(BigInt),
    })
    .from(transfers)
    .innerJoin(groups, eq(groups.id, transfers.groupId))
    .where(and(isPartOf(root.id), matching(db, root, filter)))
    .groupBy(sql`1`, transfers.asset, transfers.state)
  const byDay = Map.groupBy(rows, ({ day, asset }) => `${day} ${asset}`)
  return [...byDay]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([, some]) => {
      const { day, asset } = some[0] as (typeof rows)[number]
      const part = (which: 'collected' | 'open' | 'returned'): Sum => ({
        transfers: some.reduce((sum, row) => sum + (placeOf[row.state] === which ? row.transfers : 0), 0),
        amount: some.reduce(
          (sum, row) => sum + (which === 'returned' ? row.sent - row.collected - row.open : row[which]),
          0n,
        ),
      })
      const [collected, open, returned] = [part('collected'), part('open'), part('returned')]
      return { day, asset, sent: added([collected, open, returned]), collected, open, returned }
    })
}

const placeOf = {
  open: 'open',
  collected: 'collected',
  cancelled: 'returned',
  declined: 'returned',
  returned: 'returned',
} as const

const sumsOf = (days: DayTotal[]) => ({
  sent: added(days.map(({ sent }) => sent)),
  collected: added(days.map(({ collected }) => collected)),
  open: added(days.map(({ open }) => open)),
  returned: added(days.map(({ returned }) => returned)),
})

const added = (sums: Sum[]): Sum => ({
  transfers: sums.reduce((sum, one) => sum + one.transfers, 0),
  amount: sums.reduce((sum, one) => sum + one.amount, 0n),
})
