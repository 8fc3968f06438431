import type { Sql } from 'postgres'
import { isForSeveral } from '../shared/shares.ts'
import { accountOf, type Owner } from './accounts.ts'
import type { Ask, Claim, Draft, Entry, Hold, Transfer, Which } from './commands.ts'
import type { Settling } from './rules.ts'
import { type LoadedTransfer, type TransferRow, toTransfer, transferColumns } from './transfer-rows.ts'

/** An idempotency key with the fingerprint of the request: the same key with the same content gets the first answer. */
export interface Request {
  client: string
  key: string
  /** In hexadecimal digits. */
  fingerprint: string
  /** The fingerprint that an earlier version gave the same content. */
  former?(): string
}

/** The answer to a request, as it is stored: a transfer's id, or a refusal's code and details. */
export type StoredAnswer =
  | { transfer: string }
  | { refusal: string; details: Record<string, string | number> }

/** A request that was answered. */
export interface StoredRequest extends Request {
  answer: StoredAnswer
}

/** The keys of the rows that a batch looks at. */
export interface Wanted {
  transferIds: string[]
  codeHashes: string[]
  accountIds: string[]
  /** Persons whose holds matter. */
  people: string[]
  /** Drafts with a limit. */
  limited: Draft[]
  /** Names of tokens with a limit for a day. */
  tokens: string[]
  payoutIds: string[]
  /** Transfers that are to have more time. */
  extending: string[]
  /** Who gives back what which transfer has paid them. */
  refunding: { transfer: string; account: string }[]
  askIds: string[]
  /** Hashes of the words that are to open new transfers. */
  phrases: string[]
  /** Draws that are known, and need not be read. */
  draws: { get(transfer: string): Rests | undefined }
  requests: Request[]
  /** Owners for whom to look up whether a transfer has paid them, or they have entered it. */
  collectors: { which: Which; owner: Owner; handle?: string | null | undefined }[]
  /** Whether transfers are returned: then also who has entered those that have a settlement. */
  returning: boolean
}

/** For those who look at little of all that. */
export const WANTED_NOTHING: Wanted = {
  transferIds: [],
  codeHashes: [],
  accountIds: [],
  people: [],
  limited: [],
  tokens: [],
  payoutIds: [],
  extending: [],
  refunding: [],
  askIds: [],
  phrases: [],
  draws: new Map(),
  requests: [],
  collectors: [],
  returning: false,
}

/** The rows that a batch looks at. */
export interface Loaded {
  /** The database's clock, to the millisecond. */
  now: Date
  transfers: LoadedTransfer[]
  /** Minor units, by account id, for each account that is open. */
  balances: Map<string, bigint>
  /** By person, of those who have one. */
  holds: ReadonlyMap<string, Hold>
  /** By draft: the groups of its books, and what its sender has sent there since its limit's beginning. */
  sent: ReadonlyMap<string, Sent>
  /** What tokens with a limit for a day have sent on this one, by `tokenKey`. */
  sentToday: ReadonlyMap<string, bigint>
  /** How many approvals payouts still lack, by id. */
  awaits: ReadonlyMap<string, number>
  /** Transfers that had more time already. */
  extended: ReadonlySet<string>
  /** What was given back already, by `claimKey`. */
  refunded: ReadonlySet<string>
  /** By id. */
  asks: ReadonlyMap<string, Ask>
  /** Those that open a transfer already. */
  phrases: ReadonlySet<string>
  /** Of the transfers whose shares are drawn, by id, where somebody collects of them. */
  draws: ReadonlyMap<string, Rests>
  requests: StoredRequest[]
  /** What transfers have paid to the collectors, or to those who were one person with them, by `claimKey`. */
  claims: ReadonlyMap<string, Claim>
  /** In which turns the collectors, or those who were one person with them, have entered transfers, by `claimKey`. */
  turns: ReadonlyMap<string, number>
  /** How many have entered transfers of which somebody collects, by id. */
  entered: ReadonlyMap<string, number>
  /** Of transfers that are returned, where they have a settlement, by id. */
  settling: ReadonlyMap<string, Settling>
  /** Which transfers are for a list on which the collectors are, by `claimKey`. Nothing else remembers it. */
  listed: ReadonlySet<string>
  /** Which transfers were sent by the collectors, or by those who were one person with them, by `claimKey`. */
  own: ReadonlySet<string>
}

/** What remains of a transfer after each claim, in minor units. It never changes. */
export type Rests = readonly bigint[]

