import type { TransactionSql } from 'postgres'
import type { AccountRef } from './accounts.ts'
import type { Draft, Entry, Transfer, TransferState } from './rules.ts'

/** A keyed request: the same key with the same content gets the first answer. */
export interface Request {
  client: string
  key: string
  fingerprint: Buffer
}

export type StoredAnswer =
  | { transfer: string }
  | { refusal: string; details: Record<string, string | number> }

export interface StoredRequest extends Request {
  answer: StoredAnswer
}

export async function findRequests(tx: TransactionSql, requests: Request[]): Promise<StoredRequest[]> {
  if (requests.length === 0) return []
  return tx<StoredRequest[]>`
    select r.client, r.key, r.fingerprint, r.answer
    from unnest(${requests.map((r) => r.client)}::text[], ${requests.map((r) => r.key)}::text[]) as asked (client, key)
    join requests r on r.client = asked.client and r.key = asked.key`
}

export type LoadedTransfer = Transfer & { codeHash: Buffer }

/**
 * The transfers that are meant, the open ones locked in id order until the transaction ends.
 * Closed ones never change again, so they are read without a lock: latecomers to a red-hot code cost no write.
 */
export async function loadTransfers(
  tx: TransactionSql,
  ids: string[],
  codeHashes: Buffer[],
): Promise<LoadedTransfer[]> {
  if (ids.length + codeHashes.length === 0) return []
  const [open, rest] = await Promise.all([
    tx<TransferRow[]>`
      select ${columns(tx)} from transfers t
      where (t.id = any(${ids}::uuid[]) or t.code_hash = any(${bytes(tx, codeHashes)})) and t.state = 'open'
      order by t.id for no key update`,
    // Its snapshot is taken after the locks: a row that closed while we waited is found here.
    tx<TransferRow[]>`
      select ${columns(tx)},
        (select e.account_id from entries e where e.transfer_id = t.id and e.kind = 'collect') as collected_by
      from transfers t
      where (t.id = any(${ids}::uuid[]) or t.code_hash = any(${bytes(tx, codeHashes)})) and t.state <> 'open'`,
  ])
  return [...open, ...rest].map(toTransfer)
}

/** Opens the accounts that aren't there yet. Ids in order, so that two batches never wait for each other in a ring. */
export async function openAccounts(tx: TransactionSql, accounts: AccountRef[]): Promise<void> {
  if (accounts.length === 0) return
  const sorted = accounts.toSorted((a, b) => (a.id < b.id ? -1 : 1))
  const person = (account: AccountRef) => (account.owner.kind === 'person' ? account.owner.person : null)
  await tx`
    insert into accounts (id, kind, person_id, asset)
    select * from unnest(${sorted.map((a) => a.id)}::uuid[], ${sorted.map((a) => a.owner.kind)}::account_kind[],
      ${sorted.map(person)}::uuid[], ${sorted.map((a) => a.asset)}::text[])
    on conflict do nothing`
}

export interface LockedAccount {
  id: string
  kind: 'person' | 'issuer'
  balance: bigint
}

/** Locks accounts in id order. */
export async function lockAccounts(tx: TransactionSql, ids: string[]): Promise<LockedAccount[]> {
  if (ids.length === 0) return []
  const rows = await tx<{ id: string; kind: LockedAccount['kind']; balance: string }[]>`
    select id, kind, balance from accounts where id = any(${ids}::uuid[]) order by id for no key update`
  return rows.map((row) => ({ ...row, balance: BigInt(row.balance) }))
}

/** The database's clock, to the millisecond. */
export async function readClock(tx: TransactionSql): Promise<Date> {
  const [row] = await tx<
    { ms: string }[]
  >`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as ms`
  return new Date(Number(row?.ms))
}

export interface Writes {
  now: Date
  created: { transfer: Transfer; draft: Draft }[]
  entries: Entry[]
  requests: StoredRequest[]
}

