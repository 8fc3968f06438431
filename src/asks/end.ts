import { and, eq, isNull, lt, sql } from 'drizzle-orm'
import { asks } from '../../db/schema.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import { Refusal } from '../shared/refusal.ts'
import type { Needs } from './needs.ts'
import { askOf } from './own.ts'

/**
 * Ends an ask: nobody can pay it from then on. What was paid stays paid.
 * @throws Refusal `ask_not_found`, `not_asker`, `ask_paid`, `ask_ended`, `ask_expired`
 */
export async function endAsk(
  needs: Pick<Needs, 'db' | 'people' | 'deliveries'>,
  { askId, by }: { askId: string; by: IdentityUpdate },
): Promise<void> {
  await askOf(needs, askId, by)
  const ended = await needs.db
    .update(asks)
    .set({ endedAt: sql`clock_timestamp()` })
    // What was paid or ended a moment ago stays so.
    .where(and(eq(asks.id, askId), isNull(asks.endedAt), lt(asks.paid, asks.total)))
    .returning({ id: asks.id })
  if (ended.length === 0) throw new Refusal('ask_paid')
  await needs.deliveries.redrawAsk(askId)
}
