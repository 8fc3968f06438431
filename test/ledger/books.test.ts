import { v7 } from 'uuid'
import { describe, expect, test } from 'vitest'
import {
  type Books,
  codeHashOf,
  ISSUERS,
  newGroup,
  openBooks,
  type Parties,
  transferOfTwenty,
} from '../support/books.ts'

/** What Postgres answers when the books say no: 23000 by a trigger, 23505 by a key, 23514 by a check. */
type Refusal = '23000' | '23503' | '23505' | '23514' | '0A000'

describe('by hand, past the code, the database refuses', () => {
  test.each<[what: string, refusal: Refusal, statement: string]>([
    ['an entry that is changed', '23000', 'update entries set amount = amount + 1'],
    ['an entry that is deleted', '23000', 'delete from entries'],
    ['all entries emptied out', '23000', 'truncate entries'],
    ['a balance that is written', '23000', 'update accounts set balance = balance + 1'],
    [
      'a balance that is written over',
      '23000',
      `insert into accounts select * from accounts on conflict (id) do update set balance = 1`,
    ],
    ['an account that is deleted', '23000', 'delete from accounts'],
    [
      'an account that is born rich',
      '23000',
      `insert into accounts (id, kind, person_id, asset, balance) select gen_random_uuid(), 'person', id, 'CREDIT', 1 from people limit 1`,
    ],
    ['a transfer that is opened again', '23000', `update transfers set state = 'open', closed_at = null`],
    [
      'a transfer that gets more time',
      '23000',
      `update transfers set expires_at = expires_at + interval '1 hour'`,
    ],
    ['a transfer that is for somebody else now', '23000', 'update transfers set to_account = null'],
    ['a transfer that is deleted', '23000', 'delete from transfers'],
    ['transfers emptied out', '23000', 'truncate transfers cascade'],
    ['a transfer that has more shares', '23000', 'update transfers set shares = 2'],
    ['a claim that nobody made', '23000', 'update transfers set claimed = claimed + 1'],
    [
      'an account of a person and a group',
      '23514',
      `insert into groups (id) values ('00000000-0000-7000-8000-000000000001');
       insert into accounts (id, kind, person_id, group_id, asset)
       select gen_random_uuid(), 'person', id, '00000000-0000-7000-8000-000000000001', 'CREDIT' from people limit 1`,
    ],
    [
      'an account of a group that is none',
      '23514',
      `insert into accounts (id, kind, asset) values (gen_random_uuid(), 'group', 'CREDIT')`,
    ],
  ])('%s', async (_what, refusal, statement) => {
    const books = await openBooks()
    await transferOfTwenty(books)
    await expectRefused(books, refusal, () => books.sql.unsafe(statement))
  })

  test.each<[what: string, refusal: Refusal, entry: (t: Parties) => Partial<EntryRow>]>([
    ['an entry of an account that there is not', '23000', () => ({ account: v7() })],
    ['an entry of a transfer that there is not', '23000', () => ({ transfer: v7() })],
    ['an entry into an account of another asset', '23000', ({ foreign }) => ({ account: foreign })],
    [
      'a return to somebody else than the sender',
      '23000',
      ({ ben }) => ({ account: ben, kind: 'return', leaves: 'returned' }),
    ],
    [
      'a second funding by somebody else',
      '23000',
      ({ ben }) => ({ account: ben, kind: 'fund', amount: -20_00, leaves: 'open' }),
    ],
    [
      'a second funding by the sender',
      '23505',
      ({ ada }) => ({ account: ada, kind: 'fund', amount: -20_00, leaves: 'open' }),
    ],
    ['more than the transfer holds', '23514', () => ({ amount: 20_01 })],
    ['less than the transfer holds, and the rest forgotten', '23514', () => ({ amount: 19_99 })],
    ['a collect that takes money out of an account', '23514', () => ({ amount: -20_00 })],
    ['a collect of nothing', '23514', () => ({ amount: 0 })],
    ['a collect that leaves the transfer open', '23514', () => ({ leaves: 'open' })],
    ['a collect that leaves it cancelled', '23514', () => ({ leaves: 'cancelled' })],
  ])('%s', async (_what, refusal, entryOf) => {
    const books = await openBooks()
    const parties = await transferOfTwenty(books)
    await expectRefused(books, refusal, () =>
      insertEntry(books, { ...collectBy(parties), ...entryOf(parties) }),
    )
  })

  test('a second collect, by the same person or by another', async () => {
    const books = await openBooks()
    const parties = await transferOfTwenty(books)
    await insertEntry(books, collectBy(parties))
    await expectRefused(books, '23505', () => insertEntry(books, collectBy(parties)))
    await expectRefused(books, '23000', () =>
      insertEntry(books, { ...collectBy(parties), account: parties.eve }),
    )
  })

  test('two collects of one transfer in one statement', async () => {
    const books = await openBooks()
    const parties = await transferOfTwenty(books)
    const both = () => books.sql`insert into entries (transfer_id, account_id, kind, amount, leaves, at)
      select ${parties.transfer}, unnest(${[parties.ben, parties.eve]}::uuid[]), 'collect', 2000, 'collected', now()`
    await expectRefused(books, '23000', both)
  })

  test('a drawn share of another amount, shares in another order, and a draw that was changed', async () => {
    const books = await openBooks()
    const parties = await transferOfTwenty(books)
    const transfer = await insertTransfer(books, {
      from: parties.ada,
      amount: 20,
      shares: 3,
      draw: [20, 5, 4, 0],
    })
    const share = { ...collectBy(parties), transfer, leaves: 'open' }
    for (const amount of [14, 16, 1, 4])
      await expectRefused(books, '23000', () => insertEntry(books, { ...share, amount }))
    await insertEntry(books, { ...share, amount: 15 })
    await expectRefused(books, '23000', () =>
      insertEntry(books, { ...share, account: parties.eve, amount: 4 }),
    )
    for (const change of ['update draws set rests = rests', 'delete from draws', 'truncate draws'])
      await expectRefused(books, '23000', () => books.sql.unsafe(change))
  })

  test('who enters what pays at once, twice, out of turn, their own, or too late, and who leaves it', async () => {
    const books = await openBooks()
    const { transfer, ada, ben, eve, foreign } = await transferOfTwenty(books)
    const terms = { from: ada, amount: 20, shares: 2, settlement: 'draw' as const, draw: [] }
    const entered = await insertTransfer(books, terms)
    const enter = (account: string, turn: number, into = entered) =>
      books.sql`insert into entrants (transfer_id, account_id, turn, at) values (${into}, ${account}, ${turn}, now())`
    await expectRefused(books, '23000', () => enter(ben, 1, transfer))
    await expectRefused(books, '23000', () => enter(ada, 1))
    await expectRefused(books, '23000', () => enter(foreign, 1))
    await expectRefused(books, '23000', () => enter(ben, 2))
    await enter(ben, 1)
    await expectRefused(books, '23505', () => enter(ben, 2))
    await expectRefused(books, '23505', () => enter(eve, 1))
    for (const change of ['update entrants set turn = turn', 'delete from entrants', 'truncate entrants'])
      await expectRefused(books, '23000', () => books.sql.unsafe(change))
    const over = await insertTransfer(books, { ...terms, lifetime: '1 microsecond' })
    await expectRefused(books, '23000', () => enter(ben, 1, over))
  })

  test('what people have entered pays before its end, or somebody else', async () => {
    const books = await openBooks()
    const parties = await transferOfTwenty(books)
    const { ada, ben, eve } = parties
    const transfer = await insertTransfer(books, {
      from: ada,
      amount: 20,
      settlement: 'split',
      shares: 5,
      draw: [],
      lifetime: '3 seconds',
    })
    await books.sql`insert into entrants (transfer_id, account_id, turn, at) values (${transfer}, ${ben}, 1, now())`
    const share = { ...collectBy(parties), transfer, amount: 20 }
    await expectRefused(books, '23000', () => insertEntry(books, share))
    await books.sql`select pg_sleep(3.1)`
    await expectRefused(books, '23000', () => insertEntry(books, { ...share, account: eve }))
    await expectRefused(books, '23514', () => insertEntry(books, { ...share, amount: 19 }))
    await insertEntry(books, share)
  })

  test.each<[what: string, row: Partial<TransferRow>]>([
    ['that pays at its end, without a seed', { settlement: 'draw' }],
    ['that pays at its end, for somebody', { settlement: 'draw', draw: [], to: 'ben' }],
    ['without its draw', { seed: 'ab' }],
    ['with the draw of another seed', { draw: [20, 5, 4, 0], seed: 'ab' }],
    ['with a share of nothing', { draw: [20, 5, 5, 0] }],
    ['with a share below nothing', { draw: [20, 5, 6, 0] }],
    ['that keeps something for ever', { draw: [20, 5, 4, 1] }],
    ['with a share too few', { draw: [20, 5, 0] }],
    ['with a share too many', { draw: [20, 5, 4, 3, 0] }],
    ['of which the first takes more than all', { draw: [21, -1, 4, 0] }],
  ])('a transfer of drawn shares %s', async (_what, row) => {
    const books = await openBooks()
    const { ada, ben } = await transferOfTwenty(books)
    const to = row.to && ben
    await expectRefused(books, row.settlement ? '23514' : '23000', () =>
      insertTransfer(books, { from: ada, amount: 20, shares: 3, ...row, ...(to && { to }) }),
    )
  })

  test('a share after the last, a share twice, one that ends it while others are left, and one that is not equal', async () => {
    const books = await openBooks()
    const parties = await transferOfTwenty(books)
    const transfer = await insertTransfer(books, { from: parties.ada, shares: 2 })
    const share = { ...collectBy(parties), transfer, amount: 10_00, leaves: 'open' }
    await expectRefused(books, '23514', () => insertEntry(books, { ...share, leaves: 'collected' }))
    await expectRefused(books, '23514', () => insertEntry(books, { ...share, amount: 20_00 }))
    await insertEntry(books, share)
    await expectRefused(books, '23505', () => insertEntry(books, share))
    const last = { ...share, account: parties.eve }
    await expectRefused(books, '23514', () => insertEntry(books, last))
    await expectRefused(books, '23514', () =>
      insertEntry(books, { ...last, amount: 9_99, leaves: 'collected' }),
    )
    await insertEntry(books, { ...last, leaves: 'collected' })
    await expectRefused(books, '23000', () =>
      insertEntry(books, { ...last, account: parties.foreign, leaves: 'collected' }),
    )
    const uneven = await insertTransfer(books, { from: parties.ada, shares: 3 })
    for (const amount of [10_00, 6_65])
      await expectRefused(books, '23514', () => insertEntry(books, { ...share, transfer: uneven, amount }))
    await insertEntry(books, { ...share, transfer: uneven, amount: 6_66 })
    const three = await insertTransfer(books, { from: parties.ada, amount: 3, shares: 2 })
    const all = () => books.sql`insert into entries (transfer_id, account_id, kind, amount, leaves, at)
      select ${three}, unnest(${[parties.ada, parties.ben, parties.eve]}::uuid[]), 'collect', 1, 'open', now()`
    await expectRefused(books, '23000', all)
    const twoEnds = () => books.sql`insert into entries (transfer_id, account_id, kind, amount, leaves, at)
      values (${three}, ${parties.ben}, 'collect', 1, 'collected', now()),
        (${three}, ${parties.ada}, 'return', 2, 'cancelled', now())`
    await expectRefused(books, '23000', twoEnds)
  })

  test('money that an account does not have', async () => {
    const books = await openBooks()
    const { ada } = await transferOfTwenty(books)
    const spend = (amount: number) => insertTransfer(books, { from: ada, amount })
    await expectRefused(books, '23514', () => spend(80_01))
    await spend(80_00)
  })

  test.each<[what: string, refusal: Refusal, row: (t: Parties) => Partial<TransferRow>]>([
    ['that holds less than it is for', '23000', () => ({ remaining: 19_99 })],
    ['that is closed as it begins', '23000', () => ({ state: 'collected' })],
    ['of nothing', '23514', () => ({ amount: 0 })],
    ['of less than nothing', '23514', () => ({ amount: -1 })],
    ['that is over as it begins', '23514', () => ({ lifetime: '0 seconds' })],
    ['of more shares than it holds minor units', '23514', () => ({ amount: 2, shares: 3 })],
    ['of no share', '23514', () => ({ shares: 0 })],
    ['that has paid as it begins', '23000', () => ({ claimed: 1 })],
    ['for a person who is not named', '23514', () => ({ recipient: 'account' })],
    ['for anyone, and for somebody', '23514', ({ ben }) => ({ to: ben, recipient: 'anyone' })],
    ['for members of no group', '23514', () => ({ recipient: 'members' })],
    ['for those who were there, in no group', '23514', () => ({ recipient: 'present' })],
    ['for a list that is not told', '23514', () => ({ recipient: 'listed' })],
    ['for members, and for somebody', '23514', ({ ben }) => ({ to: ben, recipient: 'members' })],
    ['with a note that is too long', '23514', () => ({ note: 'x'.repeat(201) })],
    ['without the entry that funds it', '23000', () => ({ entry: null })],
    ['that is funded by less than it holds', '23000', () => ({ entry: { amount: -19_99 } })],
    ['that is funded by somebody else', '23000', ({ ben }) => ({ entry: { account: ben } })],
    ['for an account that there is not', '23000', () => ({ to: v7() })],
    ['for an account of another asset', '23000', ({ foreign }) => ({ to: foreign })],
    ['of a group that there is not', '23000', () => ({ group: v7() })],
  ])('a new transfer %s', async (_what, refusal, rowOf) => {
    const books = await openBooks()
    const parties = await transferOfTwenty(books)
    await expectRefused(books, refusal, () => insertTransfer(books, { from: parties.ada, ...rowOf(parties) }))
    await insertTransfer(books, { from: parties.ada, to: parties.ben, group: await newGroup(books) })
  })

  test('a collect after its time, a return before it', async () => {
    const books = await openBooks()
    const parties = await transferOfTwenty(books)
    const { ada } = parties
    await expectRefused(books, '23000', () =>
      insertEntry(books, { ...collectBy(parties), account: ada, kind: 'return', leaves: 'returned' }),
    )
    const late = await insertTransfer(books, { from: ada, lifetime: '1 millisecond' })
    for (const over of [
      collectBy({ ...parties, transfer: late }),
      { ...collectBy({ ...parties, transfer: late }), account: ada, kind: 'return', leaves: 'cancelled' },
    ])
      await expectRefused(books, '23000', () => insertEntry(books, over))
    await insertEntry(books, {
      ...collectBy(parties),
      transfer: late,
      account: ada,
      kind: 'return',
      leaves: 'returned',
    })
  })
})

