import { eq } from 'drizzle-orm'
import type { Logger } from 'pino'
import { connect, type Database } from '../../db/postgres.ts'
import { settings } from '../../db/schema.ts'
import { auditBooks } from './audit.ts'
import type { Metrics } from './metrics.ts'

/** What the last audit has found, in whichever process. */
export interface LastAudit {
  /** RFC 3339. */
  at: string
  faults: number
}

/** @returns undefined where there was none yet */
export async function lastAudit(db: Database): Promise<LastAudit | undefined> {
  const [row] = await db.select().from(settings).where(eq(settings.name, NAME))
  return row?.value as LastAudit | undefined
}

const NAME = 'audit'

const noteAudit = (db: Database, value: LastAudit) =>
  db
    .insert(settings)
    .values({ name: NAME, value })
    .onConflictDoUpdate({ target: settings.name, set: { value } })

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
      const { faults } = await auditBooks(db)
      metrics.auditFaults.set(faults.length)
      metrics.auditTime.setToCurrentTime()
      await noteAudit(db, { at: new Date().toISOString(), faults: faults.length })
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
