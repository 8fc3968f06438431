import { resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cluster, MEND, openCluster } from './embedded/cluster.ts'
import { EmbeddedPostgresError } from './embedded/programs.ts'
import { keepUp, type Watcher } from './embedded/recovery.ts'
import { prepareService, serviceUrl } from './embedded/roles.ts'
import { leave, PasswordRefused, reach, type Session, StartFailed, takeFolder } from './embedded/session.ts'

export { EmbeddedPostgresError }

/** A PostgreSQL server that the service runs itself, in a folder. Only the folder's owner can reach it. */
export interface EmbeddedPostgres {
  /** The database URL of the service's role, which is no superuser. It stays the same when the server is restarted. */
  url: string
  /** Leaves the server. The last process that leaves stops it. */
  stop(): Promise<void>
}

/**
 * Starts the server for the service, which needs the folder for itself. A server that dies is started again.
 * @throws EmbeddedPostgresError, also where another service uses the folder
 */
export async function startEmbeddedPostgres(
  dataDir: string,
  watcher: Watcher = {},
): Promise<EmbeddedPostgres> {
  const session = await open(resolve(dataDir), takeFolder)
  return serverOf(session, keepUp(session, watcher))
}

/** Joins the server of a running service, or starts it, for the command line. @throws EmbeddedPostgresError */
export async function joinEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  const session = await open(resolve(dataDir))
  return serverOf(session, () => leave(session))
}

function serverOf(session: Session, end: () => Promise<void>): EmbeddedPostgres {
  let ended: Promise<void> | undefined
  return { url: serviceUrl(session), stop: () => (ended ??= end()) }
}

async function open(dataDir: string, take?: (session: Session) => Promise<void>): Promise<Session> {
  const session = await openCluster(dataDir)
    .then(reachPatiently)
    .catch((error: NodeJS.ErrnoException) => {
      throw error.syscall
        ? new EmbeddedPostgresError(`Cannot use DATA_DIR (${error.message}): ${MEND}.`)
        : error
    })
  try {
    await take?.(session)
    await prepareService(session)
    return session
  } catch (error) {
    await leave(session)
    throw error
  }
}

/** Retries while the server starts or stops: ten failed starts, or two minutes without an answer, are the limit. */
async function reachPatiently(cluster: Cluster): Promise<Session> {
  const patience = Date.now() + 120_000
  for (let failedStarts = 0; ; await sleep(200)) {
    try {
      return await reach(cluster, failedStarts)
    } catch (error) {
      if (error instanceof PasswordRefused) throw error
      if (error instanceof StartFailed) {
        if (++failedStarts === 10) throw error.cause
      } else if (Date.now() > patience)
        throw new EmbeddedPostgresError(
          `The Postgres in ${cluster.folder} does not answer (${(error as Error).message}): see ${cluster.log}, or set DATABASE_URL.`,
        )
    }
  }
}
