import type { Sql } from 'postgres'
import type { AccountRef } from './accounts.ts'
import { type Draft, type Entrant, type Entry, eventOf, type Transfer } from './commands.ts'
import { hexArray, plainArray, type StoredRequest } from './rows.ts'
import type { LoadedTransfer } from './transfer-rows.ts'

/** What is to be written of a batch. */
export interface Writes {
  now: Date
  /** New transfers, open and full. */
  created: { transfer: Transfer; draft: Draft }[]
  /** Of new transfers whose shares are drawn: what remains after each claim. */
  draws: { transferId: string; seed: string; rests: bigint[] }[]
  entries: Entry[]
  /** Who takes part in transfers with a settlement from now on. */
  entrants: Entrant[]
  /** Transfers with their new end. */
  extended: Transfer[]
  /** Transfers with their new code. */
  reissued: LoadedTransfer[]
  requests: StoredRequest[]
  /** The asks that it answers, or takes from: a trigger changes their rows at the commit. */
  asks: Set<string>
  /** What tokens send, where that is limited for a day; amounts in minor units. */
  sentByTokens: { token: string; asset: string; amount: bigint; most: bigint }[]
}

/**
 * Writes everything that a batch decided in one statement, which is a transaction by itself.
 * @throws PostgresError of class 23 where the rows are no longer as they were when the batch was decided
 */
export async function write(sql: Sql, writes: Writes): Promise<void> {
  const parts = [
    ...(writes.created.length > 0 ? [sql`created as (${insertTransfers(sql, writes)})`] : []),
    ...(writes.sentByTokens.length > 0 ? [sql`counted as (${countSentByTokens(sql, writes)})`] : []),
    ...(writes.draws.length > 0 ? [sql`drawn as (${insertDraws(sql, writes)})`] : []),
    ...(writes.entries.length > 0 ? [sql`moved as (${insertEntries(sql, writes)})`] : []),
    ...(writes.entrants.length > 0 ? [sql`entered as (${insertEntrants(sql, writes)})`] : []),
    ...(writes.extended.length > 0 ? [sql`extended as (${insertExtensions(sql, writes)})`] : []),
    ...(writes.reissued.length > 0 ? [sql`reissued as (${insertReissues(sql, writes)})`] : []),
    ...(changesSomething(writes) ? [sql`happened as (${insertEvents(sql, writes)})`] : []),
    ...(writes.requests.length > 0 ? [sql`answered as (${insertRequests(sql, writes.requests)})`] : []),
  ]
  if (parts.length === 0) return
  // In a fixed order, and before anything else is locked, so that no two statements deadlock.
  const asked = sql`from (select from asks where id = any(${plainArray([...writes.asks])}::uuid[]) order by id for no key update) asked`
  await sql`with ${parts.reduce((all, part) => sql`${all}, ${part}`)} select ${writes.asks.size > 0 ? asked : sql``}`
}

/** Whether anything changes by it for those who look at a transfer. */
export const changesSomething = ({ entries, entrants, extended, reissued }: Writes): boolean =>
  entries.length + entrants.length + extended.length + reissued.length > 0

/** Opens the accounts that don't exist yet, with a balance of 0. Sorted by id, so that no two statements deadlock. */
export async function openAccounts(sql: Sql, accounts: AccountRef[]): Promise<void> {
  const sorted = accounts.toSorted((a, b) => compare(a.id, b.id))
  const ownedBy = (kind: 'person' | 'group') =>
    plainArray(sorted.map(({ owner }) => (owner.kind === kind ? owner.id : null)))
  await sql`
    insert into accounts (id, kind, person_id, group_id, asset)
    select * from unnest(${plainArray(sorted.map((a) => a.id))}::uuid[], ${plainArray(sorted.map((a) => a.owner.kind))}::account_kind[],
      ${ownedBy('person')}::uuid[], ${ownedBy('group')}::uuid[], ${sorted.map((a) => a.asset)}::text[])
    on conflict do nothing`
}

