import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { decimal, saltOf } from './hashes.ts'

/** A root as it is published. Amounts are decimal strings, hashes hexadecimal digits, and `at` is RFC 3339. */
export interface Root {
  number: number
  asset: string
  at: string
  leaves: number
  total: string
  tree: string
  /** The root before it: 64 zeros before the first one. */
  previous: string
  root: string
}

/** Proves that what somebody has is counted in the latest root of an asset. docs/proof.md says how it is verified. */
export interface Receipt extends Omit<Root, 'tree'> {
  /** What they are known by: `telegram:123456789`, or `chat:telegram:-100123456789`. */
  owner: string[]
  balance: string
  /** What their own open transfers hold. */
  open: string
  salt: string
  /** What stands beside it on the way to the top. */
  path: { side: 'left' | 'right'; sum: string; hash: string }[]
}

/** A page of all roots, the newest first. @param before the number of the last root of the page before */
export async function rootsPage(
  db: Database,
  before: number | undefined,
  limit: number,
): Promise<{ items: Root[]; next: number | null }> {
  const rows = await db.execute<Root & Record<string, unknown>>(sql`
    select number, asset, ${AT} as at, leaves, ${decimal(sql`total`)} as total, encode(tree, 'hex') as tree,
      encode(previous, 'hex') as previous, encode(root, 'hex') as root
    from roots join assets on code = asset
    where ${before === undefined ? sql`true` : sql`number < ${before}`}
    order by number desc limit ${limit + 1}`)
  const items = rows.slice(0, limit)
  return { items, next: rows.length > limit ? (items.at(-1)?.number ?? null) : null }
}

/** The receipts of a person, one for each asset. There is none where they had nothing. @param person their id */
export const receiptsOf = (db: Database, person: string): Promise<Receipt[]> =>
  receipts(db, sql`person_id = ${person}`)

/** The receipts of a group's treasury. @param group its id */
export const receiptsOfGroup = (db: Database, group: string): Promise<Receipt[]> =>
  receipts(db, sql`group_id = ${group}`)

/** In one statement, so that all of it is of one root. */
async function receipts(db: Database, isTheirs: SQL): Promise<Receipt[]> {
  const rows = await db.execute<Receipt & Record<string, unknown>>(sql`
    select r.number, r.asset, ${AT} as at, r.leaves, ${decimal(sql`r.total`)} as total, encode(r.previous, 'hex') as previous,
      encode(r.root, 'hex') as root, string_to_array(leaf.owner, E'\\n') as owner, ${decimal(sql`leaf.balance`)} as balance,
      ${decimal(sql`leaf.open`)} as open, ${saltOf(sql`r.secret`, sql`leaf.account_id`)} as salt, coalesce(way.path, '[]') as path
    from root_nodes leaf
    join assets on code = leaf.asset
    join roots r on r.number = (select max(number) from roots where asset = leaf.asset)
    cross join lateral (
      select jsonb_agg(jsonb_build_object('side', case (leaf.place >> up) & 1 when 1 then 'left' else 'right' end,
        'sum', ${decimal(sql`n.sum`)}, 'hash', encode(n.hash, 'hex')) order by up) as path
      from generate_series(0, 30) up
      join root_nodes n on n.asset = leaf.asset and n.level = up and n.place = (leaf.place >> up) # 1
    ) way
    where leaf.account_id in (select id from accounts where ${isTheirs})
    order by r.asset, leaf.place`)
  return [...rows]
}

const AT = sql`to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
