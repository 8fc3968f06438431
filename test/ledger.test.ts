import { setTimeout as sleep } from 'node:timers/promises'
import { v7 } from 'uuid'
import { describe, expect, test } from 'vitest'
import { audit } from '../src/audit.ts'
import type { Transfer } from '../src/ledger/rules.ts'
import {
  type Books,
  codeHashOf,
  type Holder,
  ISSUERS,
  keyOf,
  openAnotherLedger,
  openBooks,
  outcomesOf,
} from './support/books.ts'

const LEDGERS = [1, 2]

describe.each(LEDGERS)('through %i ledgers at once', (ledgers) => {
  test('of a hundred callers who collect one code, one has the money', async () => {
    const [books, all] = await openSideBySide(ledgers)
    const [sender] = await books.holders(1, 100_00n)
    const callers = await books.holders(100)
    const transfer = await books.send(sender as Holder, 20_00n)

    const outcomes = await outcomesOf(
      callers.map((caller, index) => (all[index % ledgers] as Books).collect(transfer, caller)),
    )

    expect(outcomes).toEqual({ done: 1, already_collected: 99 })
    const balances = await Promise.all(callers.map((caller) => books.balance(caller)))
    expect(balances.filter((balance) => balance === 20_00n)).toHaveLength(1)
    expect(balances.filter((balance) => balance === 0n)).toHaveLength(99)
    await expectBooksRight(books)
  })

  test('one person who taps a hundred times is paid once', async () => {
    const [books, all] = await openSideBySide(ledgers)
    const [sender, caller] = (await books.holders(2, 100_00n)) as [Holder, Holder]
    const transfer = await books.send(sender, 20_00n)
    const outcomes = await outcomesOf(
      Array.from({ length: 100 }, (_, index) => (all[index % ledgers] as Books).collect(transfer, caller)),
    )
    expect(outcomes).toEqual({ done: 1, already_yours: 99 })
    expect(await books.balance(caller)).toBe(120_00n)
  })

  test('five hundred transfers each way between two accounts end where they began', async () => {
    const [books, all] = await openSideBySide(ledgers)
    const [ada, ben] = (await books.holders(2, 500_00n)) as [Holder, Holder]
    await Promise.all(
      Array.from({ length: 1000 }, async (_, index) => {
        const [from, to] = index % 2 ? [ada, ben] : [ben, ada]
        const mine = all[(index >> 1) % ledgers] as Books
        await mine.collect(await mine.send(from, 1_00n, { to }), to)
      }),
    )
    expect(await books.balance(ada)).toBe(500_00n)
    expect(await books.balance(ben)).toBe(500_00n)
    expect(await audit(books.db)).toMatchObject({ transfers: 2 + 1000, faults: [] })
    await expectNoDeadlocks(all)
  })

  test('a balance is spent once, however many ask at the same moment', async () => {
    const [books, all] = await openSideBySide(ledgers)
    const [ada] = (await books.holders(1, 10_00n)) as [Holder]
    const outcomes = await outcomesOf(
      Array.from({ length: 200 }, (_, index) => (all[index % ledgers] as Books).send(ada, 1_00n)),
    )
    expect(outcomes).toEqual({ done: 10, insufficient_funds: 190 })
    expect(await books.balance(ada)).toBe(0n)
  })

  test('cancel against collect at the same moment: one of them wins, and the money is with the winner', async () => {
    const [books, all] = await openSideBySide(ledgers)
    const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
    let collected = 0n
    for (let round = 0; round < 50; round++) {
      const transfer = await books.send(ada, 1_00n)
      const [first, second] = (round % 2 ? all : all.toReversed()) as [Books, Books?]
      const outcomes = await Promise.allSettled([
        first.collect(transfer, ben),
        (second ?? first).ledger.submit({ do: 'cancel', which: { id: transfer.id }, by: ada.actor }),
      ])
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      if (outcomes[0].status === 'fulfilled') collected += 1_00n
      expect(await books.balance(ada)).toBe(100_00n - collected)
      expect(await books.balance(ben)).toBe(100_00n + collected)
    }
    await expectBooksRight(books)
  })

  test('random traffic leaves the books right', async () => {
    const [books, all] = await openSideBySide(ledgers)
    const people = await books.holders(8, 50_00n)
    const pick = <T>(list: T[]): T => list[Math.floor(Math.random() * list.length)] as T
    // Some are there from the start, so that there is something to act on however slow the machine is.
    const first = Array.from({ length: 40 }, (_, i) =>
      books.send(pick(people), 1n, { lifetime: i % 2 ? 0.05 : 60 }),
    )
    const ids = (await Promise.all(first)).map(({ id }) => id)
    const outcomes = await outcomesOf(
      Array.from({ length: 3000 }, async () => {
        await sleep(Math.random() * 500)
        const { ledger, send, issue, collect } = pick(all)
        const [ada, ben] = [pick(people), pick(people)]
        const which = { id: pick(ids) ?? v7() }
        const by = ben.actor
        await pick([
          async () => {
            const to = pick([undefined, ben])
            const lifetime = pick([0.05, 60])
            ids.push((await send(ada, BigInt(pick([1, 500, 3000])), { ...(to && { to }), lifetime })).id)
          },
          () => issue(ada, 1_00n),
          () => collect(which, ben),
          () => collect(which, ben, keyOf(pick(['a', 'b']), which.id)),
          () => ledger.submit({ do: pick(['cancel' as const, 'decline' as const]), which, by }),
          () => ledger.submit({ do: 'return', which }),
        ])()
      }),
    )
    expect(Object.keys(outcomes)).toEqual(
      expect.arrayContaining(['done', 'already_collected', 'insufficient_funds', 'expired', 'not_sender']),
    )
    // A deadlock or a broken rule of the database would have come out as an error that is no refusal.
    expect(Object.keys(outcomes).filter((code) => !/^[a-z_]+$/.test(code))).toEqual([])
    await expectBooksRight(books)
    await expectNoDeadlocks(all)
  })
})

