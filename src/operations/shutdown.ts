import { setTimeout as sleep } from 'node:timers/promises'

/** What is to be closed at the end: the last opened first. */
export interface Shutdown {
  /** @param what its name in the message "still waited for …" */
  add(what: string, close: () => Promise<void> | void): void
  /**
   * Closes everything. What fails, or takes too long, is named in the error, and the rest is closed all the same.
   * @throws ShutdownFailed
   */
  close(): Promise<void>
}

/** Not everything was closed: the message names what was not. */
export class ShutdownFailed extends Error {}

/**
 * The time for closing all of it. What is left after that still gets a moment each, so that the database is not left
 * running.
 */
export const SHUTDOWN_MS = 20_000
const MOMENT_MS = 3000

/** @param patienceMs how long closing may take in all */
export function openShutdown(patienceMs = SHUTDOWN_MS): Shutdown {
  const open: { what: string; close: () => Promise<void> | void }[] = []

  async function closeAll() {
    const until = Date.now() + patienceMs
    const failed: { line: string; cause?: unknown }[] = []
    for (const { what, close } of open.splice(0).reverse()) {
      const late = new AbortController()
      const left = Math.max(until - Date.now(), MOMENT_MS)
      try {
        const closed = (async () => close())()
        const inTime = sleep(left, false, { signal: late.signal }).catch(() => false)
        if ((await Promise.race([closed.then(() => true), inTime])) === false)
          failed.push({ line: `still waited for ${what}` })
      } catch (cause) {
        failed.push({ line: `${what} failed (${(cause as Error).message})`, cause })
      } finally {
        late.abort()
      }
    }
    if (failed.length > 0)
      throw new ShutdownFailed(failed.map(({ line }) => line).join('; '), {
        cause: failed.find(({ cause }) => cause)?.cause,
      })
  }

  return { add: (what, close) => void open.push({ what, close }), close: closeAll }
}
