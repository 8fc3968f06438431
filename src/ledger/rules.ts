import { type Asset, formatAmount } from '../money.ts'
import { Refusal, type RefusalDetails } from '../refusal.ts'
import { type AccountRef, accountOf, personOwner } from './accounts.ts'

export type TransferState = 'open' | 'collected' | 'cancelled' | 'declined' | 'returned'

/** A transfer as the ledger knows it. Amounts in minor units of its asset. */
export interface Transfer {
  id: string
  asset: string
  amount: bigint
  remaining: bigint
  state: TransferState
  fromAccount: string
  toAccount: string | null
  /** `messenger:handle` in lower case, for somebody not met yet. */
  toHandle: string | null
  groupId: string | null
  note: string | null
  createdAt: Date
  expiresAt: Date
  closedAt: Date | null
  collectedBy: string | null
}

/** One movement between an account and a transfer, positive into the account. */
export interface Entry {
  transferId: string
  accountId: string
  kind: 'fund' | 'collect' | 'return'
  amount: bigint
  /** The state that the transfer has after it. */
  leaves: TransferState
}

/** What a new transfer is made of; its id and code are made before the transaction. */
export interface Draft {
  id: string
  /** In hexadecimal digits. */
  codeHash: string
  asset: Asset
  amount: bigint
  from: AccountRef
  to?: AccountRef
  toHandle?: string
  groupId?: string
  note?: string
}

/** Which transfer is meant: by its id, or by the hash of the code that somebody showed. */
export type Which = { id: string } | { codeHash: string }

/** Who acts. */
export interface Actor {
  person: string
  /**
   * The handle that the messenger says is theirs now, as `messenger:handle` in lower case; `null`: that they have none;
   * left out: it isn't told, and what it was earlier may be somebody else's by now.
   */
  handle?: string | null
  /** The codes of the assets that they may hold. */
  assets: ReadonlySet<string>
}

export type Command =
  | { do: 'create'; draft: Draft }
  /** Money in or out of circulation: funded and collected in one step, from or to the issuer. */
  | { do: 'issue'; draft: Draft; to: AccountRef }
  | { do: 'collect'; which: Which; by: Actor }
  | { do: 'cancel'; which: Which; by: Actor }
  | { do: 'decline'; which: Which; by: Actor }
  /** `early`: the operator gives it back before its time. */
  | { do: 'return'; which: Which; early?: boolean }

/** What the rules look at: rows as they stand, and the database's time. */
export interface State {
  now: Date
  balances: Map<string, { balance: bigint; mayGoBelowZero: boolean }>
  transferOf(which: Which): Transfer | undefined
}

export interface Decision {
  /** The transfer as it stands after the entries. */
  transfer: Transfer
  entries: Entry[]
}

/**
 * Decides one command: the entries that carry it out, or why not.
 * Pure: no clock, no database, no randomness; it changes nothing that it is given.
 */
export function decide(state: State, command: Command): Decision | Refusal {
  switch (command.do) {
    case 'create':
      return create(state, command.draft)
    case 'issue':
      return issue(state, command.draft, command.to)
    case 'collect':
      return collect(state, command.which, command.by)
    case 'cancel':
      return cancel(state, command.which, command.by)
    case 'decline':
      return decline(state, command.which, command.by)
    case 'return':
      return giveBack(state, command.which, command.early ?? false)
  }
}

function create(state: State, draft: Draft): Decision | Refusal {
  if (draft.to?.id === draft.from.id) return new Refusal('own_transfer')
  if (draft.amount > draft.asset.maxTransfer)
    return new Refusal('amount_too_large', {
      max: formatAmount(draft.asset.maxTransfer, draft.asset),
      asset: draft.asset.code,
    })
  return fund(state, draft)
}

function fund(state: State, draft: Draft): Decision | Refusal {
  if (draft.amount <= 0n) return new Refusal('amount_too_small')
  const from = state.balances.get(draft.from.id) ?? { balance: 0n, mayGoBelowZero: false }
  if (!from.mayGoBelowZero && from.balance < draft.amount)
    return new Refusal('insufficient_funds', {
      amount: formatAmount(draft.amount, draft.asset),
      balance: formatAmount(from.balance, draft.asset),
      asset: draft.asset.code,
    })
  const transfer: Transfer = {
    id: draft.id,
    asset: draft.asset.code,
    amount: draft.amount,
    remaining: draft.amount,
    state: 'open',
    fromAccount: draft.from.id,
    toAccount: draft.to?.id ?? null,
    toHandle: draft.toHandle ?? null,
    groupId: draft.groupId ?? null,
    note: draft.note ?? null,
    createdAt: state.now,
    expiresAt: new Date(state.now.getTime() + draft.asset.lifetime * 1000),
    closedAt: null,
    collectedBy: null,
  }
  return { transfer, entries: [entry(transfer, draft.from.id, 'fund', -draft.amount, 'open')] }
}