/** Everything that a batch decided, in one statement for each table; sent at once, answered together. */
export async function write(tx: TransactionSql, { now, created, entries, requests }: Writes): Promise<void> {
  const statements: Promise<unknown>[] = []
  if (created.length > 0) statements.push(insertTransfers(tx, created))
  if (entries.length > 0) statements.push(insertEntries(tx, entries, now))
  if (requests.length > 0) statements.push(insertRequests(tx, requests))
  await Promise.all(statements)
}

const insertTransfers = (tx: TransactionSql, created: Writes['created']) => {
  const rows = created.map((c) => c.transfer)
  return tx`
    insert into transfers (id, asset, amount, from_account, to_account, to_handle, group_id, note, code_hash, created_at, expires_at)
    select * from unnest(
      ${rows.map((t) => t.id)}::uuid[], ${rows.map((t) => t.asset)}::text[], ${rows.map((t) => String(t.amount))}::numeric[],
      ${rows.map((t) => t.fromAccount)}::uuid[], ${rows.map((t) => t.toAccount)}::uuid[], ${rows.map((t) => t.toHandle)}::text[],
      ${rows.map((t) => t.groupId)}::uuid[], ${rows.map((t) => t.note)}::text[], ${bytes(
        tx,
        created.map((c) => c.draft.codeHash),
      )},
      ${rows.map((t) => t.createdAt.toISOString())}::timestamptz[], ${rows.map((t) => t.expiresAt.toISOString())}::timestamptz[])`
}

const insertEntries = (tx: TransactionSql, entries: Entry[], now: Date) => tx`
  insert into entries (transfer_id, account_id, kind, amount, leaves, at)
  select *, ${now.toISOString()}::timestamptz from unnest(
    ${entries.map((e) => e.transferId)}::uuid[], ${entries.map((e) => e.accountId)}::uuid[],
    ${entries.map((e) => e.kind)}::entry_kind[], ${entries.map((e) => String(e.amount))}::numeric[],
    ${entries.map((e) => e.leaves)}::transfer_state[])`

const insertRequests = (tx: TransactionSql, requests: StoredRequest[]) => {
  const sorted = requests.toSorted((a, b) => (a.client + a.key < b.client + b.key ? -1 : 1))
  return tx`
    insert into requests (client, key, fingerprint, answer)
    select client, key, fingerprint, answer::jsonb
    from unnest(${sorted.map((r) => r.client)}::text[], ${sorted.map((r) => r.key)}::text[],
      ${bytes(
        tx,
        sorted.map((r) => r.fingerprint),
      )}, ${sorted.map((r) => JSON.stringify(r.answer))}::text[])
      as r (client, key, fingerprint, answer)`
}

/** The driver takes an array of buffers for one buffer unless it is told the type, `bytea[]`. */
const bytes = (tx: TransactionSql, buffers: Buffer[]) => tx.array(buffers, 1001)

interface TransferRow {
  id: string
  asset: string
  amount: string
  remaining: string
  state: TransferState
  from_account: string
  to_account: string | null
  to_handle: string | null
  group_id: string | null
  note: string | null
  code_hash: Buffer
  created_at: string
  expires_at: string
  closed_at: string | null
  collected_by?: string | null
}

const columns = (tx: TransactionSql) => tx`
  t.id, t.asset, t.amount, t.remaining, t.state, t.from_account, t.to_account, t.to_handle, t.group_id, t.note,
  t.code_hash, t.created_at, t.expires_at, t.closed_at`

const toTransfer = (row: TransferRow): LoadedTransfer => ({
  id: row.id,
  asset: row.asset,
  amount: BigInt(row.amount),
  remaining: BigInt(row.remaining),
  state: row.state,
  fromAccount: row.from_account,
  toAccount: row.to_account,
  toHandle: row.to_handle,
  groupId: row.group_id,
  note: row.note,
  createdAt: new Date(row.created_at),
  expiresAt: new Date(row.expires_at),
  closedAt: row.closed_at === null ? null : new Date(row.closed_at),
  collectedBy: row.collected_by ?? null,
  codeHash: row.code_hash,
})