test('nothing about a transfer can be written by hand', async () => {
  const books = await openBooks()
  await transferOfTwenty(books)
  const columns =
    await books.sql`select column_name from information_schema.columns where table_name = 'transfers'`
  expect(columns.length).toBeGreaterThan(10)
  for (const { column_name } of columns)
    await expectRefused(books, '23000', () =>
      books.sql.unsafe(`update transfers set ${column_name} = ${column_name}`),
    )
})

test('a group is there for as long as the books, with its id and a chat to reach it', async () => {
  const books = await openBooks()
  const { sql } = books
  const [group, other] = [await newGroup(books), await newGroup(books)]
  const refused = (code: Refusal, statement: () => PromiseLike<unknown>) =>
    expectRefused(books, code, statement)
  await refused('23000', () => sql`delete from groups where id = ${other}`)
  await refused('0A000', () => sql`truncate groups`)
  await refused('23000', () => sql`truncate groups cascade`)
  await refused('23000', () => sql`update groups set id = ${v7()} where id = ${group}`)
  await refused('23514', () => sql`update groups set merged_into = id where id = ${group}`)
  await refused('23503', () => sql`update groups set merged_into = ${v7()} where id = ${group}`)
  await refused('23000', () => sql`truncate chats`)
  await refused('23000', () => sql`delete from chats where id = ${other}`)
  await refused('23000', () => sql`update chats set group_id = ${group} where id = ${other}`)
  await refused('23503', () => sql`update chats set group_id = ${v7()} where id = ${other}`)
  await refused('23503', () => sql`insert into chats (messenger, id, group_id) values ('test', '1', ${v7()})`)

  await sql`update groups set merged_into = ${group} where id = ${other}`
  await refused('23000', () => sql`delete from chats where id = ${other}`)
  await sql`update groups set merged_into = null where id = ${other}`
  await refused('23514', () => sql`update groups set moved_into = ${group} where id = ${other}`)
  await sql`update groups set merged_into = ${group}, moved_into = ${group} where id = ${other}`
  await sql`update chats set group_id = ${group} where id = ${other}`
  await sql`delete from chats where id = ${other}`
  await refused('23514', () => sql`update groups set merged_into = null where id = ${other}`)
  await refused(
    '23000',
    () => sql`update groups set merged_into = null, moved_into = null where id = ${other}`,
  )
  await refused('23000', () => sql`delete from chats where id = ${group}`)
})