interface Sent {
  groups: ReadonlySet<string>
  amount: bigint
}

/** The key of a claim in a map. */
export const claimKey = (transferId: string, accountId: string) => `${transferId} ${accountId}`

/** The key of what a token has sent of an asset. */
export const tokenKey = (token: string, asset: string) => `${token} ${asset}`

/** Reads the rows as they are, without a lock: the database checks the writes that are based on them. */
export async function loadRows(sql: Sql, wanted: Wanted): Promise<Loaded> {
  const [requests, transfers, balances, holds, sent, awaits, extended, refunded, asked, phrases, sentToday] =
    await Promise.all([
      findRequests(sql, wanted.requests),
      findTransfers(sql, wanted),
      findBalances(sql, wanted.accountIds),
      findHolds(sql, wanted.people),
      findSent(sql, wanted.limited),
      findAwaits(sql, wanted.payoutIds),
      findExtended(sql, wanted.extending),
      findRefunded(sql, wanted.refunding),
      findAsks(sql, wanted.askIds),
      findPhrases(sql, wanted.phrases),
      findSentToday(sql, wanted.tokens),
    ])
  const some = transfers ?? balances
  if (!some) throw new Error('A batch that looks at nothing.')
  const rows = [...(transfers?.rows ?? []), ...asked.waiting]
  const [draws, { claims, own }, { turns, entered }, listed, settling] = await Promise.all([
    findDraws(sql, rows, wanted),
    findClaims(sql, rows, wanted.collectors),
    findTurns(sql, rows, wanted.collectors),
    findListed(sql, rows, wanted.collectors),
    findSettling(sql, wanted.returning ? rows : []),
  ])
  return {
    now: some.now,
    transfers: rows,
    balances: new Map(balances?.rows),
    holds,
    sent,
    sentToday,
    awaits,
    extended,
    refunded,
    asks: asked.asks,
    phrases,
    draws,
    requests,
    claims,
    turns,
    entered,
    settling,
    listed,
    own,
  }
}

