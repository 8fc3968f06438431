import { Refusal } from '../shared/refusal.ts'
import { type AccountRef, accountOf } from './accounts.ts'
import { type Bounds, mostOf, whyOutOfBounds } from './bounds.ts'
import {
  type Claim,
  type Command,
  type Draft,
  type Entrant,
  eventOf,
  ownersIn,
  type Transfer,
  type TransferState,
} from './commands.ts'
import { restsOf } from './lucky.ts'
import { claimKey, type Loaded, type Request, tokenKey, transferIndex, type Wanted } from './rows.ts'
import { type Decision, decide, type State } from './rules.ts'
import type { Writes } from './writes.ts'

/** A command; with an idempotency key, where the caller may retry it. */
export interface Item {
  command: Command
  request?: Request
  /** What asked for it, as `LedgerOptions.origin` says. */
  origin?: string
  /** What the token of the program that asks for it is held to. */
  bounds?: Bounds
}

/** What a command has done to a transfer. */
export interface Change {
  event: 'created' | 'claimed' | 'cancelled' | 'declined' | 'returned' | 'entered' | 'extended' | 'reissued'
  transfer: string
  asset: string
  /** The state of the transfer after it. */
  state: TransferState
  /** Whose money moved, or who takes part; and how much came to them, or below zero went, in minor units. */
  account?: string
  amount?: bigint
  origin: string | undefined
}

/** The outcome of a command: the transfer after it, and the claim, where it has paid somebody, or who has entered by it. */
export interface Result {
  transfer: Transfer
  claim: Claim | null
  entrant?: Entrant
}

/** A result, or why the command was refused. */
export type Answer = Result | Refusal

/** A command whose idempotency key was used in an earlier batch: it gets the first answer. */
export interface Replay {
  index: number
  transfer: string
  command: Command
}

/** A batch that was decided, and what is to be written. */
export interface Decided {
  /** In the order of the commands; undefined for a replay, whose transfer is still to be read. */
  answers: (Answer | undefined)[]
  replays: Replay[]
  writes: Writes
  changes: Change[]
  /** Accounts that must be open before the writes. */
  accounts: AccountRef[]
}

