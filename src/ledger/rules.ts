import { formatAmount } from '../money/amount.ts'
import { handleIn } from '../shared/keys.ts'
import { Refusal, type RefusalDetails } from '../shared/refusal.ts'
import { isForSeveral } from '../shared/shares.ts'
import { type AccountRef, accountOf, type Owner } from './accounts.ts'
import type {
  Actor,
  Ask,
  Claim,
  Command,
  Draft,
  Entrant,
  Entry,
  Hold,
  Limit,
  Pool,
  Recipient,
  Transfer,
  Which,
} from './commands.ts'
import { drawnOrder, luckyShares, seedHashOf } from './lucky.ts'

/** What the rules look at: rows as they are, and the database's time. Balances are in minor units, by account id. */
export interface State {
  now: Date
  balances: Map<string, { balance: bigint; mayGoBelowZero: boolean }>
  transferOf(which: Which): Transfer | undefined
  /** Whether a transfer has paid an account, or one of somebody who was one person with its owner. */
  hasPaid(transferId: string, accountId: string): boolean
  /** Whether an account's owner, or somebody who has become one with them, is on the list that a transfer is for; or whoever has the handle that they report. */
  isListed(transferId: string, accountId: string): boolean
  /** Whether a transfer of several shares was sent by the owner of an account, or somebody who was one person with them. */
  hasSent(transferId: string, accountId: string): boolean
  /** What the next claim of a transfer gets whose shares are drawn. */
  drawnShare(transfer: Transfer): bigint
  /** The turn in which the owner of an account, or somebody who was one person with them, has entered a transfer. */
  turnOf(transferId: string, accountId: string): number | undefined
  /** How many have entered a transfer. */
  entered(transferId: string): number
  /** What a transfer is settled by. */
  settlementOf(transferId: string): Settling
  holdOf(owner: Owner): Hold | null
  /** What the sender of a draft has sent in the books of its group since its limit's beginning, and has not got back: in minor units. */
  sentBefore(draft: Draft): bigint
  /** How many approvals a payout still lacks. */
  awaits(payoutId: string): number
  /** Whether the time of a transfer was lengthened. */
  wasExtended(transferId: string): boolean
  /** Whether an account has given back what a transfer had paid it. */
  hasRefunded(transferId: string, accountId: string): boolean
  askOf(id: string): Ask | undefined
  /** Whether these words open another transfer. */
  isPhraseTaken(hash: string): boolean
}

/** Of books in which nothing has happened: for who asks the rules about a transfer alone. */
export const NOTHING_HAPPENED: Omit<State, 'now'> = {
  balances: new Map(),
  transferOf: () => undefined,
  hasPaid: () => false,
  hasSent: () => false,
  isListed: () => false,
  drawnShare: () => 0n,
  turnOf: () => undefined,
  entered: () => 0,
  settlementOf: () => ({ seed: '', entrants: [] }),
  holdOf: () => null,
  sentBefore: () => 0n,
  awaits: () => 0,
  wasExtended: () => false,
  hasRefunded: () => false,
  askOf: () => undefined,
  isPhraseTaken: () => false,
}

/** What a transfer is settled by. */
export interface Settling {
  seed: string
  /** All who have entered, by their turns. */
  entrants: readonly {
    /** Their account as it is now. */
    account: string
    /** The same of all who were ever one person. */
    kin: string
    /** Whether they may be paid: nobody who is on hold, or who has become one with the sender. */
    isPayable: boolean
  }[]
}

/** A yes: what is to be written. */
export interface Decision {
  /** The transfer after the entries. */
  transfer: Transfer
  entries: Entry[]
  /** What is paid out, where something is. */
  claim: Claim | null
  /** Who takes part from now on. */
  entrant?: Entrant
  /** Other transfers that change with it, after the entries: those of a pool that has reached its goal. */
  others?: Transfer[]
}

/**
 * Decides one command: the entries that carry it out, or why not.
 * Pure: no clock, no database, no randomness; it changes nothing that it is given.
 */
