import { v7 } from 'uuid'
import { describe, expect, test } from 'vitest'
import {
  type Books,
  codeHashOf,
  draftOf,
  expectBooksRight,
  type Holder,
  newAsk,
  newPool,
  openBooks,
  openSideBySide,
  outcomesOf,
} from '../support/books.ts'

/** Ada asks Ben for 10.00, and whoever pays first for 5.00. */
async function start(books: Books, seconds?: number) {
  const [ada, ben, eve] = (await books.holders(3, 100_00n)) as [Holder, Holder, Holder]
  const { id, parts } = await newAsk(books, ada, [{ amount: 10_00n, from: ben }, { amount: 5_00n }], seconds)
  const [bens, anyones] = parts as [(typeof parts)[0], (typeof parts)[0]]
  return { ada, ben, eve, ask: id, bens, anyones }
}

const pay = (books: Books, from: Holder, to: Holder, ask: string, part: { id: string; amount: bigint }) =>
  books.ledger.submit({
    do: 'contribute',
    draft: draftOf(from, part.amount, { id: part.id, to, ask }),
    to: to.account,
  })

const paidOf = async ({ sql }: Books, ask: string) =>
  (await sql`select paid from asks where id = ${ask}`)[0]?.paid

test('what is asked for is with who asked at once, once for each part, and the ask counts it', async () => {
  const books = await openBooks()
  const { ada, ben, eve, ask, bens, anyones } = await start(books)
  expect(await pay(books, ben, ada, ask, bens)).toMatchObject({
    transfer: { state: 'collected', askId: ask },
    claim: { account: ada.account.id, amount: 10_00n },
  })
  expect(await paidOf(books, ask)).toBe('1000')
  await expect(pay(books, ben, ada, ask, bens)).rejects.toMatchObject({ code: 'ask_paid' })
  await pay(books, eve, ada, ask, anyones)
  await expect(pay(books, ben, ada, ask, anyones)).rejects.toMatchObject({ code: 'ask_paid' })
  expect(await paidOf(books, ask)).toBe('1500')
  expect([await books.balance(ada), await books.balance(ben), await books.balance(eve)]).toEqual([
    115_00n,
    90_00n,
    95_00n,
  ])
  await expectBooksRight(books)
})

test('who is on hold is told that, whoever else is', async () => {
  const books = await openBooks()
  const { ada, ben, eve, ask, bens, anyones } = await start(books)
  await books.sql`update people set hold = 'all' where id in (${ada.person}, ${ben.person})`
  // From then on the process knows of the one who asks, and not of the one who pays.
  await expect(pay(books, eve, ada, ask, anyones)).rejects.toMatchObject({ code: 'asker_unpayable' })
  await expect(pay(books, ben, ada, ask, bens)).rejects.toMatchObject({ code: 'on_hold' })
})

test('after its end, or its time, nobody pays an ask, and who is on hold can’t be paid', async () => {
  const books = await openBooks()
  const { ada, ben, ask, bens } = await start(books)
  await books.sql`update people set hold = 'all' where id = ${ada.person}`
  await expect(pay(books, ben, ada, ask, bens)).rejects.toMatchObject({ code: 'asker_unpayable' })
  await books.sql`update people set hold = null where id = ${ada.person}`
  await books.sql`update asks set ended_at = now() where id = ${ask}`
  await expect(pay(books, ben, ada, ask, bens)).rejects.toMatchObject({ code: 'ask_ended' })
  const late = await start(books, 0.001)
  await books.sql`select pg_sleep(0.01)`
  await expect(pay(books, late.ben, late.ada, late.ask, late.bens)).rejects.toMatchObject({
    code: 'ask_expired',
  })
  await expect(pay(books, ben, ada, v7(), { ...bens, id: v7() })).rejects.toMatchObject({
    code: 'ask_not_found',
  })
})

