import { describe, expect, test } from 'vitest'
import {
  type Books,
  expectBooksRight,
  expectNoDeadlocks,
  type Holder,
  keyOf,
  openSideBySide,
  outcomesOf,
  untilDatabaseSays,
} from '../support/books.ts'

const LEDGERS = [1, 2]

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
