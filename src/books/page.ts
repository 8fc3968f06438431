import { and, desc, inArray, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { transfers } from '../../db/schema.ts'
import { type ReadTransfer, readTransfers } from '../transfers/find.ts'
import type { Cursor, Wanted } from './filter.ts'
import { nearestDays } from './nearest-days.ts'
import { matching, partsOf, type Root } from './source.ts'

/** Some of a group's transfers, the newest first; with the cursors of the pages beside it, where there is more. */
export interface BooksPage {
  items: ReadTransfer[]
  older: Cursor | undefined
  newer: Cursor | undefined
}

/** A page of the transfers that match. @param cursor left out: the newest */
export async function pageOf(
  db: Database,
  root: Root,
  filter: Wanted,
  cursor: Cursor | undefined,
  limit: number,
): Promise<BooksPage> {
  const isBackwards = cursor !== undefined && 'after' in cursor
  const ids = await idsOf(db, root, filter, cursor, limit + 1)
  const isMore = ids.length > limit
  const items = await readTransfers(db, (select) =>
    select
      .where(inArray(transfers.id, ids.slice(0, limit)))
      .orderBy(desc(transfers.createdAt), desc(transfers.id)),
  )
  const [first, last] = [items[0], items.at(-1)]
  return {
    items,
    older: last && (isBackwards || isMore) ? { before: last.id } : undefined,
    newer: first && cursor && (!isBackwards || isMore) ? { after: first.id } : undefined,
  }
}

/** The ids of the transfers that match and are next to the cursor, the nearest first. */
async function idsOf(
  db: Database,
  root: Root,
  filter: Wanted,
  cursor: Cursor | undefined,
  limit: number,
): Promise<string[]> {
  const near = await nearestDays(db, root, filter, cursor, limit)
  if (!near) return []
  const isBackwards = cursor !== undefined && 'after' in cursor
  const order = sql.raw(isBackwards ? 'asc' : 'desc')
  const here =
    cursor &&
    sql`(select created_at, id from transfers where id = ${isBackwards ? cursor.after : cursor.before})`
  const nearest = matching(sql`part`, root, near, true).map(({ from, where, at, id }) => {
    const beyond = here && sql`(${at}, ${id}) ${sql.raw(isBackwards ? '>' : '<')} ${here}`
    return sql`(
      select ${id} as id, ${at} as at from ${from} where ${and(where, beyond)}
      order by ${at} ${order}, ${id} ${order} limit ${limit})`
  })
  // The nearest of each group by a lateral join: the indexes have them in order for one group id only.
  const rows = await db.execute<{ id: string }>(sql`
    select nearest.id from unnest(${partsOf(root)}) as parts (part) cross join lateral (${sql.join(nearest, sql` union all `)}) nearest
    order by nearest.at ${order}, nearest.id ${order} limit ${limit}`)
  return rows.map(({ id }) => id)
}
