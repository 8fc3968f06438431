import { v7 } from 'uuid'
import { describe, expect, test } from 'vitest'
import { accountOf } from '../../src/ledger/accounts.ts'
import { expectBooksRight, type Holder, ISSUERS, openBooks, untilDatabaseSays } from '../support/books.ts'

test('a group has an account of its own: who acts for it sends and collects with its money', async () => {
  const books = await openBooks()
  const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
  const id = v7()
  await books.sql`insert into groups (id) values (${id})`
  const owner = { kind: 'group', id } as const
  const club: Holder = { ...ada, account: accountOf(owner, 'CREDIT'), actor: { ...ada.actor, owner } }
  await books.collect(await books.send(ada, 30_00n, { to: club }), club)
  await expect(books.collect(await books.send(ada, 1_00n, { to: club }), ben)).rejects.toMatchObject({
    code: 'not_for_you',
  })
  await books.collect(await books.send(club, 20_00n), ben)
  await expect(books.send(club, 10_01n)).rejects.toMatchObject({ code: 'insufficient_funds' })
  expect(await books.balance(club)).toBe(10_00n)
  expect(await books.balance(ben)).toBe(120_00n)
  await expectBooksRight(books)
})

describe('a transfer', () => {
  test('is collected just before its time and refused just after, though nobody has swept', async () => {
    const books = await openBooks()
    const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
    const early = await books.send(ada, 1_00n, { lifetime: 1 })
    const late = await books.send(ada, 1_00n, { lifetime: 1 })
    await untilDatabaseSays(books, early.expiresAt, -500)
    await books.collect(early, ben)
    await untilDatabaseSays(books, late.expiresAt, 0)
    await expect(books.collect(late, ben)).rejects.toMatchObject({ code: 'expired' })
    await expect(
      books.ledger.submit({ do: 'cancel', which: { id: late.id }, by: ada.actor }),
    ).rejects.toMatchObject({ code: 'expired' })
    expect(await books.balance(ben)).toBe(101_00n)
    const [row] = await books.sql`select state, remaining from transfers where id = ${late.id}`
    expect(row).toEqual({ state: 'open', remaining: '100' })
  })

  test('that waited for a lock until its time was over is refused', async () => {
    const books = await openBooks()
    const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
    const transfer = await books.send(ada, 1_00n, { lifetime: 0.5 })
    let claim: Promise<unknown> | undefined
    await books.sql.begin(async (tx) => {
      await tx`select from transfers where id = ${transfer.id} for update`
      claim = books.collect(transfer, ben).catch((error: unknown) => error)
      await untilDatabaseSays(books, transfer.expiresAt, 0)
    })
    expect(await claim).toMatchObject({ code: 'expired' })
  })

  test('goes back when the one it is for declines it', async () => {
    const books = await openBooks()
    const [ada, ben, eve] = (await books.holders(3, 100_00n)) as [Holder, Holder, Holder]
    const { id } = await books.send(ada, 20_00n, { to: ben })
    const decline = (by: Holder) => books.ledger.submit({ do: 'decline', which: { id }, by: by.actor })
    await expect(decline(eve)).rejects.toMatchObject({ code: 'not_recipient' })
    expect(await decline(ben)).toMatchObject({ transfer: { state: 'declined', remaining: 0n } })
    await expect(decline(ben)).rejects.toMatchObject({ code: 'declined' })
    expect(await books.balance(ada)).toBe(100_00n)
    expect(await books.balance(ben)).toBe(100_00n)
  })

  test('from the issuer brings money in, one to the issuer takes it out', async () => {
    const books = await openBooks()
    const [ada] = (await books.holders(1)) as [Holder]
    await books.issue(ada, 100_00n)
    await books.withdraw(ada, 40_00n)
    expect(await books.balance(ada)).toBe(60_00n)
    expect(await books.balance(ISSUERS)).toBe(-60_00n)
    await expect(books.withdraw(ada, 60_01n)).rejects.toMatchObject({ code: 'insufficient_funds' })
    await expectBooksRight(books)
  })
})