describe('a key', () => {
  test('used at the same moment through two ledgers makes one transfer', async () => {
    const [books, [one, other]] = await openSideBySide(2)
    const [ada] = (await books.holders(1, 100_00n)) as [Holder]
    for (let round = 0; round < 20; round++) {
      const request = keyOf(`round ${round}`)
      const made = await Promise.all(
        [one, other, one, other].map((mine) => (mine as Books).send(ada, 1_00n, { request })),
      )
      expect(new Set(made.map(({ id }) => id)).size).toBe(1)
    }
    expect(await books.balance(ada)).toBe(80_00n)
    await expectBooksRight(books)
  })

  test('used twice in one batch makes one transfer', async () => {
    const books = await openBooks()
    const [ada] = (await books.holders(1, 100_00n)) as [Holder]
    const request = keyOf('once')
    const made = await Promise.all([1, 2, 3].map(() => books.send(ada, 1_00n, { request })))
    expect(new Set(made.map(({ id }) => id)).size).toBe(1)
    expect(await books.balance(ada)).toBe(99_00n)
  })

  test('gets the first answer again, also after the transfer was collected', async () => {
    const books = await openBooks()
    const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
    const request = keyOf('retry')
    const first = await books.send(ada, 20_00n, { request })
    await books.collect(first, ben)
    expect(await books.send(ada, 20_00n, { request })).toMatchObject({
      ...first,
      state: 'open',
      closedAt: null,
    })
    expect(await books.balance(ada)).toBe(80_00n)
  })

  test('on a claim gets the money once and the answer twice', async () => {
    const books = await openBooks()
    const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
    const transfer = await books.send(ada, 20_00n)
    const first = await books.collect(transfer, ben, keyOf('claim'))
    expect(await books.collect(transfer, ben, keyOf('claim'))).toMatchObject(first)
    expect(await books.balance(ben)).toBe(120_00n)
  })

  test('gets the first refusal again, also when the reason for it has gone', async () => {
    const books = await openBooks()
    const [ada] = (await books.holders(1)) as [Holder]
    const request = keyOf('too early')
    const refusal = {
      code: 'insufficient_funds',
      details: { amount: '20.00', balance: '0.00', asset: 'CREDIT' },
    }
    await expect(books.send(ada, 20_00n, { request })).rejects.toMatchObject(refusal)
    await books.issue(ada, 100_00n)
    await expect(books.send(ada, 20_00n, { request })).rejects.toMatchObject(refusal)
    expect(await books.balance(ada)).toBe(100_00n)
  })

  test('with another content is refused, and moves nothing', async () => {
    const books = await openBooks()
    const [ada] = (await books.holders(1, 100_00n)) as [Holder]
    await books.send(ada, 1_00n, { request: keyOf('key', 'one') })
    await expect(books.send(ada, 2_00n, { request: keyOf('key', 'another') })).rejects.toMatchObject({
      code: 'key_reused',
    })
    expect(await books.balance(ada)).toBe(99_00n)
  })

  test("of one client is not another client's", async () => {
    const books = await openBooks()
    const [ada] = (await books.holders(1, 100_00n)) as [Holder]
    await books.send(ada, 1_00n, { request: keyOf('key') })
    await books.send(ada, 1_00n, { request: { ...keyOf('key'), client: 'another' } })
    expect(await books.balance(ada)).toBe(98_00n)
  })
})

