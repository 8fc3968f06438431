import { setTimeout as sleep } from 'node:timers/promises'
import { inArray, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { asks } from '../../db/schema.ts'

/** Tells those who wait when an ask can no more be paid. */
export interface AskWatch {
  /**
   * Waits until an ask is paid, ended or over, for 25 seconds at most.
   * @param id in small letters
   * @param left where whoever waits has gone
   * @returns whether it is; undefined where there is no such ask
   */
  over(id: string, left: AbortSignal): Promise<boolean | undefined>
  /** Answers all who wait, and who come from now on, at once. */
  end(): void
}

/** Proxies cut off what says nothing for a minute, and some for half of it. */
const LONGEST_MS = 25_000

/** For so long after one look the next one is made. */
const PAUSE_MS = 400

/** However many wait in a process, they are one statement: whoever pays may do so in another process. */
export function openAskWatch(db: Database): AskWatch {
  const waiting = new Map<string, Set<PromiseWithResolvers<boolean | undefined>>>()
  let isLooking = false
  let isEnded = false

  async function look(): Promise<void> {
    isLooking = true
    while (waiting.size > 0) {
      const some = [...waiting]
      try {
        const found = await overBy(
          db,
          some.map(([id]) => id),
        )
        for (const [id, those] of some)
          if (found.get(id) !== false) for (const one of those) one.resolve(found.get(id))
      } catch (error) {
        for (const [, those] of some) for (const one of those) one.reject(error)
      }
      await sleep(PAUSE_MS)
    }
    isLooking = false
  }

  return {
    async over(id, left) {
      if (isEnded || left.aborted) return false
      const one = Promise.withResolvers<boolean | undefined>()
      const those = waiting.get(id) ?? new Set()
      waiting.set(id, those.add(one))
      const notYet = () => one.resolve(false)
      const timer = setTimeout(notYet, LONGEST_MS)
      left.addEventListener('abort', notYet)
      if (!isLooking) void look()
      try {
        return await one.promise
      } finally {
        clearTimeout(timer)
        left.removeEventListener('abort', notYet)
        those.delete(one)
        if (those.size === 0) waiting.delete(id)
      }
    },
    end() {
      isEnded = true
      for (const those of waiting.values()) for (const one of those) one.resolve(false)
    },
  }
}

/** Whether each of these asks is over, by the database's clock. */
async function overBy(db: Database, ids: string[]): Promise<Map<string, boolean>> {
  const { id, paid, total, endedAt, expiresAt } = asks
  const isOver = sql<boolean>`${paid} >= ${total} or ${endedAt} is not null or ${expiresAt} <= clock_timestamp()`
  const rows = await db.select({ id, isOver }).from(asks).where(inArray(id, ids))
  return new Map(rows.map((row) => [row.id, row.isOver]))
}
