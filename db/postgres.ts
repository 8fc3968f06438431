import { fileURLToPath } from 'node:url'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator'
import type { Sql } from 'postgres'
import { openSql } from './drivers.ts'
import * as schema from './schema.ts'

/** Drizzle with our tables. */
export type Database = PostgresJsDatabase<typeof schema>

/** One that is under way. */
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0]

/**
 * Opens a pool for everything that reads, and for the writes that move no money.
 * @param querySeconds the timeout of a query; 0: none
 */
export function connect(
  url: string,
  { querySeconds = 30 } = {},
): { db: Database; sql: Sql; close(): Promise<void> } {
  const sql = openSql(url, {
    max: 8,
    query_timeout: querySeconds,
    onnotice: () => {},
    connection: { application_name: 'passalong' },
  })
  return { db: drizzle(sql, { schema }), sql, close: () => sql.end({ timeout: 5 }) }
}

/** Brings the tables up to date. Safe when several processes start at once: they take turns. */
export async function migrate(url: string): Promise<void> {
  const sql = openSql(url, { max: 2, onnotice: () => {} })
  try {
    // The lock belongs to a transaction: behind a pooler a session's lock would stay in a session that others use next.
    await sql.begin(async (turn) => {
      await turn`select pg_advisory_xact_lock(hashtext('passalong migrations'))`
      await runMigrations(drizzle(sql), { migrationsFolder })
    })
  } finally {
    await sql.end()
  }
}

/** How the tables compare to what `migrate` would make of them. */
export async function versionOf(sql: Sql): Promise<'none' | 'older' | 'same' | 'newer'> {
  const [found] = await sql`select to_regclass('drizzle.__drizzle_migrations') as migrations`
  if (!found?.migrations) return 'none'
  const [row] = await sql`select max(created_at) as latest from drizzle.__drizzle_migrations`
  if (!row?.latest) return 'none'
  const latest = Number(row.latest)
  const ours = readMigrationFiles({ migrationsFolder }).at(-1)?.folderMillis ?? 0
  if (latest === ours) return 'same'
  return latest < ours ? 'older' : 'newer'
}

const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url))
