import { v7 } from 'uuid'
import { expect, test } from 'vitest'
import type { Limit, Transfer } from '../../src/ledger/commands.ts'
import {
  type Books,
  draftOf,
  expectBooksRight,
  expectNoDeadlocks,
  type Holder,
  newGroup,
  newTreasury,
  openAnotherLedger,
  openBooks,
  openSideBySide,
  openStoreOn,
  outcomesOf,
  untilDatabaseSays,
} from '../support/books.ts'

const HOUR_MS = 3600_000
const limitOf = (most: bigint, hours = 1): Limit => ({ since: new Date(Date.now() - hours * HOUR_MS), most })
const overLimit = (sent: string, most: string) => ({
  code: 'group_day_limit',
  details: { sent, most, asset: 'CREDIT' },
})

test('what a person may send in a group counts over all its chats, and by what did not come back', async () => {
  const books = await openBooks()
  const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
  const treasury = await newTreasury(books, 1_00n)
  const { group } = treasury
  const [joined, elsewhere] = [await newGroup(books, group), await newGroup(books)]
  const terms = { group, limit: limitOf(10_00n) }
  const submit = books.ledger.submit

  const first = await books.send(ada, 4_00n, terms)
  await books.collect(first, ben)
  await books.send(ada, 3_00n, { ...terms, group: joined })
  await expect(books.send(ada, 3_01n, terms)).rejects.toMatchObject(overLimit('7.00', '10.00'))
  await books.send(ada, 50_00n, { ...terms, group: elsewhere, limit: limitOf(50_00n) })
  await books.send(ben, 10_00n, terms)
  await books.contribute(ada, 1_00n, treasury, terms)
  await expect(books.contribute(ada, 2_01n, treasury, terms)).rejects.toMatchObject(
    overLimit('8.00', '10.00'),
  )

  // What nobody took doesn't count, of a packet what was left over.
  const cancelled = await books.send(ada, 2_00n, terms)
  await expect(books.send(ada, 1n, terms)).rejects.toMatchObject(overLimit('10.00', '10.00'))
  await submit({ do: 'cancel', which: cancelled, by: ada.actor })
  const packet = await books.send(ada, 2_00n, { ...terms, shares: 4 })
  await books.collect(packet, ben)
  await submit({ do: 'cancel', which: packet, by: ada.actor })
  await expect(books.send(ada, 1_51n, terms)).rejects.toMatchObject(overLimit('8.50', '10.00'))
  await books.send(ada, 1_50n, terms)

  await expect(books.send(ada, 1n, { ...terms, group: joined })).rejects.toMatchObject(
    overLimit('10.00', '10.00'),
  )
  await books.send(ada, 1n, { ...terms, limit: limitOf(1n, 0) })
  await expectBooksRight(books)
})

test('a limit is for whoever sends, within one batch as well', async () => {
  const books = await openBooks()
  const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
  const [group, elsewhere] = [await newGroup(books), await newGroup(books)]
  const joined = await newGroup(books, group)
  const sizes: number[] = []
  const { send, ledger } = books.through(
    openAnotherLedger(books.url, { measure: ({ size }) => void sizes.push(size) }),
  )
  const before = await send(ada, 1_00n, { group })
  await untilDatabaseSays(books, before.createdAt, 10)
  const terms = { group, limit: { since: new Date(before.createdAt.getTime() + 5), most: 5_00n } }
  const mine = await send(ada, 1_00n, terms)
  sizes.length = 0
  const cancel = (which: Transfer) => ledger.submit({ do: 'cancel', which, by: ada.actor })
  const outcomes = await outcomesOf([
    send(ada, 4_00n, { group: elsewhere }),
    send(ada, 2_00n, { group: joined }),
    send(ada, 2_00n, terms),
    cancel(before),
    send(ada, 1_00n, terms),
    send(ben, 5_00n, terms),
    cancel(mine),
    send(ada, 1_00n, terms),
    send(ada, 1n, terms),
  ])
  expect(outcomes).toEqual({ done: 7, group_day_limit: 2 })
  expect(sizes).toEqual([9])
  await expectBooksRight(books)
})