describe('the database refuses', () => {
  interface Row {
    id: string
    ask: string
    from: Holder
    to: Holder
    amount: bigint
    isLeftOpen?: boolean
  }
  const insert = ({ sql }: Books, { id, ask, from, to, amount, isLeftOpen }: Row) => sql`
    with made as (
      insert into transfers (id, asset, amount, remaining, from_account, recipient, to_account, ask_id, code_hash, created_at, expires_at)
      values (${id}, 'CREDIT', ${amount.toString()}, ${amount.toString()}, ${from.account.id}, 'account', ${to.account.id}, ${ask},
        decode(${codeHashOf(id)}, 'hex'), now(), now() + interval '1 day')
    )
    insert into entries (transfer_id, account_id, kind, amount, leaves, at)
    select * from (values
      (${id}::uuid, ${from.account.id}::uuid, 'fund'::entry_kind, ${(-amount).toString()}::numeric, 'open'::transfer_state, now()),
      (${id}::uuid, ${to.account.id}::uuid, 'collect'::entry_kind, ${amount.toString()}::numeric, 'collected'::transfer_state, now())
    ) entry (transfer, account, kind, amount, leaves, at) where kind = 'fund' or ${!isLeftOpen}`

  type Asked = Awaited<ReturnType<typeof start>>
  const rowOf = ({ ada, ben, ask, bens }: Asked): Row => ({ ...bens, ask, from: ben, to: ada })

  test.each<[what: string, row: (asked: Asked) => Partial<Row>, before?: string]>([
    ['another amount than that of the part', () => ({ amount: 9_99n })],
    ['a payment to another than who asked', ({ eve }) => ({ to: eve })],
    ['a payment by another than who is asked', ({ eve }) => ({ from: eve })],
    ['a payment by who asked', ({ ada, anyones }) => ({ ...anyones, from: ada })],
    ['a payment that is no part', () => ({ id: v7() })],
    ['a payment of another ask', () => ({ ask: v7() })],
    ['a payment that is left open', () => ({ isLeftOpen: true })],
    ['a payment after the end', () => ({}), 'update asks set ended_at = now()'],
  ])('%s', async (_, changed, before) => {
    const books = await openBooks()
    const asked = await start(books)
    if (before) await books.sql.unsafe(before)
    await expect(insert(books, { ...rowOf(asked), ...changed(asked) })).rejects.toMatchObject({
      code: '23000',
    })
    expect(await paidOf(books, asked.ask)).toBe('0')
  })

  test('none of it where it is as it was asked; the same part twice; and what comes after the time', async () => {
    const books = await openBooks()
    const asked = await start(books)
    await insert(books, rowOf(asked))
    await expect(insert(books, rowOf(asked))).rejects.toMatchObject({ code: '23505' })
    expect(await paidOf(books, asked.ask)).toBe('1000')
    const late = await start(books, 0.001)
    await books.sql`select pg_sleep(0.01)`
    await expect(insert(books, rowOf(late))).rejects.toMatchObject({ code: '23000' })
    await expectBooksRight(books)
  })

  test.each([
    'update asks set total = 1',
    'update asks set paid = 1',
    'update asks set expires_at = now()',
    'update asks set ended_at = null',
    'delete from asks',
    'truncate asks cascade',
    'update ask_parts set amount = 1',
    'delete from ask_parts',
  ])('%s', async (statement) => {
    const books = await openBooks()
    await start(books)
    await books.sql`update asks set ended_at = now()`
    await expect(books.sql.unsafe(statement)).rejects.toMatchObject({ code: '23000' })
  })
})

test('of many who tap at the same moment, in two processes, one pays what is for whoever is first', async () => {
  const [books, through] = await openSideBySide(2)
  const { ada, ask, anyones } = await start(books)
  const payers = await books.holders(20, 10_00n)
  const taps = payers.map((payer, index) => pay(through[index % 2] as Books, payer, ada, ask, anyones))
  expect(await outcomesOf(taps)).toEqual({ done: 1, ask_paid: 19 })
  expect(await books.balance(ada)).toBe(105_00n)
  await expectBooksRight(books)
})

