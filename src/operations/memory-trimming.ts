import { performance } from 'node:perf_hooks'

const LOOK_MS = 5000
/** Below this share of its time the thread is at rest. */
const AT_REST = 0.05
/** Less is not worth a pause of the thread: a tenth of a second, more where the heap is large. */
const WORTHWHILE_BYTES = 100e6

/**
 * Gives memory back to the system when the service comes to rest. V8 by itself keeps what it has once had: what loading
 * the modules took at the start, and what a rush took. Needs Node's `--expose-gc`; without it nothing is done.
 */
export function startMemoryTrimming(): { stop(): void } {
  const { gc } = globalThis
  if (!gc) return { stop() {} }
  let tidied = 0
  let last = performance.eventLoopUtilization()
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, last)
    last = now
    if (utilization > AT_REST || process.memoryUsage.rss() < tidied + WORTHWHILE_BYTES) return
    gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    tidied = process.memoryUsage.rss()
    last = performance.eventLoopUtilization()
  }, LOOK_MS).unref()
  return { stop: () => clearInterval(timer) }
}
