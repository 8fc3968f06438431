import type { Sql } from 'postgres'
import { v7 } from 'uuid'
import { expect, onTestFinished } from 'vitest'
import { openSql } from '../../db/drivers.ts'
import { connect, type Database } from '../../db/postgres.ts'
import { codeOf, hashOf, codeHashOf as hashOfCode } from '../../src/access/codes.ts'
import { type AccountRef, accountOf, ISSUER, type Owner, personOwner } from '../../src/ledger/accounts.ts'
import { audit } from '../../src/ledger/audit.ts'
import {
  type Actor,
  ANYONE,
  type Command,
  type Draft,
  type Limit,
  type Settlement,
  type Transfer,
} from '../../src/ledger/commands.ts'
import { type Ledger, type LedgerOptions, openLedger } from '../../src/ledger/ledger.ts'
import type { Request } from '../../src/ledger/rows.ts'
import { type Connection, openStore } from '../../src/ledger/store.ts'
import type { Asset } from '../../src/money/amount.ts'
import { freshDatabase } from './database.ts'

const CREDIT: Asset = {
  code: 'CREDIT',
  scale: 2,
  symbols: [],
  maxTransfer: 2000_00n,
  lifetime: 24 * 3600,
}

/** Somebody with an account in CREDIT. */
export interface Holder {
  person: string
  actor: Actor
  account: AccountRef
}

/** A group with money. */
export interface Treasury {
  group: string
  actor: Actor
  account: AccountRef
}

/** What may differ from one transfer to the next. */
export interface Terms {
  id?: string
  to?: Pick<Holder, 'account'>
  toHandle?: string
  shares?: number
  /** Makes the shares drawn ones. */
  seed?: string
  settlement?: Settlement
  note?: string
  /** Seconds; may be a fraction. */
  lifetime?: number
  group?: string
  limit?: Limit
  payout?: string
  refundOf?: string
  ask?: string
  request?: Request
}

/** A ledger on a database of its own: all that moves money, and nothing else. */
export interface Books {
  url: string
  sql: Sql
  db: Database
  ledger: Ledger
  /** People who have this much each, in minor units. */
  holders(count: number, balance?: bigint): Promise<Holder[]>
  send(from: Pick<Holder, 'account'>, amount: bigint, terms?: Terms): Promise<Transfer>
  issue(to: Pick<Holder, 'account'>, amount: bigint, request?: Request): Promise<Transfer>
  withdraw(from: Holder, amount: bigint): Promise<Transfer>
  contribute(
    from: Pick<Holder, 'account'>,
    amount: bigint,
    to: Pick<Holder, 'account'>,
    terms?: Terms,
  ): Promise<Transfer>
  collect(transfer: { id: string }, by: Pick<Holder, 'actor'>, request?: Request): Promise<Transfer>
  balance(holder: Pick<Holder, 'account'>): Promise<bigint>
  /** The same books through another ledger. */
  through(ledger: Ledger): Books
  close(): Promise<void>
}

const KEY = 'a key that only the tests know, of enough characters'

/** Goes away when the test that opened it ends. */
export async function openBooks(): Promise<Books> {
  const { url, drop } = await freshDatabase()
  const { db, sql, close } = connect(url)
  await sql`insert into assets (code, scale) values (${CREDIT.code}, ${CREDIT.scale})`
  const books = booksOf(openLedger(url), { url, sql, db })
  onTestFinished(async () => {
    await books.close()
    await close()
    await drop()
  })
  return books
}

/** Another process's worth: a ledger of its own on the same database. */
export function openAnotherLedger(url: string, options?: LedgerOptions): Ledger {
  const ledger = openLedger(url, options)
  onTestFinished(() => ledger.close())
  return ledger
}

function booksOf(ledger: Ledger, place: Pick<Books, 'url' | 'sql' | 'db'>): Books {
  const { sql } = place
  const submit = async (command: Command, request?: Request) =>
    (await ledger.submit(command, request)).transfer
  const books: Books = {
    ...place,
    ledger,
    async holders(count, balance = 0n) {
      const holders = Array.from({ length: count }, newHolder)
      await sql`insert into people ${sql(holders.map(({ person }) => ({ id: person })))}`
      if (balance > 0n) await Promise.all(holders.map((holder) => books.issue(holder, balance)))
      return holders
    },
    send: (from, amount, { request, ...terms } = {}) =>
      submit({ do: 'create', draft: draftOf(from, amount, terms) }, request),
    issue: (to, amount, request) =>
      submit({ do: 'issue', draft: draftOf(ISSUERS, amount), to: to.account }, request),
    withdraw: (from, amount) =>
      submit({ do: 'issue', draft: draftOf(from, amount, { to: ISSUERS }), to: ISSUERS.account }),
    contribute: (from, amount, to, { request, ...terms } = {}) =>
      submit({ do: 'contribute', draft: draftOf(from, amount, { to, ...terms }), to: to.account }, request),
    collect: ({ id }, { actor }, request) =>
      submit({ do: 'collect', which: { codeHash: codeHashOf(id) }, by: actor }, request),
    async balance({ account }) {
      const [row] = await sql`select balance from accounts where id = ${account.id}`
      return BigInt(row?.balance ?? 0)
    },
    through: (another) => booksOf(another, place),
    close: () => ledger.close(),
  }
  return books
}

