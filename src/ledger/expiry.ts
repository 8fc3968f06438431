import { and, asc, eq, lte, sql } from 'drizzle-orm'
import type { Logger } from 'pino'
import type { Database } from '../../db/postgres.ts'
import { sweeps, transfers } from '../../db/schema.ts'
import { isOver } from '../shared/closed.ts'
import { repeat } from '../shared/repeat.ts'
import type { Command } from './commands.ts'
import { fromTable, type LoadedTransfer, TRANSFER_COLUMNS } from './transfer-rows.ts'

const PAUSE_MS = 1000
/** Small enough to leave most of the ledger's capacity to people who collect at the same time. */
const CHUNK = 256
/**
 * A transfer becomes visible only when its transaction commits, so each sweep looks back as far as the longest one may
 * last.
 */
const LOOK_BACK = sql`interval '1 minute'`

/** The lowest UUID: pages of ids begin after it. */
const BEFORE_ALL_IDS = '00000000-0000-0000-0000-000000000000'

/**
 * Returns expired transfers, once a second, until it is stopped. Several processes may do so at the same time.
 * @param swept called after each sweep that was not cut short
 */
export const startExpiry = (
  db: Database,
  ledger: { sweep(db: Database, stopped: () => boolean): Promise<number> },
  log: Logger,
  swept: () => void = () => {},
): { stop(): Promise<void> } =>
  repeat(
    async (stopping) => {
      await ledger.sweep(db, stopping)
      if (!stopping()) swept()
      return false
    },
    PAUSE_MS,
    (error) => log.error({ err: error }, 'the sweep for expired transfers failed; it is tried again'),
  )

interface Needs {
  db: Database
  submit(command: Command): Promise<unknown>
  /** Puts transfers that were read into the ledger's cache, so that they need not be read again. */
  remember(transfers: LoadedTransfer[]): void
}

/**
 * Returns all expired transfers. It starts where the last sweep of any process ended, so that it never reads what was closed
 * long ago.
 * @param stopped ends the sweep early, before the next page
 * @returns how many were returned
 */
export async function sweep(needs: Needs, stopped = () => false): Promise<number> {
  const { db } = needs
  const [mark] = await db
    .insert(sweeps)
    .values({ id: 1, sweptUntil: sql`'-infinity'` })
    .onConflictDoUpdate({ target: sweeps.id, set: { id: 1 } })
    .returning({ since: SWEPT_UNTIL, now: sql<string>`now()::text` })
  if (!mark) throw new Error('The mark of the last sweep cannot be read.')
  const { returned, isWhole } = await giveBack(needs, { since: mark.since, until: mark.now, stopped })
  if (isWhole) await db.update(sweeps).set({ sweptUntil: sql`${mark.now}::timestamptz - ${LOOK_BACK}` })
  return returned
}

/** Returns all open transfers, whether or not they have expired. @returns how many */
export async function returnAll(needs: Needs, stopped = () => false): Promise<number> {
  const [mark] = await needs.db.select({ since: SWEPT_UNTIL }).from(sweeps)
  const since = mark?.since ?? '-infinity'
  return (await giveBack(needs, { since, until: 'infinity', early: true, stopped })).returned
}

/** A mark in the future was left by a wrong clock, so the sweep begins at the very first transfer. */
const SWEPT_UNTIL = sql<string>`case when ${sweeps.sweptUntil} > now() then '-infinity' else ${sweeps.sweptUntil}::text end`

interface Which {
  /** Times of expiry; all transfers of before `since` are closed. */
  since: string
  until: string
  /** Also those that have not expired. */
  early?: boolean
  stopped: () => boolean
}

/**
 * Returns open transfers, page by page along the index of expiry times. Those that end otherwise meanwhile are left out.
 * @returns `isWhole`: it was not stopped
 */
async function giveBack(
  { db, submit, remember }: Needs,
  { since, until, early = false, stopped }: Which,
): Promise<{ returned: number; isWhole: boolean }> {
  const pageAfter = (after: { at: string; id: string }) => {
    const page = db
      .select({
        ...TRANSFER_COLUMNS,
        // As text, with microseconds: a Date has none, and the next page would begin before this one's end.
        at: sql<string>`${transfers.expiresAt}::text`,
      })
      .from(transfers)
      .where(
        and(
          eq(transfers.state, 'open'),
          sql`(${transfers.expiresAt}, ${transfers.id}) > (${after.at}::timestamptz, ${after.id}::uuid)`,
          lte(transfers.expiresAt, sql`${until}::timestamptz`),
        ),
      )
      .orderBy(asc(transfers.expiresAt), asc(transfers.id))
      .limit(CHUNK)
      .execute()
    // A page that was requested ahead is never awaited where the sweep ends before: its rejection must be handled all the same.
    page.catch(() => undefined)
    return page
  }

  let returned = 0
  let page = pageAfter({ at: since, id: BEFORE_ALL_IDS })
  while (!stopped()) {
    const due = await page
    remember(due.map(({ at: _, ...row }) => fromTable(row)))
    const last = due.length === CHUNK ? due.at(-1) : undefined
    // The next page is read while the transfers of this one are returned. Its error is thrown by the next turn of the loop.
    if (last) page = pageAfter(last)
    const outcomes = await Promise.allSettled(
      due.map(({ id, settlement }) =>
        submit({ do: 'return', which: { id }, early, settles: settlement !== null }),
      ),
    )
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') returned += 1
      // Collected or cancelled a moment before: that is no error.
      else if (!isOver(outcome.reason)) throw outcome.reason
    }
    if (!last) return { returned, isWhole: true }
  }
  return { returned, isWhole: false }
}
