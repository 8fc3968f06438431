import { and, asc, desc, eq, gt, inArray, lt, sql } from 'drizzle-orm'
import { payoutItems, payouts, transfers } from '../../db/schema.ts'
import type { Chat } from '../groups/groups.ts'
import type { TransferState } from '../ledger/commands.ts'
import type { Identity } from '../people/identity.ts'
import { handleIn } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import type { Page } from '../transfers/history.ts'
import { identityOf } from '../transfers/view.ts'
import { approvalsOf } from './approvals.ts'
import type { Needs } from './needs.ts'

/** A payout as clients see it. Amounts are decimal strings, times RFC 3339. */
export interface PayoutView {
  id: string
  /** The group whose treasury pays, by one of its chats. */
  group: Chat | null
  asset: string
  /** The sum of all items. */
  total: string
  note: string | null
  madeBy: Identity | null
  createdAt: string
  /** When all items were paid, or refused; `null`: they are still being paid. */
  madeAt: string | null
  /** When what nobody has collected goes back; `null`: nothing is open. */
  expiresAt: string | null
  /** How many people are to get something. */
  people: number
  /** How many items are in each state. */
  counts: Record<ItemState, number>
  /** How many admins have to approve it, and who has; `null`: it needs nobody's approval. */
  approvals: { needed: number; by: Identity[] } | null
}

/** What has become of an item: `planned` is still to be paid, `refused` never was. */
export type ItemState = 'planned' | 'refused' | TransferState

/** What one person gets. */
export interface ItemView {
  /** Counted from 1. */
  row: number
  /** An `id` of `null`: whoever has the handle. */
  to: (Omit<Identity, 'id'> & { id: string | null }) | null
  amount: string
  note: string | null
  state: ItemState
  /** The code of the refusal. */
  refusal: string | null
  /** The id of its transfer, which is there once it is paid. */
  transfer: string
}

type Viewing = Pick<Needs, 'db' | 'assets' | 'people' | 'groups'>

/**
 * Shows a payout as it stands now.
 * @param messenger where people and groups are named as they are known there, if they are
 * @throws Refusal `payout_not_found`
 */
export async function payoutView(needs: Viewing, id: string, messenger?: string): Promise<PayoutView> {
  const [view] = await payoutViews(needs, [id], messenger)
  if (!view) throw new Refusal('payout_not_found')
  return view
}

/** A group's payouts, the newest first. @param groupId of a group that is merged into no other @param cursor the last one's id */
export async function payoutsOf(
  needs: Viewing,
  groupId: string,
  cursor: string | undefined,
  limit: number,
  messenger?: string,
): Promise<Page<PayoutView>> {
  const rows = await needs.db
    .select({ id: payouts.id })
    .from(payouts)
    .where(and(eq(payouts.groupId, groupId), cursor === undefined ? undefined : lt(payouts.id, cursor)))
    .orderBy(desc(payouts.id))
    .limit(limit + 1)
  const page = rows.slice(0, limit).map(({ id }) => id)
  return {
    items: await payoutViews(needs, page, messenger),
    next: rows.length > limit ? (page.at(-1) ?? null) : null,
  }
}

/** Those of these payouts that there are, the newest first. */
export async function payoutViews(needs: Viewing, ids: string[], messenger?: string): Promise<PayoutView[]> {
  if (ids.length === 0) return []
  const { db, assets, people, groups } = needs
  const [rows, states, approvals] = await Promise.all([
    db.select().from(payouts).where(inArray(payouts.id, ids)).orderBy(desc(payouts.id)),
    db
      .select({
        payout: payoutItems.payoutId,
        state: stateOfItem,
        items: sql<number>`count(*)::int`,
        expiresAt: sql<Date | null>`max(${transfers.expiresAt})`.mapWith(transfers.expiresAt),
      })
      .from(payoutItems)
      .leftJoin(transfers, eq(transfers.id, payoutItems.transferId))
      .where(inArray(payoutItems.payoutId, ids))
      .groupBy(payoutItems.payoutId, stateOfItem),
    approvalsOf(db, ids),
  ])
  const persons = [...rows.map(({ madeBy }) => madeBy), ...[...approvals.values()].flatMap(({ by }) => by)]
  const [named, chats] = await Promise.all([
    people.ofPersons([...new Set(persons)], messenger),
    groups.chatsOf([...new Set(rows.map(({ groupId }) => groupId))], messenger),
  ])
  return rows.map((row) => {
    const own = states.filter(({ payout }) => payout === row.id)
    const open = own.find(({ state }) => state === 'open')
    const needs = approvals.get(row.id)
    return {
      id: row.id,
      group: chats.get(row.groupId) ?? null,
      asset: row.asset,
      total: assets.formatted(row.total, row.asset),
      note: row.note,
      madeBy: identityOf(named.get(row.madeBy)),
      createdAt: row.createdAt.toISOString(),
      madeAt: row.madeAt?.toISOString() ?? null,
      expiresAt: open?.expiresAt?.toISOString() ?? null,
      people: own.reduce((sum, { items }) => sum + items, 0),
      counts: { ...NONE, ...Object.fromEntries(own.map(({ state, items }) => [state, items])) },
      approvals: needs
        ? { needed: needs.needed, by: needs.by.flatMap((one) => identityOf(named.get(one)) ?? []) }
        : null,
    }
  })
}

const NONE: Record<ItemState, number> = {
  planned: 0,
  refused: 0,
  open: 0,
  collected: 0,
  cancelled: 0,
  declined: 0,
  returned: 0,
}

/** An item's transfer may be there before the item is noted as made. */
const stateOfItem = sql<ItemState>`coalesce(${transfers.state}::text, case ${payoutItems.outcome} when 'refused' then 'refused' else 'planned' end)`

/**
 * The items of a payout, in their order.
 * @param cursor the last one's row
 * @param state leaves out the others, such as to name those that were refused
 */
export async function itemsOf(
  { db, assets, people }: Viewing,
  id: string,
  {
    state,
    cursor = 0,
    limit,
    messenger,
  }: { state?: ItemState | undefined; cursor?: number | undefined; limit: number; messenger?: string },
): Promise<{ items: ItemView[]; next: number | null }> {
  const rows = await db
    .select({ item: payoutItems, asset: payouts.asset, state: stateOfItem })
    .from(payoutItems)
    .innerJoin(payouts, eq(payouts.id, payoutItems.payoutId))
    .leftJoin(transfers, eq(transfers.id, payoutItems.transferId))
    .where(
      and(
        eq(payoutItems.payoutId, id),
        gt(payoutItems.turn, cursor - 1),
        state === undefined ? undefined : eq(stateOfItem, state),
      ),
    )
    .orderBy(asc(payoutItems.turn))
    .limit(limit + 1)
  const page = rows.slice(0, limit)
  const named = await people.ofPersons(
    page.flatMap(({ item }) => item.personId ?? []),
    messenger,
  )
  return {
    items: page.map(({ item, asset, state }) => ({
      row: item.turn + 1,
      to: item.handle === null ? identityOf(named.get(item.personId ?? '')) : holderOf(item.handle),
      amount: assets.formatted(item.amount, asset),
      note: item.note,
      state,
      refusal: item.refusal,
      transfer: item.transferId,
    })),
    next: rows.length > limit ? (page.at(-1)?.item.turn ?? 0) + 1 : null,
  }
}

const holderOf = (key: string): ItemView['to'] => ({ ...handleIn(key), id: null, name: null })
