import { setTimeout as sleep } from 'node:timers/promises'
import { v7 } from 'uuid'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openSql } from '../../db/drivers.ts'
import { accountOf } from '../../src/ledger/accounts.ts'
import { audit } from '../../src/ledger/audit.ts'
import type { Item } from '../../src/ledger/batch.ts'
import { ANYONE, type Transfer } from '../../src/ledger/commands.ts'
import { type Connection, openStore } from '../../src/ledger/store.ts'
import {
  type Books,
  codeHashOf,
  draftOf,
  type Holder,
  ISSUERS,
  keyOf,
  openAnotherLedger,
  openBooks,
  outcomesOf,
} from '../support/books.ts'

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
    expect(await cancelled).toMatchObject({ transfer: { state: 'cancelled' } })
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
  const terms = [{}, { note: 'lunch' }, { to: ben }, { toHandle: 'test:eve' }, { shares: 5 }, {}]
  const sent = await Promise.all(terms.map((one) => books.send(ada, 1_00n, one)))
  const stored = await Promise.all(
    sent.map(async ({ id }) => {
      const [row] = await books.sql`
        select note, recipient, to_account, to_handle, shares, expires_at - created_at as lasts from transfers where id = ${id}`
      return row
    }),
  )
  const plain = {
    note: null,
    recipient: 'anyone',
    to_account: null,
    to_handle: null,
    shares: 1,
    lasts: '1 day',
  }
  expect(stored).toEqual([
    plain,
    { ...plain, note: 'lunch' },
    { ...plain, recipient: 'account', to_account: ben.account.id },
    { ...plain, recipient: 'handle', to_handle: 'test:eve' },
    { ...plain, shares: 5 },
    plain,
  ])
  expect(sent.map(({ recipient }) => recipient)).toEqual([
    ANYONE,
    ANYONE,
    { kind: 'account', account: ben.account.id },
    { kind: 'handle', handle: 'test:eve' },
    ANYONE,
    ANYONE,
  ])
})

describe('what a batch comes to', () => {
  test('is a conflict where the cache was wrong, and right where the rows are read', async () => {
    const books = await openBooks()
    const [ada, ben, eve] = (await books.holders(3, 10_00n)) as [Holder, Holder, Holder]
    const { store, connection, remember } = openStoreOn(books)
    const [gone, full, early] = (await Promise.all(
      [4_00n, 3_00n, 2_00n].map((amount) => books.send(ada, amount)),
    )) as [Transfer, Transfer, Transfer]
    await books.collect(gone, ben)
    const collect = (transfer: Transfer): Item => ({
      command: { do: 'collect', which: { codeHash: codeHashOf(transfer.id) }, by: eve.actor },
    })
    const back = (transfer: Transfer): Item => ({ command: { do: 'return', which: { id: transfer.id } } })
    // So that it knows the time.
    await store.process(connection, [back(early)], false)
    remember(gone)
    remember(full, { amount: 300_00n, remaining: 300_00n })
    remember(early, { expiresAt: new Date(0) })
    const answers = (list: object[]) => ({
      kind: 'answered',
      answers: list.map((one) => expect.objectContaining(one)),
    })
    for (const [item, answer] of [
      [collect(gone), { code: 'already_collected' }],
      [collect(full), { claim: expect.objectContaining({ amount: 3_00n }) }],
      [back(early), { code: 'not_due' }],
    ] as const) {
      expect(await store.process(connection, [item], false)).toMatchObject({ kind: 'conflict' })
      expect(await store.process(connection, [item], true)).toMatchObject(answers([answer]))
    }
    expect(await books.balance(ada)).toBe(1_00n)
    expect(await books.balance(eve)).toBe(13_00n)
    await expectBooksRight(books)
  })

  test('is unavailable where nobody listens, and a conflict where the books cannot hold it', async () => {
    const books = await openBooks()
    const [ada] = (await books.holders(1, 10_00n)) as [Holder]
    const { store, connection } = openStoreOn(books)
    const note = 'x'.repeat(201)
    const draft = { ...draftOf(ada, 1_00n), note }
    const item: Item = { command: { do: 'create', draft } }
    expect(await store.process(connection, [item], false)).toMatchObject({
      kind: 'conflict',
      error: { code: '23514' },
    })
    const nobody = openSql('postgres://127.0.0.1:1/nothing', { max: 1 })
    onTestFinished(() => nobody.end())
    expect(await store.process({ sql: nobody, warned: false }, [item], true)).toMatchObject({
      kind: 'unavailable',
    })
  })
})

