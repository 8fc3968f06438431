import pRetry from 'p-retry'
import { z } from 'zod'
import type { Bot } from './bot.ts'
import type { ApiClient } from './client.ts'
import { type MessengerLink, startHeartbeat } from './heartbeat.ts'
import { inTime } from './in-time.ts'
import type { Log } from './log.ts'
import { type Messenger, Undeliverable } from './messenger.ts'
import { openOutage } from './outage.ts'

/** How long each step of the stop may take, in milliseconds, of the ten seconds that the service has: work may wait for a rate limit that lasts longer. */
const STOP_TIMEOUT_MS = { work: 3000, disconnect: 1000, deliveries: 1000 }
const MAX_PAUSE_MS = 30_000
/** Of a messenger that needs none. */
const NONE: Credentials = { areRefused: () => false, advice: '' }

/** The settings by which a messenger knows the bot. */
export interface Credentials {
  /** Whether an error says that the messenger doesn't take them, so that no retry helps. */
  areRefused(error: unknown): boolean
  /** What is logged then: which settings they are, and where to get others. */
  advice: string
}

/** What the start, the work and the stop of all messengers have in common. */
export interface Lifecycle {
  /** Aborted when the stop begins. */
  readonly signal: AbortSignal
  /** Runs the start. It never fails: what ends it is logged. */
  start(work: () => Promise<void>): Promise<void>
  /** Logs what has ended the bot, unless the stop has. */
  giveUp(error: unknown): void
  /** Makes the stop wait for work that has begun, whether or not it succeeds. */
  finish(work: Promise<void>): void
  /** Runs what follows after money was moved, such as an answer. It never fails: what goes wrong is logged, and the stop waits for it. */
  follow(work: () => Promise<void>): void
  /**
   * Carries out an event that the messenger tells again where that fails; the stop waits for it. What can't be read, or nobody can be
   * told of, would be the same the next time, so that is only logged.
   * @param type of the event, for the log
   * @throws what makes the messenger tell it again
   */
  takeEvent(type: string, work: () => Promise<void>): Promise<void>
  /**
   * Retries with growing pauses, without an end.
   * @param words what is logged when it begins to fail, once for each reason, and when it succeeds after that
   * @throws an error that refuses the credentials; and the reason of `signal` once the stop has begun
   */
  retry<T>(work: () => Promise<T>, words: { begins: string; ends: string }, maxPauseMs?: number): Promise<T>
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

/** The lifecycle of a messenger that is about to start. */
export function openLifecycle(
  api: ApiClient,
  messenger: Messenger,
  log: Log,
  credentials: Credentials = NONE,
): Lifecycle {
  const end = new AbortController()
  const underWay = new Set<Promise<void>>()
  let served: { stop(): Promise<void> }[] = []

  function finish(work: Promise<void>): void {
    underWay.add(work)
    void work.catch(() => {}).finally(() => underWay.delete(work))
  }

  async function carryOut(type: string, work: () => Promise<void>): Promise<void> {
    const about = { messenger: messenger.name, type }
    try {
      await work()
    } catch (error) {
      if (error instanceof z.ZodError)
        return log.error({ reason: error.message, ...about }, 'an event could not be read')
      if (error instanceof Undeliverable)
        return log.warn({ reason: error.message, ...about }, 'somebody cannot be answered')
      log.warn({ err: error, ...about }, 'an event could not be carried out; it comes again')
      throw error
    }
  }

  function giveUp(error: unknown): void {
    if (end.signal.aborted) return
    const about = { messenger: messenger.name }
    if (credentials.areRefused(error)) log.error(about, credentials.advice)
    else log.error({ err: error, ...about }, 'the bot has ended')
  }

  return {
    signal: end.signal,
    start: (work) => work().catch(giveUp),
    giveUp,
    finish,
    async takeEvent(type, work) {
      end.signal.throwIfAborted()
      const done = carryOut(type, work)
      finish(done)
      await done
    },
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
    async retry(work, words, maxPauseMs = MAX_PAUSE_MS) {
      const outage = openOutage(log, words, { messenger: messenger.name })
      const done = await pRetry(work, {
        retries: Number.POSITIVE_INFINITY,
        maxTimeout: maxPauseMs,
        signal: end.signal,
        shouldRetry: ({ error }) => !credentials.areRefused(error),
        onFailedAttempt({ error }) {
          if (!credentials.areRefused(error)) outage.begin(error)
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
      await inTime(STOP_TIMEOUT_MS.work, Promise.allSettled([...underWay, stopped]))
      await inTime(STOP_TIMEOUT_MS.disconnect, (async () => disconnect())())
      await inTime(STOP_TIMEOUT_MS.deliveries, stopped)
    },
  }
}