test('the issuer is below zero by what everybody else has', async () => {
  const books = await openBooks()
  await transferOfTwenty(books)
  expect(await books.balance(ISSUERS)).toBe(-300_00n)
})

test("a transfer's code is no other transfer's", async () => {
  const books = await openBooks()
  const { transfer } = await transferOfTwenty(books)
  await expectRefused(
    books,
    '23505',
    () => books.sql`insert into transfers (id, asset, amount, remaining, from_account, code_hash, created_at, expires_at)
      select gen_random_uuid(), asset, amount, amount, from_account, code_hash, created_at, expires_at
      from transfers where id = ${transfer}`,
  )
})

test('an open transfer gets more time once, and nothing else by which its end changes', async () => {
  const books = await openBooks()
  const { sql } = books
  const { ada, ben, transfer } = await transferOfTwenty(books)
  const extend = (id: string, by: string) => sql`
    insert into extensions (transfer_id, expires_at, at)
    select ${id}, coalesce((select expires_at from transfers where id = ${id}), now()) + ${by}::interval, now()`
  for (const by of ['0 seconds', '-1 second']) await expectRefused(books, '23000', () => extend(transfer, by))
  await expectRefused(books, '23000', () => extend(v7(), '1 hour'))
  const [before] = await sql`select * from transfers where id = ${transfer}`
  await extend(transfer, '1 hour')
  const [after] =
    await sql`select *, expires_at - interval '1 hour' as expires_at from transfers where id = ${transfer}`
  expect(after).toEqual(before)
  await expectRefused(books, '23505', () => extend(transfer, '1 hour'))
  await expectRefused(books, '23000', () => sql`delete from extensions`)
  await expectRefused(books, '23000', () => sql`update extensions set expires_at = now()`)
  const over = await insertTransfer(books, { from: ada, lifetime: '1 millisecond' })
  await sql`select pg_sleep(0.01)`
  await expectRefused(books, '23000', () => extend(over, '1 hour'))
  const collected = await insertTransfer(books, { from: ada })
  await insertEntry(books, collectBy({ transfer: collected, ben } as Parties))
  await expectRefused(books, '23000', () => extend(collected, '1 hour'))
})

