import { setTimeout as sleep } from 'node:timers/promises'
import pRetry from 'p-retry'
import { Undeliverable } from './messenger.ts'

const RETRIES = { retries: 5, minTimeout: 500, maxTimeout: 10_000, randomize: true }

interface Retrying {
  /** Aborted when the messenger is left. */
  signal: AbortSignal
  /** Whether no retry helps. None does where the messenger refuses this very call, which is `Undeliverable`. */
  isFinal?(error: unknown): boolean
  /** How long to wait, in milliseconds, where there were too many calls: such a try doesn't count. */
  waitOf?(error: unknown): number | undefined
}

/** Retries calls to a messenger that fail for a while, with growing pauses. */
export const createRetries =
  ({ signal, isFinal = () => false, waitOf = () => undefined }: Retrying) =>
  <T>(call: () => Promise<T>): Promise<T> =>
    pRetry(call, {
      ...RETRIES,
      signal,
      shouldRetry: ({ error }) => !(error instanceof Undeliverable || isFinal(error)),
      shouldConsumeRetry: ({ error }) => waitOf(error) === undefined,
      async onFailedAttempt({ error }) {
        const waitMs = waitOf(error)
        if (waitMs !== undefined) await sleep(waitMs, undefined, { signal })
      },
    })