test('what comes together is decided together, each command in sight of those before it', async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 10_00n)) as [Holder]
  const sizes: number[] = []
  const measured = openAnotherLedger(books.url, {
    measure: ({ size }) => void sizes.push(size),
  })
  const outcomes = await outcomesOf(
    Array.from({ length: 100 }, () => books.through(measured).send(ada, 1_00n)),
  )
  expect(outcomes).toEqual({ done: 10, insufficient_funds: 90 })
  // Had one not seen what the one before it did, the database would have refused them all, and taken them one by one.
  expect(sizes).toEqual([100])
})

test('who collects the same from both ends at once, through two ledgers, is never held in a ring', async () => {
  const [books, all] = (await openSideBySide(2)) as [Books, [Books, Books]]
  const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
  for (let round = 0; round < 20; round++) {
    const sent = await Promise.all(Array.from({ length: 100 }, () => books.send(ada, 1n)))
    const ends = [sent, sent.toReversed()]
    const outcomes = await outcomesOf(
      all.flatMap((mine, end) => (ends[end] ?? []).map((transfer) => mine.collect(transfer, ben))),
    )
    expect(outcomes).toEqual({ done: 100, already_yours: 100 })
  }
  expect(await books.balance(ben)).toBe(120_00n)
  await expectNoDeadlocks(all)
})

test('what a process remembers of the books is no more than a guess', async () => {
  const [books, [one, other]] = (await openSideBySide(2)) as [Books, [Books, Books]]
  const [ada, ben, eve] = (await books.holders(3, 10_00n)) as [Holder, Holder, Holder]
  const transfer = await one.send(ada, 4_00n)
  await other.collect(transfer, ben)
  await expect(one.collect(transfer, eve)).rejects.toMatchObject({ code: 'already_collected' })
  await one.send(ada, 1_00n)
  await other.send(ada, 4_00n)
  await expect(one.send(ada, 2_00n)).rejects.toMatchObject({
    code: 'insufficient_funds',
    details: { balance: '1.00' },
  })
  await other.issue(ada, 50_00n)
  await one.send(ada, 51_00n)
  expect(await books.balance(ada)).toBe(0n)
  await expectBooksRight(books)
})

test('beside what it must read, what a process remembers is no more than a guess either', async () => {
  const [books, [one, other]] = (await openSideBySide(2)) as [Books, [Books, Books]]
  const [ada, ben, eve] = (await books.holders(3, 10_00n)) as [Holder, Holder, Holder]
  const unknown = await Promise.all(Array.from({ length: 3 }, () => other.send(ben, 1_00n)))
  let next = 0
  // In one batch with a transfer that this process has not seen.
  const beside = async <T>(job: Promise<T>): Promise<T> => {
    const id = unknown[next++]?.id as string
    const cancelled = one.ledger.submit({ do: 'cancel', which: { id }, by: ben.actor })
    const [outcome] = await Promise.allSettled([job, cancelled])
    expect(await cancelled).toMatchObject({ state: 'cancelled' })
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  }
  const transfer = await one.send(ada, 4_00n)
  expect(await beside(one.collect(transfer, eve))).toMatchObject({ state: 'collected' })
  const taken = await one.send(ada, 4_00n)
  await other.collect(taken, ben)
  await expect(beside(one.collect(taken, eve))).rejects.toMatchObject({ code: 'already_collected' })
  await other.issue(ada, 50_00n)
  await beside(one.send(ada, 52_00n))
  expect(await books.balance(ada)).toBe(0n)
  expect(await books.balance(eve)).toBe(14_00n)
  expect(await books.balance(ben)).toBe(14_00n)
  await expectBooksRight(books)
})

test('those that are made in one batch keep each their own terms, also what the others have none of', async () => {
  const books = await openBooks()
  const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
  const terms = [{}, { note: 'lunch' }, { to: ben }, { toHandle: 'test:eve' }, {}]
  const sent = await Promise.all(terms.map((one) => books.send(ada, 1_00n, one)))
  for (const transfer of sent) {
    const [row] = await books.sql`
      select note, to_account, to_handle, expires_at - created_at as lasts from transfers where id = ${transfer.id}`
    const { note, toAccount, toHandle } = transfer
    expect(row).toEqual({ note, to_account: toAccount, to_handle: toHandle, lasts: '1 day' })
  }
  expect(sent.map(({ note, toHandle }) => note ?? toHandle)).toEqual([null, 'lunch', null, 'test:eve', null])
})

