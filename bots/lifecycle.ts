import { setTimeout as sleep } from 'node:timers/promises'
import pRetry from 'p-retry'
import type { Bot } from './bot.ts'
import type { ApiClient } from './client.ts'
import type { Messenger } from './messenger.ts'
import { openOutage } from './outage.ts'
import { announce } from './presence.ts'
import type { Log } from './sentences.ts'

/** How long the end waits for what is under way, in milliseconds: the messenger may have asked to rest for longer. */
const LAST_WORDS_MS = 5000
const MOST_PAUSE_MS = 30_000

/** How a messenger starts, works and ends. */
export interface Lifecycle {
  /** Aborted when the end begins. */
  readonly signal: AbortSignal
  /** Has the end wait for work that has begun, whether or not it goes well. */
  finish(work: Promise<void>): void
  /**
   * Does something that needs others, again and again with growing pauses, until it goes well.
   * @param words.begins what the log is told when it fails, once for each cause
   * @throws what `isFinal` says can't be mended by waiting, and once the end has begun
   */
  retry<T>(work: () => Promise<T>, words: { begins: string; ends: string }, how?: Retrying): Promise<T>
  /**
   * Begins with deliveries, and tells the core that the messenger runs. Once only, and not after the end.
   * @param about what people call the messenger, and its link
   */
  serve(bot: Bot, about: Parameters<typeof announce>[2]): void
  /**
   * Lets what is under way come to its end.
   * @param disconnect lets go of the messenger, and of what still waits for it
   */
  stop(disconnect: () => Promise<void> | void): Promise<void>
}

interface Retrying {
  isFinal?(error: unknown): boolean
  /** In milliseconds. */
  mostPause?: number
}

export function openLifecycle(api: ApiClient, messenger: Messenger, log: Log): Lifecycle {
  const end = new AbortController()
  const underWay = new Set<Promise<void>>()
  let served: { stop(): Promise<void> }[] = []

  return {
    signal: end.signal,
    finish(work) {
      underWay.add(work)
      void work.catch(() => {}).finally(() => underWay.delete(work))
    },
    async retry(work, words, { isFinal = () => false, mostPause = MOST_PAUSE_MS } = {}) {
      const outage = openOutage(log, words, { messenger: messenger.name })
      const done = await pRetry(work, {
        retries: Number.POSITIVE_INFINITY,
        maxTimeout: mostPause,
        signal: end.signal,
        shouldRetry: ({ error }) => !isFinal(error),
        onFailedAttempt({ error }) {
          if (!isFinal(error)) outage.begin(error)
        },
      })
      outage.end()
      return done
    },
    serve(bot, about) {
      if (end.signal.aborted || served.length > 0) return
      served = [bot.deliver(), announce(api, messenger, about, log)]
    },
    async stop(disconnect) {
      end.abort(new Error('The messenger is being stopped.'))
      const stopped = Promise.all(served.map((one) => one.stop()))
      await within(LAST_WORDS_MS, Promise.allSettled([...underWay, stopped]))
      await within(LAST_WORDS_MS, (async () => disconnect())())
      await within(LAST_WORDS_MS, stopped)
    },
  }
}

/** Waits for something, and no longer than so many milliseconds. */
export const within = async (milliseconds: number, work: Promise<unknown>): Promise<void> =>
  void (await Promise.race([work, sleep(milliseconds, undefined, { ref: false })]))
