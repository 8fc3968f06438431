import { setTimeout as sleep } from 'node:timers/promises'

/** What has to be closed, by its name in the message "still waited for …". */
export type Closers = Record<string, () => Promise<void> | void>

/** What is to be closed at the end. */
export interface Shutdown {
  /** What is added together is closed at the same time; what was added last, first. */
  add(closers: Closers): void
  /**
   * Closes everything. What fails, or takes too long, is named in the error, and the rest is closed all the same.
   * @throws ShutdownFailed
   */
  close(): Promise<void>
}

/** Not everything was closed: the message names what was not. */
export class ShutdownFailed extends Error {}

/** The time for closing all of it: Docker kills after ten seconds. */
const SHUTDOWN_MS = 9500
/** What is left of it for whatever is closed after something that takes too long, so that the database is not left running. */
const MOMENT_MS = 1000

/** Nothing is open yet. */
export function openShutdown(): Shutdown {
  const open: Closers[] = []

  async function closeAll() {
    const until = Date.now() + SHUTDOWN_MS
    const failed: { line: string; cause?: unknown }[] = []

    async function closeOne([what, close]: [string, Closers[string]], late: Promise<boolean>) {
      try {
        const closed = (async () => close())().then(() => true)
        if (!(await Promise.race([closed, late]))) failed.push({ line: `still waited for ${what}` })
      } catch (cause) {
        failed.push({ line: `${what} failed (${(cause as Error).message})`, cause })
      }
    }

    for (let closers = open.pop(); closers; closers = open.pop()) {
      const inTime = new AbortController()
      const left = until - Date.now() - open.length * MOMENT_MS
      const late = sleep(left, false, { signal: inTime.signal }).catch(() => false)
      await Promise.all(Object.entries(closers).map((one) => closeOne(one, late)))
      inTime.abort()
    }
    if (failed.length > 0)
      throw new ShutdownFailed(failed.map(({ line }) => line).join('; '), {
        cause: failed.find(({ cause }) => cause)?.cause,
      })
  }

  return { add: (closers) => void open.push(closers), close: closeAll }
}
