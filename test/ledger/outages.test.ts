import { setTimeout as sleep } from 'node:timers/promises'
import { v7 } from 'uuid'
import { expect, onTestFinished, test } from 'vitest'
import { isUnavailable } from '../../db/unavailable.ts'
import { personOwner } from '../../src/ledger/accounts.ts'
import { OutcomeUnknown } from '../../src/ledger/ledger.ts'
import {
  expectBooksRight,
  type Holder,
  keyOf,
  openAnotherLedger,
  openBooks,
  outcomesOf,
} from '../support/books.ts'
import { effort } from '../support/effort.ts'
import { AT_COMMIT, openProxy } from '../support/proxy.ts'

/** Once in `npm test`, three times in the long run. */
const repeats = effort(1, 3) - 1

test('a command that the database refuses fails alone; those that came with it are carried out', async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  const { id } = await books.send(ada, 1_00n)
  const sends = Array.from({ length: 40 }, (_, index) =>
    books.send(ada, 1_00n, index === 17 ? { id } : { ...(index % 2 && { request: keyOf(`${index}`) }) }),
  )
  expect(await outcomesOf(sends)).toEqual({ done: 39, 23505: 1 })
  expect(await books.balance(ada)).toBe(60_00n)
  await expectBooksRight(books)
})

test('what the database cannot even store is an error of its own, and moves nothing', async () => {
  const books = await openBooks()
  const [ada, stranger] = (await books.holders(2, 100_00n)) as [Holder, Holder]
  const nobody = { ...stranger, actor: { ...stranger.actor, owner: personOwner(v7()) } }
  const transfer = await books.send(ada, 1_00n)
  const outcomes = await outcomesOf([books.collect(transfer, nobody), books.send(ada, 1_00n)])
  expect(outcomes).toEqual({ 23000: 1, done: 1 })
  await expectBooksRight(books)
})

for (const cut of ['before', 'after'] as const) {
  test(`cut off just ${cut} the commit, a command without a key has an unknown outcome, and is not tried again`, async () => {
    const { books, mine, proxy } = await openThroughProxy()
    const [ada] = (await books.holders(1, 100_00n)) as [Holder]
    const cuts = proxy.cutAtCommit(cut)
    await expect(mine.send(ada, 20_00n)).rejects.toBeInstanceOf(OutcomeUnknown)
    await cuts
    expect(await books.balance(ada)).toBe(cut === 'after' ? 80_00n : 100_00n)
    // The lane is fit for use again.
    await mine.send(ada, 5_00n)
    await expectBooksRight(books)
  })

  test(`cut off just ${cut} the commit, commands with keys are answered and done exactly once`, async () => {
    const { books, mine, proxy } = await openThroughProxy()
    const [ada] = (await books.holders(1, 100_00n)) as [Holder]
    const cuts = proxy.cutAtCommit(cut)
    const requests = Array.from({ length: 30 }, (_, index) => keyOf(`send ${index}`))
    const made = await Promise.all(requests.map((request) => mine.send(ada, 1_00n, { request })))
    await cuts
    expect(await books.balance(ada)).toBe(70_00n)
    const again = await Promise.all(requests.map((request) => books.send(ada, 1_00n, { request })))
    expect(again.map(({ id }) => id)).toEqual(made.map(({ id }) => id))
    await expectBooksRight(books)
  })
}

test('a claim that was cut off after the commit finds its money when it is retried with its key', async () => {
  const { books, mine, proxy } = await openThroughProxy()
  const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
  const transfer = await books.send(ada, 20_00n)
  const cuts = proxy.cutAtCommit('after')
  expect(await mine.collect(transfer, ben, keyOf('claim'))).toMatchObject({ state: 'collected' })
  await cuts
  expect(await books.balance(ben)).toBe(120_00n)
})

test('a connection that breaks before the write is no matter: nothing was done, and it is done again', async () => {
  const { books, mine, proxy } = await openThroughProxy()
  const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
  await Promise.all([mine.send(ada, 1_00n), mine.send(ada, 1_00n)])
  const cuts = proxy.cutAtOnce()
  // Of Ben this ledger remembers nothing, so it reads before it writes.
  await mine.send(ben, 20_00n)
  await cuts
  expect(await books.balance(ben)).toBe(80_00n)
})

test('beside a connection that answers no more, others are answered; what it was asked has an unknown outcome', {
  repeats,
}, async () => {
  const { books, mine, proxy } = await openThroughProxy()
  const people = (await books.holders(20, 100_00n)) as Holder[]
  const [ada, ...others] = people as [Holder, ...Holder[]]
  const frozen = proxy.freezeAtCommit()
  let settled = false
  const never = mine.send(ada, 20_00n).finally(() => {
    settled = true
  })
  await frozen
  for (const one of others) await mine.send(one, 1_00n)
  expect(settled).toBe(false)
  await expect(never).rejects.toBeInstanceOf(OutcomeUnknown)
  expect(await books.balance(ada)).toBe(100_00n)
  await mine.send(ada, 5_00n)
  await expectBooksRight(books)
})

