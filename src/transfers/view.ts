import type { Database } from '../../db/postgres.ts'
import { codeOf } from '../access/codes.ts'
import type { Chat, Groups } from '../groups/groups.ts'
import { accountOf, ISSUER } from '../ledger/accounts.ts'
import type { Settlement } from '../ledger/commands.ts'
import type { Assets } from '../money/assets.ts'
import { type Approvals, approvalsOf } from '../payouts/approvals.ts'
import type { Identity } from '../people/identity.ts'
import type { People } from '../people/people.ts'
import { recipientKey } from '../people/recipients.ts'
import { handleIn } from '../shared/keys.ts'
import { isForSeveral } from '../shared/shares.ts'
import type { ReadClaim, ReadTransfer } from './find.ts'

/** A transfer as clients see it: amounts are decimal strings, times RFC 3339. It holds no secret. */
export interface TransferView {
  id: string
  state: ReadTransfer['state']
  asset: string
  amount: string
  /** `null`: the issuer, or a treasury. */
  from: Identity | null
  /** `null`: whoever has the code, or a treasury. An `id` of `null`: only the handle is known. */
  to: (Omit<Identity, 'id'> & { id: string | null; quiet?: boolean }) | null
  note: string | null
  /** A chat of its group. */
  group: Chat | null
  createdAt: string
  expiresAt: string
  closedAt: string | null
  /** Only where it is not for several. */
  collectedBy: Identity | null
  /** How many may collect it, each once, and how many have. */
  shares: number
  claimed: number
  /** What its claims come to, and what has gone back to where it came from. */
  collected: string
  returned: string
  /** Whether only members of its group may collect it. */
  membersOnly: boolean
  /** For whom in its group it is, where that is not whoever has the code, or the one named. */
  takers: Takers | null
  /** Where words open it, and its code doesn't: anywhere, or in its group alone. `null`: its code does. */
  phrase: 'anywhere' | 'here' | null
  /** Whether its sender confirms each who wants to collect it. */
  confirms: boolean
  /** Whether its shares are equal, or drawn by lot. */
  draw: Draw
  /** Of drawn shares: the SHA-256 of the seed, from the start, and the seed once it is closed, in hexadecimal digits. */
  seedHash: string | null
  seed: string | null
  /** The largest claim of drawn shares, once it is closed. */
  luckiest: ClaimView | null
  /** How often it got another code: those of before are dead. */
  reissues: number
  /** The newest first, 100 at most. In the answer to a claim that claim only. */
  claims: ClaimView[]
  /** Which end of it is a group's treasury, and whose, by one of its chats. */
  treasury: { end: 'from' | 'to'; group: Chat | null } | null
  /** The admin who paid it out of a treasury. */
  madeBy: Identity | null
  /** The id of the payout that it is a part of. */
  payout: string | null
  /** The id of the transfer that it is a refund of. */
  refundOf: string | null
  /** The id of the ask that it answers. */
  ask: string | null
  /** How many admins have to approve it before it can be collected, and who has; `null`: it waits for nobody's approval. */
  approvals: { needed: number; by: Identity[] } | null
  /** Set where nobody is paid before its end: who is then, and how many take part. */
  settlement: { by: Settlement; entered: number } | null
}

/** How the money of a transfer is shared out. */
export type Draw = 'equal' | 'lucky'

/** Many of a group: its members, those of them who were there before, or those on a list, by its name. */
export type Takers = { of: 'members' | 'before' } | { of: 'list'; list: string }

/** A claim as clients see it. */
export interface ClaimView {
  /** `null`: the issuer, or a treasury. */
  by: Identity | null
  amount: string
  at: string
  /** Whether it was given back. */
  refunded: boolean
  /** The turn in which they have entered it, where it has a settlement. */
  turn: number | null
}

/** A view with the code, which is a bearer secret, and with the link that contains it. */
export type ViewWithCode = TransferView & { code: string; link: string }

/** Makes views of transfers. Where a messenger is given, people and groups are named as they are known there, if they are. */
export interface Views {
  view(transfer: ReadTransfer, messenger?: string): Promise<TransferView>
  views(transfers: ReadTransfer[], messenger?: string): Promise<TransferView[]>
  /** With `to.quiet`, which a card needs: whether the recipient of an open transfer wants no mention. */
  viewForCard(transfer: ReadTransfer, messenger?: string): Promise<TransferView>
  viewsForCards(transfers: ReadTransfer[], messenger?: string): Promise<TransferView[]>
  /** Claims as clients see them. */
  viewClaims(claims: ReadClaim[], asset: string, messenger?: string): Promise<ClaimView[]>
  /** Adds code and link, for somebody who may collect by them. @param code where the caller has it at hand */
  withCode(view: TransferView, code?: string): ViewWithCode
}