test('an open transfer gets its next code, and is collected by none of before', async () => {
  const books = await openBooks()
  const { sql } = books
  const parties = await transferOfTwenty(books)
  const { transfer } = parties
  await sql`insert into short_codes (hash, transfer_id) values (decode('00', 'hex'), ${transfer})`
  const reissue = (turn: number) => sql`
    insert into reissues (transfer_id, turn, code_hash, at) values (${transfer}, ${turn}, decode(${codeHashOf(v7())}, 'hex'), now())`
  await expectRefused(books, '23000', () => reissue(2))
  const [before] = await sql`select code_hash, * from transfers where id = ${transfer}`
  await reissue(1)
  const [after] = await sql`select * from transfers where id = ${transfer}`
  expect(after?.code_hash).not.toEqual(before?.code_hash)
  expect({ ...after, code_hash: before?.code_hash, reissues: 0 }).toEqual(before)
  expect(await sql`select from short_codes where transfer_id = ${transfer}`).toHaveLength(0)
  await expectRefused(books, '23505', () => reissue(1))
  await expectRefused(books, '23000', () => sql`delete from reissues`)
  await expectRefused(books, '23000', () => insertEntry(books, collectBy(parties)))
  await sql`insert into entries (transfer_id, account_id, kind, amount, leaves, reissues, at)
    values (${transfer}, ${parties.ben}, 'collect', 2000, 'collected', 1, now())`
  await expectRefused(books, '23000', () => reissue(2))
})

