import { and, asc, eq, gt, inArray, isNull, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { payoutItems, payouts } from '../../db/schema.ts'
import { codeHashOf, codeOf } from '../access/codes.ts'
import { accountOf, personOwner } from '../ledger/accounts.ts'
import type { Draft } from '../ledger/commands.ts'
import type { Asset } from '../money/amount.ts'
import { Refusal } from '../shared/refusal.ts'
import { lifetimeOf } from '../transfers/group-rules.ts'
import { keyed } from '../transfers/idempotency.ts'
import type { Needs } from './needs.ts'
import { treasuryAccount } from './treasury.ts'

/** How many items are paid at the same time: full batches for all connections of the ledger. */
export const AT_ONCE = 384

/**
 * Pays the items of a payout that are not decided yet. Each has a key, so that it is paid once, however often this is done and by how
 * many processes.
 * @param stopping ends it early
 * @throws an error where the books can't be reached: the rest is still to be paid
 */
export async function carryOut(needs: Needs, id: string, stopping = () => false): Promise<void> {
  const { db, assets, rules } = needs
  const [payout] = await db.select().from(payouts).where(eq(payouts.id, id))
  if (!payout) throw new Error('A payout that was just noted is not there.')
  const asset = assets.named(payout.asset)
  const lifetime = lifetimeOf(await rules.of(payout.groupId), asset)
  // Of a held one: as long again for its admins.
  const held = payout.approvals > 0 ? 2 * lifetime : lifetime
  let last = -1
  while (!stopping()) {
    const items = await db
      .select()
      .from(payoutItems)
      .where(and(isLeft(id), gt(payoutItems.turn, last)))
      .orderBy(asc(payoutItems.turn))
      .limit(AT_ONCE)
    if (items.length === 0) {
      await db
        .update(payouts)
        .set({ madeAt: sql`now()` })
        .where(and(eq(payouts.id, id), isNull(payouts.madeAt)))
      return
    }
    const paid = await Promise.allSettled(items.map((item) => pay(needs, payout, item, asset, held)))
    const decided = paid.flatMap((one, index) =>
      one.status === 'fulfilled' ? { turn: (items[index] as Item).turn, refusal: one.value } : [],
    )
    if (decided.length > 0) await noteDecided(db, id, decided)
    for (const one of paid) if (one.status === 'rejected') throw one.reason
    last = items.at(-1)?.turn ?? last
  }
}

/** Carries out a payout to so many, where it is short enough for an answer to wait for it: a long one is for the worker. */
export const carryOutShort = async (needs: Needs, id: string, count: number): Promise<void> => {
  if (count <= AT_ONCE) await carryOut(needs, id)
}

type Payout = typeof payouts.$inferSelect
type Item = typeof payoutItems.$inferSelect

/** Pays one item. @returns the code of the refusal, where it is refused */
async function pay(
  { ledger, opening, secretKey }: Needs,
  { id, groupId, madeIn, madeBy }: Payout,
  { turn, transferId, personId, handle, amount, note }: Item,
  asset: Asset,
  lifetime: number,
): Promise<string | null> {
  const draft: Draft = {
    id: transferId,
    codeHash: codeHashOf(codeOf(secretKey, transferId)),
    asset,
    amount,
    from: treasuryAccount(groupId, asset.code),
    recipient:
      handle === null
        ? { kind: 'account', account: accountOf(personOwner(personId as string), asset.code) }
        : { kind: 'handle', handle },
    groupId: madeIn,
    payoutId: id,
    madeBy,
    lifetime,
    ...(note && { note }),
  }
  const request = keyed(CLIENT, 'pay', { key: `${id}:${turn}` })
  try {
    await opening.admitNew(request)
    await ledger.submit({ do: 'create', draft }, request)
    return null
  } catch (error) {
    if (error instanceof Refusal && error.code !== 'overloaded') return error.code
    throw error
  }
}

/** The client that the idempotency keys belong to; no token can have this name. */
const CLIENT = ':payouts'

/** Notes what has become of items: those without a refusal were made. */
async function noteDecided(
  db: Database,
  id: string,
  decided: { turn: number; refusal: string | null }[],
): Promise<void> {
  for (const [refusal, some] of Map.groupBy(decided, (one) => one.refusal)) {
    const turns = some.map(({ turn }) => turn)
    await db
      .update(payoutItems)
      .set({ outcome: refusal === null ? 'made' : 'refused', refusal })
      .where(and(isLeft(id), inArray(payoutItems.turn, turns)))
  }
}

/** The condition for the items of a payout that are not decided yet. */
const isLeft = (id: string) => and(eq(payoutItems.payoutId, id), isNull(payoutItems.outcome))
