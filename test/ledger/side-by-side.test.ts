import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { v7 } from 'uuid'
import { describe, expect, test } from 'vitest'
import { audit } from '../../src/ledger/audit.ts'
import type { Transfer } from '../../src/ledger/commands.ts'
import { luckyShares } from '../../src/ledger/lucky.ts'
import { openPeople } from '../../src/people/people.ts'
import {
  approve,
  type Books,
  codeHashOf,
  expectBooksRight,
  expectNoDeadlocks,
  type Holder,
  keyOf,
  newAsk,
  newGroup,
  newPayout,
  newPool,
  newTreasury,
  openSideBySide,
  outcomesOf,
  untilDatabaseSays,
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

  test('a share is given back once, however many ask at the same moment', async () => {
    const [books, all] = await openSideBySide(ledgers)
    const [ada, ben, eve] = (await books.holders(3, 100_00n)) as [Holder, Holder, Holder]
    const { id: refundOf } = await books.send(ada, 20_00n, { shares: 2 })
    for (const taker of [ben, eve]) await books.collect({ id: refundOf }, taker)
    const outcomes = await outcomesOf(
      Array.from({ length: 100 }, (_, index) => {
        const mine = all[index % ledgers] as Books
        return mine.contribute(index % 4 < 2 ? ben : eve, 10_00n, ada, { refundOf })
      }),
    )
    expect(outcomes).toEqual({ done: 2, refunded_already: 98 })
    expect(await books.balance(ada)).toBe(100_00n)
    await expectBooksRight(books)
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
    const treasury = await newTreasury(books, 200_00n)
    const group = await newGroup(books, treasury.group)
    const limit = { since: new Date(Date.now() - 3600_000), most: 12_00n }
    const { setHold } = openPeople(books.db)
    const packetOf = (shares: number) => ({ shares, seed: randomBytes(32).toString('hex') })
    const pick = <T>(list: T[]): T => list[Math.floor(Math.random() * list.length)] as T
    // Some are there from the start, so that there is something to act on however slow the machine is.
    const first = Array.from({ length: 40 }, (_, i) =>
      books.send(pick(people), 1n, { lifetime: i % 2 ? 0.05 : 60 }),
    )
    const packets = Array.from({ length: 8 }, (_, i) => books.send(people[i] as Holder, 100n, packetOf(3)))
    const ids = (await Promise.all([...first, ...packets])).map(({ id }) => id)
    const payouts = await Promise.all(
      Array.from({ length: 60 }, (_, i) =>
        newPayout(books, treasury, pick(people), { approvals: i % 3, amounts: [1_00n, 2_00n] }),
      ),
    )
    const items = payouts.flatMap(({ id: payout, items }) => items.map((item) => ({ ...item, payout })))
    const payNext = async ({ send }: Books, lifetime: number) => {
      const { amount, ...terms } = items.pop() ?? { id: v7(), amount: 1n }
      ids.push((await send(treasury, amount, { ...terms, lifetime })).id)
    }
    const kept = await Promise.all(people.map((one) => books.send(one, 1n, { toHandle: 'test:nobody' })))
    const asked = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const owner = pick(people)
        const { id: ask, parts } = await newAsk(books, owner, [{ amount: 1_00n }, { amount: 50n }])
        return parts.map((part) => ({ ...part, owner, ask }))
      }),
    )
    const pools = await Promise.all(
      Array.from({ length: 24 }, async (_, i) => {
        const owner = pick(people)
        return { owner, id: await newPool(books, owner, BigInt(pick([1_00, 3_00])), i % 2 ? 0.4 : 60) }
      }),
    )
    const gifts: string[] = []
    const taken: [transfer: string, by: Holder][] = []
    for (const [turn, taker] of people.slice(0, 3).entries()) {
      const given = await books.send(people[turn + 1] as Holder, 1n)
      taken.push([(await books.collect(given, taker)).id, taker])
    }
    // However soon everybody has spent all, one share was given back and one part of an ask was paid.
    const [[refundOf, giver]] = taken as [[string, Holder]]
    await books.contribute(giver, 1n, people[1] as Holder, { refundOf })
    const { amount, owner, ...part } = asked.flat()[0] as (typeof asked)[number][number]
    await books.contribute(people.find((one) => one !== owner) as Holder, amount, owner, part)
    // Of payouts that nobody approves.
    for (let i = 0; i < 40; i++) await payNext(books, 60)
    const outcomes = await outcomesOf(
      Array.from({ length: 3900 }, async () => {
        await sleep(Math.random() * 500)
        const mine = pick(all)
        const { ledger, send, issue, collect, contribute } = mine
        const [ada, ben] = [pick(people), pick(people)]
        const which = { id: pick(ids) ?? v7() }
        const by = ben.actor
        const amount = BigInt(pick([1, 500, 3000]))
        const lifetime = pick([0.05, 60])
        await pick([
          async () => {
            const to = pick([undefined, ben])
            ids.push((await send(ada, amount, { ...(to && { to }), lifetime })).id)
          },
          async () => {
            const { id } = await send(ada, amount, { group: pick([group, treasury.group]), limit, lifetime })
            ids.push(id)
          },
          async () => void ids.push((await send(ada, amount, { ...packetOf(pick([2, 5])), lifetime })).id),
          () => contribute(ada, amount, treasury, { group: treasury.group, limit }),
          async () => {
            const { id: ask, owner } = pick(pools)
            gifts.push((await contribute(ada, BigInt(pick([5, 20, 100])), owner, { ask })).id)
          },
          () =>
            ledger.submit({
              do: pick(['cancel' as const, 'decline' as const]),
              which: { id: pick(gifts) ?? v7() },
              by,
            }),
          () => ledger.submit({ do: 'return', which: { id: pick(gifts) ?? v7() } }),
          () => {
            const { amount, owner, ...terms } = pick(asked.flat())
            return contribute(ada, amount, owner, terms)
          },
          () =>
            books.sql`update asks set ended_at = clock_timestamp() where id = ${pick(asked.slice(0, 9))[0]?.ask ?? ''} and ended_at is null`,
          () => payNext(mine, lifetime),
          () => approve(books, pick(payouts.slice(0, 40)).id, ada).catch(() => undefined),
          () => setHold(ada.person, pick([null, null, null, 'send', 'all'])),
          () => issue(ada, 1_00n),
          async () => {
            const [refundOf, taker] = pick([...taken.slice(0, 3), ...taken.slice(-8)]) ?? [v7(), ben]
            const [paid] = await books.sql<{ amount: string; sender: string }[]>`
              select e.amount, t.from_account as sender from entries e join transfers t on t.id = e.transfer_id
              where e.transfer_id = ${refundOf} and e.account_id = ${taker.account.id} and e.kind = 'collect'`
            const sender = [...people, treasury].find(({ account }) => account.id === paid?.sender)
            if (!paid || !sender) return
            // A double tap.
            for (let tap = 0; tap < 2; tap++)
              await contribute(taker, BigInt(paid.amount), sender, { refundOf })
          },
          async () => void taken.push([(await collect(which, ben)).id, ben]),
          () => collect(which, ben, keyOf(pick(['a', 'b']), which.id)),
          () => ledger.submit({ do: pick(['cancel' as const, 'decline' as const]), which, by }),
          () => ledger.submit({ do: 'cancel', which, by: treasury.actor }),
          () => ledger.submit({ do: 'return', which }),
          () => ledger.submit({ do: 'extend', which: pick([which, ...kept]), by, seconds: pick([0.05, 60]) }),
          () =>
            ledger.submit({
              do: 'reissue',
              which: pick([which, ...kept]),
              by,
              turn: pick([1, 1, 2]),
              codeHash: codeHashOf(v7()),
            }),
        ])()
      }),
    )
    expect(Object.keys(outcomes)).toEqual(
      expect.arrayContaining([
        'done',
        'already_collected',
        'ask_paid',
        'awaiting_approval',
        'expired',
        'extended_already',
        'group_day_limit',
        'insufficient_funds',
        'not_sender',
        'on_hold',
        'refunded_already',
      ]),
    )
    // A deadlock or a broken rule of the database would have come out as an error that is no refusal.
    expect(Object.keys(outcomes).filter((code) => !/^[a-z_]+$/.test(code))).toEqual([])
    for (const { account } of people) {
      const [row] = await books.sql`
        select sent_since(${limit.since.toISOString()}, ${group}, ${account.id}) <= ${limit.most.toString()} as within`
      expect(row).toEqual({ within: true })
    }
    await expectBooksRight(books)
    await expectNoDeadlocks(all)
  })
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