export function decide(state: State, command: Command): Decision | Refusal {
  switch (command.do) {
    case 'create':
      return create(state, command.draft, needsYes(command.draft))
    case 'issue':
      return issue(state, command.draft, command.to)
    case 'contribute':
      return contribute(state, command.draft, command.to)
    case 'collect':
      return collect(state, command.which, command.by, command.phraseHash)
    case 'cancel':
      return cancel(state, command.which, command.by)
    case 'decline':
      return decline(state, command.which, command.by)
    case 'extend':
      return extend(state, command.which, command.by, command.seconds)
    case 'reissue':
      return reissue(state, command.which, command.by, command.turn)
    case 'return':
      return expire(state, command.which, command.early ?? false)
  }
}

/** Above what its asset says. What a treasury pays has approvals for that. */
const needsYes = ({ from, amount, asset }: Draft): boolean =>
  from.owner.kind === 'person' && asset.confirmAbove !== undefined && amount > asset.confirmAbove

function create(state: State, draft: Draft, confirms = false): Decision | Refusal {
  const { recipient, from, amount, asset, refundOf } = draft
  if (recipient.kind === 'account' && recipient.account.id === from.id) return new Refusal('own_transfer')
  if (refundOf && state.hasRefunded(refundOf, from.id)) return new Refusal('refunded_already')
  // What was collected can be given back, whatever the limit is by now.
  if (amount > asset.maxTransfer && !refundOf)
    return new Refusal('amount_too_large', {
      max: formatAmount(asset.maxTransfer, asset),
      asset: asset.code,
    })
  const isNamed = recipient.kind === 'account' || recipient.kind === 'handle' || recipient.kind === 'listed'
  if (asset.anyoneUpTo !== undefined && amount > asset.anyoneUpTo && !isNamed && !draft.phrase)
    return new Refusal('name_or_phrase', {
      most: formatAmount(asset.anyoneUpTo, asset),
      asset: asset.code,
    })
  // It pays whom the lot falls on, at once at its end.
  if (confirms && draft.settlement)
    return new Refusal('settlement_too_large', {
      most: formatAmount(asset.confirmAbove ?? 0n, asset),
      asset: asset.code,
    })
  // Not where it is withdrawn: an operator takes back what was issued wrongly without lifting the hold.
  if (state.holdOf(from.owner)) return new Refusal('on_hold')
  if (draft.phrase && state.isPhraseTaken(draft.phrase.hash)) return new Refusal('phrase_taken')
  return (draft.limit && whyOverLimit(state, draft, draft.limit)) ?? fund(state, draft, confirms)
}

/** Over a whole group's books: what went back to the sender meanwhile doesn't count. */
function whyOverLimit(state: State, draft: Draft, { most }: Limit): Refusal | undefined {
  const { amount, asset } = draft
  const sent = state.sentBefore(draft)
  if (sent + amount <= most) return undefined
  return new Refusal('group_day_limit', {
    most: formatAmount(most, asset),
    sent: formatAmount(sent, asset),
    asset: asset.code,
  })
}

function fund(state: State, draft: Draft, confirms = false): Decision | Refusal {
  const { now, balances } = state
  const { id, asset, amount, shares = 1, lucky = false, settlement = null, seed } = draft
  const { lifetime = asset.lifetime, payoutId } = draft
  if (amount < 1n || shares < 1) return new Refusal('amount_too_small')
  // Each share is a minor unit at least.
  if (amount < BigInt(shares))
    return new Refusal('too_many_shares', {
      amount: formatAmount(amount, asset),
      asset: asset.code,
      most: String(amount),
    })
  const from = balances.get(draft.from.id) ?? { balance: 0n, mayGoBelowZero: false }
  if (!from.mayGoBelowZero && from.balance < amount)
    return new Refusal('insufficient_funds', {
      amount: formatAmount(amount, asset),
      balance: formatAmount(from.balance, asset),
      asset: asset.code,
    })
  const transfer: Transfer = {
    id,
    asset: asset.code,
    amount,
    remaining: amount,
    state: 'open',
    fromAccount: draft.from.id,
    recipient: byAccountId(draft.recipient),
    shares,
    reissues: 0,
    claimed: 0,
    lucky,
    settlement,
    seedHash: seed === undefined ? null : seedHashOf(seed),
    phraseHash: draft.phrase?.hash ?? null,
    phraseHere: draft.phrase?.here ?? false,
    confirms,
    groupId: draft.groupId ?? null,
    madeBy: draft.madeBy ?? null,
    payoutId: payoutId ?? null,
    askId: draft.askId ?? null,
    awaits: draft.askId ? 1 : payoutId === undefined ? 0 : state.awaits(payoutId),
    refundOf: draft.refundOf ?? null,
    note: draft.note ?? null,
    createdAt: now,
    expiresAt: new Date(now.getTime() + lifetime * 1000),
    closedAt: null,
  }
  const entry: Entry = {
    transferId: id,
    accountId: draft.from.id,
    kind: 'fund',
    amount: -amount,
    leaves: 'open',
  }
  return { transfer, entries: [entry], claim: null }
}