describe.each(LEDGERS)('a transfer of many shares, through %i ledgers', (ledgers) => {
  test('pays each who taps once, to the last unit, and nobody after the last', async () => {
    const [books, all] = await openSideBySide(ledgers)
    const [sender] = (await books.holders(1, 100_00n)) as [Holder]
    const takers = await books.holders(700)
    // It doesn't divide: 20 shares are of a unit more.
    const transfer = await books.send(sender, 620n, { shares: 300 })
    const outcomes = await outcomesOf(
      [...takers, ...takers].map((taker, index) => (all[index % ledgers] as Books).collect(transfer, taker)),
    )
    expect(outcomes.done).toBe(300)
    expect(Object.keys(outcomes).sort()).toEqual(['already_collected', 'already_yours', 'done'])
    const paid = (await Promise.all(takers.map((taker) => books.balance(taker)))).filter((sum) => sum > 0n)
    expect(Map.groupBy(paid, Number).get(2)).toHaveLength(280)
    expect(Map.groupBy(paid, Number).get(3)).toHaveLength(20)
    const [row] = await books.sql`select state, remaining, claimed from transfers where id = ${transfer.id}`
    expect(row).toEqual({ state: 'collected', remaining: '0', claimed: 300 })
    await expectBooksRight(books)
    await expectNoDeadlocks(all)
  })

  test('goes back with what is left when it is cancelled or its time is over', async () => {
    const [books, all] = await openSideBySide(ledgers)
    const [ada, ben, eve] = (await books.holders(3, 100_00n)) as [Holder, Holder, Holder]
    const other = all.at(-1) as Books
    const cancelled = await books.send(ada, 9_00n, { shares: 3 })
    const late = await books.send(ada, 9_00n, { shares: 3, lifetime: 1 })
    for (const transfer of [cancelled, late]) {
      await books.collect(transfer, ben)
      await expect(other.collect(transfer, ben)).rejects.toMatchObject({ code: 'already_yours' })
    }
    await other.ledger.submit({ do: 'cancel', which: { id: cancelled.id }, by: ada.actor })
    await untilDatabaseSays(books, late.expiresAt, 0)
    for (const [transfer, code] of [
      [cancelled, 'cancelled'],
      [late, 'expired'],
    ] as const)
      await expect(books.collect(transfer, eve)).rejects.toMatchObject({ code })
    expect(await other.ledger.sweep(books.db)).toBe(1)
    expect(await books.balance(ada)).toBe(94_00n)
    expect(await books.balance(ben)).toBe(106_00n)
    await expectBooksRight(books)
  })

  test('tells who collects what they were paid, and tells a retry the same', async () => {
    const [books, all] = await openSideBySide(ledgers)
    const [ada, ben, eve] = (await books.holders(3, 100_00n)) as [Holder, Holder, Holder]
    const { id } = await books.send(ada, 10n, { shares: 3 })
    const claim = (mine: Books, { actor }: Holder, key: string) =>
      mine.ledger.submit({ do: 'collect', which: { id }, by: actor }, keyOf(key))
    const first = await claim(books, ben, 'one')
    expect(first).toMatchObject({
      transfer: { remaining: 7n, claimed: 1, state: 'open' },
      claim: { account: ben.account.id, amount: 3n },
    })
    expect((await claim(books, eve, 'two')).claim).toMatchObject({ account: eve.account.id, amount: 3n })
    for (const mine of all) expect((await claim(mine, ben, 'one')).claim).toEqual(first.claim)
    expect(await books.balance(ben)).toBe(100_03n)
  })
})

test('a group has an account of its own: who acts for it sends and collects with its money', async () => {
  const books = await openBooks()
  const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
  const id = v7()
  await books.sql`insert into groups (id) values (${id})`
  const owner = { kind: 'group', id } as const
  const club: Holder = { ...ada, account: accountOf(owner, 'CREDIT'), actor: { ...ada.actor, owner } }
  await books.collect(await books.send(ada, 30_00n, { to: club }), club)
  await expect(books.collect(await books.send(ada, 1_00n, { to: club }), ben)).rejects.toMatchObject({
    code: 'not_for_you',
  })
  await books.collect(await books.send(club, 20_00n), ben)
  await expect(books.send(club, 10_01n)).rejects.toMatchObject({ code: 'insufficient_funds' })
  expect(await books.balance(club)).toBe(10_00n)
  expect(await books.balance(ben)).toBe(120_00n)
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
    expect(await decline(ben)).toMatchObject({ transfer: { state: 'declined', remaining: 0n } })
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

function openStoreOn({ url }: Books) {
  const store = openStore()
  const connection: Connection = { sql: openSql(url, { max: 1, onnotice: () => {} }), warned: false }
  onTestFinished(() => connection.sql.end())
  const remember = (transfer: Transfer, wrongly = {}) =>
    store.remember([{ ...transfer, codeHash: codeHashOf(transfer.id), ...wrongly }])
  return { store, connection, remember }
}

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
