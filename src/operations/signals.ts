import type { Logger } from 'pino'

/**
 * Shuts the process down at SIGTERM or SIGINT, with exit code 0, or 1 where the shutdown failed. A second signal ends it at once.
 */
export function endAtSignals(end: () => Promise<void>, log: Logger): void {
  let first: number | undefined
  const heard = (signal: NodeJS.Signals) => {
    if (first === undefined) {
      first = performance.now()
      log.info({ signal }, 'finishing what is under way')
      end().then(
        () => process.exit(0),
        (error: unknown) => {
          log.fatal({ err: error }, 'the end was not orderly')
          process.exit(1)
        },
      )
    } else if (performance.now() - first > SAME_SIGNAL_MS) {
      log.fatal({ signal }, 'ended at once by a second signal: what was under way is cut off')
      process.exit(1)
    }
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, heard)
}

/** Ctrl-C reaches the whole process group, and npm forwards it besides, so the same signal comes twice. */
const SAME_SIGNAL_MS = 1000