/** Finds loaded transfers by their ids and by the hashes of their codes. */
export function transferIndex<T extends Transfer>(
  loaded: readonly (T & { codeHash: string })[],
): { find(which: Which): T | undefined; all(): T[]; put(transfer: T): void } {
  const byId = new Map<string, T>(loaded.map((transfer) => [transfer.id, transfer]))
  const idByHash = new Map(loaded.map((transfer) => [transfer.codeHash, transfer.id]))
  return {
    find: (which) => byId.get('id' in which ? which.id : (idByHash.get(which.codeHash) ?? '')),
    all: () => [...byId.values()],
    put: (transfer) => void byId.set(transfer.id, transfer),
  }
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
    select clock.now, ${transferColumns(sql)}
    from (${clock(sql)}) clock left join transfers t on ${named(sql, wanted)}`
  return found(rows, toTransfer)
}

/** Only the conditions that are needed, so that each is a plain look-up in its index. */
const named = (sql: Sql, { transferIds, codeHashes }: Pick<Wanted, 'transferIds' | 'codeHashes'>) => {
  const byId = sql`t.id = any(${plainArray(transferIds)}::uuid[])`
  const byCode = sql`t.code_hash = any(${hexArray(codeHashes)}::bytea[])`
  if (codeHashes.length === 0) return byId
  return transferIds.length === 0 ? byCode : sql`(${byId} or ${byCode})`
}

/** Locks transfers until the transaction ends: whoever else wants to write them waits, and what is read of them then holds. */
export const lockTransfers = (sql: Sql, ids: string[]) =>
  sql`select from transfers where id = any(${plainArray(ids)}::uuid[]) order by id for no key update`

async function findBalances(
  sql: Sql,
  accountIds: string[],
): Promise<Found<[id: string, balance: bigint]> | undefined> {
  if (accountIds.length === 0) return undefined
  const rows = await sql<Clocked<{ id: string; balance: string }>[]>`
    select clock.now, a.id, a.balance
    from (${clock(sql)}) clock left join accounts a on a.id = any(${plainArray(accountIds)}::uuid[])`
  return found(rows, (row) => [row.id, BigInt(row.balance)])
}

async function findHolds(sql: Sql, people: string[]): Promise<Map<string, Hold>> {
  if (people.length === 0) return new Map()
  const rows = await sql<{ id: string; hold: Hold }[]>`
    select id, hold from people where id = any(${plainArray(people)}::uuid[]) and hold is not null`
  return new Map(rows.map(({ id, hold }) => [id, hold]))
}

async function findSent(sql: Sql, drafts: Draft[]): Promise<Map<string, Sent>> {
  if (drafts.length === 0) return new Map()
  const rows = await sql<{ id: string; groups: string[]; amount: string }[]>`
    select id, array(select books_of(in_group))::text[] as groups, sent_since(since, in_group, account) as amount
    from unnest(${plainArray(drafts.map(({ id }) => id))}::uuid[], ${plainArray(drafts.map(({ groupId = null }) => groupId))}::uuid[],
      ${plainArray(drafts.map(({ from }) => from.id))}::uuid[],
      ${drafts.map(({ limit }) => limit?.since.toISOString() ?? null)}::timestamptz[])
      as asked (id, in_group, account, since)`
  return new Map(
    rows.map(({ id, groups, amount }) => [id, { groups: new Set(groups), amount: BigInt(amount) }]),
  )
}

async function findSentToday(sql: Sql, tokens: string[]): Promise<Map<string, bigint>> {
  if (tokens.length === 0) return new Map()
  const rows = await sql<{ token: string; asset: string; sent: string }[]>`
    select token, asset, sent from token_days
    where token = any(${tokens}::text[]) and day = (clock_timestamp() at time zone 'UTC')::date`
  return new Map(rows.map(({ token, asset, sent }) => [tokenKey(token, asset), BigInt(sent)]))
}

async function findAwaits(sql: Sql, payoutIds: string[]): Promise<Map<string, number>> {
  if (payoutIds.length === 0) return new Map()
  const rows = await sql<{ id: string; awaits: number }[]>`
    select id, approvals - approved as awaits from payouts where id = any(${plainArray(payoutIds)}::uuid[])`
  return new Map(rows.map(({ id, awaits }) => [id, awaits]))
}

async function findExtended(sql: Sql, transferIds: string[]): Promise<Set<string>> {
  if (transferIds.length === 0) return new Set()
  const rows = await sql<{ id: string }[]>`
    select transfer_id as id from extensions where transfer_id = any(${plainArray(transferIds)}::uuid[])`
  return new Set(rows.map(({ id }) => id))
}

async function findRefunded(sql: Sql, asked: Wanted['refunding']): Promise<Set<string>> {
  if (asked.length === 0) return new Set()
  const rows = await sql<{ transfer: string; account: string }[]>`
    select t.refund_of as transfer, asked.account
    from unnest(${plainArray(asked.map((one) => one.transfer))}::uuid[], ${plainArray(asked.map((one) => one.account))}::uuid[])
      as asked (transfer, account)
    join transfers t on t.refund_of = any (array[asked.transfer])
    join accounts a on a.id = any (array[t.from_account]) and coalesce(a.merged_into, a.id) = asked.account`
  return new Set(rows.map(({ transfer, account }) => claimKey(transfer, account)))
}

/** Asks, and what waits for the goals of pools among them: in one query, so that the two fit. */
async function findAsks(
  sql: Sql,
  askIds: string[],
): Promise<{ asks: Map<string, Ask>; waiting: LoadedTransfer[] }> {
  if (askIds.length === 0) return { asks: new Map(), waiting: [] }
  const rows = await sql<(TransferRow & AskRow)[]>`
    select a.id as ask, a.kind = 'pool' as is_pool, a.total, a.paid, a.expires_at as ends_at, a.ended_at, ${transferColumns(sql)}
    from asks a left join transfers t on t.ask_id = a.id and t.state = 'open'
    where a.id = any(${plainArray(askIds)}::uuid[])`
  const waiting = rows.flatMap((row) => ((row.id as string | null) === null ? [] : toTransfer(row)))
  const asks = rows.map(({ ask: id, is_pool, total, paid, ends_at, ended_at }): [string, Ask] => [
    id,
    {
      expiresAt: new Date(ends_at),
      endedAt: ended_at === null ? null : new Date(ended_at),
      pool: is_pool
        ? {
            goal: BigInt(total),
            given: BigInt(paid),
            waiting: waiting.filter(({ askId }) => askId === id),
          }
        : null,
    },
  ])
  return { asks: new Map(asks), waiting }
}

interface AskRow {
  ask: string
  is_pool: boolean
  total: string
  paid: string
  ends_at: string
  ended_at: string | null
}

async function findPhrases(sql: Sql, hashes: string[]): Promise<Set<string>> {
  if (hashes.length === 0) return new Set()
  const rows = await sql<{ hash: string }[]>`
    select encode(phrase_hash, 'hex') as hash from transfers
    where phrase_hash = any(${hexArray(hashes)}::bytea[]) and state = 'open' and clock_timestamp() < expires_at`
  return new Set(rows.map(({ hash }) => hash))
}

/** Asks only about open transfers whose shares are drawn, and of which somebody collects. */
async function findDraws(
  sql: Sql,
  transfers: LoadedTransfer[],
  { draws, collectors }: Wanted,
): Promise<Map<string, Rests>> {
  const drawn = new Map(
    transfers.flatMap(({ id, state, lucky, settlement }) =>
      lucky && !settlement && state === 'open' && collectors.length > 0 ? [[id, draws.get(id)]] : [],
    ),
  )
  const unknown = [...drawn].flatMap(([id, rests]) => (rests ? [] : id))
  if (unknown.length > 0) {
    const rows = await sql<{ id: string; rests: string[] }[]>`
      select transfer_id as id, rests::text[] as rests from draws where transfer_id = any(${plainArray(unknown)}::uuid[])`
    for (const { id, rests } of rows) drawn.set(id, rests.map(BigInt))
  }
  return drawn as Map<string, Rests>
}

/**
 * Asks only about transfers of several shares, and those that have paid somebody. Those who were ever linked count as one: of them
 * somebody may have sent it, or have a share.
 */
async function findClaims(
  sql: Sql,
  transfers: LoadedTransfer[],
  collectors: Wanted['collectors'],
): Promise<Pick<Loaded, 'claims' | 'own'>> {
  const asked = askedOf(transfers, collectors, (one) => one.claimed > 0 || isForSeveral(one))
  if (asked.length === 0) return { claims: new Map(), own: new Set() }
  const rows = await sql<
    { transfer: string; account: string; kind: Entry['kind']; amount: string; at: string }[]
  >`
    select asked.transfer, asked.account, e.kind, e.amount, e.at
    from ${withKin(sql, asked)}
    join entries e on e.transfer_id = any (array[asked.transfer]) and e.account_id = any (array[own.id])
      and e.kind in ('collect', 'fund')`
  const { collect = [], fund = [] } = Object.groupBy(rows, ({ kind }) => kind)
  return {
    claims: new Map(
      collect.map(({ transfer, account, amount, at }) => [
        claimKey(transfer, account),
        { account, amount: BigInt(amount), at: new Date(at) },
      ]),
    ),
    own: new Set(fund.map(({ transfer, account }) => claimKey(transfer, account))),
  }
}

/** Which collectors are on the lists that transfers are for: somebody who is named, or has become one with who was; or by their handle. */
async function findListed(
  sql: Sql,
  transfers: LoadedTransfer[],
  collectors: Wanted['collectors'],
): Promise<Set<string>> {
  const asked = askedOf(transfers, collectors, ({ recipient }) => recipient.kind === 'listed')
  if (asked.length === 0) return new Set()
  const rows = await sql<{ transfer: string; account: string }[]>`
    select asked.transfer, asked.account
    from unnest(${plainArray(asked.map((one) => one.transfer))}::uuid[], ${plainArray(asked.map((one) => one.account))}::uuid[],
      ${plainArray(asked.map((one) => one.person))}::uuid[], ${asked.map((one) => one.handle)}::text[]) as asked (transfer, account, person, handle)
    join transfers t on t.id = any (array[asked.transfer])
    where asked.handle = any (t.list_handles)
      or exists (select from people p where p.id = any (t.list_people) and coalesce(p.merged_into, p.id) = asked.person)`
  return new Set(rows.map(({ transfer, account }) => claimKey(transfer, account)))
}

/** In which turns collectors have entered transfers with a settlement, and how many have. */
async function findTurns(
  sql: Sql,
  transfers: LoadedTransfer[],
  collectors: Wanted['collectors'],
): Promise<Pick<Loaded, 'turns' | 'entered'>> {
  const asked = askedOf(transfers, collectors, ({ settlement }) => settlement !== null)
  if (asked.length === 0) return { turns: new Map(), entered: new Map() }
  const [turns, entered] = await Promise.all([
    sql<{ transfer: string; account: string; turn: number }[]>`
      select asked.transfer, asked.account, e.turn
      from ${withKin(sql, asked)}
      join entrants e on e.transfer_id = any (array[asked.transfer]) and e.account_id = any (array[own.id])`,
    sql<{ id: string; entered: number }[]>`
      select id, (select max(turn) from entrants where transfer_id = id) as entered
      from unnest(${plainArray([...new Set(asked.map((one) => one.transfer))])}::uuid[]) as asked (id)`,
  ])
  return {
    turns: new Map(turns.map(({ transfer, account, turn }) => [claimKey(transfer, account), turn])),
    entered: new Map(entered.map(({ id, entered }) => [id, entered ?? 0])),
  }
}

/** What open transfers are settled by, of those that have a settlement. */
async function findSettling(sql: Sql, transfers: LoadedTransfer[]): Promise<Map<string, Settling>> {
  const ids = transfers.flatMap(({ id, state, settlement }) => (settlement && state === 'open' ? id : []))
  if (ids.length === 0) return new Map()
  const rows = await sql<
    { id: string; seed: string; account: string | null; kin: string; is_payable: boolean }[]
  >`
    select d.transfer_id as id, encode(d.seed, 'hex') as seed, coalesce(a.merged_into, a.id) as account, coalesce(a.kin, a.id) as kin,
      coalesce(n.hold is distinct from 'all' and coalesce(s.merged_into, s.id) <> n.id and (s.kin <> n.kin) is not false, false) as is_payable
    from draws d
    join transfers t on t.id = d.transfer_id
    join accounts s on s.id = t.from_account
    left join entrants e on e.transfer_id = d.transfer_id
    left join accounts a on a.id = e.account_id
    left join accounts n on n.id = coalesce(a.merged_into, a.id)
    where d.transfer_id = any(${plainArray(ids)}::uuid[])
    order by e.transfer_id, e.turn`
  return new Map(
    [...Map.groupBy(rows, ({ id }) => id)].map(([id, some]) => [
      id,
      {
        seed: some[0]?.seed as string,
        entrants: some.flatMap(({ account, kin, is_payable: isPayable }) =>
          account === null ? [] : { account, kin, isPayable },
        ),
      },
    ]),
  )
}

/** Who collects of those transfers that meet a condition. */
function askedOf(
  transfers: LoadedTransfer[],
  collectors: Wanted['collectors'],
  isAsked: (transfer: Transfer) => boolean,
): { transfer: string; account: string; person: string | null; handle: string | null }[] {
  const { find } = transferIndex(transfers)
  return collectors.flatMap(({ which, owner, handle = null }) => {
    const transfer = find(which)
    return transfer && isAsked(transfer)
      ? {
          transfer: transfer.id,
          account: accountOf(owner, transfer.asset).id,
          person: owner.kind === 'person' ? owner.id : null,
          handle,
        }
      : []
  })
}

/** Transfers with an account, and with those of all who were ever one person with its owner. */
const withKin = (sql: Sql, asked: { transfer: string; account: string; person: string | null }[]) => sql`
  unnest(${plainArray(asked.map((one) => one.transfer))}::uuid[], ${plainArray(asked.map((one) => one.account))}::uuid[],
    ${plainArray(asked.map((one) => one.person))}::uuid[]) as asked (transfer, account, person)
  cross join lateral (
    select asked.account as id
    union all
    select k.id from people p join accounts k on k.kin = p.kin and k.id <> asked.account where p.id = any (array[asked.person])
  ) own`

/** Rows with the time at which they were read: reading both in one query saves a round trip. */
interface Found<T> {
  now: Date
  rows: T[]
}

/** A row with the time; where nothing is found, one row with the time only. */
type Clocked<Row> = { now: string } & (Row | { id: null })

const clock = (sql: Sql) => sql`select floor(extract(epoch from clock_timestamp()) * 1000)::bigint as now`

const found = <Row extends { id: string }, T>(rows: Clocked<Row>[], read: (row: Row) => T): Found<T> => ({
  now: new Date(Number(rows[0]?.now)),
  rows: rows.flatMap((row) => (row.id === null ? [] : [read(row as Row)])),
})

/**
 * An array literal of Postgres, for values that need no quotes: the driver would check each of them for characters to
 * escape.
 */
export const plainArray = (values: (string | bigint | number | null)[]) =>
  `{${values.map((value) => value ?? 'null').join()}}`

/** An array literal of `bytea`, for values in hexadecimal digits. */
export const hexArray = (values: (string | null)[]) =>
  `{${values.map((digits) => (digits === null ? 'null' : `"\\\\x${digits}"`)).join()}}`
