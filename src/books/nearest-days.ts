import { and, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import type { Cursor, Wanted } from './filter.ts'
import { groupDays, partsOf, type Root, sharing } from './source.ts'

/**
 * Narrows a filter down to the days next to the cursor that have so many transfers, as `group_days` knows, so that a page of what is rare
 * doesn't look at everything that was sent in between.
 * @returns undefined where nothing matches
 */
export async function nearestDays(
  db: Database,
  root: Root,
  filter: Wanted,
  cursor: Cursor | undefined,
  limit: number,
): Promise<Wanted | undefined> {
  const { person, words, from, to, since, until } = filter
  const conditions = sharing(filter).filter((condition) => condition)
  // Who took part, and in which words, is not known by the day.
  if (person || words || since || until || conditions.length === 0) return filter
  const isBackwards = cursor !== undefined && 'after' in cursor
  const order = sql.raw(isBackwards ? 'asc' : 'desc')
  const own =
    cursor && sql`(select day from group_transfers where id = ${isBackwards ? cursor.after : cursor.before})`
  const [row] = await db.execute<{ day: string | null }>(sql`
    with days as (
      select day, sum(transfers) as transfers from ${groupDays} d
      where ${and(
        sql`group_id = any (${partsOf(root)})`,
        ...conditions,
        from ? sql`day >= ${from}` : undefined,
        to ? sql`day <= ${to}` : undefined,
        own && sql`day ${sql.raw(isBackwards ? '>=' : '<=')} ${own}`,
      )}
      group by day having sum(transfers) > 0
    ), reached as (
      -- Of the cursor's own day it isn't known how many are beyond it.
      select day, sum(transfers) filter (where ${own ? sql`day <> ${own}` : sql`true`}) over (order by day ${order}) as transfers from days
    )
    select coalesce(
      (select day from reached where transfers >= ${limit} order by day ${order} limit 1),
      (select day from days order by day ${sql.raw(isBackwards ? 'desc' : 'asc')} limit 1)
    )::text as day`)
  if (!row?.day) return undefined
  return isBackwards ? { ...filter, to: row.day } : { ...filter, from: row.day }
}