test('of a packet that another process has made, each share is as it was drawn', async () => {
  const [books, [one, other]] = await openSideBySide(2)
  const [ada, ben, eve] = (await books.holders(3, 100_00n)) as [Holder, Holder, Holder]
  const seed = '5eed'.repeat(16)
  const packet = await (one as Books).send(ada, 30_00n, { shares: 2, seed })
  const shares: bigint[] = []
  for (const by of [ben, eve]) {
    await (other as Books).collect(packet, by)
    shares.push((await books.balance(by)) - 100_00n)
  }
  expect(shares).toEqual(luckyShares(seed, 30_00n, 2))
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

test('what a process remembers of the end of a transfer is no more than a guess', async () => {
  const [books, [one, other]] = (await openSideBySide(2)) as [Books, [Books, Books]]
  const [ada, ben] = (await books.holders(2, 10_00n)) as [Holder, Holder]
  const sent = await Promise.all([1n, 2n, 3n].map((amount) => one.send(ada, amount, { lifetime: 0.5 })))
  const [first, second, third] = sent as [Transfer, Transfer, Transfer]
  for (const { id } of [first, second])
    await other.ledger.submit({ do: 'extend', which: { id }, by: ada.actor, seconds: 60 })
  // This one has seen it itself.
  await one.ledger.submit({ do: 'extend', which: { id: third.id }, by: ada.actor, seconds: 60 })
  await untilDatabaseSays(books, third.expiresAt, 1)
  await expect(one.ledger.submit({ do: 'return', which: { id: first.id } })).rejects.toMatchObject({
    code: 'not_due',
  })
  await one.collect(first, ben)
  expect(await one.ledger.sweep(books.db)).toBe(0)
  for (const late of [second, third]) await one.collect(late, ben)
  expect(await books.balance(ben)).toBe(10_06n)
  await expectBooksRight(books)
})

test('a code that was replaced is dead at once, also for a process that remembers it', async () => {
  const [books, [one, other]] = (await openSideBySide(2)) as [Books, [Books, Books]]
  const [ada, ben] = (await books.holders(2, 10_00n)) as [Holder, Holder]
  const fresh = (id: string) => codeHashOf(`${id.slice(0, -1)}x`)
  const replace = (mine: Books, { id }: Transfer) =>
    mine.ledger.submit({ do: 'reissue', which: { id }, by: ada.actor, turn: 1, codeHash: fresh(id) })
  const byNew = (mine: Books, { id }: Transfer) =>
    mine.ledger.submit({ do: 'collect', which: { codeHash: fresh(id) }, by: ben.actor })
  for (const mine of [one, other]) {
    const sent = await one.send(ada, 1n)
    await replace(mine, sent)
    await expect(one.collect(sent, ben)).rejects.toMatchObject({ code: 'transfer_not_found' })
    // It has been read anew by its id, and the code of before still opens nothing.
    await expect(
      one.ledger.submit({ do: 'cancel', which: { id: sent.id }, by: ben.actor }),
    ).rejects.toMatchObject({
      code: 'not_sender',
    })
    await expect(one.collect(sent, ben)).rejects.toMatchObject({ code: 'transfer_not_found' })
    expect(await byNew(one, sent)).toMatchObject({ transfer: { state: 'collected' } })
  }
  // Who taps a button has no code, and gets it whatever the code is.
  const sent = await one.send(ada, 1n)
  await replace(other, sent)
  await one.ledger.submit({ do: 'collect', which: { id: sent.id }, by: ben.actor })
  expect(await books.balance(ben)).toBe(10_03n)
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
