import { fileURLToPath } from 'node:url'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js'
import { migrate as runMigrations } from 'drizzle-orm/postgres-js/migrator'
import type { Sql, TransactionSql } from 'postgres'
import { openSql } from './drivers.ts'
import * as schema from './schema.ts'

/** Drizzle with our tables. */
export type Database = PostgresJsDatabase<typeof schema>

/** One that is under way. */
export type Transaction = Parameters<Parameters<Database['transaction']>[0]>[0]

/** How busy a pool is. */
export interface Usage {
  /** Connections with something to do, or being opened. */
  inUse: number
  /** Queries that wait for what their connection does before. */
  waiting: number
}

interface Pool {
  db: Database
  sql: Sql
  usage(): Usage
  close(): Promise<void>
}

/**
 * Opens a pool for everything that reads, and for the writes that move no money.
 * @param querySeconds the timeout of a query; 0: none
 */
export function connect(url: string, { querySeconds = 30 } = {}): Pool {
  const sql = openSql(url, {
    max: 8,
    query_timeout: querySeconds,
    onnotice: () => {},
    connection: { application_name: 'passalong' },
  })
  // Added by our patch of the driver.
  const { usage } = sql as Sql & Pick<Pool, 'usage'>
  return { db: drizzle(sql, { schema }), sql, usage, close: () => sql.end({ timeout: 5 }) }
}

/** The tables were made by a later version, which this one can't work with. */
export class NewerTablesError extends Error {}

/**
 * Brings the tables up to date. Safe when several processes start at once: they take turns.
 * @param announce told how many migrations existing books lack, before these are made
 * @throws NewerTablesError
 */
export async function migrate(url: string, announce: (migrations: number) => void = () => {}): Promise<void> {
  const sql = openSql(url, { max: 2, fetch_types: false, onnotice: () => {} })
  try {
    // The lock belongs to a transaction: behind a pooler a session's lock would stay in a session that others use next.
    await sql.begin(async (turn) => {
      await turn`select pg_advisory_xact_lock(hashtext('passalong migrations'))`
      const version = await versionOf(turn)
      if (version === 'newer')
        throw new NewerTablesError(
          'The books are of a later version than this passalong: update it, or restore a backup of before into another place.',
        )
      if (version === 'same') return
      if (version === 'older') announce(await countMissing(turn))
      await runMigrations(drizzle(sql), { migrationsFolder })
    })
  } finally {
    await sql.end()
  }
}

/** How the tables compare to what `migrate` would make of them. */
export async function versionOf(sql: Sql | TransactionSql): Promise<'none' | 'older' | 'same' | 'newer'> {
  const [found] = await sql`select to_regclass('drizzle.__drizzle_migrations') as migrations`
  if (!found?.migrations) return 'none'
  const [row] = await sql`select max(created_at) as latest from drizzle.__drizzle_migrations`
  if (!row?.latest) return 'none'
  const latest = Number(row.latest)
  const ours = readMigrationFiles({ migrationsFolder }).at(-1)?.folderMillis ?? 0
  if (latest === ours) return 'same'
  return latest < ours ? 'older' : 'newer'
}

async function countMissing(sql: TransactionSql): Promise<number> {
  const [row] = await sql`select max(created_at) as latest from drizzle.__drizzle_migrations`
  return readMigrationFiles({ migrationsFolder }).filter(
    ({ folderMillis }) => folderMillis > Number(row?.latest),
  ).length
}

export const migrationsFolder = fileURLToPath(new URL('./migrations', import.meta.url))