function newHolder(): Holder {
  const person = v7()
  return {
    person,
    actor: { owner: personOwner(person), assets: new Set([CREDIT.code]) },
    account: accountOf(personOwner(person), CREDIT.code),
  }
}

/** The issuer's account, below zero by what everybody else holds. */
export const ISSUERS = { account: accountOf(ISSUER, CREDIT.code) }

export function draftOf(
  from: Pick<Holder, 'account'>,
  amount: bigint,
  terms: Omit<Terms, 'request'> = {},
): Draft {
  const {
    id = v7(),
    to,
    toHandle,
    shares,
    seed,
    settlement,
    note,
    lifetime,
    group,
    limit,
    payout,
    refundOf,
    ask,
  } = terms
  return {
    id,
    codeHash: codeHashOf(id),
    asset: CREDIT,
    amount,
    from: from.account,
    recipient: to
      ? { kind: 'account', account: to.account }
      : toHandle
        ? { kind: 'handle', handle: toHandle }
        : ANYONE,
    ...(shares !== undefined && { shares }),
    // With a settlement too its shares are equal where there is but one.
    ...(seed !== undefined && { seed, lucky: shares !== undefined && shares > 1 }),
    ...(settlement && { settlement }),
    ...(note && { note }),
    ...(lifetime !== undefined && { lifetime }),
    ...(group && { groupId: group }),
    ...(limit && { limit }),
    ...(payout && { payoutId: payout }),
    ...(refundOf && { refundOf }),
    ...(ask && { askId: ask }),
  }
}

/** A group with a chat. @param mergedInto the group that it was joined to */
export async function newGroup(
  { sql }: Pick<Books, 'sql'>,
  mergedInto: string | null = null,
): Promise<string> {
  const id = v7()
  await sql`insert into groups (id, merged_into) values (${id}, ${mergedInto})`
  await sql`insert into chats (messenger, id, group_id) values ('test', ${id}, ${id})`
  return id
}

/** A group that has this much, in minor units. */
export async function newTreasury(books: Books, balance: bigint): Promise<Treasury> {
  const group = await newGroup(books)
  const owner: Owner = { kind: 'group', id: group }
  const treasury = {
    group,
    actor: { owner, assets: new Set([CREDIT.code]) },
    account: accountOf(owner, CREDIT.code),
  }
  await books.issue(treasury, balance)
  return treasury
}

/** A payout that is still to be made, of one transfer for each amount. */
export async function newPayout(
  { sql }: Pick<Books, 'sql'>,
  { group }: Treasury,
  { person }: Holder,
  { approvals = 0, amounts }: { approvals?: number; amounts: bigint[] },
): Promise<{ id: string; items: { id: string; amount: bigint }[] }> {
  const id = v7()
  const items = amounts.map((amount) => ({ id: v7(), amount }))
  const total = amounts.reduce((sum, amount) => sum + amount, 0n)
  await sql`insert into payouts (id, group_id, made_in, made_by, asset, total, approvals)
    values (${id}, ${group}, ${group}, ${person}, ${CREDIT.code}, ${total.toString()}, ${approvals})`
  for (const [turn, item] of items.entries())
    await sql`insert into payout_items (payout_id, turn, transfer_id, handle, amount)
      values (${id}, ${turn}, ${item.id}, 'test:ben', ${item.amount.toString()})`
  return { id, items }
}

/** Somebody asks for these amounts, each of a person or of whoever pays first. */
export async function newAsk(
  { sql }: Pick<Books, 'sql'>,
  { person }: Holder,
  parts: { amount: bigint; from?: Holder }[],
  seconds = 3600,
): Promise<{ id: string; parts: { id: string; amount: bigint }[] }> {
  const id = v7()
  const asked = parts.map((part) => ({ id: v7(), ...part }))
  const total = parts.reduce((sum, { amount }) => sum + amount, 0n)
  await sql`insert into asks (id, made_by, asset, total, expires_at)
    values (${id}, ${person}, ${CREDIT.code}, ${total.toString()}, now() + ${seconds} * interval '1 second')`
  for (const [turn, part] of asked.entries())
    await sql`insert into ask_parts (ask_id, turn, transfer_id, person_id, amount)
      values (${id}, ${turn}, ${part.id}, ${part.from?.person ?? null}, ${part.amount.toString()})`
  return { id, parts: asked }
}

