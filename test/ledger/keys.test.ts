import { describe, expect, test } from 'vitest'
import {
  type Books,
  expectBooksRight,
  type Holder,
  keyOf,
  openBooks,
  openSideBySide,
} from '../support/books.ts'

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
    const collect = () =>
      books.ledger.submit({ do: 'collect', which: { id: transfer.id }, by: ben.actor }, keyOf('claim'))
    const first = await collect()
    expect(first.claim).toMatchObject({ account: ben.account.id, amount: 20_00n })
    expect((await collect()).claim).toEqual(first.claim)
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
