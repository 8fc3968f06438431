import { performance } from 'node:perf_hooks'

const INTERVAL_MS = 5000
/** The process counts as idle where its event loop is busy for less than this share of the time. */
const IDLE = 0.05
/** Trimming stops the thread for a tenth of a second or more, which less memory is not worth. */
const WORTHWHILE_BYTES = 100e6

/**
 * Gives memory back to the system while the process is idle. V8 by itself keeps what it has once allocated: what loading the
 * modules took at the start, and what a peak took. Needs Node's `--expose-gc`; without it nothing is done.
 */
export function startMemoryTrimming(): { stop(): void } {
  const { gc } = globalThis
  if (!gc) return { stop() {} }
  let trimmed = 0
  let last = performance.eventLoopUtilization()
  const timer = setInterval(() => {
    const now = performance.eventLoopUtilization()
    const { utilization } = performance.eventLoopUtilization(now, last)
    last = now
    if (utilization > IDLE || process.memoryUsage.rss() < trimmed + WORTHWHILE_BYTES) return
    gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    trimmed = process.memoryUsage.rss()
    last = performance.eventLoopUtilization()
  }, INTERVAL_MS).unref()
  return { stop: () => clearInterval(timer) }
}