interface Needs {
  db: Database
  people: People
  groups: Groups
  assets: Assets
}

interface CodeNeeds {
  secretKey: string
  /** The URL of the pages, which is known only once the server listens. */
  publicUrl(): string
}

/** @see Views */
export function openViews({ secretKey, publicUrl, ...needs }: Needs & CodeNeeds): Views {
  return {
    ...openPlainViews(needs),
    withCode({ id, ...rest }, code = codeOf(secretKey, id, rest.reissues)) {
      return { id, code, link: `${publicUrl()}/c/${code}`, ...rest }
    },
  }
}

/** Views for those who get no code: they need no key. */
export function openPlainViews({ db, people, groups, assets }: Needs): Omit<Views, 'withCode'> {
  function claimOf(
    { account, amount, at, refunded = false, turn = null }: ReadClaim,
    asset: string,
    owners: Related['owners'],
  ): ClaimView {
    return {
      by: identityOf(owners.get(account)),
      amount: assets.formatted(amount, asset),
      at: at.toISOString(),
      refunded,
      turn,
    }
  }

  function viewOf(
    transfer: ReadTransfer,
    { owners, persons, chats, treasuries, approvals }: Related,
  ): TransferView {
    const { fromAccount, groupId, payoutId, madeBy } = transfer
    const end = treasuries.has(fromAccount) ? 'from' : 'to'
    const treasury = treasuries.get(fromAccount) ?? treasuries.get(recipientKey(transfer.recipient))
    const needed = approvals.get(payoutId ?? '')
    const paid = collectedOf(transfer)
    return {
      id: transfer.id,
      state: transfer.state,
      asset: transfer.asset,
      amount: assets.formatted(transfer.amount, transfer.asset),
      from: identityOf(owners.get(fromAccount)),
      to: recipientOf(transfer, owners),
      note: transfer.note,
      group: (groupId && chats.get(groupId)) || null,
      createdAt: transfer.createdAt.toISOString(),
      expiresAt: transfer.expiresAt.toISOString(),
      closedAt: transfer.closedAt?.toISOString() ?? null,
      collectedBy: isForSeveral(transfer) ? null : identityOf(owners.get(transfer.claims[0]?.account ?? '')),
      shares: transfer.shares,
      reissues: transfer.reissues,
      claimed: transfer.claimed,
      collected: assets.formatted(paid, transfer.asset),
      returned: assets.formatted(transfer.amount - transfer.remaining - paid, transfer.asset),
      membersOnly: transfer.recipient.kind === 'members',
      takers: takersOf(transfer),
      phrase: transfer.phraseHash === null ? null : transfer.phraseHere ? 'here' : 'anywhere',
      confirms: transfer.confirms,
      draw: transfer.lucky ? 'lucky' : 'equal',
      seedHash: transfer.seedHash,
      seed: transfer.drawn?.seed ?? null,
      luckiest: transfer.drawn?.luckiest ? claimOf(transfer.drawn.luckiest, transfer.asset, owners) : null,
      claims: transfer.claims.map((claim) => claimOf(claim, transfer.asset, owners)),
      treasury: treasury === undefined ? null : { end, group: chats.get(treasury) ?? null },
      madeBy: identityOf(persons.get(madeBy ?? '')),
      payout: payoutId,
      refundOf: transfer.refundOf,
      ask: transfer.askId,
      approvals: needed
        ? { needed: needed.needed, by: needed.by.flatMap((one) => identityOf(persons.get(one)) ?? []) }
        : null,
      settlement: transfer.settlement && { by: transfer.settlement, entered: transfer.entered ?? 0 },
    }
  }

  async function view(transfer: ReadTransfer, messenger?: string): Promise<TransferView> {
    return viewOf(transfer, await related([transfer], messenger))
  }

  async function views(list: ReadTransfer[], messenger?: string): Promise<TransferView[]> {
    const all = await related(list, messenger)
    return list.map((transfer) => viewOf(transfer, all))
  }

  /** Everything that stands beside some transfers in other tables. */
  async function related(list: ReadTransfer[], messenger?: string): Promise<Related> {
    const owners = await people.ofAccounts([...new Set(list.flatMap(accountsOf))], messenger)
    const others = list.flatMap(endsOf).filter((account) => !owners.has(account))
    const [treasuries, approvals] = await Promise.all([
      groups.ofAccounts([...new Set(others)]),
      approvalsOf(db, [...new Set(list.flatMap(waitingPayout))]),
    ])
    const acting = [
      ...list.flatMap(({ madeBy }) => madeBy ?? []),
      ...[...approvals.values()].flatMap(({ by }) => by),
    ]
    const [chats, persons] = await Promise.all([
      groups.chatsOf([...new Set([...list.flatMap(groupsOf), ...treasuries.values()])], messenger),
      people.ofPersons([...new Set(acting)], messenger),
    ])
    return { owners, persons, chats, treasuries, approvals }
  }

  async function viewsForCards(list: ReadTransfer[], messenger?: string): Promise<TransferView[]> {
    const open = list.filter(({ state }) => state === 'open')
    const [all, recipients] = await Promise.all([views(list, messenger), people.recipients(open, messenger)])
    return all.map((view, index) => {
      const { recipient } = list[index] as ReadTransfer
      const quiet = recipients.get(recipientKey(recipient))?.quiet ?? false
      return view.to && view.state === 'open' ? { ...view, to: { ...view.to, quiet } } : view
    })
  }

  async function viewForCard(transfer: ReadTransfer, messenger?: string): Promise<TransferView> {
    const [view] = await viewsForCards([transfer], messenger)
    return view as TransferView
  }

  async function viewClaims(claims: ReadClaim[], asset: string, messenger?: string): Promise<ClaimView[]> {
    const owners = await people.ofAccounts([...new Set(claims.map(({ account }) => account))], messenger)
    return claims.map((claim) => claimOf(claim, asset, owners))
  }

  return { view, views, viewClaims, viewForCard, viewsForCards }
}

