import type { ISql } from 'postgres'
import { describe, expect, test } from 'vitest'
import type { Item } from '../../src/ledger/batch.ts'
import { openPeople } from '../../src/people/people.ts'
import {
  type Books,
  draftOf,
  expectBooksRight,
  type Holder,
  openBooks,
  openSideBySide,
  openStoreOn,
} from '../support/books.ts'

const ON_HOLD = { code: 'on_hold' }

describe('a person who may not send', () => {
  test('collects all the same, and what comes back comes back', async () => {
    const { books, ada, ben, hold } = await start()
    const [mine, waiting] = [await books.send(ada, 5_00n), await books.send(ben, 3_00n)]
    await hold(ada, 'send')
    await expect(books.send(ada, 1_00n)).rejects.toMatchObject(ON_HOLD)
    await books.withdraw(ada, 1_00n)
    await books.collect(waiting, ada)
    await books.issue(ada, 1_00n)
    await books.ledger.submit({ do: 'cancel', which: mine, by: ada.actor })
    expect(await books.balance(ada)).toBe(103_00n)
    await hold(ada, null)
    await books.send(ada, 103_00n)
    await expectBooksRight(books)
  })
})

describe('a person from whom and to whom nothing moves', () => {
  test('keeps what is theirs but for what an operator withdraws, and gets back what is nobody else’s', async () => {
    const { books, ada, ben, hold } = await start()
    await books.send(ada, 5_00n, { lifetime: 0.3 })
    const [declined, waiting] = [await books.send(ada, 2_00n, { to: ben }), await books.send(ben, 3_00n)]
    await hold(ada, 'all')
    for (const refused of [
      () => books.send(ada, 1_00n),
      () => books.collect(waiting, ada),
      () => books.issue(ada, 1_00n),
    ])
      await expect(refused()).rejects.toMatchObject(ON_HOLD)
    expect(await books.balance(ada)).toBe(93_00n)
    await books.withdraw(ada, 3_00n)
    await books.ledger.submit({ do: 'decline', which: declined, by: ben.actor })
    await expect.poll(() => books.ledger.sweep(books.db)).toBe(1)
    expect(await books.balance(ada)).toBe(97_00n)
    await expectBooksRight(books)
  })

  test('enters nothing that is drawn at its end', async () => {
    const { books, ada, ben, hold } = await start()
    const drawn = await books.send(ben, 3_00n, { seed: '5eed'.repeat(16), settlement: 'draw' })
    await hold(ada, 'all')
    await expect(books.collect(drawn, ada)).rejects.toMatchObject(ON_HOLD)
    expect(await books.sql`select from entrants`).toEqual([])
    await hold(ada, null)
    await books.collect(drawn, ada)
    await expectBooksRight(books)
  })

  test('is refused by the database, where the code doesn’t know of it', async () => {
    const { books, ada, ben, hold } = await start()
    const [{ id }, mine] = [await books.send(ben, 3_00n), await books.send(ada, 2_00n)]
    await hold(ada, 'all')
    const collect = () => books.sql`
      insert into entries (transfer_id, account_id, kind, amount, leaves, at)
      values (${id}, ${ada.account.id}, 'collect', 300, 'collected', now())`
    await expect(collect()).rejects.toMatchObject({ code: '23000' })
    const both = () => books.sql`
      insert into entries (transfer_id, account_id, kind, amount, leaves, at)
      values (${id}, ${ada.account.id}, 'collect', 300, 'collected', now()),
        (${mine.id}, ${ada.account.id}, 'return', 200, 'cancelled', now())`
    await expect(both(), 'beside what comes back').rejects.toMatchObject({ code: '23000' })
    await expect(books.sql`update accounts set hold = null`).rejects.toMatchObject({ code: '23000' })
    await hold(ada, 'send')
    await collect()
    await expectBooksRight(books)
  })

  test('is refused by a process that has known them otherwise, and the second time without a conflict', async () => {
    const { books, ada, ben, hold } = await start()
    const { store, connection } = openStoreOn(books)
    const process = (items: Item[], retry: boolean) => store.process(connection, items, retry)
    const send = (from: Holder): Item => ({ command: { do: 'create', draft: draftOf(from, 1_00n) } })
    const both = [send(ada), send(ben)]
    expect(await process(both, true)).toMatchObject({ kind: 'answered' })
    await hold(ada, 'send')
    const again = [send(ada), send(ben)]
    expect(await process(again, false)).toMatchObject({ kind: 'conflict' })
    const answered = { kind: 'answered', answers: [ON_HOLD, { transfer: { state: 'open' } }] }
    expect(await process(again, true)).toMatchObject(answered)
    expect(await process([send(ada), send(ben)], false)).toMatchObject(answered)
    await hold(ada, null)
    expect(await process([send(ada)], false)).toMatchObject({ kind: 'answered', answers: [{ claim: null }] })
    await expectBooksRight(books)
  })
})

