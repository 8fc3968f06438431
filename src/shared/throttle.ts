import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Throttles a job: the first call does it at once; all calls that come while it is under way, or in the pause after it, are
 * one call after that pause.
 * @param job never fails
 */
export function throttle(job: () => Promise<void> | void, pauseMs: number): () => void {
  let isCalled = false
  let isBusy = false
  async function run() {
    isBusy = true
    while (isCalled) {
      isCalled = false
      await job()
      await sleep(pauseMs, undefined, { ref: false })
    }
    isBusy = false
  }
  return () => {
    isCalled = true
    if (!isBusy) void run()
  }
}
