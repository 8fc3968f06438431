import { and, eq, isNull, lt, or, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { asks } from '../../db/schema.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import { Refusal } from '../shared/refusal.ts'
import type { Needs } from './needs.ts'
import { askOf } from './own.ts'
import { tellUnpaid } from './tell.ts'

/**
 * Tells those in private who have not paid, once a day at most.
 * @returns how many are told: not those who want no such messages, or whom we have not met
 * @throws Refusal `ask_not_found`, `not_asker`, `ask_paid`, `ask_ended`, `ask_expired`, `ask_reminded`
 */
export async function remind(
  needs: Pick<Needs, 'db' | 'people' | 'deliveries'>,
  { askId, by }: { askId: string; by: IdentityUpdate },
): Promise<number> {
  await askOf(needs, askId, by)
  const noted = await needs.db
    .update(asks)
    .set({ remindedAt: sql`now()` })
    .where(
      and(
        eq(asks.id, askId),
        or(isNull(asks.remindedAt), lt(asks.remindedAt, sql`now() - interval '1 day'`)),
      ),
    )
    .returning({ id: asks.id })
  if (noted.length === 0) throw new Refusal('ask_reminded', {}, await secondsLeft(needs.db, askId))
  return tellUnpaid(needs, askId)
}

/** Until they may be reminded again. */
async function secondsLeft(db: Database, askId: string): Promise<number> {
  const left = sql<number>`ceil(extract(epoch from ${asks.remindedAt} + interval '1 day' - now()))::int`
  const [row] = await db.select({ left }).from(asks).where(eq(asks.id, askId))
  return Math.max(row?.left ?? 0, 1)
}
