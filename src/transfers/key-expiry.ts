import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Logger } from 'pino'
import type { Database } from '../../db/postgres.ts'
import { requests } from '../../db/schema.ts'
import { repeat } from '../shared/repeat.ts'

/** Small enough to hold up nobody who uses the table at the same time. */
const CHUNK = 1000
const BETWEEN_CHUNKS_MS = 100
const PAUSE_MS = 10 * 60_000

/**
 * Deletes the answers to requests with an idempotency key that are older than so many days, every ten minutes, until it is stopped.
 * Several processes may do so at the same time.
 */
export const startKeyExpiry = (db: Database, days: number, log: Logger): { stop(): Promise<void> } =>
  repeat(
    async () => {
      const isMore = await expireKeys(db, days)
      if (isMore) await sleep(BETWEEN_CHUNKS_MS)
      return isMore
    },
    PAUSE_MS,
    (error) => log.error({ err: error }, 'old idempotency keys could not be deleted; it is tried again'),
  )

/** Deletes the oldest of them. @returns whether there may be more */
async function expireKeys(db: Database, days: number): Promise<boolean> {
  const deleted = await db.execute(sql`
    delete from ${requests} where ctid = any (array(
      select ctid from ${requests} where at < now() - make_interval(days => ${days})
      order by at limit ${CHUNK} for update skip locked))`)
  return deleted.count === CHUNK
}