const insertTransfers = (sql: Sql, { created, now }: Writes) => {
  const rows = created.map((c) => c.transfer)
  const accounts = rows.map(({ recipient: to }) => (to.kind === 'account' ? to.account : null))
  const handles = rows.map(({ recipient: to }) => (to.kind === 'handle' ? to.handle : null))
  const many = rows.map(({ recipient: to }) =>
    to.kind === 'members' || to.kind === 'present' || to.kind === 'listed' ? to.kind : null,
  )
  const lists = rows.map(({ recipient: to }) => (to.kind === 'listed' ? to.list : null))
  const listed = created.map(({ draft }) => draft.listed ?? null)
  const limits = created.map(({ draft }) => draft.limit)
  const shares = rows.map((t) => (t.shares === 1 ? null : t.shares))
  const lucky = rows.map((t) => (t.lucky ? 'true' : null))
  return sql`
    insert into transfers (id, asset, amount, remaining, from_account, recipient, to_account, to_handle, list_name, list_people, list_handles, shares, lucky, settlement, seed_hash, phrase_hash,
      phrase_here, confirms, group_id, made_by, payout_id, refund_of, ask_id, limit_since, limit_most, note, code_hash, created_at, expires_at)
    select id, asset, amount, amount, from_account,
      case when to_account is not null then 'account' when to_handle is not null then 'handle' else coalesce(many, 'anyone') end::recipient_kind,
      to_account, to_handle, list_name, list_people::uuid[], list_handles::text[], coalesce(shares, 1), coalesce(lucky, false), settlement, seed_hash, phrase_hash, coalesce(phrase_here, false), coalesce(confirms, false), group_id, made_by, payout_id, refund_of, ask_id, limit_since, limit_most,
      note, code_hash,
      ${now.toISOString()}::timestamptz, ${now.toISOString()}::timestamptz + milliseconds * interval '1 millisecond'
    from unnest(
      ${plainArray(rows.map((t) => t.id))}::uuid[], ${rows.map((t) => t.asset)}::text[], ${plainArray(rows.map((t) => t.amount))}::numeric[],
      ${plainArray(rows.map((t) => t.fromAccount))}::uuid[], ${plainArray(emptyIfAllNull(accounts))}::uuid[],
      ${emptyIfAllNull(handles)}::text[], ${plainArray(emptyIfAllNull(many))}::text[], ${emptyIfAllNull(lists)}::text[],
      ${emptyIfAllNull(listed.map((one) => one && plainArray(one.people)))}::text[], ${emptyIfAllNull(listed.map((one) => one && textArray(one.handles)))}::text[], ${plainArray(emptyIfAllNull(shares))}::integer[],
      ${plainArray(emptyIfAllNull(lucky))}::boolean[], ${plainArray(emptyIfAllNull(rows.map((t) => t.settlement)))}::settlement[],
      ${hexArray(emptyIfAllNull(rows.map((t) => t.seedHash)))}::bytea[],
      ${hexArray(emptyIfAllNull(rows.map((t) => t.phraseHash)))}::bytea[],
      ${plainArray(emptyIfAllNull(rows.map((t) => (t.phraseHere ? 'true' : null))))}::boolean[],
      ${plainArray(emptyIfAllNull(rows.map((t) => (t.confirms ? 'true' : null))))}::boolean[],
      ${plainArray(emptyIfAllNull(rows.map((t) => t.groupId)))}::uuid[], ${plainArray(emptyIfAllNull(rows.map((t) => t.madeBy)))}::uuid[],
      ${plainArray(emptyIfAllNull(rows.map((t) => t.payoutId)))}::uuid[],
      ${plainArray(emptyIfAllNull(rows.map((t) => t.refundOf)))}::uuid[],
      ${plainArray(emptyIfAllNull(rows.map((t) => t.askId)))}::uuid[],
      ${emptyIfAllNull(limits.map((limit) => limit?.since.toISOString() ?? null))}::timestamptz[],
      ${plainArray(emptyIfAllNull(limits.map((limit) => limit?.most ?? null)))}::numeric[],
      ${emptyIfAllNull(rows.map((t) => t.note))}::text[],
      ${hexArray(created.map((c) => c.draft.codeHash))}::bytea[],
      ${plainArray(rows.map((t) => t.expiresAt.getTime() - now.getTime()))}::bigint[])
      as t (id, asset, amount, from_account, to_account, to_handle, many, list_name, list_people, list_handles, shares, lucky, settlement, seed_hash, phrase_hash, phrase_here, confirms, group_id, made_by,
        payout_id, refund_of, ask_id, limit_since,
        limit_most, note, code_hash, milliseconds)`
}

/** An array literal of Postgres, for any values. */
const textArray = (values: string[]) => `{${values.map((value) => JSON.stringify(value)).join()}}`

/** `unnest` fills up shorter arrays with nulls. */
const emptyIfAllNull = <T>(values: (T | null)[]) => (values.every((value) => value === null) ? [] : values)

/** A check of the table refuses more than the most of a day. In a fixed order, so that no two statements deadlock. */
const countSentByTokens = (sql: Sql, { sentByTokens: sent, now }: Writes) => sql`
  insert into token_days (token, day, asset, sent, most)
  select token, (${now.toISOString()}::timestamptz at time zone 'UTC')::date, asset, sum(amount), min(most)
  from unnest(${sent.map(({ token }) => token)}::text[], ${sent.map(({ asset }) => asset)}::text[],
    ${plainArray(sent.map(({ amount }) => amount))}::numeric[], ${plainArray(sent.map(({ most }) => most))}::numeric[])
    as sent (token, asset, amount, most)
  group by token, asset order by token, asset
  on conflict (token, day, asset) do update set sent = token_days.sent + excluded.sent, most = excluded.most`

