import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { EmbeddedPostgresError } from './programs.ts'
import {
  FolderTaken,
  leave,
  PasswordRefused,
  reach,
  type Session,
  StartFailed,
  takeFolder,
} from './session.ts'

/** What a service is told about its server while it runs. */
export interface Watcher {
  /** It is away, and can't be had again yet. Told once for a cause, however often it is tried. */
  down?(cause: string): void
  /** It was away, and is there again, after so many milliseconds. */
  up?(milliseconds: number): void
  /** It can't be had any more: nothing is tried any more. */
  lost?(error: EmbeddedPostgresError): void
}

/**
 * Whenever the session ends, has another one with its locks: with the server as it is, or started again.
 * @returns ends that, and leaves the server
 */
export function keepUp(first: Session, watcher: Watcher): () => Promise<void> {
  const ending = new AbortController()
  const end = once(ending.signal, 'abort')
  const last = follow()

  /** The session at the end, where there is one then. */
  async function follow(): Promise<Session | undefined> {
    let session: Session | undefined = first
    while (session) {
      await Promise.race([session.closed, end])
      if (ending.signal.aborted) return session
      await session.sql.end({ timeout: 0 })
      session = await regain(session, watcher, ending.signal)
    }
    return undefined
  }

  return async () => {
    ending.abort()
    const session = await last
    if (session) await leave(session)
  }
}

/** Tries again and again, until it has a session, can't have one any more, or is told to end. */
async function regain(
  { cluster, address }: Session,
  { down, up, lost }: Watcher,
  ending: AbortSignal,
): Promise<Session | undefined> {
  const since = Date.now()
  const reported = new Set<string>()
  let failedStarts = 0
  for (let pause = 100; !ending.aborted; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    try {
      const session = await reach(cluster, failedStarts, address)
      await takeFolder(session).catch(async (error: unknown) => {
        await leave(session)
        throw error
      })
      up?.(Date.now() - since)
      return session
    } catch (error) {
      const reason = await whyForGood(error, cluster.folder)
      if (reason) {
        lost?.(reason)
        return undefined
      }
      if (error instanceof StartFailed) failedStarts++
      const { message } = error as Error
      // Numbers of processes and files differ from try to try.
      const cause = message.replaceAll(/\d+/g, '')
      if (Date.now() - since > UNREMARKABLE_MS && !reported.has(cause)) down?.(message)
      if (Date.now() - since > UNREMARKABLE_MS) reported.add(cause)
      await sleep(pause, undefined, { signal: ending }).catch(() => undefined)
    }
  }
  return undefined
}

const LONGEST_PAUSE_MS = 10_000

/** A server that crashed is back by then, and until then refuses for reasons that pass. */
const UNREMARKABLE_MS = 2000

async function whyForGood(error: unknown, folder: string): Promise<EmbeddedPostgresError | undefined> {
  if (error instanceof PasswordRefused || error instanceof FolderTaken) return error
  const gone = await stat(join(folder, 'PG_VERSION')).then(
    () => false,
    ({ code }: NodeJS.ErrnoException) => code === 'ENOENT' || code === 'ENOTDIR',
  )
  return gone
    ? new EmbeddedPostgresError(`The embedded Postgres has lost its folder: ${folder} is not there any more.`)
    : undefined
}
