import type { Asset } from '../money/amount.ts'
import type { AccountRef, Owner } from './accounts.ts'

export type TransferState = 'open' | 'collected' | 'cancelled' | 'declined' | 'returned'

/**
 * Who may collect: anyone who has the code, the owner of an account, or a handle that was not met yet, as
 * `messenger:handle` in lower case.
 */
export type Recipient<Account = string> =
  | { kind: 'anyone' }
  | { kind: 'account'; account: Account }
  | { kind: 'handle'; handle: string }

export const ANYONE = { kind: 'anyone' } as const satisfies Recipient

/** A transfer as the ledger knows it. Amounts in minor units of its asset. */
export interface Transfer {
  id: string
  asset: string
  amount: bigint
  remaining: bigint
  state: TransferState
  fromAccount: string
  recipient: Recipient
  /** How many may collect, each once and in equal parts. */
  shares: number
  /** How many have collected. */
  claimed: number
  groupId: string | null
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
  recipient: Recipient<AccountRef>
  /** One where it is left out. */
  shares?: number
  groupId?: string
  note?: string
}

/** Which transfer is meant: by its id, or by the hash of the code that somebody showed. */
export type Which = { id: string } | { codeHash: string }

/** Who acts, and for whom: with their own money, or for a group with the group's. */
export interface Actor {
  owner: Owner
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