function issue(state: State, draft: Draft, to: AccountRef): Decision | Refusal {
  const funded = fund(state, draft)
  if (funded instanceof Refusal) return funded
  const { transfer, entries } = close(state, funded.transfer, 'collected', to.id)
  return { transfer, entries: [...funded.entries, ...entries] }
}

function collect(state: State, which: Which, by: Actor): Decision | Refusal {
  const transfer = state.transferOf(which)
  if (!transfer) return new Refusal('transfer_not_found')
  const account = accountOf(personOwner(by.person), transfer.asset).id
  if (transfer.state === 'collected' && transfer.collectedBy === account) return new Refusal('already_yours')
  const gone = closed(state, transfer, account)
  if (gone) return gone
  if (transfer.fromAccount === account) return new Refusal('own_transfer')
  const notTheirs = notFor(transfer, account, by, 'not_for_you')
  if (notTheirs) return notTheirs
  if (!by.assets.has(transfer.asset)) return new Refusal('wrong_asset', { asset: transfer.asset })
  return close(state, transfer, 'collected', account)
}

function cancel(state: State, which: Which, by: Actor): Decision | Refusal {
  const transfer = state.transferOf(which)
  if (!transfer) return new Refusal('transfer_not_found')
  const account = accountOf(personOwner(by.person), transfer.asset).id
  if (account !== transfer.fromAccount) return new Refusal('not_sender')
  return closed(state, transfer, account) ?? close(state, transfer, 'cancelled', transfer.fromAccount)
}

function decline(state: State, which: Which, by: Actor): Decision | Refusal {
  const transfer = state.transferOf(which)
  if (!transfer) return new Refusal('transfer_not_found')
  const account = accountOf(personOwner(by.person), transfer.asset).id
  const named = transfer.toAccount !== null || transfer.toHandle !== null
  if (!named) return new Refusal('not_recipient')
  return (
    notFor(transfer, account, by, 'not_recipient') ??
    closed(state, transfer, account) ??
    close(state, transfer, 'declined', transfer.fromAccount)
  )
}

function giveBack(state: State, which: Which, early: boolean): Decision | Refusal {
  const transfer = state.transferOf(which)
  if (!transfer) return new Refusal('transfer_not_found')
  if (transfer.state !== 'open') return closedRefusal[transfer.state]({})
  const due = state.now >= transfer.expiresAt
  if (!due && !early) return new Refusal('not_due')
  return close(state, transfer, due ? 'returned' : 'cancelled', transfer.fromAccount)
}

/** Why an account can't act on it any more. What is past its time is over, whether or not the sweep has come by. */
function closed(state: State, transfer: Transfer, account: string): Refusal | undefined {
  const reader = account === transfer.fromAccount && ({ reader: 'sender' } as const)
  if (transfer.state !== 'open') return closedRefusal[transfer.state]({ ...reader })
  if (state.now >= transfer.expiresAt) return new Refusal('expired', { ...reader })
  return undefined
}

const closedRefusal = {
  collected: (details: RefusalDetails) => new Refusal('already_collected', details),
  cancelled: (details: RefusalDetails) => new Refusal('cancelled', details),
  declined: (details: RefusalDetails) => new Refusal('declined', details),
  returned: (details: RefusalDetails) => new Refusal('expired', { state: 'returned', ...details }),
}

/** Why it isn't for them. */
function notFor(
  { toAccount, toHandle }: Transfer,
  account: string,
  by: Actor,
  otherwise: 'not_for_you' | 'not_recipient',
): Refusal | undefined {
  if (toHandle !== null && by.handle === undefined)
    return new Refusal('handle_not_told', { handle: toHandle.slice(toHandle.indexOf(':') + 1) })
  const isTheirs = toAccount !== null ? toAccount === account : toHandle === null || toHandle === by.handle
  return isTheirs ? undefined : new Refusal(otherwise)
}

function close(
  state: State,
  transfer: Transfer,
  leaves: Exclude<TransferState, 'open'>,
  account: string,
): Decision {
  const collected = leaves === 'collected'
  return {
    transfer: {
      ...transfer,
      remaining: 0n,
      state: leaves,
      closedAt: state.now,
      collectedBy: collected ? account : null,
    },
    entries: [entry(transfer, account, collected ? 'collect' : 'return', transfer.remaining, leaves)],
  }
}

const entry = (
  transfer: Transfer,
  accountId: string,
  kind: Entry['kind'],
  amount: bigint,
  leaves: TransferState,
): Entry => ({ transferId: transfer.id, accountId, kind, amount, leaves })
