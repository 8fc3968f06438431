import { eq } from 'drizzle-orm'
import type { Transaction } from '../../db/postgres.ts'
import { AWAIT_REPLICA } from '../../db/replica.ts'
import { groups, payoutItems, payouts } from '../../db/schema.ts'
import { boundsUnderWay } from '../access/bounds-under-way.ts'
import type { Target } from '../delivery/cards.ts'
import type { Request } from '../ledger/rows.ts'
import { formatAmount } from '../money/amount.ts'
import { newId } from '../shared/ids.ts'
import { handleKey } from '../shared/keys.ts'
import { noteMade } from '../transfers/idempotency.ts'
import { carryOutShort } from './carry-out.ts'
import { countSent } from './count-sent.ts'
import type { Needs } from './needs.ts'
import type { Plan, PlannedItem } from './plan.ts'
import { postCards } from './post-cards.ts'
import { whyShort } from './treasury.ts'

/** How a payout is made. */
export interface Making {
  /** Where each item has a card of its own. Left out: in each chat of the group there is one card for all. */
  card?: Target | undefined
  /** The standing payout that it is a run of. */
  standingId?: string | undefined
  request?: Request | undefined
}

/**
 * Makes a payout: notes it whole, and pays its items. A long one is paid by the worker after the answer, as is one whose process has
 * ended.
 * @returns its id; where the request was answered before, that of the first one
 * @throws Refusal `treasury_short`, `key_reused`, those of `countSent`
 */
export async function makePayout(needs: Needs, plan: Plan, making: Making = {}): Promise<string> {
  const { db } = needs
  const id = newId()
  const rows = plan.items.map((item, turn) => rowOf(item, id, turn))
  // Before anything is written, so that the cards are posted even where this process ends right after that.
  const transferIds = rows.map(({ transferId }) => transferId)
  await postCards(needs, plan, { id, transferIds, card: making.card })
  const before = await db.transaction((tx) => note(tx, needs, { id, plan, rows, making }))
  if (before) await db.execute(AWAIT_REPLICA)
  const made = before ?? id
  // Also what another request has noted a moment ago: the answer tells how it went.
  await carryOutShort(needs, made, rows.length)
  return made
}

type Row = typeof payoutItems.$inferInsert

const rowOf = ({ to, amount, note }: PlannedItem, payoutId: string, turn: number): Row => ({
  payoutId,
  turn,
  transferId: newId(),
  ...(to.id === null ? { handle: handleKey(to.messenger, to.handle ?? '') } : { personId: to.person }),
  amount,
  note,
})

/** Writes a payout with all its items. @returns the id of the payout that was made for the same request before */
async function note(
  tx: Transaction,
  { people, trail }: Pick<Needs, 'people' | 'trail'>,
  { id, plan, rows, making }: { id: string; plan: Plan; rows: Row[]; making: Making },
): Promise<string | undefined> {
  const { groupId, madeIn, by, asset, total, approvals } = plan
  // Payouts of a group are noted one after the other, so that no two count on the same money.
  await tx.select({ id: groups.id }).from(groups).where(eq(groups.id, groupId)).for('no key update')
  const before = making.request && (await noteMade(tx, making.request, { payout: id }))
  if (before) return before
  const bounds = boundsUnderWay()
  if (bounds) await countSent(tx, bounds, { asset, total, largest: largestOf(rows) })
  const short = await whyShort(tx, groupId, asset, total)
  if (short) throw short
  await people.introduce([by.person, ...rows.flatMap(({ personId }) => personId ?? [])], tx)
  await tx.insert(payouts).values({
    id,
    groupId,
    madeIn,
    madeBy: by.person,
    asset: asset.code,
    total,
    note: plan.note,
    approvals,
    standingId: making.standingId ?? null,
  })
  for (let from = 0; from < rows.length; from += ROWS)
    await tx.insert(payoutItems).values(rows.slice(from, from + ROWS))
  const details = { payout: id, total: formatAmount(total, asset), asset: asset.code, people: rows.length }
  await trail.append({ groupId, by, what: 'payout', details }, tx)
  return undefined
}

const largestOf = (rows: Row[]) => rows.reduce((most, { amount }) => (amount > most ? amount : most), 0n)

/** A statement has 65,535 parameters at most, and a row has seven. */
const ROWS = 5000
