import type { Logger } from 'pino'
import { connect } from '../../db/postgres.ts'
import { audit } from '../ledger/audit.ts'
import type { Metrics } from './metrics.ts'

const FIRST_MS = 60_000
const EVERY_MS = 6 * 3600_000

/** Audits the books now and then, tells the metrics, and is loud where something is wrong. */
export function startAudits(databaseUrl: string, metrics: Metrics, log: Logger): { stop(): void } {
  let timer = setTimeout(round, FIRST_MS)
  let stopped = false

  async function round() {
    // Large books are read for longer than any other query may take.
    const { db, close } = connect(databaseUrl, { querySeconds: 0 })
    try {
      const { faults } = await audit(db)
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
