import { sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'

/**
 * Of each table, those of the queue as well, the number of its rows and a hash of all that is in them; but for the minute in which a
 * program's token was last used, and the heartbeat of the queue.
 */
export async function contentsOf(db: Database) {
  const tables = await db.execute<{ name: string }>(sql`
    select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_name not in ('tokens', 'instance') and table_schema not in ('pg_catalog', 'information_schema') order by 1`)
  return Promise.all(
    tables.map(async ({ name }) => {
      const [row] = await db.execute(
        sql`select count(*)::int as rows, md5(string_agg(t::text, '' order by t::text)) as hash from ${sql.raw(name)} t`,
      )
      return { name, ...row }
    }),
  )
}
