import { asc, isNull, sql } from 'drizzle-orm'
import { payouts } from '../../db/schema.ts'
import { repeat } from '../shared/repeat.ts'
import { carryOut } from './carry-out.ts'
import type { Needs } from './needs.ts'

const PAUSE_MS = 1000

/** Pays what is left of payouts: of long ones, and of those whose process has ended. Several processes may do so at the same time. */
export const startPayouts = (needs: Needs): { stop(): Promise<void> } =>
  repeat(
    async (stopping) => {
      await resume(needs, stopping)
      return false
    },
    PAUSE_MS,
    (error) => needs.log.error({ err: error }, 'a payout could not go on; it is tried again'),
  )

/** Pays what is left of all payouts, the oldest first. */
export async function resume(needs: Needs, stopping = () => false): Promise<void> {
  const { db } = needs
  const unfinished = await db
    .select({ id: payouts.id })
    .from(payouts)
    .where(isNull(payouts.madeAt))
    .orderBy(asc(payouts.id))
  let failure: unknown
  for (const { id } of unfinished) {
    if (stopping()) break
    // One that can't go on is in no other's way.
    await resumeOne(needs, id, stopping).catch((error: unknown) => {
      failure = error
    })
  }
  if (failure) throw failure
}

/** Twice would do no harm, but it is of no use. */
const resumeOne = (needs: Needs, id: string, stopping: () => boolean): Promise<void> =>
  needs.db.transaction(async (tx) => {
    const [lock] = await tx.execute<{ taken: boolean }>(
      sql`select pg_try_advisory_xact_lock(hashtextextended(${`payout ${id}`}, 0)) as taken`,
    )
    if (lock?.taken) await carryOut(needs, id, stopping)
  })
