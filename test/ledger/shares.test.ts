import { describe, expect, test } from 'vitest'
import { luckyShares } from '../../src/ledger/lucky.ts'
import {
  type Books,
  endTimeOf,
  expectBooksRight,
  expectNoDeadlocks,
  type Holder,
  keyOf,
  openSideBySide,
  outcomesOf,
} from '../support/books.ts'

const LEDGERS = [1, 2]
const SEED = '5eed'.repeat(16)

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

  test('pays lucky shares to whoever is next, as the seed has drawn them, however many tap at once', async () => {
    const [books, all] = await openSideBySide(ledgers)
    const [sender] = (await books.holders(1, 2000_00n)) as [Holder]
    const takers = await books.holders(700)
    // A plain one beside it: whoever takes of both is never held in a ring.
    const [packet, plain] = await Promise.all([
      books.send(sender, 500_00n, { shares: 300, seed: SEED }),
      books.send(sender, 700n, { shares: 700 }),
    ])
    const outcomes = await outcomesOf(
      [...takers, ...takers].map((taker, index) => (all[index % ledgers] as Books).collect(packet, taker)),
    ).finally(() => Promise.all(takers.map((taker) => books.collect(plain, taker))))
    expect(outcomes.done).toBe(300)
    expect(Object.keys(outcomes).sort()).toEqual(['already_collected', 'already_yours', 'done'])
    expect(await paidBy(books, packet.id)).toEqual(luckyShares(SEED, 500_00n, 300))
    await expectBooksRight(books)
    await expectNoDeadlocks(all)
  })

  test('tells the same share again to who claims with the same key, and nobody the seed', async () => {
    const [books, all] = await openSideBySide(ledgers)
    const [ada, ben, eve] = (await books.holders(3, 100_00n)) as [Holder, Holder, Holder]
    const { id, ...rest } = await books.send(ada, 30_00n, { shares: 3, seed: SEED })
    const [first, second] = luckyShares(SEED, 30_00n, 3) as [bigint, bigint]
    const claim = (mine: Books, { actor }: Holder, key: string) =>
      mine.ledger.submit({ do: 'collect', which: { id }, by: actor }, keyOf(key))
    for (const mine of [...all, ...all])
      expect(await claim(mine, ben, 'one')).toMatchObject({
        claim: { account: ben.account.id, amount: first },
      })
    for (const mine of all)
      expect(await claim(mine, eve, 'two')).toMatchObject({
        claim: { account: eve.account.id, amount: second },
      })
    expect(JSON.stringify(rest, (_, value) => String(value))).not.toContain(SEED)
    await all.at(-1)?.ledger.submit({ do: 'cancel', which: { id }, by: ada.actor })
    expect(await books.balance(ada)).toBe(100_00n - first - second)
    await expectBooksRight(books)
  })

  test('goes back with what is left when it is cancelled or its time is over', async () => {
    const [books, all] = await openSideBySide(ledgers)
    const [ada, ben, eve] = (await books.holders(3, 100_00n)) as [Holder, Holder, Holder]
    const other = all.at(-1) as Books
    const cancelled = await books.send(ada, 9_00n, { shares: 3 })
    const late = await books.send(ada, 9_00n, { shares: 3 })
    for (const transfer of [cancelled, late]) {
      await books.collect(transfer, ben)
      await expect(other.collect(transfer, ben)).rejects.toMatchObject({ code: 'already_yours' })
    }
    await other.ledger.submit({ do: 'cancel', which: { id: cancelled.id }, by: ada.actor })
    await endTimeOf(books.sql, late.id)
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

/** What a transfer has paid, the first claim first. */
async function paidBy({ sql }: Books, transfer: string): Promise<bigint[]> {
  const rows =
    await sql`select amount from entries where transfer_id = ${transfer} and kind = 'collect' order by id`
  return rows.map(({ amount }) => BigInt(amount))
}
