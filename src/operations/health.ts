import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { Hono } from 'hono'
import { timingSafeEqual } from 'hono/utils/buffer'
import type { Database, Usage } from '../../db/postgres.ts'
import type { Config } from '../config.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { Metrics } from './metrics.ts'

const TIMEOUT_MS = 2000
/** Half of the ledger's own limit: a load balancer should send new requests elsewhere. */
const MAX_WAITING = 10_000

interface Needs {
  config: Pick<Config, 'metricsToken'>
  ledger: Ledger
  db: Database
  poolUsage(): Usage
  metrics: Metrics
}

/** Health checks and metrics: `/healthz` (the process is alive), `/readyz` (it can serve), `/metrics` (Prometheus). */
export const createHealth = ({ config, ledger, db, poolUsage, metrics }: Needs) =>
  new Hono()
    .get('/healthz', (c) => c.text('ok'))
    .get('/readyz', async (c) => {
      if (ledger.waiting() > MAX_WAITING) return c.text('the ledger is overfull', 503)
      return (await databaseAnswers(ledger, db)) ? c.text('ok') : c.text('the database does not answer', 503)
    })
    .get('/metrics', async (c) => {
      if (!(await mayMeasure(config, c.req.header('authorization'))))
        return c.text('METRICS_TOKEN is needed, as a bearer token', 401, { 'www-authenticate': 'Bearer' })
      const { inUse, waiting } = poolUsage()
      metrics.poolConnections.set(inUse)
      metrics.poolQueries.set(waiting)
      return c.body(await metrics.registry.metrics(), 200, { 'content-type': metrics.registry.contentType })
    })

const mayMeasure = async ({ metricsToken }: Needs['config'], authorization = ''): Promise<boolean> =>
  metricsToken === undefined ||
  timingSafeEqual(/^Bearer +(.+)$/i.exec(authorization)?.[1] ?? '', metricsToken)

/** Asks on both the ledger's connections and the pool, as either can fail. */
const databaseAnswers = (ledger: Ledger, db: Database): Promise<boolean> =>
  Promise.race([
    Promise.all([ledger.probe(), db.execute(sql`select 1`)]).then(
      () => true,
      () => false,
    ),
    sleep(TIMEOUT_MS, false, { ref: false }),
  ])
