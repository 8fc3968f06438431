import type { Database } from '../../db/postgres.ts'
import { checkDays } from '../books/check.ts'
import { verifyTrails } from '../groups/trail.ts'
import { type Audit, audit } from '../ledger/audit.ts'
import { checkRoots } from '../roots/check.ts'

/** Recomputes all that can be: balances and transfers from the entries, the sums by day of groups, and the hashes of trails and roots. */
export async function auditBooks(db: Database): Promise<Audit> {
  const { faults, ...counts } = await audit(db)
  return {
    ...counts,
    faults: [...faults, ...(await checkDays(db)), ...(await verifyTrails(db)), ...(await checkRoots(db))],
  }
}
