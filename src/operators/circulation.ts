import { sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'

/** Where the money of an asset is, in minor units: issued = withdrawn + people + treasuries + open. */
export interface Circulation {
  asset: string
  /** What the issuer has ever put into circulation, and taken out of it. */
  issued: bigint
  withdrawn: bigint
  /** What people and groups have, and what waits in open transfers. */
  people: bigint
  treasuries: bigint
  open: bigint
  openTransfers: number
}

/** What is in circulation of each asset. One statement, which sees the books at one moment: so it adds up. */
export async function circulationOf(db: Database): Promise<Circulation[]> {
  const rows = await db.execute<
    Record<Exclude<keyof Circulation, 'openTransfers'>, string> & { openTransfers: number }
  >(sql`
    select code as asset, coalesce(issued, 0) as issued, coalesce(withdrawn, 0) as withdrawn, coalesce(people, 0) as people,
      coalesce(treasuries, 0) as treasuries, coalesce(waiting.amount, 0) as open, coalesce(transfers, 0) as "openTransfers"
    from assets
    left join (
      select asset, -sum(amount) filter (where e.kind = 'fund') as issued,
        sum(amount) filter (where e.kind <> 'fund') as withdrawn
      from accounts a join entries e on e.account_id = a.id where a.kind = 'issuer' group by asset
    ) issuer on issuer.asset = code
    left join (
      select asset, sum(balance) filter (where kind = 'person') as people,
        sum(balance) filter (where kind = 'group') as treasuries
      from accounts group by asset
    ) held on held.asset = code
    left join (
      select asset, sum(remaining) as amount, count(*)::int as transfers
      from transfers where state = 'open' and expires_at > ${CLOSED_UNTIL} group by asset
    ) waiting on waiting.asset = code
    order by code`)
  return rows.map((row) => ({
    asset: row.asset,
    issued: BigInt(row.issued),
    withdrawn: BigInt(row.withdrawn),
    people: BigInt(row.people),
    treasuries: BigInt(row.treasuries),
    open: BigInt(row.open),
    openTransfers: row.openTransfers,
  }))
}

/** What expired before the last sweep is closed, so that the index of expiry leads to the few that are open. */
export const CLOSED_UNTIL = sql`(
  select coalesce(max(case when swept_until > now() then '-infinity' else swept_until end), '-infinity') from sweeps)`
