import { expect, test } from 'vitest'
import type { Transfer } from '../../src/ledger/commands.ts'
import {
  approve,
  type Books,
  draftOf,
  expectBooksRight,
  type Holder,
  keyOf,
  newPayout,
  newTreasury,
  openBooks,
  openSideBySide,
  type Treasury,
} from '../support/books.ts'

test('what is contributed is in the treasury at once, and once where it is asked for again', async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 3000_00n)) as [Holder]
  const treasury = await newTreasury(books, 10_00n)
  await books.sql`delete from outbox`
  const request = keyOf('contribution')
  const given = await books.contribute(ada, 20_00n, treasury, { request, group: treasury.group })
  expect(given).toMatchObject({ state: 'collected', remaining: 0n, claimed: 1, groupId: treasury.group })
  expect(await books.contribute(ada, 20_00n, treasury, { request, group: treasury.group })).toMatchObject({
    id: given.id,
    state: 'collected',
  })
  expect(await books.balance(treasury)).toBe(30_00n)
  expect(await books.sql`select events::text, accounts::text from outbox`).toEqual([
    { events: '{created,claimed}', accounts: `{NULL,${treasury.account.id}}` },
  ])
  await expect(books.contribute(ada, 2000_01n, treasury)).rejects.toMatchObject({ code: 'amount_too_large' })
  await expect(books.contribute(ada, 0n, treasury)).rejects.toMatchObject({ code: 'amount_too_small' })
  await expect(
    books.ledger.submit({
      do: 'contribute',
      draft: draftOf(treasury, 1n, { to: treasury }),
      to: treasury.account,
    }),
  ).rejects.toMatchObject({ code: 'own_transfer' })
  await expectBooksRight(books)
})

test('a payout that needs approvals is held until it has them, and none is by who asked for it', async () => {
  const { books, treasury, ada, ben, eve } = await start()
  const { id, items } = await newPayout(books, treasury, ada, {
    approvals: 2,
    amounts: [5_00n, 3_00n, 2_00n],
  })
  const [first, second, third] = (await Promise.all(
    items.map((item) => books.send(treasury, item.amount, { id: item.id, payout: id, lifetime: 3600 })),
  )) as [Transfer, Transfer, Transfer]
  expect(first).toMatchObject({ payoutId: id, awaits: 2 })
  expect(first.expiresAt.getTime() - first.createdAt.getTime()).toBe(3600_000)
  const byHand = () => books.sql`
    insert into entries (transfer_id, account_id, kind, amount, leaves, at)
    values (${second.id}, ${ben.account.id}, 'collect', 300, 'collected', now())`

  await expect(approve(books, id, ada)).rejects.toMatchObject({ code: '23000' })
  await approve(books, id, ben)
  await expect(approve(books, id, ben)).rejects.toMatchObject({ code: '23505' })
  await expect(books.collect(first, ben)).rejects.toMatchObject({ code: 'awaiting_approval' })
  await expect(byHand()).rejects.toMatchObject({ code: '23000' })
  expect(
    await books.ledger.submit({ do: 'cancel', which: third, by: treasury.actor }),
    'it can be taken back',
  ).toMatchObject({ transfer: { state: 'cancelled', awaits: 1 } })

  await approve(books, id, eve)
  const [, , , another] = (await books.holders(4)) as Holder[]
  await expect(approve(books, id, another as Holder)).rejects.toMatchObject({ code: '23514' })
  expect(await books.collect(first, ben)).toMatchObject({ state: 'collected', awaits: 0 })
  await byHand()
  expect(await books.balance(ben)).toBe(108_00n)
  await expectBooksRight(books)
})

test('without its approvals it goes back to the treasury in time', async () => {
  const { books, treasury, ada } = await start()
  const { id, items } = await newPayout(books, treasury, ada, { approvals: 1, amounts: [5_00n] })
  for (const item of items)
    await books.send(treasury, item.amount, { id: item.id, payout: id, lifetime: 0.05 })
  await expect.poll(() => books.ledger.sweep(books.db)).toBe(1)
  expect(await books.balance(treasury)).toBe(100_00n)
  await expectBooksRight(books)
})

