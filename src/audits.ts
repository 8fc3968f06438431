import type { Logger } from 'pino'
import type { Database } from '../db/postgres.ts'
import { audit } from './audit.ts'
import type { Metrics } from './metrics.ts'

const FIRST_MS = 60_000
const EVERY_MS = 6 * 3600_000

/** Audits the books now and then, tells the metrics, and is loud where something is wrong. */
export function startAudits(db: Database, metrics: Metrics, log: Logger): { stop(): void } {
  let timer = setTimeout(round, FIRST_MS)

  async function round() {
    try {
      const { faults } = await audit(db)
      metrics.auditFaults.set(faults.length)
      metrics.auditTime.setToCurrentTime()
      if (faults.length > 0) log.fatal({ faults }, 'the books are wrong')
    } catch (error) {
      log.error({ err: error }, 'the audit could not be made')
    }
    timer = setTimeout(round, EVERY_MS)
  }

  return { stop: () => clearTimeout(timer) }
}
