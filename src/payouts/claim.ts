import { and, eq, or, sql } from 'drizzle-orm'
import { payoutItems, payouts } from '../../db/schema.ts'
import type { Claim } from '../ledger/commands.ts'
import type { Request } from '../ledger/rows.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import { handleKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { type Collected, collect } from '../transfers/collect.ts'
import type { Needs } from './needs.ts'

/** Somebody who collects what a payout has for them. */
export interface OwnClaim {
  payoutId: string
  by: IdentityUpdate
  request?: Request | undefined
}

/**
 * Collects the item of a payout that is for whoever asks.
 * @throws Refusal `payout_not_found`, `not_for_you` where nothing in it is for them, and those of `collect`
 */
export async function claimOwn(
  needs: Needs,
  { payoutId, by, request }: OwnClaim,
): Promise<Extract<Collected, { claim: Claim }>> {
  const { db, people } = needs
  const { person } = await people.recognise(by)
  const [own] = await db
    .select({ transfer: payoutItems.transferId })
    .from(payoutItems)
    .where(
      and(
        eq(payoutItems.payoutId, payoutId),
        or(
          eq(sql`person_of(${payoutItems.personId})`, person),
          by.handle ? eq(payoutItems.handle, handleKey(by.messenger, by.handle)) : undefined,
        ),
      ),
    )
  if (own) {
    const collected = await collect(needs, { what: { id: own.transfer }, by, request })
    if (!collected.claim) throw new Error('A part of a payout that pays nobody before its end.')
    return collected
  }
  const isThere = await db.$count(payouts, eq(payouts.id, payoutId))
  throw new Refusal(isThere ? 'not_for_you' : 'payout_not_found')
}
