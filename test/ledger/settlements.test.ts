import { describe, expect, test } from 'vitest'
import { drawnOrder, luckyShares } from '../../src/ledger/lucky.ts'
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

describe.each(LEDGERS)('a transfer that people enter, through %i ledgers', (ledgers) => {
  test('gives each a number of their own, and pays at its end those whom the lot falls on, once', async () => {
    const [books, all] = await openSideBySide(ledgers)
    const [sender] = (await books.holders(1, 100_00n)) as [Holder]
    const people = await books.holders(200)
    const transfer = await books.send(sender, 50_00n, {
      shares: 30,
      seed: SEED,
      settlement: 'draw',
    })
    const outcomes = await outcomesOf(
      [...people, ...people].map((one, index) => (all[index % ledgers] as Books).collect(transfer, one)),
    )
    expect(outcomes).toEqual({ done: 200, entered_already: 200 })
    const entered = await entrantsOf(books, transfer.id)
    expect(entered.map(({ turn }) => turn)).toEqual(people.map((_, index) => index + 1))
    expect(await paidBy(books, transfer.id)).toEqual([])
    await expect(books.collect(transfer, sender)).rejects.toMatchObject({ code: 'own_transfer' })

    await endTimeOf(books.sql, transfer.id)
    await expect(books.collect(transfer, sender)).rejects.toMatchObject({ code: 'drawing' })
    await Promise.all([...all, ...all].map(({ ledger, db }) => ledger.sweep(db)))
    const order = drawnOrder(SEED, 200).slice(0, 30)
    const lots = luckyShares(SEED, 50_00n, 30)
    expect(await paidBy(books, transfer.id)).toEqual(
      order.map((turn, index) => ({ account: entered[turn - 1]?.account, amount: lots[index] })),
    )
    expect(await rowOf(books, transfer.id)).toEqual({ state: 'collected', remaining: '0', claimed: 30 })
    await expectBooksRight(books)
    await expectNoDeadlocks(all)
  })

  test('splits the whole among all who have entered, and passes over who is on hold', async () => {
    const [books, all] = await openSideBySide(ledgers)
    const [ada, ben, chen, eve] = (await books.holders(4, 100_00n)) as [Holder, Holder, Holder, Holder]
    const terms = { shares: 100, seed: SEED, settlement: 'split' } as const
    const [lucky, equal] = await Promise.all([
      books.send(ada, 10_00n, terms),
      books.send(ada, 10_00n, { ...terms, shares: 1 }),
    ])
    for (const [index, one] of [ben, chen, eve].entries()) {
      await (all[index % ledgers] as Books).collect(lucky, one)
      await (all[index % ledgers] as Books).collect(equal, one)
    }
    await books.sql`update people set hold = 'all' where id = ${chen.person}`
    for (const { id } of [lucky, equal]) await endTimeOf(books.sql, id)
    expect(await (all.at(-1) as Books).ledger.sweep(books.db)).toBe(2)
    const order = drawnOrder(SEED, 3).map((turn) => [ben, chen, eve][turn - 1] as Holder)
    const able = order.filter((one) => one !== chen)
    const lots = luckyShares(SEED, 10_00n, 2)
    expect(await paidBy(books, lucky.id)).toEqual(
      able.map((one, index) => ({ account: one.account.id, amount: lots[index] })),
    )
    expect(await paidBy(books, equal.id)).toEqual([{ account: able[0]?.account.id, amount: 10_00n }])
    expect(await rowOf(books, lucky.id)).toEqual({ state: 'collected', remaining: '0', claimed: 2 })
    await expectBooksRight(books)
  })

  test('gives back the shares of a draw that nobody has entered for, and all where nobody has', async () => {
    const [books, all] = await openSideBySide(ledgers)
    const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
    const terms = { shares: 3, seed: SEED, settlement: 'draw' } as const
    const [some, none] = await Promise.all([books.send(ada, 30_00n, terms), books.send(ada, 7n, terms)])
    await books.collect(some, ben)
    for (const { id } of [some, none]) await endTimeOf(books.sql, id)
    expect(await (all.at(-1) as Books).ledger.sweep(books.db)).toBe(2)
    const [first] = luckyShares(SEED, 30_00n, 3) as [bigint]
    expect(await rowOf(books, some.id)).toEqual({ state: 'returned', remaining: '0', claimed: 1 })
    expect(await rowOf(books, none.id)).toEqual({ state: 'returned', remaining: '0', claimed: 0 })
    expect(await books.balance(ben)).toBe(100_00n + first)
    expect(await books.balance(ada)).toBe(100_00n - first)
    await expectBooksRight(books)
  })

  test('tells who enters again with the same key the same number, and gives all back that is cancelled', async () => {
    const [books, all] = await openSideBySide(ledgers)
    const [ada, ben, eve] = (await books.holders(3, 100_00n)) as [Holder, Holder, Holder]
    const { id } = await books.send(ada, 30_00n, {
      shares: 3,
      seed: SEED,
      settlement: 'split',
      lifetime: 60,
    })
    const enter = (mine: Books, { actor }: Holder, key: string) =>
      mine.ledger.submit({ do: 'collect', which: { id }, by: actor }, keyOf(key))
    for (const mine of [...all, ...all]) {
      expect(await enter(mine, ben, 'one')).toMatchObject({ claim: null, entrant: { turn: 1 } })
      expect(await enter(mine, eve, 'two')).toMatchObject({ claim: null, entrant: { turn: 2 } })
    }
    await all.at(-1)?.ledger.submit({ do: 'cancel', which: { id }, by: ada.actor })
    await expect(enter(books, ben, 'three')).rejects.toMatchObject({ code: 'cancelled' })
    expect(await books.balance(ada)).toBe(100_00n)
    await expectBooksRight(books)
  })

  test('counts those as one who have become one, and none of them with the sender', async () => {
    const [books, all] = await openSideBySide(ledgers)
    const [ada, ben, chen, eve] = (await books.holders(4, 100_00n)) as [Holder, Holder, Holder, Holder]
    const transfer = await books.send(ada, 30_00n, {
      shares: 2,
      seed: SEED,
      settlement: 'draw',
    })
    for (const one of [ben, chen, eve]) await (all.at(-1) as Books).collect(transfer, one)
    // As linking leaves them, but for the money that comes together: ben with chen, eve with ada.
    await becomeKin(books, ben, chen)
    await becomeKin(books, eve, ada)
    await endTimeOf(books.sql, transfer.id)
    expect(await books.ledger.sweep(books.db)).toBe(1)
    const first = drawnOrder(SEED, 3).filter((turn) => turn !== 3)[0]
    const paid = await paidBy(books, transfer.id)
    expect(paid.map(({ account }) => account)).toEqual([(first === 1 ? ben : chen).account.id])
    expect(await rowOf(books, transfer.id)).toMatchObject({ state: 'returned', claimed: 1 })
    await expectBooksRight(books)
  })
})

