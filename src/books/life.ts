import { and, asc, eq } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { asks, cards, chats, entries, groups, payoutApprovals, payouts, transfers } from '../../db/schema.ts'
import { isPartOf } from '../groups/groups.ts'
import type { Entry, TransferState } from '../ledger/commands.ts'
import type { KnownIdentity } from '../people/identity.ts'
import { timeOf } from '../shared/ids.ts'
import type { ExternalKey } from '../shared/keys.ts'
import type { LookUps, ReadTransfer } from '../transfers/find.ts'
import { type Change, changesOf } from './changes.ts'
import { type AdminNote, notesOn } from './notes.ts'
import { type Party, type PartyNeeds, partiesOf, type Row, rowsOf } from './parties.ts'

/** All that is known of a transfer, from its making to its end. */
export interface Life extends Row {
  /** Who acted, where it was a group's money. */
  madeBy: KnownIdentity | undefined
  /** Every movement of its money, the first one first. The other end of each is the transfer itself. */
  entries: Move[]
  cards: ShownCard[]
  payout: PayoutOf | undefined
  /** What was given back of what it had paid, the first first. */
  refunds: RefundOf[]
  /** What it answers: of how much in all, in minor units, its recipient has asked for. */
  ask: { total: bigint } | undefined
  changes: Change[]
  notes: AdminNote[]
}

/** A transfer that gives back what somebody had collected. */
export interface RefundOf {
  id: string
  at: Date
  /** Minor units. */
  amount: bigint
  party: Party
}

/** A movement of money between somebody and the transfer: positive to them. */
export interface Move extends Pick<Entry, 'kind' | 'amount' | 'leaves'> {
  at: Date
  /** The id of somebody's account. */
  account: string
  party: Party
}

/** A card of the transfer. */
export interface ShownCard {
  messenger: string
  /** The chat that it hangs in. `null`: one that is no matter of whoever looks, such as a private one */
  chat: { id: string; title: string | null } | null
  since: Date
  /** The state that it shows, as far as we know. */
  drawn: TransferState
}

/** The payout that a transfer is a part of. */
export interface PayoutOf {
  id: string
  at: Date
  /** Minor units, of all its items. */
  total: bigint
  note: string | null
  /** How many approvals it needs, and who has given one. */
  approvals: number
  approvedBy: { by: ExternalKey; at: Date }[]
}

/**
 * One transfer's whole life.
 * @param root the group in whose books it stands
 * @returns undefined where it stands in other books, or there is no such transfer
 */
export async function lifeOf(
  needs: PartyNeeds & { transfers: Pick<LookUps, 'byId'> },
  root: { id: string },
  transferId: string,
): Promise<Life | undefined> {
  const { db } = needs
  const [found] = await db
    .select({ id: transfers.id })
    .from(transfers)
    .innerJoin(groups, eq(groups.id, transfers.groupId))
    .where(and(eq(transfers.id, transferId), isPartOf(root.id)))
  const transfer = found && (await needs.transfers.byId(transferId))
  return transfer && wholeLifeOf(needs, transfer, root)
}

/** The same of a transfer in any books. @param root whose chats are told; undefined: all of them, as operators see it */
export async function wholeLifeOf(
  needs: PartyNeeds,
  transfer: ReadTransfer,
  root: { id: string } | undefined,
): Promise<Life> {
  const { db } = needs
  const transferId = transfer.id
  const [row] = (await rowsOf(needs, [transfer])) as [Row]
  const { madeBy, payoutId, askId } = transfer
  const messenger = row.chat?.messenger
  const [moves, refunds, actors, shown, payout, [ask], changes, notes] = await Promise.all([
    movesOf(needs, transferId, messenger),
    refundsOf(needs, transferId, messenger),
    needs.people.ofPersons(madeBy === null ? [] : [madeBy], messenger),
    cardsOn(db, root, transferId),
    payoutId === null ? undefined : payoutOf(db, payoutId),
    askId === null ? [] : db.select({ total: asks.total }).from(asks).where(eq(asks.id, askId)),
    changesOf(db, [transferId]),
    notesOn(db, transferId),
  ])
  return {
    ...row,
    madeBy: actors.get(madeBy ?? ''),
    entries: moves,
    cards: shown,
    payout,
    ask,
    refunds,
    changes: changes.get(transferId) ?? [],
    notes,
  }
}

async function movesOf(
  needs: PartyNeeds,
  transferId: string,
  messenger: string | undefined,
): Promise<Move[]> {
  const rows = await needs.db
    .select({
      kind: entries.kind,
      amount: entries.amount,
      leaves: entries.leaves,
      at: entries.at,
      account: entries.accountId,
    })
    .from(entries)
    .where(eq(entries.transferId, transferId))
    // What funds it and what closes it may be of the same moment.
    .orderBy(asc(entries.kind), asc(entries.at), asc(entries.id))
  const parties = await partiesOf(needs, [...new Set(rows.map(({ account }) => account))], messenger)
  return rows.map((entry) => ({ ...entry, party: parties.get(entry.account) as Party }))
}

async function refundsOf(
  needs: PartyNeeds,
  transferId: string,
  messenger: string | undefined,
): Promise<RefundOf[]> {
  const { id, createdAt: at, amount, fromAccount: account } = transfers
  const rows = await needs.db
    .select({ id, at, amount, account })
    .from(transfers)
    .where(eq(transfers.refundOf, transferId))
    .orderBy(asc(at), asc(id))
  const parties = await partiesOf(
    needs,
    rows.map((row) => row.account),
    messenger,
  )
  return rows.map(({ account, ...row }) => ({ ...row, party: parties.get(account) as Party }))
}

/** The cards of a transfer. Where else its people are is no matter of a group's. */
async function cardsOn(
  db: Database,
  root: { id: string } | undefined,
  transferId: string,
): Promise<ShownCard[]> {
  const rows = await db
    .select({
      id: cards.id,
      messenger: cards.messenger,
      chat: cards.chat,
      title: chats.title,
      group: groups.id,
      drawn: cards.drawn,
    })
    .from(cards)
    .leftJoin(chats, and(eq(chats.messenger, cards.messenger), eq(chats.id, cards.chat)))
    .leftJoin(groups, and(eq(groups.id, chats.groupId), root && isPartOf(root.id)))
    .where(eq(cards.transferId, transferId))
    .orderBy(asc(cards.id))
  return rows.map(({ id, chat, title, group, ...card }) => ({
    ...card,
    chat: group || !root ? { id: chat, title } : null,
    since: timeOf(id),
  }))
}

async function payoutOf(db: Database, payoutId: string): Promise<PayoutOf | undefined> {
  const [payout] = await db.select().from(payouts).where(eq(payouts.id, payoutId))
  if (!payout) return undefined
  const approvedBy = await db
    .select({
      messenger: payoutApprovals.messenger,
      identity: payoutApprovals.identity,
      at: payoutApprovals.at,
    })
    .from(payoutApprovals)
    .where(eq(payoutApprovals.payoutId, payoutId))
    .orderBy(asc(payoutApprovals.at))
  const { id, createdAt, total, note, approvals } = payout
  return {
    id,
    at: createdAt,
    total,
    note,
    approvals,
    approvedBy: approvedBy.map(({ messenger, identity, at }) => ({
      by: { messenger, id: identity },
      at,
    })),
  }
}
