import { drizzle } from 'drizzle-orm/postgres-js'
import { pino } from 'pino'
import { v7 } from 'uuid'
import { expect, onTestFinished, test } from 'vitest'
import { openSql } from '../../db/drivers.ts'
import * as schema from '../../db/schema.ts'
import { startExpiry } from '../../src/ledger/expiry.ts'
import type { Ledger } from '../../src/ledger/ledger.ts'
import {
  type Books,
  expectBooksRight,
  type Holder,
  openAnotherLedger,
  openBooks,
  outcomesOf,
} from '../support/books.ts'

const quiet = pino({ enabled: false })

test('what falls due goes back within seconds, and nothing goes back before', async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  const due = await books.send(ada, 20_00n, { lifetime: 2 })
  const open = await books.send(ada, 30_00n)
  startReturning(books)
  expect(await stateOf(books, due.id)).toBe('open')
  await expect.poll(() => stateOf(books, due.id), { timeout: 10_000 }).toBe('returned')
  const [row] = await books.sql`select closed_at >= expires_at as in_time from transfers where id = ${due.id}`
  expect(row).toEqual({ in_time: true })
  expect(await stateOf(books, open.id)).toBe('open')
  expect(await books.balance(ada)).toBe(70_00n)
})

test('what fell due while nobody was there goes back at the next start', async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  await plantOverdue(books, ada, 3, '2 days')
  await books.sql`insert into sweeps values (1, now() - interval '3 days')`
  startReturning(books)
  await expect.poll(() => books.balance(ada), { timeout: 10_000 }).toBe(100_00n)
})

test('thousands that are due at once all go back, and each once', async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  await plantOverdue(books, ada, 3000)
  expect(await books.balance(ada)).toBe(70_00n)
  expect(await books.ledger.sweep(books.db)).toBe(3000)
  expect(await books.balance(ada)).toBe(100_00n)
  expect(await books.ledger.sweep(books.db)).toBe(0)
  await expectBooksRight(books)
})

test('two sweeps side by side return each transfer once, and lose none', async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  await plantOverdue(books, ada, 2000)
  const other = openAnotherLedger(books.url)
  const returned = await Promise.all([books.ledger.sweep(books.db), other.sweep(books.db)])
  expect(returned[0] + returned[1]).toBe(2000)
  expect(await books.balance(ada)).toBe(100_00n)
  await expectBooksRight(books)
})

test('a ledger too busy to return something is asked again, and the sweep does not pass over it', async () => {
  const books = await openBooks()
  const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
  await plantOverdue(books, ada, 1, '1 hour')
  // Nothing leaves the queue while somebody holds what the first batches need.
  const held = await books.send(ada, 1_00n)
  const busy = await books.sql.begin(async (tx) => {
    await tx`select from transfers where id = ${held.id} for update`
    const claim = () => books.collect(held, ben)
    const outcomes = outcomesOf(Array.from({ length: 20_000 }, claim))
    await expect.poll(() => books.ledger.waiting()).toBeLessThan(20_000)
    const more = outcomesOf(Array.from({ length: 20_000 - books.ledger.waiting() }, claim))
    await expect(books.ledger.sweep(books.db)).rejects.toMatchObject({ code: 'overloaded' })
    return { outcomes, more }
  })
  expect(await busy.outcomes).toEqual({ done: 1, already_yours: 19_999 })
  await busy.more
  expect(await books.ledger.sweep(books.db)).toBe(1)
  expect(await books.balance(ada)).toBe(99_00n)
})

test('the sweep goes by the index of expiry, and never again over what it has closed', async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  await plantOverdue(books, ada, 2000, '1 hour')
  await Promise.all(Array.from({ length: 500 }, () => books.send(ada, 1n)))
  const before = await plansOfSweep(books)
  expect(before).toHaveLength(8)
  for (const plan of before) {
    expect(plan).toMatchObject({ index: 'transfers_expiry', scanned: 'Index Scan' })
    // A chunk, and the one after it to know where it ends.
    expect(plan.rows).toBeLessThanOrEqual(256 + 1)
  }

  const [after, ...more] = await plansOfSweep(books)
  expect(more).toEqual([])
  // It looks back over a minute, in which nothing fell due; the two thousand of an hour ago it does not even touch.
  expect(after).toMatchObject({ index: 'transfers_expiry', scanned: 'Index Scan', rows: 0, removed: 0 })
})

test('a sweep that ran while the clock was wrong leaves nothing behind when it is right again', async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  await books.sql`insert into sweeps values (1, now() + interval '1 year')`
  await plantOverdue(books, ada, 3)
  expect(await books.ledger.sweep(books.db)).toBe(3)
  const [row] = await books.sql`select swept_until < now() as right from sweeps`
  expect(row).toEqual({ right: true })
})