test('what waits for a lock of another session is unavailable in the end, nothing was moved, and no session goes on waiting', {
  repeats,
}, async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  const other = await books.sql.reserve()
  await other`begin`
  await other`select from accounts where id = ${ada.account.id} for update`
  const request = keyOf('key')
  const refused = await books.send(ada, 20_00n, { request }).catch((error) => error)
  expect(refused).not.toBeInstanceOf(OutcomeUnknown)
  expect(isUnavailable(refused)).toBe(true)
  const waiting = books.sql`
    select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`
  expect(await waiting).toEqual([])
  await other`rollback`
  other.release()
  expect(await books.balance(ada)).toBe(100_00n)
  await books.send(ada, 20_00n, { request })
  expect(await books.balance(ada)).toBe(80_00n)
})

test('while the database is away, what was not begun is unavailable, and nothing was moved', async () => {
  const { books, mine, proxy } = await openThroughProxy()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  await mine.send(ada, 1_00n)
  proxy.close()
  // Until the ledger has seen that its connections are gone, what it writes is lost on the way.
  await sleep(200)
  for (const request of [undefined, keyOf('key')]) {
    const refused = await mine.send(ada, 20_00n, { ...(request && { request }) }).catch((error) => error)
    expect(refused).not.toBeInstanceOf(OutcomeUnknown)
    expect(isUnavailable(refused)).toBe(true)
  }
  expect(await books.balance(ada)).toBe(99_00n)
})

test('a command that may have been written stays of unknown outcome where the database is gone after that', async () => {
  const { books, mine, proxy } = await openThroughProxy()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  const cuts = proxy.cutAtCommit('after')
  const sent = mine.send(ada, 20_00n, { request: keyOf('key') })
  await cuts
  proxy.close()
  await expect(sent).rejects.toBeInstanceOf(OutcomeUnknown)
  expect(await books.balance(ada)).toBe(80_00n)
})

test('a commit that no replica has confirmed is an unknown outcome, and with a key is asked for again', async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  // What Postgres says, in the same way, when it has given up waiting for a synchronous replica.
  await books.sql.unsafe(`
    create function warn() returns trigger language plpgsql as $$
    begin
      raise warning 'canceling wait for synchronous replication' using errcode = '01000';
      return null;
    end $$;
    create constraint trigger warn after insert on entries deferrable initially deferred
      for each row when (new.amount = -2000) execute function warn()`)
  await expect(books.send(ada, 20_00n)).rejects.toBeInstanceOf(OutcomeUnknown)
  expect(await books.send(ada, 20_00n, { request: keyOf('key') })).toMatchObject({ state: 'open' })
  expect(await books.balance(ada)).toBe(60_00n)
})

test('money moves only together with the note of it, from which people are told', async () => {
  const books = await openBooks()
  const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
  const transfer = await books.send(ada, 20_00n)
  await books.sql`alter table outbox add constraint speechless check (id = 0) not valid`
  await expect(books.collect(transfer, ben)).rejects.toMatchObject({ code: '23514' })
  expect(await books.balance(ben)).toBe(100_00n)
  await books.sql`alter table outbox drop constraint speechless`
  expect(await books.collect(transfer, ben)).toMatchObject({ state: 'collected' })
  const noted = await books.sql`select events, transfers from outbox order by id desc limit 1`
  expect(noted).toEqual([{ events: ['claimed'], transfers: [transfer.id] }])
})

test('a ledger that is closing answers what it was given, and takes no more', async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  const sends = Array.from({ length: 300 }, () => books.send(ada, 1n))
  const closed = books.close()
  await expect(books.send(ada, 1n)).rejects.toThrow('closed')
  await closed
  expect(await outcomesOf(sends)).toEqual({ done: 300 })
})

test('a ledger that is closing does not wait for a database that answers no more', async () => {
  const { books, mine, proxy } = await openThroughProxy()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  const frozen = proxy.freezeAtCommit()
  const sent = outcomesOf([mine.send(ada, 20_00n, { request: keyOf('key') })])
  await frozen
  proxy.freezeAlways()
  await mine.close()
  expect(await sent).toEqual({ OutcomeUnknown: 1 })
})

/** Books whose ledger `mine` reaches the database through a proxy that cuts connections. */
async function openThroughProxy() {
  const books = await openBooks()
  const proxy = await openProxy(new URL(books.url))
  onTestFinished(proxy.close)
  return {
    books,
    proxy: {
      cutAtCommit: (when: 'before' | 'after') => proxy.cutAt(AT_COMMIT, when === 'after'),
      freezeAtCommit: () => proxy.freezeAt(AT_COMMIT),
      freezeAlways: proxy.freezeAlways,
      close: proxy.close,
      cutAtOnce: () => proxy.cutAt(/^/, false),
    },
    mine: books.through(openAnotherLedger(proxy.url)),
  }
}
