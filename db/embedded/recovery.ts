import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EmbeddedPostgresError } from './programs.ts'
import { rotateLog } from './server-log.ts'
import {
  FolderTaken,
  leave,
  PasswordRefused,
  reach,
  type Session,
  StartFailed,
  takeFolder,
} from './session.ts'

/** Callbacks for a service, about its server. */
export interface Watcher {
  /** The server is down, and could not be restarted yet. Called once for each cause, however many retries there are. */
  down?(cause: string): void
  /** The server is up again, after so many milliseconds. */
  up?(milliseconds: number): void
  /** The server can't be restarted, and there are no more retries. */
  lost?(error: EmbeddedPostgresError): void
}

/**
 * Keeps a session open: whenever it ends, a new one takes its place and its locks, and the server is started again where it is
 * down.
 * @returns a function that ends this, and leaves the server
 */
export function keepUp(first: Session, watcher: Watcher): () => Promise<void> {
  const ending = new AbortController()
  const end = once(ending.signal, 'abort')
  const last = follow()

  /** Ends with the last session, if there is one then. */
  async function follow(): Promise<Session | undefined> {
    let session: Session | undefined = first
    while (session) {
      await endOf(session)
      if (ending.signal.aborted) return session
      await session.sql.end({ timeout: 0 })
      session = await regain(session, watcher, ending.signal)
    }
    return undefined
  }

  /** Waits until the session is over, or all is; the server's log is looked after meanwhile. */
  async function endOf({ closed, cluster }: Session): Promise<void> {
    const looking = setInterval(() => void rotateLog(cluster.log), LOOK_MS)
    await Promise.race([closed, end])
    clearInterval(looking)
  }

  return async () => {
    ending.abort()
    const session = await last
    if (session) await leave(session)
  }
}

/** Retries until there is a session, there can't be one any more, or `ending` is aborted. */
async function regain(
  { cluster, address }: Session,
  { down, up, lost }: Watcher,
  ending: AbortSignal,
): Promise<Session | undefined> {
  const since = Date.now()
  const reported = new Set<string>()
  let failedStarts = 0
  for (let pause = 100; !ending.aborted; pause = Math.min(pause * 1.5, MAX_PAUSE_MS)) {
    try {
      const session = await reach(cluster, failedStarts, address)
      await takeFolder(session).catch(async (error: unknown) => {
        await leave(session)
        throw error
      })
      up?.(Date.now() - since)
      return session
    } catch (error) {
      const reason = await whyLost(error, cluster.folder)
      if (reason) {
        lost?.(reason)
        return undefined
      }
      if (error instanceof StartFailed) failedStarts++
      const { message } = error as Error
      // Ids of processes and numbers of files differ from try to try.
      const cause = message.replaceAll(/\d+/g, '')
      if (Date.now() - since > UNREMARKABLE_MS && !reported.has(cause)) down?.(message)
      if (Date.now() - since > UNREMARKABLE_MS) reported.add(cause)
      await sleep(pause, undefined, { signal: ending }).catch(() => undefined)
    }
  }
  return undefined
}

const MAX_PAUSE_MS = 10_000

/** How often the size of the server's log is looked at. */
const LOOK_MS = 600_000

/** Within this time a crashed server recovers, so nothing is reported before. */
const UNREMARKABLE_MS = 2000

async function whyLost(error: unknown, folder: string): Promise<EmbeddedPostgresError | undefined> {
  if (error instanceof PasswordRefused || error instanceof FolderTaken) return error
  const gone = await stat(join(folder, 'PG_VERSION')).then(
    () => false,
    ({ code }: NodeJS.ErrnoException) => code === 'ENOENT' || code === 'ENOTDIR',
  )
  return gone
    ? new EmbeddedPostgresError(`The embedded Postgres has lost its folder: ${folder} is not there any more.`)
    : undefined
}
