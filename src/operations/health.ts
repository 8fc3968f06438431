import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { Hono } from 'hono'
import type { Core } from '../core.ts'

const PATIENCE_MS = 2000
/** Half of what the ledger lets wait: new work is better sent elsewhere. */
const MOST_WAITING = 10_000

/** What those who run it ask: is it alive, can it serve, how is it doing. */
export const createHealth = (core: Core) =>
  new Hono()
    .get('/healthz', (c) => c.text('ok'))
    .get('/readyz', async (c) => {
      if (core.ledger.waiting() > MOST_WAITING) return c.text('the ledger is overfull', 503)
      return (await databaseAnswers(core)) ? c.text('ok') : c.text('the database does not answer', 503)
    })
    .get('/metrics', async (c) =>
      c.body(await core.metrics.registry.metrics(), 200, {
        'content-type': core.metrics.registry.contentType,
      }),
    )

/** Both those that move money and those that read, as each has connections of its own. */
const databaseAnswers = (core: Core): Promise<boolean> =>
  Promise.race([
    Promise.all([core.ledger.probe(), core.db.execute(sql`select 1`)]).then(
      () => true,
      () => false,
    ),
    sleep(PATIENCE_MS, false, { ref: false }),
  ])
