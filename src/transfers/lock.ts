import { eq, sql } from 'drizzle-orm'
import type { Transaction } from '../../db/postgres.ts'
import { transfers } from '../../db/schema.ts'
import { whyClosed } from '../ledger/rules.ts'
import { Refusal } from '../shared/refusal.ts'
import type { ReadTransfer } from './find.ts'

/**
 * Locks a transfer until the transaction ends: of two at the same moment the second one sees what the first one has done.
 * @param account of who acts on it
 * @returns the database's time, and why it is over by now, if it is
 * @throws Refusal `transfer_not_found`
 */
export async function lock(
  tx: Transaction,
  transfer: ReadTransfer,
  account: string,
): Promise<{ now: Date; closed: Refusal | undefined }> {
  const { state, expiresAt } = transfers
  const [row] = await tx
    .select({ state, expiresAt, now: sql<string>`clock_timestamp()` })
    .from(transfers)
    .where(eq(transfers.id, transfer.id))
    .for('no key update')
  if (!row) throw new Refusal('transfer_not_found')
  const now = new Date(row.now)
  return {
    now,
    closed: whyClosed(now, { ...transfer, state: row.state, expiresAt: row.expiresAt }, account),
  }
}
