import type { MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** The metrics of a process. */
export type Metrics = ReturnType<typeof openMetrics>

/** Opens the metrics. Labels are route patterns, codes of refusals and names of messengers, never what people wrote. */
export function openMetrics() {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  return {
    registry,
    requests: new Histogram({
      name: 'passalong_http_request_seconds',
      help: 'Time to answer a request, by route pattern.',
      labelNames: ['method', 'route', 'status'] as const,
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30],
      registers,
    }),
    requestsUnderWay: new Gauge({
      name: 'passalong_http_requests_under_way',
      help: 'Requests from outside that are being answered: 1,000 at most.',
      registers,
    }),
    refusedRequests: new Counter({
      name: 'passalong_http_requests_refused_total',
      help: 'Requests that were refused unread, by what was full: the process (503), or what one token or network may ask (429).',
      labelNames: ['limit'] as const,
      registers,
    }),
    batchSize: new Histogram({
      name: 'passalong_ledger_batch_commands',
      help: 'Commands in one batch.',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128],
      registers,
    }),
    batchSeconds: new Histogram({
      name: 'passalong_ledger_batch_seconds',
      help: 'Time of one batch, from load to commit.',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2],
      registers,
    }),
    refusals: new Counter({
      name: 'passalong_ledger_refusals_total',
      help: 'Commands that the ledger refused, by code.',
      labelNames: ['code'] as const,
      registers,
    }),
    deliveries: new Counter({
      name: 'passalong_deliveries_total',
      help: 'Deliveries to messengers, by outcome.',
      labelNames: ['messenger', 'outcome'] as const,
      registers,
    }),
    waitingDeliveries: new Gauge({
      name: 'passalong_deliveries_waiting',
      help: 'Deliveries that wait for a messenger, as the process with the role worker last counted them.',
      labelNames: ['messenger'] as const,
      registers,
    }),
    webhookAttempts: new Counter({
      name: 'passalong_webhook_attempts_total',
      help: 'Attempts to tell webhooks what has happened, by outcome: delivered or failed.',
      labelNames: ['outcome'] as const,
      registers,
    }),
    outboxAge: new Gauge({
      name: 'passalong_outbox_oldest_seconds',
      help: 'For how long the oldest event had waited to be handed on to the messengers when the process with the role worker last looked.',
      registers,
    }),
    poolConnections: new Gauge({
      name: 'passalong_database_connections_in_use',
      help: 'Connections of the pool for all that moves no money that are at work: 8 at most.',
      registers,
    }),
    poolQueries: new Gauge({
      name: 'passalong_database_queries_waiting',
      help: 'Queries that wait for one of these connections.',
      registers,
    }),
    postgresRestarts: new Counter({
      name: 'passalong_embedded_postgres_restarts_total',
      help: 'How often the embedded Postgres was away, and had again: mostly it had died, and was started again.',
      registers,
    }),
    sweepTime: new Gauge({
      name: 'passalong_sweep_finished_timestamp_seconds',
      help: 'When this process last gave back all that was over. 0: it never did, as one without the role worker.',
      registers,
    }),
    dispatchTime: new Gauge({
      name: 'passalong_dispatch_finished_timestamp_seconds',
      help: 'When this process last handed on to the messengers what had happened. 0: it never did, as one without the role worker.',
      registers,
    }),
    backupTime: new Gauge({
      name: 'passalong_backup_finished_timestamp_seconds',
      help: 'When the last backup of BACKUP_DIR was finished; 0 where there was none.',
      registers,
    }),
    auditFaults: new Gauge({
      name: 'passalong_audit_faults',
      help: 'Faults that the last audit of the books found. Anything but 0 needs somebody at once.',
      registers,
    }),
    auditTime: new Gauge({
      name: 'passalong_audit_finished_timestamp_seconds',
      help: 'When the last audit ended.',
      registers,
    }),
  }
}

/** Measures each request. The label is the route's pattern, as a raw path may hold a transfer's code. */
export const measureRequests =
  ({ requests }: Metrics): MiddlewareHandler =>
  async (c, next) => {
    const end = requests.startTimer()
    await next()
    end({ method: c.req.method, route: routePath(c, -1), status: c.res.status })
  }