test('whoever a transfer is for is reminded twice, an hour apart, as long as it is open', async () => {
  const books = await openBooks()
  const { sql } = books
  const { ada, ben, transfer } = await transferOfTwenty(books)
  const remind = (id: string, turn: number) =>
    sql`insert into reminders (transfer_id, turn) values (${id}, ${turn})`
  const anHourAgo = () => sql`update reminders set at = at - interval '1 hour'`
  await expectRefused(books, '23000', () => remind(transfer, 1))
  const named = await insertTransfer(books, { from: ada, to: ben })
  await expectRefused(books, '23000', () => remind(named, 2))
  await sql`delete from outbox`
  await remind(named, 1)
  expect(await sql`select events::text, transfers::text from outbox`).toEqual([
    { events: '{reminded}', transfers: `{${named}}` },
  ])
  await expectRefused(books, '23000', () => remind(named, 2))
  await anHourAgo()
  await remind(named, 2)
  await anHourAgo()
  await expectRefused(books, '23514', () => remind(named, 3))
  const collected = await insertTransfer(books, { from: ada, to: ben })
  await insertEntry(books, collectBy({ transfer: collected, ben } as Parties))
  await expectRefused(books, '23000', () => remind(collected, 1))
})

describe('a refund', () => {
  test.each<[what: string, row: (t: Parties) => Partial<TransferRow> & { from: string }]>([
    ['of what somebody else has collected', ({ eve, ada }) => ({ from: eve, to: ada })],
    ['of a part of it', ({ ben, ada }) => ({ from: ben, to: ada, amount: 19_99 })],
    ['to somebody else than who had sent it', ({ ben, eve }) => ({ from: ben, to: eve })],
    ['to whoever taps first', ({ ben }) => ({ from: ben })],
  ])('%s is refused', async (_what, rowOf) => {
    const books = await openBooks()
    const parties = await transferOfTwenty(books)
    await insertEntry(books, collectBy(parties))
    const refundOf = parties.transfer
    await expectRefused(books, '23000', () => insertTransfer(books, { ...rowOf(parties), refundOf }))
  })

  test('is made once, of what was collected, and itself given back by nobody', async () => {
    const books = await openBooks()
    const parties = await transferOfTwenty(books)
    const { ada, ben, transfer: refundOf } = parties
    const refund = { from: ben, to: ada, refundOf }
    await expectRefused(books, '23000', () => insertTransfer(books, refund))
    await insertEntry(books, collectBy(parties))
    const made = await insertTransfer(books, refund)
    await expectRefused(books, '23505', () => insertTransfer(books, refund))
    await insertEntry(books, { ...collectBy(parties), transfer: made, account: ada })
    await expectRefused(books, '23000', () => insertTransfer(books, { from: ada, to: ben, refundOf: made }))
    const issued =
      await books.sql`select id from transfers where from_account = ${ISSUERS.account.id} and id in (
      select transfer_id from entries where account_id = ${ben})`
    await expectRefused(books, '23000', () =>
      insertTransfer(books, { from: ben, to: ISSUERS.account.id, amount: 100_00, refundOf: issued[0]?.id }),
    )
  })
})

