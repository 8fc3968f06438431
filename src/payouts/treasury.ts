import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { accounts, assets, payoutItems, payouts } from '../../db/schema.ts'
import { type AccountRef, accountOf, groupOwner } from '../ledger/accounts.ts'
import { type Asset, formatAmount } from '../money/amount.ts'
import { Refusal } from '../shared/refusal.ts'

/** What a group's treasury has of an asset, in minor units. */
export interface Holding {
  asset: string
  balance: bigint
  /** What payouts that are still being made will take out of it. */
  planned: bigint
}

/** The account of a group's treasury. @param groupId of a group that is merged into no other */
export const treasuryAccount = (groupId: string, asset: string): AccountRef =>
  accountOf(groupOwner(groupId), asset)

/** What a treasury has of each asset that it has ever had. @param groupId of a group that is merged into no other */
export const treasuryOf = (db: Pick<Database, 'select'>, groupId: string): Promise<Holding[]> =>
  db
    .select({ asset: accounts.asset, balance: accounts.balance, planned })
    .from(accounts)
    .where(and(isTreasury(db), eq(accounts.groupId, groupId)))
    .orderBy(accounts.asset)

/** The accounts of groups, told by what the unique index `accounts_owner` begins with, so that it finds them among those of a million people. */
export const isTreasury = (db: Pick<Database, 'select'>) =>
  and(
    inArray(accounts.asset, db.select({ code: assets.code }).from(assets)),
    eq(accounts.kind, 'group'),
    isNull(accounts.personId),
  )

const planned = sql<bigint>`(
  select coalesce(sum(i.amount), 0) from ${payouts} p join ${payoutItems} i on i.payout_id = p.id
  where p.made_at is null and i.outcome is null
    and p.group_id = ${accounts}.group_id and p.asset = ${accounts}.asset)`.mapWith(BigInt)

/** Why a treasury can't pay an amount besides what is planned already; undefined where it can. */
export async function whyShort(
  db: Pick<Database, 'select'>,
  groupId: string,
  asset: Asset,
  amount: bigint,
): Promise<Refusal | undefined> {
  const held = (await treasuryOf(db, groupId)).find((one) => one.asset === asset.code)
  const free = held ? held.balance - held.planned : 0n
  if (free >= amount) return undefined
  return new Refusal('treasury_short', {
    amount: formatAmount(amount, asset),
    // While an item's transfer is made but not noted yet, it counts twice.
    balance: formatAmount(free > 0n ? free : 0n, asset),
    asset: asset.code,
  })
}
