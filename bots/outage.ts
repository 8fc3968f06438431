import type { Log } from './log.ts'

/**
 * A time in which something that the bot needs can't be reached. The service's log has its own way to log an outage of the
 * database once (`src/operations/log.ts`): there any caller may meet it first and none sees its end, while here one loop
 * does both, needs to know whether it is on, and logs how long it was.
 */
export interface Outage {
  readonly isOn: boolean
  /** Something failed. Each different reason is logged once. */
  begin(error: unknown): void
  /** It works again. Logged where the outage was on. */
  end(): void
}

/**
 * An outage that hasn't begun.
 * @param words what is logged at its begin, with the reason, and at its end, with the seconds that it took
 * @param details are added to both lines
 */
export function openOutage(log: Log, words: { begins: string; ends: string }, details: object): Outage {
  const reasons = new Set<string>()
  let since = 0
  return {
    get isOn() {
      return reasons.size > 0
    },
    begin(error) {
      const reason = reasonOf(error)
      if (reasons.has(reason)) return
      if (reasons.size === 0) since = Date.now()
      reasons.add(reason)
      log.warn({ reason, ...details }, words.begins)
    },
    end() {
      if (reasons.size === 0) return
      reasons.clear()
      log.info({ seconds: Math.round((Date.now() - since) / 1000), ...details }, words.ends)
    },
  }
}

/** An error's message in a line, with its cause: only there Node gives the reason of a failed `fetch`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
