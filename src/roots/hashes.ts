import { type SQL, sql } from 'drizzle-orm'

/** How what is published is hashed, in SQL: docs/proof.md tells it in words, and src/pages/assets/verify.mjs in JavaScript. */

/** The SHA-256 of lines of text. None of them may hold a line break, but for the last one. */
const hashOf = (...lines: SQL[]): SQL =>
  sql`sha256(convert_to(concat_ws(E'\\n', ${sql.join(lines, sql`, `)}), 'utf8'))`

/** An amount in minor units as a decimal string. It needs the column `scale` of its asset. */
export const decimal = (minor: SQL): SQL => sql`(${minor} * ('1e-' || scale)::numeric)::text`

/** The salt of a leaf: nobody who doesn't know the root's secret can try whose it is. */
export const saltOf = (secret: SQL, account: SQL): SQL =>
  sql`encode(sha256(${secret} || uuid_send(${account})), 'hex')`

export const leafHash = (leaf: Record<'salt' | 'balance' | 'open' | 'owner', SQL>): SQL =>
  hashOf(sql`'leaf'`, leaf.salt, decimal(leaf.balance), decimal(leaf.open), leaf.owner)

/** Both sums are hashed, and not what they add up to: else a sum below zero could be hidden beside a large one. */
const nodeHash = (left: Record<'sum' | 'hash', SQL>, right: Record<'sum' | 'hash', SQL>): SQL =>
  hashOf(
    sql`'node'`,
    decimal(left.sum),
    sql`encode(${left.hash}, 'hex')`,
    decimal(right.sum),
    sql`encode(${right.hash}, 'hex')`,
  )

/** Of the columns of `roots`. */
export const rootHash: SQL = hashOf(
  sql`'root'`,
  sql`number`,
  sql`asset`,
  sql`to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
  sql`leaves`,
  decimal(sql`total`),
  sql`encode(tree, 'hex')`,
  sql`encode(previous, 'hex')`,
)

/** Stands before the first root, and for the tree of an asset that nobody has anything of. */
export const NONE: SQL = sql`decode(repeat('00', 32), 'hex')`

/**
 * A recursive common table expression, `tree (level, place, sum, hash, scale)`: level by level two nodes make one, and the last of an odd
 * number goes up as it is.
 * @param leaves a select of their place, sum, hash and scale
 */
export const treeOf = (leaves: SQL): SQL => sql`
  tree (level, place, sum, hash, scale) as (
    select 0, place, sum::numeric, hash, scale from (${leaves}) leaf (place, sum, hash, scale)
    union all
    select level + 1, place / 2, sum + coalesce(next_sum, 0),
      case when next_hash is null then hash else ${nodeHash({ sum: sql`sum`, hash: sql`hash` }, { sum: sql`next_sum`, hash: sql`next_hash` })} end,
      scale
    from (
      select *, lead(sum) over upwards as next_sum, lead(hash) over upwards as next_hash, count(*) over () as nodes
      from tree window upwards as (order by place)
    ) pair
    where place % 2 = 0 and nodes > 1
  )`
