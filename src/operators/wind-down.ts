import type { Logger } from 'pino'
import type { Database } from '../../db/postgres.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { repeat } from '../shared/repeat.ts'
import type { Opening } from './opening.ts'

const PAUSE_MS = 1000

/**
 * Returns all open transfers while the service is wound down: again and again, as one may have been made by a process that had not
 * heard of it yet. Several processes may do so at the same time.
 */
export const startWindDown = ({
  db,
  ledger,
  opening,
  log,
}: {
  db: Database
  ledger: Pick<Ledger, 'returnAll'>
  opening: Pick<Opening, 'isClosed'>
  log: Logger
}): { stop(): Promise<void> } =>
  repeat(
    async (stopping) => {
      if (await opening.isClosed()) await ledger.returnAll(db, stopping)
      return false
    },
    PAUSE_MS,
    (error) => log.error({ err: error }, 'what is open could not be returned; it is tried again'),
  )