/** What the claims of a transfer come to, in minor units. */
function collectedOf({ state, amount, remaining, paid }: ReadTransfer): bigint {
  return state === 'open' || state === 'collected' ? amount - remaining : (paid ?? 0n)
}

const accountsOf = ({ fromAccount, recipient, claims, drawn }: ReadTransfer): string[] => [
  fromAccount,
  ...(recipient.kind === 'account' ? [recipient.account] : []),
  ...claims.map(({ account }) => account),
  ...(drawn?.luckiest ? [drawn.luckiest.account] : []),
]

/** What stands beside some transfers: owners by account, persons by id, chats by group, groups and approvals by account and payout. */
interface Related {
  owners: Map<string, Identity>
  persons: Map<string, Identity>
  chats: Map<string, Chat>
  treasuries: Map<string, string>
  approvals: Map<string, Approvals>
}

/** Where a treasury may be: the issuer's accounts never are one. */
const endsOf = ({ asset, fromAccount, recipient }: ReadTransfer): string[] =>
  [fromAccount, ...(recipient.kind === 'account' ? [recipient.account] : [])].filter(
    (account) => account !== accountOf(ISSUER, asset).id,
  )

const waitingPayout = ({ payoutId, awaits }: ReadTransfer) =>
  payoutId !== null && awaits > 0 ? payoutId : []

const groupsOf = ({ groupId }: ReadTransfer) => (groupId === null ? [] : [groupId])

/** What clients see of somebody: without our own ids. */
export const identityOf = (identity: Identity | undefined): Identity | null =>
  identity
    ? { messenger: identity.messenger, id: identity.id, handle: identity.handle, name: identity.name }
    : null

function takersOf({ recipient }: ReadTransfer): Takers | null {
  const { kind } = recipient
  if (kind === 'listed') return { of: 'list', list: recipient.list }
  return kind === 'members' ? { of: 'members' } : kind === 'present' ? { of: 'before' } : null
}

function recipientOf({ recipient }: ReadTransfer, owners: Map<string, Identity>): TransferView['to'] {
  switch (recipient.kind) {
    case 'anyone':
    case 'members':
    case 'present':
    case 'listed':
      return null
    case 'account':
      return identityOf(owners.get(recipient.account))
    case 'handle':
      return handleOnly(recipient.handle)
  }
}

function handleOnly(key: string): TransferView['to'] {
  const { messenger, handle } = handleIn(key)
  return { messenger, id: null, handle, name: null }
}
