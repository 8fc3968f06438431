import type { Sql } from 'postgres'
import { v7 } from 'uuid'
import { onTestFinished } from 'vitest'
import { connect, type Database } from '../../db/postgres.ts'
import { codeOf, hashOf, codeHashOf as hashOfCode } from '../../src/access/codes.ts'
import { type AccountRef, accountOf, ISSUER, personOwner } from '../../src/ledger/accounts.ts'
import { type Actor, ANYONE, type Command, type Draft, type Transfer } from '../../src/ledger/commands.ts'
import { type Ledger, type LedgerOptions, openLedger } from '../../src/ledger/ledger.ts'
import type { Request } from '../../src/ledger/rows.ts'
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

/** What may differ from one transfer to the next. */
export interface Terms {
  id?: string
  to?: Pick<Holder, 'account'>
  toHandle?: string
  shares?: number
  note?: string
  /** Seconds; may be a fraction. */
  lifetime?: number
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
  send(from: Holder, amount: bigint, terms?: Terms): Promise<Transfer>
  issue(to: Holder, amount: bigint, request?: Request): Promise<Transfer>
  withdraw(from: Holder, amount: bigint): Promise<Transfer>
  collect(transfer: { id: string }, by: Holder, request?: Request): Promise<Transfer>
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
    withdraw: (from, amount) => submit({ do: 'issue', draft: draftOf(from, amount), to: ISSUERS.account }),
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
  const { id = v7(), to, toHandle, shares, note, lifetime = CREDIT.lifetime } = terms
  return {
    id,
    codeHash: codeHashOf(id),
    asset: { ...CREDIT, lifetime },
    amount,
    from: from.account,
    recipient: to
      ? { kind: 'account', account: to.account }
      : toHandle
        ? { kind: 'handle', handle: toHandle }
        : ANYONE,
    ...(shares !== undefined && { shares }),
    ...(note && { note }),
  }
}

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
