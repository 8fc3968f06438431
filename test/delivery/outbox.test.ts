import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { isNotNull } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import { transfers } from '../../db/schema.ts'
import { openNotifier } from '../../src/delivery/notifier.ts'
import { type Event, type Happened, type Subscriber, startDispatch } from '../../src/delivery/outbox.ts'
import { openQueue } from '../../src/delivery/queue.ts'
import type { Command } from '../../src/ledger/commands.ts'
import { openLog } from '../../src/operations/log.ts'
import { type Books, type Holder, openBooks } from '../support/books.ts'

test('each command leaves in the outbox what happened, with the entries that it rests on', async () => {
  const books = await openBooks()
  const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
  const told = async (command: Promise<{ id: string }>) => {
    const { id } = await command
    return (await eventsIn(books)).filter(({ transfer }) => transfer === id).map(({ event }) => event)
  }
  const which = (transfer: { id: string }) => ({ which: { id: transfer.id }, by: ben.actor })
  const [one, two, three, four, late] = await Promise.all([
    books.send(ada, 1_00n),
    books.send(ben, 1_00n),
    books.send(ada, 1_00n, { to: ben }),
    books.send(ada, 1_00n),
    books.send(ada, 1_00n, { lifetime: 0.2 }),
  ])
  const submit = async (command: Command) => (await books.ledger.submit(command)).transfer
  expect(await told(books.issue(ada, 5_00n))).toEqual(['created', 'claimed'])
  expect(await told(books.withdraw(ada, 5_00n))).toEqual(['created', 'claimed'])
  expect(await told(books.send(ada, 1_00n))).toEqual(['created'])
  expect(await told(books.collect(one, ben))).toEqual(['created', 'claimed'])
  expect(await told(submit({ do: 'cancel', ...which(two) }))).toEqual(['created', 'cancelled'])
  expect(await told(submit({ do: 'decline', ...which(three) }))).toEqual(['created', 'declined'])
  const giveBack = (transfer: { id: string }, early: boolean) =>
    told(submit({ do: 'return', which: { id: transfer.id }, early }))
  expect(await giveBack(four, true)).toEqual(['created', 'cancelled'])
  await sleep(200)
  expect(await giveBack(late, false)).toEqual(['created', 'returned'])

  const entries = await books.sql`
    select case kind when 'fund' then 'created' when 'collect' then 'claimed' else leaves::text end as event,
      transfer_id as transfer, account_id as account
    from entries order by id`
  expect(await eventsIn(books)).toEqual(expect.arrayContaining(Array.from(entries)))
  expect(await eventsIn(books)).toHaveLength(entries.length)
})

test('what happened is written in one transaction with the money, in one row for a batch', async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  await books.sql`delete from outbox`
  await Promise.all(Array.from({ length: 100 }, () => books.send(ada, 1n)))
  const rows = await books.sql`
    select cardinality(events) as events, (
      select count(*)::int from entries where transfer_id = any (outbox.transfers) and entries.xmin = outbox.xmin
    ) as entries
    from outbox`
  expect(rows.length).toBeLessThan(10)
  expect(rows.reduce((sum, { events }) => sum + events, 0)).toBe(100)
  for (const { events, entries } of rows) expect(entries).toBe(events)
})

test('of a batch that is refused as a whole, nothing is written', async () => {
  const books = await openBooks()
  const [ada] = (await books.holders(1, 100_00n)) as [Holder]
  await books.sql`delete from outbox`
  await books.sql`alter table accounts add constraint poor check (balance < 5000) not valid`
  await expect(books.issue(ada, 1_00n)).rejects.toMatchObject({ code: '23514' })
  expect(await eventsIn(books)).toEqual([])
})

test('each subscriber is told what it follows, once and in order; what nobody follows is gone', async () => {
  const books = await openBooks()
  const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
  const [one, two, three] = await Promise.all([
    books.send(ada, 1_00n),
    books.send(ada, 2_00n, { to: ben }),
    books.send(ada, 3_00n, { toHandle: 'telegram:ben' }),
  ])
  await books.collect(one, ben)
  await books.ledger.submit({ do: 'decline', which: { id: two.id }, by: ben.actor })

  const waiting = subscriber({ created: isNotNull(transfers.toHandle) })
  const ended = subscriber({ claimed: true, declined: true })
  await emptied(books, [waiting, ended])
  expect(waiting.told()).toEqual([['created', three.id, 'open', ada.account.id]])
  // What was issued to the two was claimed, too.
  expect(ended.told().slice(2)).toEqual([
    ['claimed', one.id, 'collected', ben.account.id],
    ['declined', two.id, 'declined', ada.account.id],
  ])
  expect(ended.told()).toHaveLength(4)
})

