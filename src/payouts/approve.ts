import { eq } from 'drizzle-orm'
import { payoutApprovals, payouts } from '../../db/schema.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import { saveLabels } from '../people/labels.ts'
import { Refusal } from '../shared/refusal.ts'
import type { Needs } from './needs.ts'

/** An admin's yes to a payout. */
export interface Approval {
  payoutId: string
  by: IdentityUpdate
}

/**
 * Approves a payout. With the last approval that it needs its transfers can be collected.
 * @throws Refusal `payout_not_found`, `payout_own`, `payout_approved_twice`, `payout_approved`
 */
export async function approve(
  needs: Pick<Needs, 'db' | 'people' | 'groups' | 'trail' | 'log'>,
  { payoutId, by }: Approval,
): Promise<void> {
  const { db, people, trail } = needs
  const { person, messenger, id: identity } = await people.meet(by)
  await db.transaction(async (tx) => {
    // Approvals of a payout come one after the other: a trigger counts them.
    const [payout] = await tx.select().from(payouts).where(eq(payouts.id, payoutId)).for('no key update')
    if (!payout) throw new Refusal('payout_not_found')
    if (payout.madeBy === person) throw new Refusal('payout_own')
    const before = await tx
      .select({ person: payoutApprovals.personId })
      .from(payoutApprovals)
      .where(eq(payoutApprovals.payoutId, payoutId))
    if (before.some((one) => one.person === person)) throw new Refusal('payout_approved_twice')
    if (before.length >= payout.approvals) throw new Refusal('payout_approved')
    await tx.insert(payoutApprovals).values({ payoutId, personId: person, messenger, identity })
    await trail.append(
      {
        groupId: payout.groupId,
        by: { messenger, id: identity },
        what: 'approval',
        details: { payout: payoutId },
      },
      tx,
    )
  })
  await saveLabels(needs, [by])
}