/** Decides the commands of a batch in turn, each on the rows as those before it leave them. Pure, as the rules are. */
export function decideAll(items: Item[], loaded: Loaded): Decided {
  const { now } = loaded
  const transfers = transferIndex<Transfer>(loaded.transfers)
  const requests = new Map(loaded.requests.map((request) => [requestKey(request), request]))
  /** Whom this batch pays, by transfer. */
  const paid = new Map<string, string | Set<string>>()
  const balances: State['balances'] = new Map(
    debitedAccounts(items).map(({ id, owner }) => [
      id,
      { balance: loaded.balances.get(id) ?? 0n, mayGoBelowZero: owner.kind === 'issuer' },
    ]),
  )
  /** The transfers to which this batch gives more time. */
  const extended = new Set<string>()
  /** What this batch gives back, by `claimKey`. */
  const refunded = new Set<string>()
  /** What opens the transfers that this batch makes, where words do. */
  const phrases = new Set<string>()
  const draws = new Map(loaded.draws)
  /** The turns in which this batch has people enter, by `claimKey`, and how many have entered then. */
  const turns = new Map<string, number>()
  const entered = new Map(loaded.entered)
  /** What this batch has sent, or given back to its sender, by account. */
  const sent = new Map<string, { transfer: Transfer; amount: bigint }[]>()
  /** What tokens have sent on this day, with what they send by this batch, by `tokenKey`. */
  const sentToday = new Map(loaded.sentToday)
  const sentByToken = (token: string, asset: string) => sentToday.get(tokenKey(token, asset)) ?? 0n
  const state: State = {
    now,
    balances,
    transferOf: transfers.find,
    hasPaid: (transfer, account) => {
      const some = paid.get(transfer)
      const isPaid = typeof some === 'string' ? some === account : some?.has(account)
      return isPaid || loaded.claims.has(claimKey(transfer, account))
    },
    isListed: (transfer, account) => loaded.listed.has(claimKey(transfer, account)),
    hasSent: (transfer, account) => loaded.own.has(claimKey(transfer, account)),
    drawnShare: ({ id, claimed, remaining }) => {
      const rest = draws.get(id)?.[claimed]
      if (rest === undefined) throw new Error(`The draw of transfer ${id} was not read.`)
      return remaining - rest
    },
    turnOf: (transfer, account) => {
      const key = claimKey(transfer, account)
      return turns.get(key) ?? loaded.turns.get(key)
    },
    entered: (transfer) => entered.get(transfer) ?? 0,
    settlementOf: (transfer) => {
      const settling = loaded.settling.get(transfer)
      if (!settling) throw new Error(`Who has entered transfer ${transfer} was not read.`)
      return settling
    },
    holdOf: (owner) => (owner.kind === 'person' && loaded.holds.get(owner.id)) || null,
    sentBefore: ({ id, from, limit }) => {
      const before = loaded.sent.get(id)
      return (sent.get(from.id) ?? []).reduce(
        (sum, { transfer: { groupId, createdAt }, amount }) =>
          groupId && before?.groups.has(groupId) && limit && createdAt >= limit.since ? sum + amount : sum,
        before?.amount ?? 0n,
      )
    },
    awaits: (payoutId) => loaded.awaits.get(payoutId) ?? 0,
    wasExtended: (transfer) => extended.has(transfer) || loaded.extended.has(transfer),
    hasRefunded: (transfer, account) => {
      const key = claimKey(transfer, account)
      return refunded.has(key) || loaded.refunded.has(key)
    },
    askOf(id) {
      const ask = loaded.asks.get(id)
      if (!ask?.pool) return ask
      // With what this batch has given and taken back.
      const own = transfers.all().filter(({ askId, state }) => askId === id && COUNTS.has(state))
      const waiting = own.filter(({ state }) => state === 'open')
      const sum = own.reduce((sum, { amount }) => sum + amount, 0n)
      const { goal, given } = ask.pool
      return { ...ask, pool: { goal, given: given >= goal ? given : sum, waiting } }
    },
    isPhraseTaken: (hash) => phrases.has(hash) || loaded.phrases.has(hash),
  }
  const writes: Writes = {
    now,
    created: [],
    draws: [],
    entries: [],
    entrants: [],
    extended: [],
    reissued: [],
    requests: [],
    asks: new Set(),
    sentByTokens: [],
  }
  const replays: Replay[] = []
  const changes: Change[] = []
  const accounts: AccountRef[] = []
  /** Results of the commands with a key in this batch. */
  const results = new Map<string, Result>()

  /** Shows a decision to the next commands of the batch. */
  function apply({ transfer, entries, claim, entrant, others = [] }: Decision) {
    for (const one of [transfer, ...others]) transfers.put(one)
    if (entrant) {
      turns.set(claimKey(transfer.id, entrant.account), entrant.turn)
      entered.set(transfer.id, entrant.turn)
    }
    if (claim) {
      const some = paid.get(transfer.id)
      if (transfer.shares === 1) paid.set(transfer.id, claim.account)
      else if (some instanceof Set) some.add(claim.account)
      else paid.set(transfer.id, new Set([claim.account]))
    }
    if (transfer.refundOf) refunded.add(claimKey(transfer.refundOf, transfer.fromAccount))
    for (const { accountId, kind, amount } of entries) {
      if (loaded.sent.size > 0 && kind !== 'collect' && !transfer.refundOf)
        sent.set(accountId, [...(sent.get(accountId) ?? []), { transfer, amount: -amount }])
      const account = balances.get(accountId)
      if (account) balances.set(accountId, { ...account, balance: account.balance + amount })
    }
  }

  /** Notes an answer for later requests with the same key, in this batch and after it. */
  function note(request: Request, decided: Decision | Refusal) {
    const answer =
      decided instanceof Refusal
        ? { refusal: decided.code, details: decided.details }
        : { transfer: decided.transfer.id }
    const answered = { ...request, answer }
    requests.set(requestKey(request), answered)
    writes.requests.push(answered)
  }

  /** Counts what a token sends on this day, where that is limited. What a payout pays was counted when it was made. */
  function countSent({ asset, amount, payoutId }: Draft, { token, perDay }: Bounds) {
    const most = mostOf(perDay, asset)
    if (most === undefined || payoutId) return
    sentToday.set(tokenKey(token, asset.code), sentByToken(token, asset.code) + amount)
    writes.sentByTokens.push({ token, asset: asset.code, amount, most })
  }

  const answers = items.map(({ command, request, origin, bounds }, index): Answer | undefined => {
    const key = request && requestKey(request)
    const first = key === undefined ? undefined : requests.get(key)
    if (first && request && key !== undefined) {
      if (first.fingerprint !== request.fingerprint && first.fingerprint !== request.former?.())
        return new Refusal('key_reused')
      if ('refusal' in first.answer) return new Refusal(first.answer.refusal as never, first.answer.details)
      const inThisBatch = results.get(key)
      if (!inThisBatch) replays.push({ index, transfer: first.answer.transfer, command })
      return inThisBatch
    }
    const outOfBounds =
      bounds && whyOutOfBounds({ transferOf: transfers.find, sentToday: sentByToken }, command, bounds)
    const decided = outOfBounds ?? decide(state, command)
    if (request && (!(decided instanceof Refusal) || decided.isFinal)) note(request, decided)
    if (decided instanceof Refusal) return decided
    const { transfer, entries, claim, entrant } = decided
    if ('draft' in command) {
      writes.created.push({ transfer, draft: command.draft })
      if (command.draft.phrase) phrases.add(command.draft.phrase.hash)
      if (bounds) countSent(command.draft, bounds)
    }
    if (command.do === 'reissue') writes.reissued.push({ ...transfer, codeHash: command.codeHash })
    if (command.do === 'extend') {
      writes.extended.push(transfer)
      extended.add(transfer.id)
    }
    if ('draft' in command && command.draft.seed) {
      const { seed } = command.draft
      // Into how many the whole is split is not known before its end.
      const isKnown = transfer.lucky && transfer.settlement !== 'split'
      const rests = isKnown ? restsOf(seed, transfer.amount, transfer.shares) : []
      writes.draws.push({ transferId: transfer.id, seed, rests })
      draws.set(transfer.id, rests)
    }
    writes.entries.push(...entries)
    if (entrant) writes.entrants.push(entrant)
    changes.push(...changesIn(command, decided, origin))
    if (transfer.askId) writes.asks.add(transfer.askId)
    accounts.push(...accountsOf(command, transfer))
    apply(decided)
    const result = { transfer, claim, ...(entrant && { entrant }) }
    if (key !== undefined) results.set(key, result)
    return result
  })
  return { answers, replays, writes, changes, accounts }
}