test('what the ledger is told of rows that somebody else has read is a guess as well', async () => {
  const [books, [one, other]] = (await openSideBySide(2)) as [Books, [Books, Books]]
  const [ada, ben, eve] = (await books.holders(3, 10_00n)) as [Holder, Holder, Holder]
  const told = (transfer: Transfer, wrongly = {}) =>
    one.ledger.remember([{ ...transfer, codeHash: codeHashOf(transfer.id), ...wrongly }])
  const [gone, full, early] = (await Promise.all(
    [4_00n, 3_00n, 2_00n].map((amount) => other.send(ada, amount)),
  )) as [Transfer, Transfer, Transfer]
  await other.collect(gone, ben)
  // So that the ledger knows the time, and has no other reason to read.
  await one.send(ben, 1_00n)
  told(gone)
  await expect(one.collect(gone, eve)).rejects.toMatchObject({ code: 'already_collected' })
  told(full, { amount: 300_00n, remaining: 300_00n })
  expect(await one.collect(full, eve)).toMatchObject({ amount: 3_00n, state: 'collected' })
  told(early, { expiresAt: new Date(0) })
  await expect(one.ledger.submit({ do: 'return', which: { id: early.id } })).rejects.toMatchObject({
    code: 'not_due',
  })
  expect(await books.balance(ada)).toBe(1_00n)
  expect(await books.balance(eve)).toBe(13_00n)
  await expectBooksRight(books)
})

describe('a transfer', () => {
  test('is collected just before its time and refused just after, though nobody has swept', async () => {
    const books = await openBooks()
    const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
    const early = await books.send(ada, 1_00n, { lifetime: 1 })
    const late = await books.send(ada, 1_00n, { lifetime: 1 })
    await untilDatabaseSays(books, early.expiresAt, -500)
    await books.collect(early, ben)
    await untilDatabaseSays(books, late.expiresAt, 0)
    await expect(books.collect(late, ben)).rejects.toMatchObject({ code: 'expired' })
    await expect(
      books.ledger.submit({ do: 'cancel', which: { id: late.id }, by: ada.actor }),
    ).rejects.toMatchObject({ code: 'expired' })
    expect(await books.balance(ben)).toBe(101_00n)
    const [row] = await books.sql`select state, remaining from transfers where id = ${late.id}`
    expect(row).toEqual({ state: 'open', remaining: '100' })
  })

  test('that waited for a lock until its time was over is refused', async () => {
    const books = await openBooks()
    const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
    const transfer = await books.send(ada, 1_00n, { lifetime: 0.5 })
    let claim: Promise<unknown> | undefined
    await books.sql.begin(async (tx) => {
      await tx`select from transfers where id = ${transfer.id} for update`
      claim = books.collect(transfer, ben).catch((error: unknown) => error)
      await untilDatabaseSays(books, transfer.expiresAt, 0)
    })
    expect(await claim).toMatchObject({ code: 'expired' })
  })

  test('goes back when the one it is for declines it', async () => {
    const books = await openBooks()
    const [ada, ben, eve] = (await books.holders(3, 100_00n)) as [Holder, Holder, Holder]
    const { id } = await books.send(ada, 20_00n, { to: ben })
    const decline = (by: Holder) => books.ledger.submit({ do: 'decline', which: { id }, by: by.actor })
    await expect(decline(eve)).rejects.toMatchObject({ code: 'not_recipient' })
    expect(await decline(ben)).toMatchObject({ state: 'declined', remaining: 0n })
    await expect(decline(ben)).rejects.toMatchObject({ code: 'declined' })
    expect(await books.balance(ada)).toBe(100_00n)
    expect(await books.balance(ben)).toBe(100_00n)
  })

  test('from the issuer brings money in, one to the issuer takes it out', async () => {
    const books = await openBooks()
    const [ada] = (await books.holders(1)) as [Holder]
    await books.issue(ada, 100_00n)
    await books.withdraw(ada, 40_00n)
    expect(await books.balance(ada)).toBe(60_00n)
    expect(await books.balance(ISSUERS)).toBe(-60_00n)
    await expect(books.withdraw(ada, 60_01n)).rejects.toMatchObject({ code: 'insufficient_funds' })
    await expectBooksRight(books)
  })
})

async function openSideBySide(ledgers: number): Promise<[books: Books, through: Books[]]> {
  const books = await openBooks()
  const others = Array.from({ length: ledgers - 1 }, () => books.through(openAnotherLedger(books.url)))
  return [books, [books, ...others]]
}

async function expectBooksRight({ db }: Books) {
  expect(await audit(db)).toMatchObject({ faults: [] })
}

/** A deadlock is tried again and so is never seen, but it costs a second each. */
async function expectNoDeadlocks(all: Books[]) {
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

/** Waits until the database's clock shows this moment, or some milliseconds after it. */
async function untilDatabaseSays({ sql }: Books, moment: Date, after: number) {
  await sql`select pg_sleep_until(${moment.toISOString()}::timestamptz + ${after / 1000} * interval '1 second')`
}