test('what is over a limit is refused at once, and not tried', async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  const terms = { group: await newGroup(books), limit: limitOf(5_00n) }
  const { store, connection } = openStoreOn(books)
  const send = (amount: bigint, isRetry = false) =>
    store.process(connection, [{ command: { do: 'create', draft: draftOf(ada, amount, terms) } }], isRetry)
  expect(await send(5_00n, true)).toMatchObject({ kind: 'answered', wrote: [{ event: 'created' }] })
  expect(await send(1n)).toMatchObject({ kind: 'answered', answers: [{ code: 'group_day_limit' }] })
})

test('of one person who sends by two processes at the same moment, no more passes than the group allows', async () => {
  const [books, all] = (await openSideBySide(2)) as [Books, [Books, Books]]
  const senders = (await books.holders(8, 100_00n)) as [Holder, ...Holder[]]
  const group = await newGroup(books)
  const outcomes = await outcomesOf(
    senders.flatMap((sender) =>
      Array.from({ length: 20 }, (_, index) =>
        (all[index % 2] as Books).send(sender, 1_00n, { group, limit: limitOf(5_00n) }),
      ),
    ),
  )
  expect(outcomes).toEqual({ done: 8 * 5, group_day_limit: 8 * 15 })
  for (const sender of senders) expect(await books.balance(sender)).toBe(95_00n)
  await expectBooksRight(books)
  await expectNoDeadlocks(all)
})

test('the database checks a limit at the commit, when it sees what others have sent meanwhile', async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  const group = await newGroup(books)
  const limit = limitOf(5_00n)
  const insert = async (sql: Pick<Books, 'sql'>['sql'], amount: bigint, more: object = {}) => {
    const { id, codeHash } = draftOf(ada, amount)
    const row = {
      id,
      asset: 'CREDIT',
      amount: amount.toString(),
      remaining: amount.toString(),
      from_account: ada.account.id,
      group_id: group,
      limit_since: limit.since.toISOString(),
      limit_most: limit.most.toString(),
      code_hash: Buffer.from(codeHash, 'hex'),
      created_at: new Date().toISOString(),
      expires_at: new Date(Date.now() + HOUR_MS).toISOString(),
      ...more,
    }
    // In the order in which the check would come before the lock, were it not put off to the commit.
    await sql`
      with moved as (
        insert into entries (transfer_id, account_id, kind, amount, leaves, at)
        values (${id}, ${ada.account.id}, 'fund', ${(-amount).toString()}, 'open', now())
      )
      insert into transfers ${sql(row)}`
  }
  let second: Promise<unknown> | undefined
  await books.sql.begin(async (tx) => {
    await insert(tx as never, 3_00n)
    second = insert(books.sql, 3_00n)
    second.catch(() => {})
    await expect
      .poll(
        () =>
          books.sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      )
      .toHaveLength(1)
  })
  await expect(second).rejects.toMatchObject({ code: '23000' })
  await insert(books.sql, 2_00n)
  await expect(insert(books.sql, 1n)).rejects.toMatchObject({ code: '23000' })
  for (const faulty of [{ group_id: null }, { limit_since: null }, { limit_most: null }])
    await expect(insert(books.sql, 1n, faulty)).rejects.toMatchObject({ code: '23514' })
  await insert(books.sql, 1n, { limit_since: null, limit_most: null })
  await expectBooksRight(books)
})

test('a limit is kept to by the times in the database, also where the clock that made the ids is behind', async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  const group = await newGroup(books)
  const terms = { group, limit: limitOf(5_00n) }
  const hoursAgo = (hours: number) => v7({ msecs: Date.now() - hours * HOUR_MS })
  const sent: Transfer[] = [await books.send(ada, 3_00n, { ...terms, id: hoursAgo(20) })]
  await expect(books.send(ada, 3_00n, terms)).rejects.toMatchObject(overLimit('3.00', '5.00'))
  sent.push(await books.send(ada, 2_00n, { ...terms, id: hoursAgo(0) }))
  expect(sent.every(({ createdAt }) => createdAt > terms.limit.since)).toBe(true)
})