async function becomeKin({ sql }: Books, one: Holder, other: Holder) {
  await sql.begin(async (tx) => {
    await tx`set constraints all deferred`
    await tx.unsafe('alter table people disable trigger user; alter table accounts disable trigger user')
    for (const { person } of [one, other]) {
      await tx`update people set kin = ${one.person} where id = ${person}`
      await tx`update accounts set kin = ${one.person} where person_id = ${person}`
    }
    await tx.unsafe('alter table people enable trigger user; alter table accounts enable trigger user')
  })
}

async function entrantsOf({ sql }: Books, transfer: string) {
  return sql<
    { account: string; turn: number }[]
  >`select account_id as account, turn from entrants where transfer_id = ${transfer} order by turn`
}

/** What a transfer has paid, the first claim first. */
async function paidBy({ sql }: Books, transfer: string): Promise<{ account: string; amount: bigint }[]> {
  const rows = await sql<{ account: string; amount: string }[]>`
    select account_id as account, amount from entries where transfer_id = ${transfer} and kind = 'collect' order by id`
  return rows.map(({ account, amount }) => ({ account, amount: BigInt(amount) }))
}

async function rowOf({ sql }: Books, id: string) {
  const [row] = await sql`select state, remaining, claimed from transfers where id = ${id}`
  return row
}