test('more batches than are taken at once are all handed on', async () => {
  const books = await openBooks()
  const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
  for (let count = 0; count < 50; count++) await books.send(ada, 1n)
  const last = await books.send(ada, 1n)
  await books.collect(last, ben)
  const claimed = subscriber({ claimed: true })
  await emptied(books, [claimed])
  expect(claimed.told().at(-1)?.slice(0, 2)).toEqual(['claimed', last.id])
})

test('where one subscriber fails, what happened stays, and each has it when all can', async () => {
  const books = await openBooks()
  const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
  await books.collect(await books.send(ada, 1_00n), ben)
  await books.sql`delete from outbox where not 'claimed' = any (events)`
  const before = await eventsIn(books)
  let isBroken = true
  const fine = subscriber({ claimed: true })
  const broken = subscriber({ claimed: true })
  const jobsFor = async (happened: Happened[]) => {
    if (isBroken) throw new Error('not today')
    return broken.jobsFor(happened)
  }
  const log = await dispatching(books, [fine, { ...broken, jobsFor }])
  await expect.poll(() => log.join()).toContain('not today')
  expect(await eventsIn(books)).toEqual(before)
  expect(await jobsIn(books)).toBe(0)
  isBroken = false
  await expect.poll(() => eventsIn(books)).toEqual([])
  // What was queued with the failure went with it.
  expect(await jobsIn(books)).toBe(2 * before.filter(({ event }) => event === 'claimed').length)
})

test('what an earlier version has left for the worker to tell is in the outbox, each transfer once', async () => {
  const books = await openBooks()
  const [ada, ben] = (await books.holders(2, 100_00n)) as [Holder, Holder]
  const [collected, waiting] = await Promise.all([
    books.send(ada, 1_00n),
    books.send(ada, 1_00n, { to: ben }),
  ])
  const cancelled = await books.send(ben, 1_00n)
  await books.collect(collected, ben)
  await books.ledger.submit({ do: 'cancel', which: { id: cancelled.id }, by: ben.actor })
  const before = await eventsIn(books)
  await books.sql.unsafe(`
    drop table outbox;
    drop type outbox_event cascade;
    create table changes (id bigint primary key generated always as identity, transfers uuid[] not null);
    insert into changes (transfers) values ('{${waiting.id}}'), ('{${cancelled.id},${collected.id}}'), ('{${collected.id}}')`)
  await books.sql.unsafe(
    await readFile(new URL('../../db/migrations/0009_outbox.sql', import.meta.url), 'utf8'),
  )
  const last = (transfer: { id: string }) => before.findLast((told) => told.transfer === transfer.id)
  expect(await eventsIn(books)).toEqual([last(waiting), last(cancelled), last(collected)])
  expect((await books.sql`select from outbox`).length).toBe(3)
})

interface Told {
  event: Event
  transfer: string
  account: string
}

/** What is in the outbox, in the order in which it happened. */
const eventsIn = async ({ sql }: Books): Promise<Told[]> =>
  Array.from(
    await sql<Told[]>`
      select event, transfer, coalesce(account, from_account) as account
      from outbox, unnest(events, outbox.transfers, accounts) with ordinality as what (event, transfer, account, turn)
      join transfers on transfers.id = transfer
      order by outbox.id, turn`,
  )

const jobsIn = async ({ sql }: Books): Promise<number> =>
  (await sql`select from pgboss.job where name = 'deliveries-telegram'`).length

/** One that orders a redraw for each event, and remembers what it was told. */
function subscriber(follows: Subscriber['follows']) {
  const all: Happened[] = []
  const number = ++subscribers
  return {
    follows,
    async jobsFor(happened: Happened[]) {
      all.push(...happened)
      return happened.map(({ event, transfer: { id } }) => ({
        messenger: 'telegram',
        key: `${number}:${event}:${id}`,
        job: { kind: 'redraw', transfer: id, card: id } as const,
      }))
    },
    told: () => all.map(({ event, transfer, account }) => [event, transfer.id, transfer.state, account]),
  }
}
let subscribers = 0

/** Hands on what is in the outbox until nothing is left; then no look would be due for an hour. */
async function emptied(books: Books, subscribers: Subscriber[]): Promise<void> {
  await dispatching(books, subscribers, 3600_000)
  await expect.poll(() => eventsIn(books)).toEqual([])
}

async function dispatching(books: Books, subscribers: Subscriber[], pollMs = 50): Promise<string[]> {
  const { url, db } = books
  const lines: string[] = []
  const log = openLog((line) => void lines.push(line))
  const notifier = openNotifier({ url, db, log })
  const queue = await openQueue({ url, notifier, log, supervise: false })
  const dispatch = startDispatch({ db, queue, notifier, log }, subscribers, { pollMs, throttleMs: 0 })
  onTestFinished(async () => {
    await dispatch.stop()
    await notifier.close()
    await queue.close()
  })
  return lines
}
