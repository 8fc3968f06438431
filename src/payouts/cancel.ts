import { and, eq } from 'drizzle-orm'
import { payoutItems, payouts, transfers } from '../../db/schema.ts'
import { groupOwner } from '../ledger/accounts.ts'
import { isOver } from '../shared/closed.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { AT_ONCE } from './carry-out.ts'
import type { Needs } from './needs.ts'

/**
 * Takes back what nobody has collected of a payout that was made. Whether they may is for the caller to find out.
 * @throws Refusal `payout_not_found`, also where it is still being made
 */
export async function cancelPayout(
  { db, ledger, trail }: Pick<Needs, 'db' | 'ledger' | 'trail'>,
  { groupId, payoutId, by }: { groupId: string; payoutId: string; by: ExternalKey },
): Promise<void> {
  const [payout] = await db
    .select()
    .from(payouts)
    .where(and(eq(payouts.id, payoutId), eq(payouts.groupId, groupId)))
  if (!payout?.madeAt) throw new Refusal('payout_not_found')
  const actor = { owner: groupOwner(groupId), assets: new Set([payout.asset]) }
  const open = await db
    .select({ id: transfers.id })
    .from(payoutItems)
    .innerJoin(transfers, eq(transfers.id, payoutItems.transferId))
    .where(and(eq(payoutItems.payoutId, payoutId), eq(transfers.state, 'open')))
  if (open.length === 0) return
  // Before anything moves, so that it stands there even where this process ends right after that.
  const details = { payout: payoutId, transfers: open.length }
  await trail.append({ groupId, by, what: 'payout_cancelled', details })
  for (let from = 0; from < open.length; from += AT_ONCE) {
    const some = open.slice(from, from + AT_ONCE)
    const done = await Promise.allSettled(
      some.map((which) => ledger.submit({ do: 'cancel', which, by: actor })),
    )
    for (const one of done) if (one.status === 'rejected' && !isOver(one.reason)) throw one.reason
  }
}
