import type { Logger } from 'pino'

/**
 * Ends the process in order at SIGTERM or SIGINT: with 0, or with 1 where that was not possible. A second signal ends it
 * at once.
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
    } else if (performance.now() - first > SAME_MS) {
      log.fatal({ signal }, 'ended at once by a second signal: what was under way is cut off')
      process.exit(1)
    }
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, heard)
}

/** Ctrl-C goes to a terminal's whole group, and npm hands on what it gets: so one signal comes twice. */
const SAME_MS = 1000
