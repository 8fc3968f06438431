import { setTimeout as sleep } from 'node:timers/promises'
import pRetry from 'p-retry'
import type { Bot } from './bot.ts'
import type { ApiClient } from './client.ts'
import { type MessengerLink, startHeartbeat } from './heartbeat.ts'
import type { Log } from './log.ts'
import { type Messenger, Undeliverable } from './messenger.ts'
import { openOutage } from './outage.ts'

/** How long each step of the stop may take, in milliseconds: work may wait for a rate limit that lasts longer. */
const STOP_TIMEOUT_MS = 5000
const MAX_PAUSE_MS = 30_000

/** What the start, the work and the stop of all messengers have in common. */
export interface Lifecycle {
  /** Aborted when the stop begins. */
  readonly signal: AbortSignal
  /** Makes the stop wait for work that has begun, whether or not it succeeds. */
  finish(work: Promise<void>): void
  /** Runs what follows after money was moved, such as an answer. It never fails: what goes wrong is logged, and the stop waits for it. */
  follow(work: () => Promise<void>): void
  /**
   * Retries with growing pauses, without an end.
   * @param words what is logged when it begins to fail, once for each reason, and when it succeeds after that
   * @throws an error of which `isFinal` says that no retry helps; and the reason of `signal` once the stop has begun
   */
  retry<T>(work: () => Promise<T>, words: { begins: string; ends: string }, how?: Retrying): Promise<T>
  /**
   * Starts to make deliveries, and tells the core that the messenger runs. A second call does nothing, nor one after the stop.
   */
  serve(bot: Bot, link: MessengerLink): void
  /**
   * Waits for what is under way, disconnects, and ends.
   * @param disconnect ends the connection to the messenger, and what still waits for it
   */
  stop(disconnect: () => Promise<void> | void): Promise<void>
}

interface Retrying {
  isFinal?(error: unknown): boolean
  maxPauseMs?: number
}

/** The lifecycle of a messenger that is about to start. */
export function openLifecycle(api: ApiClient, messenger: Messenger, log: Log): Lifecycle {
  const end = new AbortController()
  const underWay = new Set<Promise<void>>()
  let served: { stop(): Promise<void> }[] = []

  function finish(work: Promise<void>): void {
    underWay.add(work)
    void work.catch(() => {}).finally(() => underWay.delete(work))
  }

  return {
    signal: end.signal,
    finish,
    follow: (work) =>
      finish(
        Promise.resolve()
          .then(work)
          .catch((error: unknown) => {
            const about = { messenger: messenger.name }
            if (error instanceof Undeliverable)
              log.warn({ reason: error.message, ...about }, 'somebody cannot be answered')
            else if (!end.signal.aborted)
              log.error({ err: error, ...about }, 'somebody could not be answered')
          }),
      ),
    async retry(work, words, { isFinal = () => false, maxPauseMs = MAX_PAUSE_MS } = {}) {
      const outage = openOutage(log, words, { messenger: messenger.name })
      const done = await pRetry(work, {
        retries: Number.POSITIVE_INFINITY,
        maxTimeout: maxPauseMs,
        signal: end.signal,
        shouldRetry: ({ error }) => !isFinal(error),
        onFailedAttempt({ error }) {
          if (!isFinal(error)) outage.begin(error)
        },
      })
      outage.end()
      return done
    },
    serve(bot, link) {
      if (end.signal.aborted || served.length > 0) return
      served = [bot.deliver(), startHeartbeat(api, messenger, link, log)]
    },
    async stop(disconnect) {
      end.abort(new Error('The messenger is being stopped.'))
      const stopped = Promise.all(served.map((one) => one.stop()))
      await within(STOP_TIMEOUT_MS, Promise.allSettled([...underWay, stopped]))
      await within(STOP_TIMEOUT_MS, (async () => disconnect())())
      await within(STOP_TIMEOUT_MS, stopped)
    },
  }
}

/** Waits for work, but no longer than so many milliseconds. Rejects where the work does within that time. */
export const within = async (milliseconds: number, work: Promise<unknown>): Promise<void> =>
  void (await Promise.race([work, sleep(milliseconds, undefined, { ref: false })]))
