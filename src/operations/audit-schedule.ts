import type { Logger } from 'pino'
import { connect } from '../../db/postgres.ts'
import { verifyTrails } from '../groups/trail.ts'
import { audit } from '../ledger/audit.ts'
import type { Metrics } from './metrics.ts'

const FIRST_MS = 60_000
const EVERY_MS = 6 * 3600_000

/**
 * Audits the books a minute after the start and every six hours, sets the metrics, and logs a fatal line where the books
 * are wrong.
 */
export function startAudits(databaseUrl: string, metrics: Metrics, log: Logger): { stop(): void } {
  let timer = setTimeout(round, FIRST_MS)
  let stopped = false

  async function round() {
    // On a pool without a query timeout, as large books take longer to read than any other query may take.
    const { db, close } = connect(databaseUrl, { querySeconds: 0 })
    try {
      const { faults: wrong } = await audit(db)
      const faults = [...wrong, ...(await verifyTrails(db))]
      metrics.auditFaults.set(faults.length)
      metrics.auditTime.setToCurrentTime()
      if (faults.length > 0) log.fatal({ faults }, 'the books are wrong')
    } catch (error) {
      log.error({ err: error }, 'the audit could not be made')
    } finally {
      await close()
    }
    if (!stopped) timer = setTimeout(round, EVERY_MS)
  }

  return {
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