const byAccountId = (recipient: Recipient<AccountRef>): Recipient =>
  recipient.kind === 'account' ? { kind: 'account', account: recipient.account.id } : recipient

function issue(state: State, draft: Draft, to: AccountRef): Decision | Refusal {
  return atOnce(state, fund(state, draft), to)
}

function contribute(state: State, draft: Draft, to: AccountRef): Decision | Refusal {
  if (draft.askId === undefined) return atOnce(state, create(state, draft), to)
  const ask = state.askOf(draft.askId)
  if (!ask) return new Refusal('ask_not_found')
  const refused = whyNotAsked(state, draft, ask)
  if (refused) return refused
  return ask.pool ? give(state, draft, to, ask, ask.pool) : atOnce(state, create(state, draft), to)
}

/** Why nobody can answer an ask, or this part of it, any more. */
function whyNotAsked(state: State, { id }: Draft, { pool, endedAt, expiresAt }: Ask): Refusal | undefined {
  if (state.transferOf({ id }) || (pool && pool.given >= pool.goal)) return new Refusal('ask_paid')
  if (endedAt) return new Refusal('ask_ended')
  return state.now >= expiresAt ? new Refusal('ask_expired') : undefined
}

/** The most who give for a pool: with the last of them, all that was given is collected in one statement. */
const MOST_GIVING = 500n

/** Gives for a pool. It waits for the goal, as long as the pool lasts; with what reaches that all of it is collected. */
function give(
  state: State,
  draft: Draft,
  to: AccountRef,
  { expiresAt }: Ask,
  { goal, given, waiting }: Pool,
): Decision | Refusal {
  const { amount, asset } = draft
  const left = goal - given
  const inWords = (minor: bigint) => formatAmount(minor, asset)
  if (amount > left) return new Refusal('pool_overpaid', { left: inWords(left), asset: asset.code })
  const least = (goal + MOST_GIVING - 1n) / MOST_GIVING
  if (amount < least && amount < left && amount > 0n)
    return new Refusal('pool_underpaid', { least: inWords(least), asset: asset.code })
  const funded = create(state, draft)
  if (funded instanceof Refusal) return funded
  const inTime = { ...funded, transfer: { ...funded.transfer, expiresAt } }
  if (amount < left) return inTime
  const reached = atOnce(state, inTime, to)
  if (reached instanceof Refusal) return reached
  const others = waiting.map((one) => pay(state, one, to.id, one.remaining))
  return {
    ...reached,
    entries: [...reached.entries, ...others.flatMap(({ entries }) => entries)],
    others: others.map(({ transfer }) => transfer),
  }
}

/** A transfer that is collected in the same step as it is funded. */
function atOnce(state: State, funded: Decision | Refusal, to: AccountRef): Decision | Refusal {
  if (funded instanceof Refusal) return funded
  // Who pays is told nothing of a hold on somebody else.
  if (state.holdOf(to.owner) === 'all')
    return new Refusal(funded.transfer.askId ? 'asker_unpayable' : 'on_hold')
  const paid = pay(state, funded.transfer, to.id, funded.transfer.amount)
  return { ...paid, entries: [...funded.entries, ...paid.entries] }
}

