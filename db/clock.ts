import { sql } from 'drizzle-orm'
import type { Database } from './postgres.ts'

/** The time by the database's clock, which decides where that of this machine is wrong. */
export async function databaseTime(db: Pick<Database, 'execute'>): Promise<Date> {
  const [row] = await db.execute<{ now: number }>(
    sql`select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as now`,
  )
  return new Date((row as { now: number }).now)
}