const insertDraws = (sql: Sql, { draws }: Writes) => sql`
  insert into draws (transfer_id, seed, rests)
  select id, seed, rests::numeric[]
  from unnest(${plainArray(draws.map(({ transferId }) => transferId))}::uuid[], ${hexArray(draws.map(({ seed }) => seed))}::bytea[],
    ${draws.map(({ rests }) => plainArray(rests))}::text[]) as d (id, seed, rests)`

/** Sorted by transfer, so that no two statements deadlock. */
const insertEntries = (sql: Sql, { entries, now }: Writes) => {
  const sorted = entries.toSorted((a, b) => compare(a.transferId, b.transferId))
  return sql`
    insert into entries (transfer_id, account_id, kind, amount, leaves, reissues, at)
    select *, ${now.toISOString()}::timestamptz from unnest(
      ${plainArray(sorted.map((e) => e.transferId))}::uuid[], ${plainArray(sorted.map((e) => e.accountId))}::uuid[],
      ${plainArray(sorted.map((e) => e.kind))}::entry_kind[], ${plainArray(sorted.map((e) => e.amount))}::numeric[],
      ${plainArray(sorted.map((e) => e.leaves))}::transfer_state[],
      ${plainArray(emptyIfAllNull(sorted.map((e) => e.reissues || null)))}::integer[])`
}

/** Sorted by transfer, so that no two statements deadlock. */
const insertEntrants = (sql: Sql, { entrants, now }: Writes) => {
  const sorted = entrants.toSorted((a, b) => compare(a.transferId, b.transferId))
  return sql`
    insert into entrants (transfer_id, account_id, turn, at)
    select *, ${now.toISOString()}::timestamptz from unnest(${plainArray(sorted.map((e) => e.transferId))}::uuid[],
      ${plainArray(sorted.map((e) => e.account))}::uuid[], ${plainArray(sorted.map((e) => e.turn))}::integer[])`
}

const insertExtensions = (sql: Sql, { extended, now }: Writes) => sql`
  insert into extensions (transfer_id, expires_at, at)
  select *, ${now.toISOString()}::timestamptz from unnest(${plainArray(extended.map(({ id }) => id))}::uuid[],
    ${extended.map(({ expiresAt }) => expiresAt.toISOString())}::timestamptz[])`

const insertReissues = (sql: Sql, { reissued, now }: Writes) => sql`
  insert into reissues (transfer_id, turn, code_hash, at)
  select *, ${now.toISOString()}::timestamptz from unnest(${plainArray(reissued.map(({ id }) => id))}::uuid[],
    ${plainArray(reissued.map(({ reissues }) => reissues))}::integer[], ${hexArray(reissued.map(({ codeHash }) => codeHash))}::bytea[])`

/** The events for the outbox: one row for the whole batch, as a row for each event would cost much more. */
const insertEvents = (sql: Sql, { entries, entrants, extended, reissued }: Writes) => {
  // One for all who enter a transfer: what is shown is how many they are.
  const entered = [...new Set(entrants.map(({ transferId }) => transferId))]
  const moved = entries.map((e) => (e.kind === 'fund' ? null : e.accountId))
  const events = [
    ...entries.map(eventOf),
    ...entered.map(() => 'entered'),
    ...extended.map(() => 'extended'),
    ...reissued.map(() => 'reissued'),
  ]
  const changed = [...extended, ...reissued].map(({ id }) => id)
  const transfers = [...entries.map((e) => e.transferId), ...entered, ...changed]
  return sql`
    insert into outbox (events, transfers, accounts)
    values (${plainArray(events)}::outbox_event[], ${plainArray(transfers)}::uuid[],
      ${plainArray(emptyIfAllNull(moved))}::uuid[])`
}

const insertRequests = (sql: Sql, requests: StoredRequest[]) => {
  const sorted = requests.toSorted((a, b) => compare(a.client, b.client) || compare(a.key, b.key))
  return sql`
    insert into requests (client, key, fingerprint, answer)
    select client, key, fingerprint, answer::jsonb
    from unnest(${sorted.map((r) => r.client)}::text[], ${sorted.map((r) => r.key)}::text[],
      ${hexArray(sorted.map((r) => r.fingerprint))}::bytea[],
      ${sorted.map((r) => JSON.stringify(r.answer))}::text[])
      as r (client, key, fingerprint, answer)`
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)