test('a sweep that the database interrupts goes on when it is back', async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  const lines: string[] = []
  const log = pino({}, { write: (line: string) => void lines.push(line) })
  await books.sql`alter table sweeps rename to sweeps_of_yesterday`
  const returns = startExpiry(books.db, books.ledger, log)
  onTestFinished(returns.stop)
  await plantOverdue(books, ada, 1)
  await expect.poll(() => lines.length, { timeout: 10_000 }).toBeGreaterThan(0)
  expect(lines[0]).toContain('it is tried again')
  await books.sql`alter table sweeps_of_yesterday rename to sweeps`
  await expect.poll(() => books.balance(ada), { timeout: 10_000 }).toBe(100_00n)
})

test('a sweep that is stopped as it begins, while the database is in trouble, brings nothing down', async () => {
  const books = await openBooks()
  const unheard: unknown[] = []
  const hear = (error: unknown) => void unheard.push(error)
  process.prependListener('unhandledRejection', hear)
  onTestFinished(() => void process.off('unhandledRejection', hear))
  await books.sql`alter table transfers rename to transfers_of_yesterday`
  expect(await books.ledger.sweep(books.db, () => true)).toBe(0)
  await books.sql`alter table transfers_of_yesterday rename to transfers`
  await new Promise((resolve) => setTimeout(resolve, 200))
  expect(unheard).toEqual([])
})

test('a sweep that is stopped ends when what is under way is done', async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  await plantOverdue(books, ada, 3000)
  const returns = startExpiry(books.db, books.ledger, quiet)
  await returns.stop()
  const [row] = await books.sql`select count(*)::int as open from transfers where state = 'open'`
  expect(row?.open).toBeGreaterThan(0)
  expect(row?.open % 256).toBe(3000 % 256)
  expect(await books.ledger.sweep(books.db)).toBe(row?.open)
})

test('all that is open goes back before its time, while people collect of it', async () => {
  const books = await openBooks()
  const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
  await books.ledger.sweep(books.db)
  const open = await Promise.all(Array.from({ length: 600 }, () => books.send(ada, 10n)))
  await plantOverdue(books, ada, 1)
  const [collected, returned] = await Promise.all([
    outcomesOf(open.map((transfer) => books.collect(transfer, ben))),
    books.ledger.returnAll(books.db),
  ])
  const { done = 0 } = collected
  expect(returned).toBe(601 - done)
  expect([await books.balance(ada), await books.balance(ben)]).toEqual([
    100_00n - 10n * BigInt(done),
    100_00n + 10n * BigInt(done),
  ])
  expect(await books.ledger.returnAll(books.db)).toBe(0)
  await expectBooksRight(books)
})

function startReturning({ db, ledger }: { db: Books['db']; ledger: Ledger }) {
  const returns = startExpiry(db, ledger, quiet)
  onTestFinished(returns.stop)
}

async function stateOf({ sql }: Books, id: string): Promise<string> {
  const [row] = await sql`select state from transfers where id = ${id}`
  return row?.state
}

/** Transfers of 0.01 from somebody, open and past their time for as long as that. */
async function plantOverdue({ sql }: Books, { account }: Holder, count: number, since = '1 second') {
  const ids = Array.from({ length: count }, () => v7())
  await sql`
    with made as (
      insert into transfers (id, asset, amount, remaining, from_account, code_hash, created_at, expires_at)
      select id, 'CREDIT', 1, 1, ${account.id}, sha256(id::text::bytea), now() - interval '3 days',
        now() - ${since}::interval - n * interval '1 millisecond'
      from unnest(${ids}::uuid[]) with ordinality as planted (id, n)
    )
    insert into entries (transfer_id, account_id, kind, amount, leaves, at)
    select id, ${account.id}, 'fund', -1, 'open', now() - interval '3 days'
    from unnest(${ids}::uuid[]) id`
  await sql`analyze transfers`
}

interface Plan {
  scanned: string
  index: string
  rows: number
  removed: number
}

/** Sweeps, and answers how the database found what is due, for each time that it was asked. */
async function plansOfSweep({ url, ledger }: Books): Promise<Plan[]> {
  const sql = openSql(url, { max: 1, onnotice: () => {} })
  const plans: Promise<Plan>[] = []
  const db = drizzle(sql, {
    schema,
    logger: {
      logQuery(query, parameters) {
        if (!query.includes('from "transfers"')) return
        // Sent on the same connection just before the query itself, and so it finds the same.
        plans.push(
          sql.unsafe(`explain (analyze, format json) ${query}`, parameters as never[]).then(([row]) => {
            const scan = scanOf(row?.['QUERY PLAN'][0].Plan)
            return {
              scanned: scan['Node Type'],
              index: scan['Index Name'],
              rows: scan['Actual Rows'],
              removed: scan['Rows Removed by Filter'] ?? 0,
            }
          }),
        )
      },
    },
  })
  try {
    await ledger.sweep(db)
    return await Promise.all(plans)
  } finally {
    await sql.end()
  }
}

// biome-ignore lint/suspicious/noExplicitAny: the plan is Postgres's own
function scanOf(plan: any): any {
  return plan.Plans ? scanOf(plan.Plans[0]) : plan
}
