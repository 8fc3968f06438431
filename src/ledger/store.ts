import type { Sql } from 'postgres'
import type { AccountRef } from './accounts.ts'
import type { Draft, Entry, Transfer, TransferState } from './rules.ts'

/** A keyed request: the same key with the same content gets the first answer. */
export interface Request {
  client: string
  key: string
  /** In hexadecimal digits. */
  fingerprint: string
  /** The fingerprint that an earlier version gave the same content. */
  former?(): string
}

export type StoredAnswer =
  | { transfer: string }
  | { refusal: string; details: Record<string, string | number> }

export interface StoredRequest extends Request {
  answer: StoredAnswer
}

export type LoadedTransfer = Transfer & { codeHash: string }

/** Rows that a batch looks at, named by their keys. */
export interface Wanted {
  transferIds: string[]
  codeHashes: string[]
  accountIds: string[]
  requests: Request[]
}

export interface Loaded {
  /** The database's clock, to the millisecond. */
  now: Date
  transfers: LoadedTransfer[]
  /** Minor units, for each account that is there. */
  balances: Map<string, bigint>
  requests: StoredRequest[]
}

/** Reads the rows as they stand, without a lock: whoever writes on the strength of them is checked by the database then. */
export async function load(sql: Sql, wanted: Wanted): Promise<Loaded> {
  const [requests, transfers, balances] = await Promise.all([
    findRequests(sql, wanted.requests),
    findTransfers(sql, wanted),
    findBalances(sql, wanted.accountIds),
  ])
  const some = transfers ?? balances
  if (!some) throw new Error('A batch that looks at nothing.')
  return { now: some.now, transfers: transfers?.rows ?? [], balances: new Map(balances?.rows), requests }
}

/** Opens the accounts that aren't there yet, empty. Ids in order, so that no two openings wait for each other in a ring. */
export async function openAccounts(sql: Sql, accounts: AccountRef[]): Promise<void> {
  const sorted = accounts.toSorted((a, b) => compare(a.id, b.id))
  const person = (account: AccountRef) => (account.owner.kind === 'person' ? account.owner.person : null)
  await sql`
    insert into accounts (id, kind, person_id, asset)
    select * from unnest(${plain(sorted.map((a) => a.id))}::uuid[], ${plain(sorted.map((a) => a.owner.kind))}::account_kind[],
      ${plain(sorted.map(person))}::uuid[], ${sorted.map((a) => a.asset)}::text[])
    on conflict do nothing`
}

export interface Writes {
  now: Date
  created: { transfer: Transfer; draft: Draft }[]
  entries: Entry[]
  /** Transfers that came to their end. */
  closed: string[]
  requests: StoredRequest[]
}

/**
 * Everything that a batch decided, in one statement, which is a transaction by itself: all of it happens, or nothing.
 * @throws PostgresError of class 23 where the rows are no longer as they were when the batch was decided
 */
export async function write(sql: Sql, writes: Writes): Promise<void> {
  const parts = [
    ...(writes.created.length > 0 ? [sql`created as (${insertTransfers(sql, writes)})`] : []),
    ...(writes.entries.length > 0
      ? [sql`moved as (${insertEntries(sql, writes)}), happened as (${insertEvents(sql)})`]
      : []),
    ...(writes.requests.length > 0 ? [sql`answered as (${insertRequests(sql, writes.requests)})`] : []),
  ]
  if (parts.length > 0) await sql`with ${parts.reduce((all, part) => sql`${all}, ${part}`)} select`
}

async function findRequests(sql: Sql, requests: Request[]): Promise<StoredRequest[]> {
  if (requests.length === 0) return []
  return sql<StoredRequest[]>`
    select r.client, r.key, encode(r.fingerprint, 'hex') as fingerprint, r.answer
    from unnest(${requests.map((r) => r.client)}::text[], ${requests.map((r) => r.key)}::text[]) as asked (client, key)
    join requests r on r.client = any (array[asked.client]) and r.key = any (array[asked.key])`
}

async function findTransfers(
  sql: Sql,
  wanted: Pick<Wanted, 'transferIds' | 'codeHashes'>,
): Promise<Found<LoadedTransfer> | undefined> {
  if (wanted.transferIds.length + wanted.codeHashes.length === 0) return undefined
  const rows = await sql<Clocked<TransferRow>[]>`
    select clock.now, t.id, t.asset, t.amount, t.remaining, t.state, t.from_account, t.to_account, t.to_handle, t.group_id,
      t.note, encode(t.code_hash, 'hex') as code_hash, t.created_at, t.expires_at, t.closed_at, case when t.state = 'collected' then
        (select e.account_id from entries e where e.transfer_id = t.id and e.kind = 'collect') end as collected_by
    from (${clock(sql)}) clock left join transfers t on ${named(sql, wanted)}`
  return found(rows, toTransfer)
}

/** By the one way or by the other, so that each is a plain look-up in its index. */
const named = (sql: Sql, { transferIds, codeHashes }: Pick<Wanted, 'transferIds' | 'codeHashes'>) => {
  const byId = sql`t.id = any(${plain(transferIds)}::uuid[])`
  const byCode = sql`t.code_hash = any(${hex(codeHashes)}::bytea[])`
  if (codeHashes.length === 0) return byId
  return transferIds.length === 0 ? byCode : sql`(${byId} or ${byCode})`
}