test('a process that made a payout learns that it has its approvals', async () => {
  const [books, [one, other]] = (await openSideBySide(2)) as [Books, [Books, Books]]
  const [ada, ben] = (await books.holders(2)) as [Holder, Holder]
  const treasury = await newTreasury(books, 100_00n)
  const { id, items } = await newPayout(books, treasury, ada, { approvals: 1, amounts: [5_00n, 4_00n] })
  const [first, second] = (await Promise.all(
    items.map((item) => one.send(treasury, item.amount, { id: item.id, payout: id })),
  )) as [Transfer, Transfer]
  await expect(one.collect(first, ben)).rejects.toMatchObject({ code: 'awaiting_approval' })
  await approve(books, id, ben)
  await other.collect(first, ben)
  const cancelled = one.ledger.submit({ do: 'cancel', which: second, by: treasury.actor })
  expect(await cancelled).toMatchObject({ transfer: { awaits: 0 } })
  await expectBooksRight(books)
})

test('by hand, the terms of a payout stay, and its approvals', async () => {
  const { books, treasury, ada, ben } = await start()
  const { sql } = books
  const { id } = await newPayout(books, treasury, ada, { approvals: 2, amounts: [5_00n] })
  await approve(books, id, ben)
  const refused = async (statement: string, code = '23000') =>
    expect(Promise.resolve(sql.unsafe(statement)), statement).rejects.toMatchObject({ code })
  for (const column of [
    'group_id',
    'made_by',
    'asset',
    'total',
    'note',
    'approvals',
    'approved',
    'created_at',
  ])
    await refused(`update payouts set ${column} = ${column}`)
  for (const column of ['transfer_id', 'person_id', 'handle', 'amount', 'note'])
    await refused(`update payout_items set ${column} = ${column}`)
  for (const table of ['payouts', 'payout_items', 'payout_approvals', 'transfer_notes', 'trail']) {
    await refused(`delete from ${table}`)
    await refused(`truncate ${table} cascade`)
  }
  for (const table of ['payout_approvals', 'transfer_notes', 'trail'])
    await refused(`update ${table} set at = at`)
  await refused(
    `insert into payouts (id, group_id, made_in, made_by, asset, total, approvals, approved)
     select gen_random_uuid(), group_id, made_in, made_by, asset, total, 2, 2 from payouts`,
  )
  await sql`update payouts set made_at = now()`
  await sql`update payout_items set outcome = 'made'`
})

test('a transfer of a payout is one that stands there, from its group’s account', async () => {
  const { books, treasury, ada } = await start()
  const another = await newTreasury(books, 100_00n)
  const { id, items } = await newPayout(books, treasury, ada, { amounts: [5_00n] })
  const own = await newPayout(books, another, ada, { amounts: [5_00n] })
  const item = items[0] as Item
  const made = (from: Pick<Treasury, 'account'>, amount: bigint, transfer: string, payout = id) =>
    books.send(from, amount, { id: transfer, payout })
  for (const wrong of [
    () => made(treasury, 5_01n, item.id),
    () => made(another, 5_00n, item.id),
    () => made(ada, 5_00n, item.id),
    () => made(treasury, 5_00n, (own.items[0] as Item).id),
    () => made(another, 5_00n, item.id, own.id),
  ])
    await expect(wrong()).rejects.toMatchObject({ code: '23000' })
  await made(treasury, 5_00n, item.id)
  await expectBooksRight(books)
})

type Item = Awaited<ReturnType<typeof newPayout>>['items'][number]

async function start() {
  const books = await openBooks()
  const [ada, ben, eve] = (await books.holders(3, 100_00n)) as [Holder, Holder, Holder]
  const treasury = await newTreasury(books, 100_00n)
  return { books, treasury, ada, ben, eve }
}
