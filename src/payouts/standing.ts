import { and, eq, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../db/postgres.ts'
import { groups, standingPayouts } from '../../db/schema.ts'
import { findList } from '../groups/lists.ts'
import { formatAmount } from '../money/amount.ts'
import type { KnownIdentity } from '../people/identity.ts'
import { newId } from '../shared/ids.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { assetMeant } from '../transfers/group-rules.ts'
import { nextDue, type Rhythm } from './calendar.ts'
import type { Needs as PayoutNeeds } from './needs.ts'
import { amountOf } from './plan.ts'

type Needs = Pick<PayoutNeeds, 'db' | 'assets' | 'rules' | 'trail'>

/** A payout that is made again and again, such as an allowance. */
export interface StandingTerms extends Rhythm {
  listId: string
  /** For each person on the list, as people type it: `parseAmount` reads it. */
  amount: string
  /** The code of an asset; by default as for any payout. */
  asset?: string | undefined
  note?: string | null | undefined
}

/** Who does what to the standing payouts of which group, and when: by default now, by the database's clock. */
interface Change {
  /** A group that is merged into no other. */
  groupId: string
  by: KnownIdentity
  at?: Date | undefined
}

export type StandingState = (typeof standingPayouts.$inferSelect)['state']

/**
 * Sets up a standing payout. It is first made at its next due time, in the group's time zone.
 * @returns its id
 * @throws Refusal `list_not_found`, and those of an amount
 */
export async function makeStanding(
  needs: Needs,
  { groupId, by, at, terms }: Change & { terms: StandingTerms },
): Promise<string> {
  const { db, trail } = needs
  const id = newId()
  const { row, told } = await read(needs, { groupId, by, terms })
  const nextAt = await nextOf(needs, groupId, row, at)
  await db.transaction(async (tx) => {
    const list = await listOf(tx, groupId, row.listId)
    await tx.insert(standingPayouts).values({ id, groupId, madeBy: by.person, ...row, nextAt })
    const details = { standing: id, list, ...told }
    await trail.append({ groupId, by: keyOf(by), what: 'standing_made', details }, tx)
  })
  return id
}

/**
 * Changes the terms of a standing payout, from its next run on.
 * @throws Refusal `standing_not_found`, also where it has ended, and those of `makeStanding`
 */
export async function changeStanding(
  needs: Needs,
  { groupId, by, at, id, terms }: Change & { id: string; terms: StandingTerms },
): Promise<void> {
  const { db, trail } = needs
  const { row, told } = await read(needs, { groupId, by, terms })
  const nextAt = await nextOf(needs, groupId, row, at)
  await db.transaction(async (tx) => {
    const list = await listOf(tx, groupId, row.listId)
    const before = await lock(tx, groupId, id)
    // What is due stays due where only the rest changes.
    const isOther = RHYTHM.some((name) => before[name] !== row[name])
    await tx
      .update(standingPayouts)
      .set({ ...row, ...(isOther && { nextAt }) })
      .where(eq(standingPayouts.id, id))
    const details = { standing: id, list, ...told }
    await trail.append({ groupId, by: keyOf(by), what: 'standing_changed', details }, tx)
  })
}

/**
 * Pauses a standing payout, lets it go on, or ends it for good. What was due in a pause is not made up for.
 * @throws Refusal `standing_not_found`, also where it has ended
 */
export async function setStandingState(
  needs: Needs,
  { groupId, by, at, id, state }: Change & { id: string; state: StandingState },
): Promise<void> {
  const { db, trail } = needs
  const [row] = await db.select().from(standingPayouts).where(isOf(groupId, id))
  if (!row) throw new Refusal('standing_not_found')
  const nextAt = await nextOf(needs, groupId, row, at)
  await db.transaction(async (tx) => {
    const before = await lock(tx, groupId, id)
    if (before.state === state) return
    await tx
      .update(standingPayouts)
      .set({ state, ...(state === 'active' && { nextAt }) })
      .where(eq(standingPayouts.id, id))
    const what = { active: 'standing_resumed', paused: 'standing_paused', ended: 'standing_ended' }[state]
    await trail.append({ groupId, by: keyOf(by), what, details: { standing: id } }, tx)
  })
}

const RHYTHM = ['every', 'day', 'hour'] as const

/** Terms as they are stored, and as the trail tells them. */
async function read(
  { assets, rules }: Needs,
  { groupId, by, terms }: { groupId: string; by: KnownIdentity; terms: StandingTerms },
) {
  const offered = assets.of(by.messenger)
  const ruled = await rules.of(groupId)
  const asset = assetMeant(ruled, offered, terms.asset, terms.amount)
  const amount = amountOf(terms.amount, asset, offered, ruled)
  const { listId, every, day, hour, note = null } = terms
  return {
    row: { listId, asset: asset.code, amount, note, every, day, hour },
    told: { amount: formatAmount(amount, asset), asset: asset.code, note, every, day, hour },
  }
}

/** When it is due next. */
async function nextOf({ db, rules }: Needs, groupId: string, rhythm: Rhythm, at?: Date): Promise<Date> {
  const { timeZone } = await rules.of(groupId)
  return nextDue(rhythm, at ?? (await timeOf(db)), timeZone)
}

/** The time by the database's clock. */
export async function timeOf(db: Pick<Database, 'execute'>): Promise<Date> {
  const [row] = await db.execute<{ now: string }>(sql`select now()::text as now`)
  return new Date(row?.now ?? '')
}

/** The name of a list, which stays until the transaction ends. */
async function listOf(tx: Transaction, groupId: string, listId: string): Promise<string> {
  await tx.select({ id: groups.id }).from(groups).where(eq(groups.id, groupId)).for('no key update')
  return (await findList(tx, groupId, listId)).name
}

async function lock(tx: Transaction, groupId: string, id: string) {
  const [row] = await tx.select().from(standingPayouts).where(isOf(groupId, id)).for('no key update')
  if (!row || row.state === 'ended') throw new Refusal('standing_not_found')
  return row
}

const isOf = (groupId: string, id: string) =>
  and(eq(standingPayouts.id, id), eq(standingPayouts.groupId, groupId))

const keyOf = ({ messenger, id }: ExternalKey): ExternalKey => ({ messenger, id })
