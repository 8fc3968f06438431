import type { Asset } from '../money/amount.ts'
import type { AccountRef, Owner } from './accounts.ts'

/** What has become of a transfer: `open` as long as it holds money. */
export type TransferState = 'open' | 'collected' | 'cancelled' | 'declined' | 'returned'

/**
 * Who may collect: anyone who has the code, the owner of an account, the holder of a handle, as `messenger:handle` in lower
 * case, the members of the transfer's group, those of them who were in it before the transfer was made, or those on a list.
 */
export type Recipient<Account = string> =
  | { kind: 'anyone' }
  | { kind: 'account'; account: Account }
  | { kind: 'handle'; handle: string }
  | { kind: 'members' }
  | { kind: 'present' }
  /** Those on the list of that name, as it was. */
  | { kind: 'listed'; list: string }

/** Whoever has the code. */
export const ANYONE = { kind: 'anyone' } as const satisfies Recipient

/**
 * Of a transfer that people enter as long as it is open, and that pays only when its time is over: who is paid then. `draw`: as many as it
 * has shares, by lot, each a share. `split`: the whole is shared out among all who have entered, or, where these are more than it has
 * shares, among so many of them, by lot.
 */
export type Settlement = 'draw' | 'split'

/** A transfer. Amounts are in minor units of its asset. */
export interface Transfer {
  id: string
  asset: string
  amount: bigint
  remaining: bigint
  state: TransferState
  /** Here and in `recipient`: where that account has come into another one, it is that one. */
  fromAccount: string
  recipient: Recipient
  /** How many may collect, each once. */
  shares: number
  /** How often it got another code. */
  reissues: number
  /** How many have collected. */
  claimed: number
  /** Whether the shares are drawn; otherwise they are equal. */
  lucky: boolean
  settlement: Settlement | null
  /** Set where its shares are drawn, or who is paid: the SHA-256 of the seed, in hexadecimal digits. */
  seedHash: string | null
  /** Set where words open it, and its code doesn't: their hash, in hexadecimal digits. */
  phraseHash: string | null
  /** Whether they do so in its group alone. */
  phraseHere: boolean
  /** Whether its sender confirms each who wants to collect it. */
  confirms: boolean
  groupId: string | null
  /** The person who acted, where it is a group's money. */
  madeBy: string | null
  /** The payout that it is a part of. */
  payoutId: string | null
  /** The transfer that it is a refund of. */
  refundOf: string | null
  /** The ask that it answers. */
  askId: string | null
  /**
   * What must come first, until which nobody can collect: how many approvals its payout still lacks; 1 where it is given for a pool, for
   * the goal.
   */
  awaits: number
  note: string | null
  createdAt: Date
  expiresAt: Date
  closedAt: Date | null
}

/** A share that was paid out, in minor units. */
export interface Claim {
  account: string
  amount: bigint
  at: Date
}

/** Somebody who takes part in a transfer with a settlement: the first one to enter has turn 1. */
export interface Entrant {
  transferId: string
  account: string
  turn: number
}

/** A movement of money between an account and a transfer, in minor units: positive into the account. */
export interface Entry {
  transferId: string
  accountId: string
  kind: 'fund' | 'collect' | 'return'
  amount: bigint
  /** The state that the transfer has after it. */
  leaves: TransferState
  /** Of a collect: how often the transfer had got another code. It is none of one that has got another one since. */
  reissues?: number
}

/** What happens to a transfer by an entry: the outbox calls it so, too. */
export const eventOf = ({ kind, leaves }: Entry) =>
  kind === 'fund' ? 'created' : kind === 'collect' ? 'claimed' : (leaves as Closing)

/** What returns leaves one of these, which a check of the table says. */
type Closing = Exclude<TransferState, 'open' | 'collected'>

