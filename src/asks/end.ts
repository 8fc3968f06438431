import { and, eq, isNull, lt, sql } from 'drizzle-orm'
import { asks, transfers } from '../../db/schema.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import { isOver } from '../shared/closed.ts'
import { Refusal } from '../shared/refusal.ts'
import { actorOf } from '../transfers/actor.ts'
import type { Needs } from './needs.ts'
import { askOf } from './own.ts'

/**
 * Ends an ask: nobody can pay it from then on. What was paid stays paid; what was given for a pool goes back, in case that this process
 * ends before it is done, at the time at which the pool would have ended.
 * @throws Refusal `ask_not_found`, `not_asker`, `ask_paid`, `ask_ended`, `ask_expired`
 */
export async function endAsk(
  needs: Pick<Needs, 'db' | 'people' | 'assets' | 'ledger' | 'deliveries'>,
  { askId, by }: { askId: string; by: IdentityUpdate },
): Promise<void> {
  const { db, people, ledger, deliveries } = needs
  await askOf(needs, askId, by)
  const ended = await db
    .update(asks)
    .set({ endedAt: sql`clock_timestamp()` })
    // What was paid or ended a moment ago stays so.
    .where(and(eq(asks.id, askId), isNull(asks.endedAt), lt(asks.paid, asks.total)))
    .returning({ id: asks.id })
  if (ended.length === 0) throw new Refusal('ask_paid')
  const waiting = await db
    .select({ id: transfers.id })
    .from(transfers)
    .where(and(eq(transfers.askId, askId), eq(transfers.state, 'open')))
  const actor = actorOf(needs, await people.recognise(by))
  const declined = await Promise.allSettled(
    waiting.map((which) => ledger.submit({ do: 'decline', which, by: actor })),
  )
  // Taken back a moment ago: that is no error.
  for (const one of declined) if (one.status === 'rejected' && !isOver(one.reason)) throw one.reason
  await deliveries.redrawAsk(askId)
}
