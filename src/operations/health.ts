import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { Hono } from 'hono'
import type { Database } from '../../db/postgres.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Metrics } from './metrics.ts'

const PATIENCE_MS = 2000
/** Half of what the ledger lets wait: new work is better sent elsewhere. */
const MOST_WAITING = 10_000

interface Needs {
  ledger: Ledger
  db: Database
  metrics: Metrics
}

/** What those who run it ask: is it alive, can it serve, how is it doing. */
export const createHealth = ({ ledger, db, metrics }: Needs) =>
  new Hono()
    .get('/healthz', (c) => c.text('ok'))
    .get('/readyz', async (c) => {
      if (ledger.waiting() > MOST_WAITING) return c.text('the ledger is overfull', 503)
      return (await databaseAnswers(ledger, db)) ? c.text('ok') : c.text('the database does not answer', 503)
    })
    .get('/metrics', async (c) =>
      c.body(await metrics.registry.metrics(), 200, {
        'content-type': metrics.registry.contentType,
      }),
    )

/** Both those that move money and those that read, as each has connections of its own. */
const databaseAnswers = (ledger: Ledger, db: Database): Promise<boolean> =>
  Promise.race([
    Promise.all([ledger.probe(), db.execute(sql`select 1`)]).then(
      () => true,
      () => false,
    ),
    sleep(PATIENCE_MS, false, { ref: false }),
  ])
