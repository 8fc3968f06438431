import { describe, expect, test } from 'vitest'
import { audit } from '../../src/ledger/audit.ts'
import { type Holder, newPayout, newTreasury, openBooks, transferOfTwenty } from '../support/books.ts'

describe('the audit', () => {
  test('counts what it has recomputed, and finds nothing in books that are right', async () => {
    const books = await openBooks()
    await transferOfTwenty(books)
    expect(await audit(books.db)).toEqual({ accounts: 5, transfers: 4, entries: 7, faults: [] })
  })

  test.each<[what: string, table: string, statement: string, fault: RegExp]>([
    [
      'a balance that was changed',
      'accounts',
      `update accounts set balance = balance + 1 where id = $account`,
      /^Account \S+ says 8001, its entries 8000\.$/,
    ],
    [
      'a transfer that holds less than its entries say',
      'transfers',
      `alter table transfers drop constraint transfers_pay_equal_shares; update transfers set remaining = 1999 where id = $transfer`,
      /^Transfer \S+ \(open\) says 1999 remain, its entries 2000\.$/,
    ],
    [
      'a transfer that was closed without an entry',
      'transfers',
      `update transfers set state = 'returned', closed_at = now(), remaining = 0 where id = $transfer`,
      /^Transfer \S+ \(returned\) says 0 remain, its entries 2000\.$/,
    ],
    [
      'a claim that was made up',
      'transfers',
      `alter table transfers drop constraint transfers_pay_equal_shares; update transfers set shares = 2, claimed = 1 where id = $transfer`,
      /^Transfer \S+ \(open\) says it has paid 1, its entries 0\.$/,
    ],
    [
      'an entry that was changed',
      'entries',
      `update entries set amount = -2001 where transfer_id = $transfer`,
      /its entries 2001\.$/,
    ],
    [
      'an entry that is gone',
      'entries',
      `delete from entries where transfer_id = $transfer`,
      /its entries 0\.$/,
    ],
    [
      'an entry of a transfer that there is not',
      'entries',
      `insert into entries (transfer_id, account_id, kind, amount, leaves, at) values (gen_random_uuid(), $account, 'collect', 1, 'collected', now())`,
      /^An entry of transfer \S+ and account \S+ fits neither\.$/,
    ],
    [
      'money out of nowhere',
      'accounts',
      `update accounts set balance = balance + 1 where id = $account`,
      /^CREDIT: balances and open transfers add up to 1, not to 0\.$/,
    ],
    [
      'a person below zero',
      'accounts',
      `alter table accounts drop constraint accounts_only_issuer_below_zero; update accounts set balance = -1 where id = $account`,
      /^Account \S+ is below zero: -1\.$/,
    ],
    [
      'a hold that was forgotten at an account',
      'accounts',
      `update accounts set hold = 'all' where id = $account`,
      /^Account \S+ is not on hold as its person is\.$/,
    ],
    [
      'an account that nobody linked',
      'accounts',
      `update accounts set kin = person_id where id = $account`,
      /^Account \S+ has not come into another as its person has\.$/,
    ],
    [
      'a person who has become one with another, and acts all the same',
      'people',
      `insert into identities (messenger, id, person_id) select 'discord', '80351110224678912', person_id from accounts where id = $account;
        update people set kin = id, merged_into = (select p.id from people p where p.id <> people.id limit 1)
        where id = (select person_id from accounts where id = $account)`,
      /^Person \S+ has not become one with another as they should\.$/,
    ],
    [
      'money that returned to somebody else',
      'entries',
      `insert into entries (transfer_id, account_id, kind, amount, leaves, at)
        select $transfer, id, 'return', 2000, 'returned', now() from accounts where id <> $account and kind = 'person' limit 1`,
      /^Transfer \S+ has returned to an account that it did not come from\.$/,
    ],
  ])('finds %s', async (_what, table, statement, fault) => {
    const books = await openBooks()
    const { transfer, ada } = await transferOfTwenty(books)
    await books.sql.unsafe(`
      alter table ${table} disable trigger user;
      ${statement.replaceAll('$transfer', `'${transfer}'`).replaceAll('$account', `'${ada}'`)};
      alter table ${table} enable trigger user`)
    const { faults } = await audit(books.db)
    expect(faults).toContainEqual(expect.stringMatching(fault))
  })

  test.each<[what: string, table: string, statement: string, fault: RegExp]>([
    [
      'an approval that nobody gave',
      'payouts',
      'update payouts set approved = 1',
      /^Payout \S+ says 1 have approved it, but 0 have\.$/,
    ],
    [
      'an item that is gone',
      'payout_items',
      'delete from payout_items',
      /^Payout \S+ says 500, its items 0\.$/,
    ],
    [
      'a transfer of more than its payout says',
      'payout_items',
      'update payout_items set amount = 499',
      /^Transfer \S+ is not what payout \S+ says, or was not approved\.$/,
    ],
    [
      'a transfer that was collected without an approval',
      'transfers',
      `update transfers set state = 'collected', claimed = 1, remaining = 0, closed_at = now() where payout_id is not null`,
      /^Transfer \S+ is not what payout \S+ says, or was not approved\.$/,
    ],
  ])('finds %s', async (_what, table, statement, fault) => {
    const books = await openBooks()
    const [ada] = (await books.holders(1)) as [Holder]
    const treasury = await newTreasury(books, 100_00n)
    const { id, items } = await newPayout(books, treasury, ada, { approvals: 1, amounts: [5_00n] })
    for (const item of items) await books.send(treasury, item.amount, { id: item.id, payout: id })
    expect(await audit(books.db)).toMatchObject({ faults: [] })
    await books.sql.unsafe(`
      alter table ${table} disable trigger user; ${statement}; alter table ${table} enable trigger user`)
    expect((await audit(books.db)).faults).toContainEqual(expect.stringMatching(fault))
  })

  test.each<[what: string, statement: string, fault: RegExp]>([
    [
      'a share that was not drawn',
      `update entries set amount = amount + 1 where kind = 'collect' and leaves = 'open'`,
      /^Claim 1 of transfer \S+ paid \d+, which is not its share\.$/,
    ],
    [
      'a draw of another seed',
      `update draws set seed = sha256('another')`,
      /^The shares of transfer \S+ are not what its seed draws\.$/,
    ],
    [
      'a draw that was bent',
      `update draws set rests[1] = rests[1] - 1`,
      /^The shares of transfer \S+ are not what its seed draws\.$/,
    ],
    [
      'a draw that is gone',
      `delete from draws`,
      /^The shares of transfer \S+ are not what its seed draws\.$/,
    ],
  ])('finds %s', async (_what, statement, fault) => {
    const books = await openBooks()
    const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
    await books.collect(await books.send(ada, 30_00n, { shares: 3, seed: '5eed'.repeat(16) }), ben)
    expect(await audit(books.db)).toMatchObject({ faults: [] })
    await books.sql.unsafe(`
      alter table entries disable trigger user; alter table draws disable trigger user; ${statement};
      alter table entries enable trigger user; alter table draws enable trigger user`)
    expect((await audit(books.db)).faults).toContainEqual(expect.stringMatching(fault))
  })

  test('finds a transfer that has paid somebody to whom its sender has not said yes', async () => {
    const books = await openBooks()
    const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
    await books.collect(await books.send(ada, 1n), ben)
    await books.sql.unsafe(`
      alter table transfers disable trigger user; update transfers set confirms = true; alter table transfers enable trigger user`)
    expect((await audit(books.db)).faults).toContainEqual(
      expect.stringMatching(/^Transfer \S+ has paid somebody whom its sender has not confirmed\.$/),
    )
  })

  test('sees one moment of the books, whatever goes on meanwhile', async () => {
    const books = await openBooks()
    const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
    let goesOn = true
    const traffic = (async () => {
      while (goesOn) await books.collect(await books.send(ada, 1n), ben)
    })()
    for (let round = 0; round < 20; round++) expect(await audit(books.db)).toMatchObject({ faults: [] })
    goesOn = false
    await traffic
  })
})
