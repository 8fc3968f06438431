import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import type { Logger } from 'pino'
import { listen } from '../../db/listen.ts'
import type { Database } from '../../db/postgres.ts'
import { throttle } from '../shared/throttle.ts'

/**
 * Tells listeners in this process and in others that there is work for them, so that they need not wait for their next poll.
 * A notification may get lost; the next poll finds the work all the same.
 */
export interface Notifier {
  /** Calls the listener when there is work under a topic. @returns ends that */
  on(topic: string, listener: () => void): () => void
  /** To be called after the commit of the work: notifies the listeners of this process; where it has none, other processes. */
  notify(topic: string): void
  close(): Promise<void>
}

interface Needs {
  url: string
  db: Database
  log: Logger
}

const CHANNEL = 'passalong'
/** Between two notifications of other processes: each is a commit, and a database has only one of these under way at a time. */
const NOTIFY_PAUSE_MS = 50

/** Listens by a connection of its own, which `close` ends. */
export function openNotifier({ url, db, log }: Needs): Notifier {
  const listeners = new Map<string, Set<() => void>>()
  const pending = new Set<string>()
  const self = randomUUID()
  const listening = listen(url, CHANNEL, (payload) => {
    // Listening has begun just now, so notifications may have been missed.
    if (payload === undefined) return notifyHere(...listeners.keys())
    const [sender, ...topics] = payload.split(' ')
    if (sender !== self) notifyHere(...topics)
  })
  const notifyOthers = throttle(async () => {
    const topics = [...pending]
    pending.clear()
    // Losing it does no harm, so the commit need not wait for the disk or a replica.
    await db
      .execute(
        sql`select set_config('synchronous_commit', 'off', true), pg_notify(${CHANNEL}, ${[self, ...topics].join(' ')})`,
      )
      .catch((error: unknown) => log.warn({ err: error }, 'other processes are not told; they will look'))
  }, NOTIFY_PAUSE_MS)

  function notifyHere(...topics: string[]) {
    for (const topic of topics) for (const listener of listeners.get(topic) ?? []) listener()
  }

  return {
    on(topic, listener) {
      const those = listeners.get(topic) ?? new Set()
      listeners.set(topic, those.add(listener))
      return () => {
        those.delete(listener)
        if (those.size === 0 && listeners.get(topic) === those) listeners.delete(topic)
      }
    },
    notify(topic) {
      if (listeners.has(topic)) return notifyHere(topic)
      pending.add(topic)
      notifyOthers()
    },
    close: listening.close,
  }
}