function collect(
  state: State,
  which: Which,
  by: Actor,
  phraseHash: string | null = null,
): Decision | Refusal {
  const transfer = state.transferOf(which)
  if (!transfer) return new Refusal('transfer_not_found')
  const account = accountOf(by.owner, transfer.asset).id
  if (transfer.claimed > 0 && state.hasPaid(transfer.id, account)) return new Refusal('already_yours')
  const closed = whyClosed(state.now, transfer, account)
  if (closed) return closed
  if (transfer.fromAccount === account || (isForSeveral(transfer) && state.hasSent(transfer.id, account)))
    return new Refusal('own_transfer')
  const isConfirmed = transfer.confirms && by.isConfirmed === true
  if (!isConfirmed) {
    const notTheirs = whyNotFor(state, transfer, account, by, 'not_for_you')
    if (notTheirs) return notTheirs
    if (transfer.phraseHash !== null && transfer.phraseHash !== phraseHash)
      return new Refusal('phrase_needed')
  }
  if (!by.assets.has(transfer.asset)) return new Refusal('wrong_asset', { asset: transfer.asset })
  if (transfer.awaits > 0) return new Refusal(transfer.askId ? 'awaiting_goal' : 'awaiting_approval')
  if (state.holdOf(by.owner) === 'all') return new Refusal('on_hold')
  if (transfer.confirms && !isConfirmed) return new Refusal('awaiting_sender')
  if (transfer.settlement) return enter(state, transfer, account)
  return pay(state, transfer, account, transfer.lucky ? state.drawnShare(transfer) : equalShare(transfer))
}

function enter(state: State, transfer: Transfer, account: string): Decision | Refusal {
  const turn = state.turnOf(transfer.id, account)
  if (turn !== undefined) return new Refusal('entered_already', { turn })
  const entrant = { transferId: transfer.id, account, turn: state.entered(transfer.id) + 1 }
  return { transfer, entries: [], claim: null, entrant }
}

/** What doesn't divide is a minor unit more for each of the last ones. */
const equalShare = ({ remaining, shares, claimed }: Transfer): bigint => remaining / BigInt(shares - claimed)

function cancel(state: State, which: Which, by: Actor): Decision | Refusal {
  const transfer = ownOpen(state, which, by)
  return transfer instanceof Refusal ? transfer : giveBack(state, transfer, 'cancelled')
}

function decline(state: State, which: Which, by: Actor): Decision | Refusal {
  const transfer = state.transferOf(which)
  if (!transfer) return new Refusal('transfer_not_found')
  const account = accountOf(by.owner, transfer.asset).id
  const { kind } = transfer.recipient
  // One of many can't refuse it for all.
  if (kind !== 'account' && kind !== 'handle') return new Refusal('not_recipient')
  return (
    whyNotFor(state, transfer, account, by, 'not_recipient') ??
    whyClosed(state.now, transfer, account) ??
    giveBack(state, transfer, 'declined')
  )
}

function extend(state: State, which: Which, by: Actor, seconds: number): Decision | Refusal {
  const transfer = ownOpen(state, which, by)
  if (transfer instanceof Refusal) return transfer
  // It lasts as long as its pool.
  if (transfer.askId) return new Refusal('awaiting_goal')
  if (state.wasExtended(transfer.id)) return new Refusal('extended_already')
  const expiresAt = new Date(transfer.expiresAt.getTime() + seconds * 1000)
  return { transfer: { ...transfer, expiresAt }, entries: [], claim: null }
}

function reissue(state: State, which: Which, by: Actor, turn: number): Decision | Refusal {
  const transfer = ownOpen(state, which, by)
  if (transfer instanceof Refusal) return transfer
  // Nobody collects it by its code.
  if (transfer.askId) return new Refusal('awaiting_goal')
  if (turn !== transfer.reissues + 1) return new Refusal('reissued_meanwhile')
  return { transfer: { ...transfer, reissues: turn }, entries: [], claim: null }
}

function expire(state: State, which: Which, early: boolean): Decision | Refusal {
  const transfer = state.transferOf(which)
  if (!transfer) return new Refusal('transfer_not_found')
  if (transfer.state !== 'open') return over(transfer.state)
  const due = state.now >= transfer.expiresAt
  if (!due && !early) return new Refusal('not_due')
  if (due && transfer.settlement) return settle(state, transfer)
  return giveBack(state, transfer, due ? 'returned' : 'cancelled')
}

