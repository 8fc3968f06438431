import type { Log } from './sentences.ts'

/** Something that others do for the bot, and that may be out of reach for a while. */
export interface Outage {
  readonly isOn: boolean
  /** It can't be reached: told to the log once for each cause. */
  begin(error: unknown): void
  /** It is reached: told to the log where it wasn't before. */
  end(): void
}

/**
 * @param words.begins what the log is told, with the reason
 * @param details are told along
 */
export function openOutage(log: Log, words: { begins: string; ends: string }, details: object): Outage {
  const causes = new Set<string>()
  let since = 0
  return {
    get isOn() {
      return causes.size > 0
    },
    begin(error) {
      const reason = reasonOf(error)
      if (causes.has(reason)) return
      if (causes.size === 0) since = Date.now()
      causes.add(reason)
      log.warn({ reason, ...details }, words.begins)
    },
    end() {
      if (causes.size === 0) return
      causes.clear()
      log.info({ seconds: Math.round((Date.now() - since) / 1000), ...details }, words.ends)
    },
  }
}

/** What went wrong, in a line. Of a call that failed Node says why in its cause alone. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message
}
