import { and, asc, eq, getTableColumns, gt, lte, sql } from 'drizzle-orm'
import type { Logger } from 'pino'
import type { Database } from '../../db/postgres.ts'
import { sweeps, transfers } from '../../db/schema.ts'
import { CLOSED } from '../shared/closed.ts'
import { Refusal } from '../shared/refusal.ts'
import { repeat } from '../shared/repeat.ts'
import type { Command } from './commands.ts'
import { fromTable, type LoadedTransfer } from './rows.ts'

const PAUSE_MS = 1000
/** Small enough that those who collect at the same time keep the larger part of the ledger's connections. */
const CHUNK = 256
/** A transfer becomes visible when its transaction commits: look back as far as the longest one may last. */
const LOOK_BACK = sql`interval '1 minute'`

/** Where a walk along ids begins. */
const BEFORE_ALL_IDS = '00000000-0000-0000-0000-000000000000'

/** Gives back what is past its time, again and again until it is stopped. Several processes may do it side by side. */
export const startExpiry = (
  db: Database,
  ledger: { sweep(db: Database, stopped: () => boolean): Promise<number> },
  log: Logger,
): { stop(): Promise<void> } =>
  repeat(
    async (stopping) => {
      await ledger.sweep(db, stopping)
      return false
    },
    PAUSE_MS,
    (error) => log.error({ err: error }, 'the sweep for expired transfers failed; it is tried again'),
  )

interface Needs {
  db: Database
  submit(command: Command): Promise<unknown>
  /** Told of what was read, so that it need not be read again. */
  remember(transfers: LoadedTransfer[]): void
}

/**
 * One pass over all that is due, in chunks along the index of expiry; answers how many were returned.
 * It starts where the last pass of any process ended, so that it never walks over what was closed long ago.
 */
export async function sweep({ db, submit, remember }: Needs, stopped = () => false): Promise<number> {
  const [mark] = await db
    .insert(sweeps)
    .values({ id: 1, sweptUntil: sql`'-infinity'` })
    .onConflictDoUpdate({ target: sweeps.id, set: { id: 1 } })
    .returning({
      // A mark in the future was left by a clock that was wrong: begin again.
      since: sql<string>`case when ${sweeps.sweptUntil} > now() then '-infinity' else ${sweeps.sweptUntil}::text end`,
      now: sql<string>`now()::text`,
    })
  if (!mark) throw new Error('The mark of the last sweep cannot be read.')

  const pageAfter = (after: { at: string; id: string }) => {
    const page = db
      .select({
        ...getTableColumns(transfers),
        // As exact as it is stored: a Date has no microseconds, and the next page would begin before this one's end.
        at: sql<string>`${transfers.expiresAt}::text`,
      })
      .from(transfers)
      .where(
        and(
          eq(transfers.state, 'open'),
          sql`(${transfers.expiresAt}, ${transfers.id}) > (${after.at}::timestamptz, ${after.id}::uuid)`,
          lte(transfers.expiresAt, sql`${mark.now}::timestamptz`),
        ),
      )
      .orderBy(asc(transfers.expiresAt), asc(transfers.id))
      .limit(CHUNK)
      .execute()
    // It is asked for ahead, and where the sweep ends before, nobody waits for it: then its failure is nobody's.
    page.catch(() => undefined)
    return page
  }

  let returned = 0
  let page = pageAfter({ at: mark.since, id: BEFORE_ALL_IDS })
  while (!stopped()) {
    const due = await page
    remember(due.map(({ at: _, ...row }) => fromTable(row)))
    const last = due.length === CHUNK ? due.at(-1) : undefined
    // The next page is looked for while this one is given back; where that fails, the next turn says so.
    if (last) page = pageAfter(last)
    const outcomes = await Promise.allSettled(due.map(({ id }) => submit({ do: 'return', which: { id } })))
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') returned += 1
      // Collected or cancelled a moment before: that is no failure.
      else if (!isOver(outcome.reason)) throw outcome.reason
    }
    if (!last) {
      await db.update(sweeps).set({ sweptUntil: sql`${mark.now}::timestamptz - ${LOOK_BACK}` })
      return returned
    }
  }
  return returned
}

/** Gives back all that is open, whatever its time; answers how many. */
export async function returnAll({ db, submit }: Omit<Needs, 'remember'>): Promise<number> {
  let returned = 0
  let last = BEFORE_ALL_IDS
  for (;;) {
    const open = await db
      .select({ id: transfers.id })
      .from(transfers)
      .where(and(eq(transfers.state, 'open'), gt(transfers.id, last)))
      .orderBy(asc(transfers.id))
      .limit(CHUNK)
    await Promise.all(open.map(({ id }) => submit({ do: 'return', which: { id }, early: true })))
    returned += open.length
    if (open.length < CHUNK) return returned
    last = open.at(-1)?.id ?? last
  }
}

const isOver = (reason: unknown) => reason instanceof Refusal && CLOSED.some((code) => code === reason.code)
