import { sql as drizzled, getTableColumns } from 'drizzle-orm'
import type { Sql } from 'postgres'
import { payouts, transfers } from '../../db/schema.ts'
import type { Recipient, Settlement, Transfer, TransferState } from './commands.ts'

/** A transfer with the hash of its code, in hexadecimal digits. */
export type LoadedTransfer = Transfer & { codeHash: string }

/** The columns of `transfers t` that `toTransfer` reads. An account that has come into another one is that one. */
export const transferColumns = (sql: Sql) => sql`
  t.id, t.asset, t.amount, t.remaining, t.state,
  coalesce((select a.merged_into from accounts a where a.id = t.from_account), t.from_account) as from_account, t.recipient, t.list_name,
  coalesce((select a.merged_into from accounts a where a.id = t.to_account), t.to_account) as to_account, t.to_handle, t.shares, t.reissues, t.claimed, t.lucky, t.settlement,
  encode(t.seed_hash, 'hex') as seed_hash, encode(t.phrase_hash, 'hex') as phrase_hash, t.phrase_here, t.confirms,
  t.group_id, t.made_by, t.payout_id, t.refund_of, t.ask_id, t.note,
  case when t.payout_id is not null then (select p.approvals - p.approved from payouts p where p.id = t.payout_id)
    when t.ask_id is not null then 1 end as awaits,
  encode(t.code_hash, 'hex') as code_hash, t.created_at, t.expires_at, t.closed_at`

/** A row of them. */
export interface TransferRow {
  id: string
  asset: string
  amount: string
  remaining: string
  state: TransferState
  from_account: string
  recipient: Recipient['kind']
  to_account: string | null
  to_handle: string | null
  list_name: string | null
  shares: number
  reissues: number
  claimed: number
  lucky: boolean
  settlement: Settlement | null
  seed_hash: string | null
  phrase_hash: string | null
  phrase_here: boolean
  confirms: boolean
  group_id: string | null
  made_by: string | null
  payout_id: string | null
  refund_of: string | null
  ask_id: string | null
  awaits: number | null
  note: string | null
  code_hash: string
  created_at: string
  expires_at: string
  closed_at: string | null
}

/** A transfer from such a row. */
export const toTransfer = (row: TransferRow): LoadedTransfer => ({
  id: row.id,
  asset: row.asset,
  amount: BigInt(row.amount),
  remaining: BigInt(row.remaining),
  state: row.state,
  fromAccount: row.from_account,
  recipient: recipientOf(row),
  shares: row.shares,
  reissues: row.reissues,
  claimed: row.claimed,
  lucky: row.lucky,
  settlement: row.settlement,
  seedHash: row.seed_hash,
  phraseHash: row.phrase_hash,
  phraseHere: row.phrase_here,
  confirms: row.confirms,
  groupId: row.group_id,
  madeBy: row.made_by,
  payoutId: row.payout_id,
  refundOf: row.refund_of,
  askId: row.ask_id,
  awaits: row.awaits ?? 0,
  note: row.note,
  createdAt: new Date(row.created_at),
  expiresAt: new Date(row.expires_at),
  closedAt: row.closed_at === null ? null : new Date(row.closed_at),
  codeHash: row.code_hash,
})

const {
  limitSince: _since,
  limitMost: _most,
  listPeople: _people,
  listHandles: _handles,
  ...columns
} = getTableColumns(transfers)

/** What drizzle has to select from `transfers` for `fromTable`. */
export const TRANSFER_COLUMNS = {
  ...columns,
  fromAccount: drizzled<string>`coalesce((select a.merged_into from accounts a where a.id = ${transfers}.from_account), ${transfers}.from_account)`,
  toAccount: drizzled<
    string | null
  >`coalesce((select a.merged_into from accounts a where a.id = ${transfers}.to_account), ${transfers}.to_account)`,
  awaits: drizzled<number>`case when ${transfers}.ask_id is not null then 1 when ${transfers}.payout_id is null then 0
    else (select p.approvals - p.approved from ${payouts} p where p.id = ${transfers}.payout_id) end`,
}

type SelectedTransfer = Omit<
  typeof transfers.$inferSelect,
  'limitSince' | 'limitMost' | 'listPeople' | 'listHandles'
> & { awaits: number }

/** A transfer from a row that drizzle has read. */
export const fromTable = ({
  recipient,
  toAccount,
  toHandle,
  listName,
  ...row
}: SelectedTransfer): LoadedTransfer => ({
  ...row,
  recipient: toRecipient({ kind: recipient, account: toAccount, handle: toHandle, list: listName }),
})

/** The recipient of such a row. */
export const recipientOf = (
  row: Pick<TransferRow, 'recipient' | 'to_account' | 'to_handle' | 'list_name'>,
): Recipient =>
  toRecipient({ kind: row.recipient, account: row.to_account, handle: row.to_handle, list: row.list_name })

/** The recipient from its columns. A check of the table makes sure that those of its kind are set, and no others. */
function toRecipient(stored: {
  kind: Recipient['kind']
  account: string | null
  handle: string | null
  list: string | null
}): Recipient {
  const { kind, account, handle, list } = stored
  switch (kind) {
    case 'anyone':
      return { kind }
    case 'account':
      return { kind, account: account as string }
    case 'handle':
      return { kind, handle: handle as string }
    case 'members':
    case 'present':
      return { kind }
    case 'listed':
      return { kind, list: list as string }
  }
}

/** The order in which the entrants of a transfer are drawn, as `drawnOrder` puts them: of rows `n` of `entrants` with their `d` of `draws`. */
export const DRAWN_ORDER = drizzled`sha256(d.seed || 'turn'::bytea || int4send(n.turn))`
