import { and, eq, sql } from 'drizzle-orm'
import type { Transaction } from '../../db/postgres.ts'
import { tokenDays } from '../../db/schema.ts'
import { type Bounds, mostOf, whyTooMuch } from '../ledger/bounds.ts'
import type { Asset } from '../money/amount.ts'

/**
 * Counts a payout as sent on this day by the token of a program, in the transaction that notes it: what is paid of it later, perhaps by another
 * process, is counted then.
 * @param largest of its items, in minor units as `total`
 * @throws Refusal `not_allowed_by_token`, `token_transfer_limit`, `token_day_limit`
 */
export async function countSent(
  tx: Transaction,
  bounds: Bounds,
  { asset, total, largest }: { asset: Asset; total: bigint; largest: bigint },
): Promise<void> {
  const { token, perTransfer: _, ...ofDay } = bounds
  const tooLarge = whyTooMuch(0n, { asset, amount: largest }, { ...bounds, perDay: undefined })
  if (tooLarge) throw tooLarge
  const most = mostOf(bounds.perDay, asset)
  if (most === undefined) return
  // Its row is locked until the payout is noted: whoever else sends with the token waits.
  const [today] = await tx
    .insert(tokenDays)
    .values({
      token,
      day: sql`(clock_timestamp() at time zone 'UTC')::date`,
      asset: asset.code,
      sent: 0n,
      most,
    })
    .onConflictDoUpdate({ target: [tokenDays.token, tokenDays.day, tokenDays.asset], set: { token } })
    .returning()
  if (!today) throw new Error('A day that was just written is not there.')
  const tooMuch = whyTooMuch(today.sent, { asset, amount: total }, { token, ...ofDay })
  if (tooMuch) throw tooMuch
  await tx
    .update(tokenDays)
    .set({ sent: today.sent + total, most })
    .where(and(eq(tokenDays.token, token), eq(tokenDays.day, today.day), eq(tokenDays.asset, asset.code)))
}