test('a hold holds in every process at once', async () => {
  const [books, [one, other]] = (await openSideBySide(2)) as [Books, [Books, Books]]
  const [ada] = (await books.holders(1, 10_00n)) as [Holder]
  await one.send(ada, 1n)
  await other.send(ada, 1n)
  await openPeople(books.db).setHold(ada.person, 'send')
  await expect(one.send(ada, 1n)).rejects.toMatchObject(ON_HOLD)
  await expect(other.send(ada, 1n)).rejects.toMatchObject(ON_HOLD)
  expect(await openPeople(books.db).holdOf(ada.person)).toBe('send')
})

describe('an account that is opened', () => {
  const holdsOf = ({ sql }: Books, { person }: Holder) =>
    sql`select asset, hold from accounts where person_id = ${person} order by asset`

  test('after its person was put on hold is on hold, too, whatever it is opened with', async () => {
    const { books, ada, hold } = await start()
    await hold(ada, 'all')
    await openIn(books.sql, ada, 'POINT')
    expect(await holdsOf(books, ada)).toEqual([
      { asset: 'CREDIT', hold: 'all' },
      { asset: 'POINT', hold: 'all' },
    ])
    await hold(ada, null)
    expect(await holdsOf(books, ada)).toEqual([
      { asset: 'CREDIT', hold: null },
      { asset: 'POINT', hold: null },
    ])
  })

  test.each(['the hold', 'the account'])('at the same moment, is on hold: %s is first', async (first) => {
    const { books, ada, hold } = await start()
    let setting: PromiseLike<unknown> | undefined
    await books.sql.begin(async (tx) => {
      if (first === 'the hold') {
        await tx`update people set hold = 'all' where id = ${ada.person}`
        setting = openIn(books.sql, ada, 'POINT')
      } else {
        await openIn(tx, ada, 'POINT')
        setting = hold(ada, 'all')
      }
      await Promise.race([setting, expectSomebodyWaits(books)])
    })
    await setting
    expect(await holdsOf(books, ada)).toMatchObject([{ hold: 'all' }, { hold: 'all' }])
  })

  const openIn = (sql: ISql, { person }: Holder, asset: string) =>
    sql`
    insert into accounts (id, kind, person_id, asset) values (gen_random_uuid(), 'person', ${person}, ${asset})`.then(
      () => undefined,
    )

  const expectSomebodyWaits = ({ sql }: Books) =>
    expect
      .poll(async () => {
        const waiting = await sql`
          select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
        return waiting.length
      })
      .toBe(1)
})

async function start() {
  const books = await openBooks()
  const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
  await books.sql`insert into assets (code, scale) values ('POINT', 0)`
  const people = openPeople(books.db)
  const hold = (whom: Holder, kind: 'send' | 'all' | null) => people.setHold(whom.person, kind)
  return { books, ada, ben, hold }
}
