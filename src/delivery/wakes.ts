import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import type { Logger } from 'pino'
import { listen } from '../../db/listen.ts'
import type { Database } from '../../db/postgres.ts'

/**
 * Tells whoever waits that there is something to do, in this process or in another one, so that nobody has to wait for their
 * next look. A word may get lost; the next look finds what it was about.
 */
export interface Wakes {
  /** Calls `wake` when there is something to do for a name; answers how to end that. */
  on(name: string, wake: () => void): () => void
  /** There is something to do, and it is committed: told to those who wait in this process; where none does, to other processes. */
  tell(name: string): void
  close(): Promise<void>
}

interface Sources {
  url: string
  db: Database
  log: Logger
}

const CHANNEL = 'passalong'
/** Between two words to other processes, in milliseconds: each is a commit, and only one can be under way in a database. */
const NOTIFY_PAUSE_MS = 25

export function openWakes({ url, db, log }: Sources): Wakes {
  const waiting = new Map<string, Set<() => void>>()
  const untold = new Set<string>()
  const self = randomUUID()
  const listener = listen(url, CHANNEL, (payload) => {
    // Something may have been told while nobody listened.
    if (payload === undefined) return wakeHere(...waiting.keys())
    const [sender, ...names] = payload.split(' ')
    if (sender !== self) wakeHere(...names)
  })
  const tellOthers = spaced(async () => {
    const names = [...untold]
    untold.clear()
    // Nothing is lost with it, so the commit need not be kept: the word is out without waiting for the disk or a replica.
    await db
      .execute(
        sql`select set_config('synchronous_commit', 'off', true), pg_notify(${CHANNEL}, ${[self, ...names].join(' ')})`,
      )
      .catch((error: unknown) => log.warn({ err: error }, 'other processes are not told; they will look'))
  }, NOTIFY_PAUSE_MS)

  function wakeHere(...names: string[]) {
    for (const name of names) for (const wake of waiting.get(name) ?? []) wake()
  }

  return {
    on(name, wake) {
      const those = waiting.get(name) ?? new Set()
      waiting.set(name, those.add(wake))
      return () => {
        those.delete(wake)
        if (those.size === 0 && waiting.get(name) === those) waiting.delete(name)
      }
    },
    tell(name) {
      if (waiting.has(name)) return wakeHere(name)
      untold.add(name)
      tellOthers()
    },
    close: listener.close,
  }
}

/**
 * A job that is done at once when it is called; all calls that come while it is under way, or in the pause after it, are one
 * call after the pause.
 * @param job never fails
 */
export function spaced(job: () => Promise<void> | void, pauseMs: number): () => void {
  let isCalled = false
  let isBusy = false
  async function go() {
    isBusy = true
    while (isCalled) {
      isCalled = false
      await job()
      await sleep(pauseMs, undefined, { ref: false })
    }
    isBusy = false
  }
  return () => {
    isCalled = true
    if (!isBusy) void go()
  }
}