async function findBalances(
  sql: Sql,
  accountIds: string[],
): Promise<Found<[id: string, balance: bigint]> | undefined> {
  if (accountIds.length === 0) return undefined
  const rows = await sql<Clocked<{ id: string; balance: string }>[]>`
    select clock.now, a.id, a.balance
    from (${clock(sql)}) clock left join accounts a on a.id = any(${plain(accountIds)}::uuid[])`
  return found(rows, (row) => [row.id, BigInt(row.balance)])
}

/** What was found, and when: the time comes along with the rows, for the price of no question of its own. */
interface Found<T> {
  now: Date
  rows: T[]
}

/** Each row with the time; or the time alone, where no row is there. */
type Clocked<Row> = { now: string } & (Row | { id: null })

const clock = (sql: Sql) => sql`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now`

const found = <Row extends { id: string }, T>(rows: Clocked<Row>[], read: (row: Row) => T): Found<T> => ({
  now: new Date(Number(rows[0]?.now)),
  rows: rows.flatMap((row) => (row.id === null ? [] : [read(row as Row)])),
})

const insertTransfers = (sql: Sql, { created, now }: Writes) => {
  const rows = created.map((c) => c.transfer)
  return sql`
    insert into transfers (id, asset, amount, remaining, from_account, to_account, to_handle, group_id, note, code_hash,
      created_at, expires_at)
    select id, asset, amount, amount, from_account, to_account, to_handle, group_id, note, code_hash,
      ${now.toISOString()}::timestamptz, ${now.toISOString()}::timestamptz + milliseconds * interval '1 millisecond'
    from unnest(
      ${plain(rows.map((t) => t.id))}::uuid[], ${rows.map((t) => t.asset)}::text[], ${plain(rows.map((t) => t.amount))}::numeric[],
      ${plain(rows.map((t) => t.fromAccount))}::uuid[], ${plain(emptyIfAllNull(rows.map((t) => t.toAccount)))}::uuid[],
      ${emptyIfAllNull(rows.map((t) => t.toHandle))}::text[], ${plain(emptyIfAllNull(rows.map((t) => t.groupId)))}::uuid[],
      ${emptyIfAllNull(rows.map((t) => t.note))}::text[], ${hex(created.map((c) => c.draft.codeHash))}::bytea[],
      ${plain(rows.map((t) => t.expiresAt.getTime() - now.getTime()))}::bigint[])
      as t (id, asset, amount, from_account, to_account, to_handle, group_id, note, code_hash, milliseconds)`
}

/** `unnest` fills up a shorter list with nulls. */
const emptyIfAllNull = (values: (string | null)[]) => (values.every((value) => value === null) ? [] : values)

/** In the order of the transfers, as all that statements may wait for each other at is taken in one order. */
const insertEntries = (sql: Sql, { entries, now }: Writes) => {
  const sorted = entries.toSorted((a, b) => compare(a.transferId, b.transferId))
  return sql`
    insert into entries (transfer_id, account_id, kind, amount, leaves, at)
    select *, ${now.toISOString()}::timestamptz from unnest(
      ${plain(sorted.map((e) => e.transferId))}::uuid[], ${plain(sorted.map((e) => e.accountId))}::uuid[],
      ${plain(sorted.map((e) => e.kind))}::entry_kind[], ${plain(sorted.map((e) => e.amount))}::numeric[],
      ${plain(sorted.map((e) => e.leaves))}::transfer_state[])
    returning id, transfer_id, account_id, kind, leaves`
}

/** What happened, for whoever must be told: one row for the whole batch, as a row for each event would cost much more. */
const insertEvents = (sql: Sql) => sql`
  insert into outbox (events, transfers, entries, accounts)
  select array_agg(case when kind = 'fund' then 'created'::outbox_event when kind = 'collect' then 'claimed'
      when leaves = 'cancelled' then 'cancelled' when leaves = 'declined' then 'declined' else 'returned' end),
    array_agg(transfer_id), array_agg(id), array_agg(account_id)
  from moved`

const insertRequests = (sql: Sql, requests: StoredRequest[]) => {
  const sorted = requests.toSorted((a, b) => compare(a.client, b.client) || compare(a.key, b.key))
  return sql`
    insert into requests (client, key, fingerprint, answer)
    select client, key, fingerprint, answer::jsonb
    from unnest(${sorted.map((r) => r.client)}::text[], ${sorted.map((r) => r.key)}::text[],
      ${hex(sorted.map((r) => r.fingerprint))}::bytea[],
      ${sorted.map((r) => JSON.stringify(r.answer))}::text[])
      as r (client, key, fingerprint, answer)`
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

/** An array of what needs no quotes, as Postgres writes it: the driver would look at each for what it must escape. */
const plain = (values: (string | bigint | number | null)[]) =>
  `{${values.map((value) => value ?? 'null').join()}}`

const hex = (values: string[]) => `{${values.map((digits) => `"\\\\x${digits}"`).join()}}`

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
  code_hash: string
  created_at: string
  expires_at: string
  closed_at: string | null
  collected_by: string | null
}

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
  collectedBy: row.collected_by,
  codeHash: row.code_hash,
})
