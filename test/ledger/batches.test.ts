import { describe, expect, onTestFinished, test } from 'vitest'
import { openSql } from '../../db/drivers.ts'
import type { Item } from '../../src/ledger/batch.ts'
import { ANYONE, type Transfer } from '../../src/ledger/commands.ts'
import {
  codeHashOf,
  draftOf,
  expectBooksRight,
  type Holder,
  openAnotherLedger,
  openBooks,
  openStoreOn,
  outcomesOf,
} from '../support/books.ts'

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