/** What a new transfer is made of; its id and code are made by the caller. */
export interface Draft {
  id: string
  /** In hexadecimal digits. */
  codeHash: string
  asset: Asset
  amount: bigint
  from: AccountRef
  recipient: Recipient<AccountRef>
  /** Where it is for those on a list: the ids of persons, and handles as `messenger:handle` in lower case. */
  listed?: { people: string[]; handles: string[] }
  /** One where it is left out. */
  shares?: number
  /** Whether the shares are drawn; equal where it is left out. */
  lucky?: boolean
  settlement?: Settlement
  /** What that is drawn from: 32 bytes in hexadecimal digits. Secret until the transfer is closed. */
  seed?: string
  /** What opens it in place of its code: the hash of the words, in hexadecimal digits, and whether they do so in its group alone. */
  phrase?: { hash: string; here: boolean }
  /** In seconds; its asset's where it is left out. */
  lifetime?: number
  groupId?: string
  limit?: Limit
  /** The person who acts, where it is a group's money. */
  madeBy?: string
  /** The payout that it is a part of: the id of the transfer stands there already. */
  payoutId?: string
  /** The transfer of which it gives back all that this has paid to `from`. */
  refundOf?: string
  /** The ask that it answers: the id of the transfer stands there already. */
  askId?: string
  note?: string
}

/** An ask, as the rules look at it. */
export interface Ask {
  expiresAt: Date
  endedAt: Date | null
  /** Set where anybody gives what they like, until that is as much as the goal. */
  pool: Pool | null
}

/** Amounts are in minor units. */
export interface Pool {
  goal: bigint
  /** What was given, and has not gone back. */
  given: bigint
  /** What was given waits for the goal. */
  waiting: Transfer[]
}

/**
 * What one sender may send in one group's books: since a moment, this transfer included, no more than `most`, in minor units. What
 * was cancelled, declined or returned meanwhile doesn't count.
 */
export interface Limit {
  since: Date
  most: bigint
}

/** What an operator has stopped a person from: sending, or collecting as well. What comes back to them still does. */
export type Hold = 'send' | 'all'

/** Names a transfer by its id, or by the hash of its code. */
export type Which = { id: string } | { codeHash: string }

/** Who acts: a person with their own money, or somebody for a group, with the group's. */
export interface Actor {
  owner: Owner
  /**
   * Their present handle, as `messenger:handle` in lower case; `null`: they have none; left out: the messenger hasn't reported
   * it, and an earlier one may be somebody else's by now.
   */
  handle?: string | null
  /** Whether they are among those in its group whom the transfer is for; left out: that wasn't asked, or nobody could tell. */
  isAmong?: boolean
  /** Whether the sender of a transfer that confirms has said yes to them: after what else it asks of who collects it was looked at. */
  isConfirmed?: boolean
  /** The codes of the assets that they may hold. */
  assets: ReadonlySet<string>
}

/** What the ledger can be asked to do. */
export type Command =
  | { do: 'create'; draft: Draft }
  /** Money in or out of circulation: funded and collected in one step, from or to the issuer. */
  | { do: 'issue'; draft: Draft; to: AccountRef }
  /** A transfer that is collected at once: to a group's treasury, to who asked for it, or back to whoever had sent it. */
  | { do: 'contribute'; draft: Draft; to: AccountRef }
  /** `phraseHash`: of the words that were typed, in hexadecimal digits. */
  | { do: 'collect'; which: Which; by: Actor; phraseHash?: string }
  | { do: 'cancel'; which: Which; by: Actor }
  | { do: 'decline'; which: Which; by: Actor }
  /** Its time ends so many seconds later: once. A batch of its own, so that its row is locked before any other. */
  | { do: 'extend'; which: { id: string }; by: Actor; seconds: number }
  /** It gets another code, for the `turn`th time. A batch of its own, too. */
  | { do: 'reissue'; which: { id: string }; by: Actor; turn: number; codeHash: string }
  /**
   * What is left goes back; where it has a settlement, who has entered is paid first: `settles` makes it a batch of its own, as these may be
   * many. `early`: the operator gives it back before its time.
   */
  | { do: 'return'; which: Which; early?: boolean; settles?: boolean }

/** Who sends or is paid by a command: those whose holds matter. */
export function ownersIn(command: Command): Owner[] {
  if ('draft' in command) {
    const { from } = command.draft
    return 'to' in command ? [from.owner, command.to.owner] : [from.owner]
  }
  return command.do === 'collect' ? [command.by.owner] : []
}
