import { setTimeout as sleep } from 'node:timers/promises'

/** What is open, to be closed at the end: the last opened first. */
export interface Shutdown {
  /** @param what as in "still waiting for …" */
  add(what: string, close: () => Promise<void> | void): void
  /**
   * Closes everything, also where something fails or does not come to its end: that is left after a while, and named.
   * @throws ShutdownFailed
   */
  close(): Promise<void>
}

/** Not everything was closed. */
export class ShutdownFailed extends Error {}

/** Of all of it; what comes after that still gets a moment each, so that the database is not left running. */
export const SHUTDOWN_MS = 20_000
const MOMENT_MS = 3000

/** @param patience how long it may take in all, in milliseconds */
export function openShutdown(patience = SHUTDOWN_MS): Shutdown {
  const open: { what: string; close: () => Promise<void> | void }[] = []

  async function closeAll() {
    const until = Date.now() + patience
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