test('who taps as it is ended has either paid before, or pays nothing', async () => {
  const [books, through] = await openSideBySide(2)
  for (let round = 0; round < 10; round++) {
    const { ada, ben, eve, ask, bens, anyones } = await start(books)
    const [outcomes] = await Promise.all([
      outcomesOf([
        pay(through[0] as Books, ben, ada, ask, bens),
        pay(through[1] as Books, eve, ada, ask, anyones),
      ]),
      books.sql`update asks set ended_at = clock_timestamp() where id = ${ask}`,
    ])
    const { done = 0, ask_ended: refused = 0 } = outcomes
    expect(done + refused).toBe(2)
    const late = await books.sql`
      select from entries e join transfers t on t.id = e.transfer_id join asks a on a.id = t.ask_id
      where t.ask_id = ${ask} and e.kind = 'collect'`
    expect(late).toHaveLength(done)
  }
  await expectBooksRight(books)
})

describe('a pool', () => {
  const give = (books: Books, from: Holder, to: Holder, ask: string, amount: bigint) =>
    books.ledger.submit({ do: 'contribute', draft: draftOf(from, amount, { to, ask }), to: to.account })
  const balances = (books: Books, all: Holder[]) => Promise.all(all.map((one) => books.balance(one)))

  test('waits for its goal, and goes to who asked whole, with what reaches it', async () => {
    const books = await openBooks()
    const [ada, ben, eve] = (await books.holders(3, 100_00n)) as [Holder, Holder, Holder]
    const pool = await newPool(books, ada, 50_00n)
    const first = await give(books, ben, ada, pool, 20_00n)
    expect(first).toMatchObject({ transfer: { state: 'open', awaits: 1 }, claim: null })
    await expect(books.collect(first.transfer, ada)).rejects.toMatchObject({ code: 'awaiting_goal' })
    const which = { id: first.transfer.id }
    const mine = { which, by: ben.actor }
    for (const change of [
      { do: 'extend', ...mine, seconds: 60 },
      { do: 'reissue', ...mine, turn: 1, codeHash: codeHashOf(v7()) },
    ] as const)
      await expect(books.ledger.submit(change)).rejects.toMatchObject({ code: 'awaiting_goal' })
    await expect(
      books.sql`insert into extensions (transfer_id, expires_at, at) values (${which.id}, now() + interval '1 day', now())`,
    ).rejects.toMatchObject({ code: '23000' })
    await expect(give(books, eve, ada, pool, 30_01n)).rejects.toMatchObject({ code: 'pool_overpaid' })
    await expect(give(books, eve, ada, pool, 9n)).rejects.toMatchObject({
      code: 'pool_underpaid',
      details: { least: '0.10', asset: 'CREDIT' },
    })
    await give(books, ben, ada, pool, 10_00n)
    expect(await balances(books, [ada, ben, eve])).toEqual([100_00n, 70_00n, 100_00n])
    expect(await give(books, eve, ada, pool, 20_00n)).toMatchObject({
      transfer: { state: 'collected' },
      claim: { amount: 20_00n },
    })
    expect(await balances(books, [ada, ben, eve])).toEqual([150_00n, 70_00n, 80_00n])
    await expect(give(books, eve, ada, pool, 1n)).rejects.toMatchObject({ code: 'ask_paid' })
    await expectBooksRight(books)
  })

  test('that does not reach it in time gives everything back, and what is taken back before isn’t counted', async () => {
    const books = await openBooks()
    const [ada, ben, eve] = (await books.holders(3, 100_00n)) as [Holder, Holder, Holder]
    const pool = await newPool(books, ada, 50_00n, 1.5)
    const { transfer } = await give(books, ben, ada, pool, 20_00n)
    await give(books, eve, ada, pool, 20_00n)
    await books.ledger.submit({ do: 'cancel', which: transfer, by: ben.actor })
    expect(await paidOf(books, pool)).toBe('2000')
    await books.sql`select pg_sleep_until((select expires_at from asks where id = ${pool}))`
    await expect(give(books, ben, ada, pool, 30_00n)).rejects.toMatchObject({ code: 'ask_expired' })
    await books.ledger.sweep(books.db)
    expect(await balances(books, [ada, ben, eve])).toEqual([100_00n, 100_00n, 100_00n])
    expect(await paidOf(books, pool)).toBe('0')
    await expectBooksRight(books)
  })

  test('is raced by many in two processes: what is given is the goal, or less; never more', async () => {
    const [books, through] = await openSideBySide(2)
    const [ada] = (await books.holders(1, 100_00n)) as [Holder]
    const givers = await books.holders(30, 10_00n)
    const pool = await newPool(books, ada, 100_00n)
    const taps = givers.map((giver, index) =>
      give(through[index % 2] as Books, giver, ada, pool, index % 3 === 0 ? 7_00n : 5_00n),
    )
    const outcomes = await outcomesOf(taps)
    expect(Object.keys(outcomes).sort()).toEqual(
      expect.arrayContaining(['done', outcomes.ask_paid ? 'ask_paid' : 'pool_overpaid']),
    )
    const given = BigInt(await paidOf(books, pool))
    expect(given).toBeLessThanOrEqual(100_00n)
    // Whoever is missing something gives it: then all of it goes to Ada.
    if (given < 100_00n) {
      const [last] = (await books.holders(1, 100_00n)) as [Holder]
      await give(books, last, ada, pool, 100_00n - given)
    }
    expect(await books.balance(ada)).toBe(200_00n)
    expect(await books.sql`select from transfers where ask_id = ${pool} and state = 'open'`).toEqual([])
    await expectBooksRight(books)
  })

  test('whose goal is reached as somebody takes theirs back is whole, or is not reached', async () => {
    const [books, through] = await openSideBySide(2)
    for (let round = 0; round < 10; round++) {
      const [ada, ben, eve] = (await books.holders(3, 100_00n)) as [Holder, Holder, Holder]
      const pool = await newPool(books, ada, 20_00n)
      const { transfer } = await give(books, ben, ada, pool, 10_00n)
      const [back, last] = await Promise.allSettled([
        (through[0] as Books).ledger.submit({ do: 'cancel', which: transfer, by: ben.actor }),
        give(through[1] as Books, eve, ada, pool, 10_00n),
      ])
      expect(last.status).toBe('fulfilled')
      const isWhole = back.status === 'rejected'
      if (isWhole) expect(back.reason).toMatchObject({ code: 'already_collected' })
      expect(await books.balance(ada)).toBe(isWhole ? 120_00n : 100_00n)
      expect(await paidOf(books, pool)).toBe(isWhole ? '2000' : '1000')
    }
    await expectBooksRight(books)
  })

  test.each<[what: string, goal: bigint, ends: string, longer: string]>([
    ['is collected before its goal', 50_00n, 'collected', '0'],
    ['is left open with its goal', 20_00n, 'open', '0'],
    ['has something given that waits longer than the pool lasts', 50_00n, 'open', '1 second'],
  ])('is refused by the database where it %s', async (_, goal, ends, longer) => {
    const books = await openBooks()
    const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
    const insert = (pool: string, id: string, ends: string, longer: string) => books.sql`
      with made as (
        insert into transfers (id, asset, amount, remaining, from_account, recipient, to_account, ask_id, code_hash, created_at, expires_at)
        select ${id}, 'CREDIT', 2000, 2000, ${ben.account.id}, 'account', ${ada.account.id}, id, decode(${codeHashOf(id)}, 'hex'), now(),
          expires_at + ${longer}::interval
        from asks where id = ${pool}
      )
      insert into entries (transfer_id, account_id, kind, amount, leaves, at)
      select * from (values
        (${id}::uuid, ${ben.account.id}::uuid, 'fund'::entry_kind, -2000, 'open'::transfer_state, now()),
        (${id}::uuid, ${ada.account.id}::uuid, 'collect'::entry_kind, 2000, 'collected'::transfer_state, now())
      ) entry (transfer, account, kind, amount, leaves, at) where kind = 'fund' or ${ends === 'collected'}`
    await expect(insert(await newPool(books, ada, goal), v7(), ends, longer)).rejects.toMatchObject({
      code: '23000',
    })
    await insert(await newPool(books, ada, 50_00n), v7(), 'open', '0')
    await insert(await newPool(books, ada, 20_00n), v7(), 'collected', '0')
    await expectBooksRight(books)
  })
})