/** Somebody has a pool with this goal. */
export async function newPool(
  { sql }: Pick<Books, 'sql'>,
  { person }: Holder,
  goal: bigint,
  seconds = 3600,
): Promise<string> {
  const id = v7()
  await sql`insert into asks (id, kind, made_by, asset, total, expires_at)
    values (${id}, 'pool', ${person}, ${CREDIT.code}, ${goal.toString()}, date_trunc('milliseconds', now() + ${seconds} * interval '1 second'))`
  return id
}

/** An admin approves a payout. */
export const approve = ({ sql }: Pick<Books, 'sql'>, payout: string, { person }: Holder) =>
  sql`insert into payout_approvals (payout_id, person_id, messenger, identity) values (${payout}, ${person}, 'test', ${person})`

export const codeHashOf = (id: string): string => hashOfCode(codeOf(KEY, id))

/** A request's key and, as its fingerprint, a word for its content. */
export const keyOf = (key: string, content = 'content'): Request => ({
  client: 'test',
  key,
  fingerprint: hashOf(content).toString('hex'),
})

/** What became of many commands: how many were carried out, and how many were refused with which code. */
export async function outcomesOf(commands: Promise<unknown>[]): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = {}
  for (const outcome of await Promise.allSettled(commands)) {
    const word =
      outcome.status === 'fulfilled' ? 'done' : String(outcome.reason.code ?? outcome.reason.constructor.name)
    outcomes[word] = (outcomes[word] ?? 0) + 1
  }
  return outcomes
}

/** These books as one process and as that many see them, each with a ledger of its own. */
export async function openSideBySide(ledgers: number): Promise<[books: Books, through: Books[]]> {
  const books = await openBooks()
  const others = Array.from({ length: ledgers - 1 }, () => books.through(openAnotherLedger(books.url)))
  return [books, [books, ...others]]
}

/** Ada, Ben and Eve have 100.00 each; an open transfer holds 20.00 of Ada's. */
export async function transferOfTwenty(books: Books): Promise<Parties> {
  const [ada, ben, eve] = (await books.holders(3, 100_00n)) as [Holder, Holder, Holder]
  const { id } = await books.send(ada, 20_00n)
  const foreign = v7()
  await books.sql`insert into assets (code, scale) values ('POINT', 0)`
  await books.sql`insert into accounts (id, kind, person_id, asset) values (${foreign}, 'person', ${ben.person}, 'POINT')`
  return { transfer: id, ada: ada.account.id, ben: ben.account.id, eve: eve.account.id, foreign }
}

/** Account and transfer ids. */
export interface Parties {
  transfer: string
  ada: string
  ben: string
  eve: string
  /** Ben's account in another asset. */
  foreign: string
}

/** A ledger's store with a cache of its own, and a connection to carry out batches one by one. */
export function openStoreOn({ url }: Books) {
  const store = openStore()
  const connection: Connection = { sql: openSql(url, { max: 1, onnotice: () => {} }), warned: false }
  onTestFinished(() => connection.sql.end())
  const remember = (transfer: Transfer, wrongly = {}) =>
    store.remember([{ ...transfer, codeHash: codeHashOf(transfer.id), ...wrongly }])
  return { store, connection, remember }
}

/** The audit finds nothing. */
export async function expectBooksRight({ db }: Books) {
  expect(await audit(db)).toMatchObject({ faults: [] })
}

/** A deadlock is tried again and so is never seen, but it costs a second each. */
export async function expectNoDeadlocks(all: Books[]) {
  // A session tells what it has counted when it ends.
  await Promise.all(all.map((books) => books.close()))
  const { sql } = all[0] as Books
  await expect
    .poll(
      () => sql`select count(*)::int from pg_stat_activity
      where application_name = 'passalong ledger' and datname = current_database()`,
    )
    .toEqual([{ count: 0 }])
  expect(await sql`select deadlocks::int from pg_stat_database where datname = current_database()`).toEqual([
    { deadlocks: 0 },
  ])
}

/** Has a transfer's time be over from now on: whatever a test does before that may take as long as it likes. */
export async function endTimeOf(sql: Books['sql'], transfer: string) {
  await sql.begin(async (tx) => {
    await tx`alter table transfers disable trigger user`
    await tx`update transfers set expires_at = date_trunc('milliseconds', clock_timestamp()) where id = ${transfer}`
    await tx`alter table transfers enable trigger user`
  })
}

/** Waits until the database's clock shows this moment, or some milliseconds after it. */
export async function untilDatabaseSays({ sql }: Books, moment: Date, after: number) {
  await sql`select pg_sleep_until(${moment.toISOString()}::timestamptz + ${after / 1000} * interval '1 second')`
}
