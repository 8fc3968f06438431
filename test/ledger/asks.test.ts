import { v7 } from 'uuid'
import { describe, expect, test } from 'vitest'
import {
  type Books,
  codeHashOf,
  draftOf,
  expectBooksRight,
  type Holder,
  newAsk,
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
