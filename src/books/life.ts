import { and, asc, eq } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import {
  accounts,
  cards,
  chats,
  entries,
  groups,
  identities,
  payoutApprovals,
  payouts,
  transfers,
} from '../../db/schema.ts'
import { type Chat, type Groups, isPartOf } from '../groups/groups.ts'
import type { Entry, TransferState } from '../ledger/commands.ts'
import { type KnownIdentity, lastSeenFirst, toKnown } from '../people/identity.ts'
import type { People } from '../people/people.ts'
import { timeOf } from '../shared/ids.ts'
import type { ExternalKey } from '../shared/keys.ts'
import type { LookUps, ReadTransfer } from '../transfers/find.ts'
import { type AdminNote, notesOn } from './notes.ts'

/** Whose an account is. */
export type Party =
  | { kind: 'person'; identity: KnownIdentity }
  | { kind: 'group'; groupId: string }
  | { kind: 'issuer' }

/** All that is known of a transfer, from its making to its end. */
export interface Life {
  transfer: ReadTransfer
  /** Whose money it was. */
  from: Party
  /** The chat that it was made in. */
  chat: Chat | undefined
  /** Who acted, where it was a group's money. */
  madeBy: KnownIdentity | undefined
  /** Every movement of its money, the first one first. The other end of each is the transfer itself. */
  entries: Move[]
  cards: ShownCard[]
  payout: PayoutOf | undefined
  notes: AdminNote[]
}

/** A movement of money between somebody and the transfer: positive to them. */
export interface Move extends Pick<Entry, 'kind' | 'amount' | 'leaves'> {
  at: Date
  party: Party
}

/** A card of the transfer. */
export interface ShownCard {
  messenger: string
  chat: string
  /** The chat's title, if it is a group's. */
  title: string | null
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

interface Needs {
  db: Database
  people: Pick<People, 'ofAccounts'>
  groups: Pick<Groups, 'chatsOf'>
  transfers: Pick<LookUps, 'byId'>
}

/**
 * One transfer's whole life.
 * @param root the group in whose books it stands
 * @returns undefined where it stands in other books, or there is no such transfer
 */
export async function lifeOf(
  needs: Needs,
  root: { id: string },
  transferId: string,
): Promise<Life | undefined> {
  const { db } = needs
  const [row] = await db
    .select({ groupId: groups.id, madeBy: transfers.madeBy, payoutId: transfers.payoutId })
    .from(transfers)
    .innerJoin(groups, eq(groups.id, transfers.groupId))
    .where(and(eq(transfers.id, transferId), isPartOf(root.id)))
  const transfer = row && (await needs.transfers.byId(transferId))
  if (!transfer) return undefined
  const [moves, chatsOf, madeBy, shown, payout, notes] = await Promise.all([
    movesOf(needs, transferId),
    needs.groups.chatsOf([row.groupId]),
    row.madeBy === null ? undefined : identityOfPerson(db, row.madeBy),
    cardsOn(db, transferId),
    row.payoutId === null ? undefined : payoutOf(db, row.payoutId),
    notesOn(db, transferId),
  ])
  return {
    transfer,
    from: (moves[0] as Move).party,
    chat: chatsOf.get(row.groupId),
    madeBy,
    entries: moves,
    cards: shown,
    payout,
    notes,
  }
}

async function movesOf({ db, people }: Needs, transferId: string): Promise<Move[]> {
  const rows = await db
    .select({
      kind: entries.kind,
      amount: entries.amount,
      leaves: entries.leaves,
      at: entries.at,
      account: accounts.id,
      owner: accounts.kind,
      groupId: accounts.groupId,
    })
    .from(entries)
    .innerJoin(accounts, eq(accounts.id, entries.accountId))
    .where(eq(entries.transferId, transferId))
    // What funds it and what closes it may be of the same moment.
    .orderBy(asc(entries.kind), asc(entries.at), asc(entries.id))
  const owners = await people.ofAccounts([...new Set(rows.map(({ account }) => account))])
  return rows.map(({ account, owner, groupId, ...entry }) => {
    const identity = owners.get(account)
    const party: Party =
      owner === 'person' && identity
        ? { kind: 'person', identity }
        : groupId
          ? { kind: 'group', groupId }
          : { kind: 'issuer' }
    return { ...entry, party }
  })
}

async function identityOfPerson(db: Database, person: string): Promise<KnownIdentity | undefined> {
  const [row] = await db
    .select()
    .from(identities)
    .where(eq(identities.personId, person))
    .orderBy(...lastSeenFirst)
    .limit(1)
  return row && toKnown(row)
}

async function cardsOn(db: Database, transferId: string): Promise<ShownCard[]> {
  const rows = await db
    .select({
      id: cards.id,
      messenger: cards.messenger,
      chat: cards.chat,
      title: chats.title,
      drawn: cards.drawn,
    })
    .from(cards)
    .leftJoin(chats, and(eq(chats.messenger, cards.messenger), eq(chats.id, cards.chat)))
    .where(eq(cards.transferId, transferId))
    .orderBy(asc(cards.id))
  return rows.map(({ id, ...card }) => ({ ...card, since: timeOf(id) }))
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