interface EntryRow {
  transfer: string
  account: string
  kind: string
  amount: number
  leaves: string
}

/** As it should be: Ben collects. */
const collectBy = ({ transfer, ben }: Parties): EntryRow => ({
  transfer,
  account: ben,
  kind: 'collect',
  amount: 20_00,
  leaves: 'collected',
})

const insertEntry = ({ sql }: Books, { transfer, account, kind, amount, leaves }: EntryRow) => sql`
  insert into entries (transfer_id, account_id, kind, amount, leaves, at)
  values (${transfer}, ${account}, ${kind}, ${amount}, ${leaves}, now())`

interface TransferRow {
  from: string
  to?: string
  recipient: string
  amount: number
  remaining: number
  shares: number
  claimed: number
  state: string
  lifetime: string
  note: string
  group: string
  refundOf: string
  /** What remains at first, and after each claim, where its shares are drawn. */
  draw: number[]
  settlement: 'draw' | 'split' | null
  /** Whose hash it shows, in hexadecimal digits, where that is not the seed of its draw. */
  seed: string
  /** The entry that comes with it, where it isn't as it should be. */
  entry: Partial<EntryRow> | null
}

/** As it should be: open, full and funded by its sender, for 20.00. */
async function insertTransfer({ sql }: Books, row: Partial<TransferRow> & { from: string }): Promise<string> {
  const id = v7()
  const {
    from,
    to = null,
    recipient = to ? 'account' : 'anyone',
    amount = 20_00,
    shares = 1,
    claimed = 0,
    state = 'open',
    lifetime = '1 day',
    note = null,
    group = null,
    refundOf = null,
    draw,
    settlement = null,
    seed = draw && '5eed',
    entry,
  } = row
  await sql`
    with made as (
      insert into transfers (id, asset, amount, remaining, shares, claimed, state, closed_at, from_account, recipient, to_account, note, group_id, refund_of, code_hash,
        lucky, settlement, seed_hash, created_at, expires_at)
      values (${id}, 'CREDIT', ${amount}, ${row.remaining ?? amount}, ${shares}, ${claimed}, ${state}, ${state === 'open' ? null : sql`now()`},
        ${from}, ${recipient}, ${to}, ${note}, ${group}, ${refundOf}, decode(${codeHashOf(id)}, 'hex'),
        ${seed !== undefined && settlement === null}, ${settlement}, sha256(decode(${seed ?? null}, 'hex')), now(), now() + ${lifetime}::interval)
    ), drawn as (
      insert into draws (transfer_id, seed, rests)
      select ${id}, '\\x5eed', ${`{${draw?.slice(1) ?? ''}}`}::numeric[] where ${draw !== undefined}
    )
    insert into entries (transfer_id, account_id, kind, amount, leaves, at)
    select ${id}, ${entry?.account ?? from}, 'fund', ${entry?.amount ?? -amount}, 'open', now()
    where ${entry !== null}`
  return id
}

async function expectRefused(books: Books, code: Refusal, statement: () => PromiseLike<unknown>) {
  const before = await contents(books)
  await expect(Promise.resolve(statement())).rejects.toMatchObject({ code })
  expect(await contents(books)).toEqual(before)
}

const contents = async ({ sql }: Books) => [
  await sql`select * from accounts order by id`,
  await sql`select * from transfers order by id`,
  await sql`select * from entries order by id`,
  await sql`select * from groups order by id`,
  await sql`select * from chats order by id`,
  await sql`select * from entrants order by transfer_id, turn`,
  await sql`select * from extensions`,
  await sql`select * from reminders`,
  await sql`select * from reissues`,
  await sql`select * from short_codes`,
]