function changesIn(
  command: Command,
  { transfer: { id: transfer, asset, state }, entries, entrant }: Decision,
  origin: string | undefined,
): Change[] {
  if (command.do === 'extend') return [{ event: 'extended', transfer, asset, state, origin }]
  if (command.do === 'reissue') return [{ event: 'reissued', transfer, asset, state, origin }]
  if (entrant) return [{ event: 'entered', transfer, asset, state, account: entrant.account, origin }]
  return entries.map((entry) => ({
    event: eventOf(entry),
    // Of a pool that reaches its goal all that was given is collected at once.
    transfer: entry.transferId,
    asset,
    state: entry.leaves,
    account: entry.accountId,
    amount: entry.amount,
    origin,
  }))
}

/** The states of what is given for an ask, and has not gone back. */
const COUNTS: ReadonlySet<Transfer['state']> = new Set(['open', 'collected'])

const requestKey = (request: Request) => `${request.client}\n${request.key}`

/** The rows that a batch looks at. */
export function wantedBy(items: Item[]): Wanted {
  const transferIds = new Set<string>()
  const codeHashes = new Set<string>()
  const people = new Set<string>()
  for (const { command } of items) {
    for (const owner of ownersIn(command)) if (owner.kind === 'person') people.add(owner.id)
    if ('draft' in command) {
      // Whether it is there already, as the part of the ask is paid then.
      if (command.draft.askId) transferIds.add(command.draft.id)
      continue
    }
    if ('id' in command.which) transferIds.add(command.which.id)
    else codeHashes.add(command.which.codeHash)
  }
  const drafts = items.flatMap(({ command }): Draft[] => ('draft' in command ? [command.draft] : []))
  return {
    transferIds: [...transferIds],
    codeHashes: [...codeHashes],
    accountIds: [...new Set(debitedAccounts(items).map(({ id }) => id))],
    people: [...people],
    limited: drafts.filter(({ limit }) => limit),
    draws: new Map(),
    payoutIds: [...new Set(drafts.flatMap(({ payoutId }) => payoutId ?? []))],
    extending: items.flatMap(({ command }) => (command.do === 'extend' ? command.which.id : [])),
    refunding: drafts.flatMap(({ refundOf, from }) =>
      refundOf ? { transfer: refundOf, account: from.id } : [],
    ),
    phrases: drafts.flatMap(({ phrase }) => phrase?.hash ?? []),
    askIds: [...new Set(drafts.flatMap(({ askId }) => askId ?? []))],
    requests: items.flatMap(({ request }) => request ?? []),
    collectors: items.flatMap(({ command }) =>
      command.do === 'collect'
        ? { which: command.which, owner: command.by.owner, handle: command.by.handle }
        : [],
    ),
    returning: items.some(({ command }) => command.do === 'return'),
    tokens: [...new Set(items.flatMap(({ bounds }) => (bounds?.perDay ? bounds.token : [])))],
  }
}

/** The accounts that a batch takes money from; no other balance matters. */
const debitedAccounts = (items: Item[]): AccountRef[] =>
  items.flatMap(({ command }) => ('draft' in command ? command.draft.from : []))

/** The accounts that must be open before a decision is written: it moves money of theirs, or names them. */
function accountsOf(command: Command, { asset }: Transfer): AccountRef[] {
  if ('draft' in command) {
    const { from, recipient } = command.draft
    const named = recipient.kind === 'account' ? [recipient.account] : []
    return [from, ...named, ...('to' in command ? [command.to] : [])]
  }
  return command.do === 'collect' ? [accountOf(command.by.owner, asset)] : []
}
