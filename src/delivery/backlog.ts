import { sql } from 'drizzle-orm'
import type { Logger } from 'pino'
import type { Database } from '../../db/postgres.ts'
import type { Metrics } from '../operations/metrics.ts'
import { repeat } from '../shared/repeat.ts'
import { QUEUE } from './queue.ts'

interface Needs {
  db: Database
  metrics: Metrics
  log: Logger
}

const PAUSE_MS = 30_000
/** What waits for one messenger, at 2 kB each. More is kept for a day, as for a payout to very many. */
const MOST_KEPT = 100_000
/** Small enough to hold up nobody who queues or takes at the same time. */
const CHUNK = 1000

/**
 * Measures what is to be handed on and what waits for each messenger, every half minute, and keeps the queue of one that is switched off
 * from growing for ever.
 */
export const watchBacklog = (needs: Needs): { stop(): Promise<void> } =>
  repeat(
    async () => {
      await measureOutbox(needs)
      return trimQueues(needs, MOST_KEPT)
    },
    PAUSE_MS,
    (error) => needs.log.error({ err: error }, 'what waits for the messengers could not be looked at'),
  )

/** How long the oldest event waits to be handed on. */
export async function measureOutbox({ db, metrics }: Pick<Needs, 'db' | 'metrics'>): Promise<void> {
  const [oldest] = await db.execute<{ seconds: number }>(
    sql`select extract(epoch from now() - at)::float8 as seconds from outbox order by id limit 1`,
  )
  metrics.outboxAge.set(oldest?.seconds ?? 0)
}

/**
 * Drops the oldest deliveries of each queue in which more than so many wait, as far as they have waited for a day: what happened lately
 * is what people want to know when a messenger is there again. @returns whether there may be more to drop
 */
export async function trimQueues({ db, metrics, log }: Needs, most: number): Promise<boolean> {
  const queues = await db.execute<{ name: string; waiting: number }>(sql`
    select name, count(*)::int as waiting from pgboss.job where starts_with(name, ${QUEUE}) and state < 'active' group by name`)
  metrics.waitingDeliveries.reset()
  let isMore = false
  for (const { name, waiting } of queues) {
    const messenger = name.slice(QUEUE.length)
    const dropped = waiting > most ? await dropOldest(db, name, Math.min(waiting - most, CHUNK)) : 0
    metrics.waitingDeliveries.set({ messenger }, waiting - dropped)
    if (dropped === 0) continue
    metrics.deliveries.inc({ messenger, outcome: 'dropped' }, dropped)
    log.warn({ messenger, dropped, waiting }, 'the oldest deliveries were dropped, as too many wait')
    isMore ||= dropped === CHUNK
  }
  return isMore
}

async function dropOldest(db: Database, queue: string, count: number): Promise<number> {
  const dropped = await db.execute(sql`
    delete from pgboss.job where name = ${queue} and id = any (array(
      select id from pgboss.job
      where name = ${queue} and state < 'active' and created_on < now() - interval '1 day'
      order by created_on limit ${count} for update skip locked))`)
  return dropped.count
}
