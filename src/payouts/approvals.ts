import { eq, inArray } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { payoutApprovals, payouts } from '../../db/schema.ts'

/** How many admins have to approve a payout, and the ids of the persons who have, the first one first. */
export interface Approvals {
  needed: number
  by: string[]
}

/** The approvals of payouts, by their ids; those that need none are left out. */
export async function approvalsOf(
  db: Pick<Database, 'select'>,
  payoutIds: string[],
): Promise<Map<string, Approvals>> {
  if (payoutIds.length === 0) return new Map()
  const rows = await db
    .select({ id: payouts.id, needed: payouts.approvals, person: payoutApprovals.personId })
    .from(payouts)
    .leftJoin(payoutApprovals, eq(payoutApprovals.payoutId, payouts.id))
    .where(inArray(payouts.id, payoutIds))
    .orderBy(payoutApprovals.at)
  const needing = Map.groupBy(
    rows.filter(({ needed }) => needed > 0),
    ({ id }) => id,
  )
  return new Map(
    [...needing].map(([id, some]) => [
      id,
      { needed: some[0]?.needed ?? 0, by: some.flatMap(({ person }) => person ?? []) },
    ]),
  )
}
