import { and, eq, gt, sql } from 'drizzle-orm'
import type { Transaction } from '../../db/postgres.ts'
import { payoutApprovals, payouts, transfers } from '../../db/schema.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import { saveLabels } from '../people/labels.ts'
import { Refusal } from '../shared/refusal.ts'
import type { Needs } from './needs.ts'

/** An admin's yes to a payout. */
export interface Approval {
  payoutId: string
  by: IdentityUpdate
}

/** How old a messenger's word may be that somebody is an admin: they may have been removed just now. */
const ADMIN_SECONDS = 2

/**
 * Approves a payout. With the last approval that it needs its transfers can be collected.
 * @throws Refusal `payout_not_found`, `not_admin`, `admins_unknown`, `on_hold`, `payout_own`, `payout_approved_twice`, `payout_approved`, `expired`
 */
export async function approve(
  needs: Pick<Needs, 'db' | 'people' | 'groups' | 'memberships' | 'trail' | 'log'>,
  { payoutId, by }: Approval,
): Promise<void> {
  const { db, people, memberships, trail } = needs
  const [asked] = await db.select().from(payouts).where(eq(payouts.id, payoutId))
  if (!asked) throw new Refusal('payout_not_found')
  const { groupId } = asked
  const { person, messenger, id: identity } = await people.recognise(by)
  if (!(await memberships.isAdmin(groupId, person, ADMIN_SECONDS))) throw new Refusal('not_admin')
  if (await people.holdOf(person)) throw new Refusal('on_hold')
  await db.transaction(async (tx) => {
    // Of two at the same moment the second one sees what the first one has done.
    const [payout] = await tx.select().from(payouts).where(eq(payouts.id, payoutId)).for('no key update')
    await refuseNeedless(tx, payout ?? asked, person)
    await people.introduce([person], tx)
    await tx.insert(payoutApprovals).values({ payoutId, personId: person, messenger, identity })
    const details = { payout: payoutId }
    await trail.append({ groupId, by: { messenger, id: identity }, what: 'approval', details }, tx)
  })
  await saveLabels(needs, [by])
}

async function refuseNeedless(
  tx: Transaction,
  { id, madeBy, madeAt, approvals }: typeof payouts.$inferSelect,
  person: string,
): Promise<void> {
  const before = await tx
    .select({ person: payoutApprovals.personId })
    .from(payoutApprovals)
    .where(eq(payoutApprovals.payoutId, id))
  // Those who were ever one person approve once.
  const kin = await tx.execute<{ id: string }>(sql`select kin_of(${person}) as id`)
  const isTheirs = (one: string) => kin.some(({ id }) => id === one)
  if (before.some((one) => isTheirs(one.person))) throw new Refusal('payout_approved_twice')
  if (before.length >= approvals) throw new Refusal('payout_approved')
  if (isTheirs(madeBy)) throw new Refusal('payout_own')
  const isOpen = and(
    eq(transfers.payoutId, id),
    eq(transfers.state, 'open'),
    gt(transfers.expiresAt, sql`clock_timestamp()`),
  )
  if (madeAt && (await tx.$count(transfers, isOpen)) === 0) throw new Refusal('expired')
}