/** Pays those who have entered, in the order of the draw; what is left goes back. */
function settle(state: State, transfer: Transfer): Decision {
  const { seed, entrants } = state.settlementOf(transfer.id)
  const takers = new Map<string, string>()
  for (const turn of drawnOrder(seed, entrants.length)) {
    const one = entrants[turn - 1]
    if (one?.isPayable && !takers.has(one.kin)) takers.set(one.kin, one.account)
    if (takers.size === transfer.shares) break
  }
  const isSplit = transfer.settlement === 'split'
  const count = isSplit ? takers.size : transfer.shares
  const lots = transfer.lucky ? luckyShares(seed, transfer.amount, count) : []
  let now: Decision = { transfer: { ...transfer, shares: count }, entries: [], claim: null }
  for (const account of takers.values()) {
    const share = transfer.lucky ? (lots[now.transfer.claimed] as bigint) : equalShare(now.transfer)
    const paid = pay(state, now.transfer, account, share)
    now = { ...paid, entries: [...now.entries, ...paid.entries] }
  }
  if (now.transfer.state === 'open') {
    const rest = giveBack(state, now.transfer, 'returned')
    now = { ...rest, entries: [...now.entries, ...rest.entries] }
  }
  return { ...now, transfer: { ...now.transfer, shares: transfer.shares }, claim: null }
}

/** A transfer that its sender may still take back or change, or why not. */
function ownOpen(state: State, which: Which, by: Actor): Transfer | Refusal {
  const transfer = state.transferOf(which)
  if (!transfer) return new Refusal('transfer_not_found')
  const account = accountOf(by.owner, transfer.asset).id
  if (account !== transfer.fromAccount) return new Refusal('not_sender')
  return whyClosed(state.now, transfer, account) ?? transfer
}

/**
 * Why nobody can act on a transfer any more. An expired one is over, whether or not the sweep has returned it.
 * @param now by the database's clock
 * @param account of who asks
 */
export function whyClosed(now: Date, transfer: Transfer, account: string): Refusal | undefined {
  const reader: RefusalDetails = account === transfer.fromAccount ? { reader: 'sender' } : {}
  if (transfer.state !== 'open') return over(transfer.state, reader)
  if (now >= transfer.expiresAt) return new Refusal(transfer.settlement ? 'drawing' : 'expired', reader)
  return undefined
}

function over(state: Exclude<Transfer['state'], 'open'>, details: RefusalDetails = {}): Refusal {
  if (state === 'collected') return new Refusal('already_collected', details)
  if (state === 'returned') return new Refusal('expired', { state, ...details })
  return new Refusal(state, details)
}

function whyNotFor(
  state: State,
  { id, recipient }: Transfer,
  account: string,
  by: Actor,
  otherwise: 'not_for_you' | 'not_recipient',
): Refusal | undefined {
  switch (recipient.kind) {
    case 'anyone':
      return undefined
    case 'account':
      return recipient.account === account ? undefined : new Refusal(otherwise)
    case 'handle': {
      const { handle } = recipient
      if (by.handle === undefined) return new Refusal('handle_not_told', { handle: handleIn(handle).handle })
      return handle === by.handle ? undefined : new Refusal(otherwise)
    }
    case 'members':
      if (by.isAmong === undefined) return new Refusal('members_unknown')
      return by.isAmong ? undefined : new Refusal('members_only')
    case 'present':
      if (by.isAmong === undefined) return new Refusal('members_unknown')
      return by.isAmong ? undefined : new Refusal('not_here_before')
    case 'listed':
      return state.isListed(id, account) ? undefined : new Refusal('listed_only')
  }
}

/** Pays a share out; with the last one the transfer is collected. */
function pay({ now }: State, transfer: Transfer, account: string, amount: bigint): Decision {
  const claimed = transfer.claimed + 1
  const isLast = claimed === transfer.shares
  const leaves = isLast ? 'collected' : 'open'
  return {
    transfer: {
      ...transfer,
      remaining: transfer.remaining - amount,
      claimed,
      state: leaves,
      closedAt: isLast ? now : null,
    },
    entries: [
      {
        transferId: transfer.id,
        accountId: account,
        kind: 'collect',
        amount,
        leaves,
        reissues: transfer.reissues,
      },
    ],
    claim: { account, amount, at: now },
  }
}

/** Returns all that is left to the sender's account, which ends the transfer. */
function giveBack(
  { now }: State,
  transfer: Transfer,
  leaves: 'cancelled' | 'declined' | 'returned',
): Decision {
  const { id: transferId, fromAccount: accountId, remaining: amount } = transfer
  return {
    transfer: { ...transfer, remaining: 0n, state: leaves, closedAt: now },
    entries: [{ transferId, accountId, kind: 'return', amount, leaves }],
    claim: null,
  }
}
