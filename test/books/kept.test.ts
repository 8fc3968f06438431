import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { v7 } from 'uuid'
import { expect, test } from 'vitest'
import { checkDays } from '../../src/books/check.ts'
import { type Filter, KINDS } from '../../src/books/filter.ts'
import { accountOf, groupOwner } from '../../src/ledger/accounts.ts'
import type { Command } from '../../src/ledger/commands.ts'
import { Refusal } from '../../src/shared/refusal.ts'
import { type Books, draftOf, type Holder, openBooks } from '../support/books.ts'
import { allIn, expectRead } from '../support/read-books.ts'

const ZONES = ['UTC', 'Asia/Shanghai', 'Asia/Kathmandu', 'America/St_Johns', 'Pacific/Kiritimati']

test('whatever happens, and however much of it is dispatched, days and people are what the entries come to', async () => {
  const books = await openBooks()
  const { db, ledger } = books
  const holders = await books.holders(5, 1000_00n)
  const groups = [v7(), v7()] as [string, string]
  for (const [index, id] of groups.entries()) {
    await books.sql`insert into groups (id) values (${id})`
    await books.sql`insert into chats (messenger, id, group_id) values ('telegram', ${String(index)}, ${id})`
  }
  const treasury = (group: string) => ({ account: accountOf(groupOwner(group), 'CREDIT') })
  for (const group of groups) await books.issue(treasury(group) as Holder, 1000_00n)
  const open: string[] = []
  const submit = (command: Command) =>
    ledger.submit(command).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error
    })
  const steps: Record<string, (n: number) => Promise<unknown>> = {
    async send(n) {
      const from = holders[n % 5] as Holder
      const to = n % 3 === 0 ? { to: holders[(n + 1) % 5] as Holder } : {}
      const shares = n % 4 === 0 ? 3 : 1
      const draft = {
        ...draftOf(from, BigInt(100 + n), { ...to, shares, note: `note ${n % 7}` }),
        groupId: groups[n % 2] as string,
      }
      await submit({ do: 'create', draft })
      open.push(draft.id)
    },
    contribute: (n) => {
      const to = treasury(groups[0])
      const draft = { ...draftOf(holders[n % 5] as Holder, 1n, { to }), groupId: groups[0] }
      return submit({ do: 'contribute', draft, to: to.account })
    },
    async payOut(n) {
      const draft = { ...draftOf(treasury(groups[0]), 5n), groupId: groups[0] }
      await submit({ do: 'create', draft })
      open.push(draft.id)
      if (n % 2) await submit({ do: 'collect', which: { id: draft.id }, by: (holders[0] as Holder).actor })
    },
    collect: (n) => act(n, (id) => ({ do: 'collect', which: { id }, by: (holders[n % 5] as Holder).actor })),
    collectBy: (n) =>
      act(n, (id) => ({ do: 'collect', which: { id }, by: (holders[(n + 2) % 5] as Holder).actor })),
    cancel: (n) => act(n, (id) => ({ do: 'cancel', which: { id }, by: (holders[n % 5] as Holder).actor })),
    decline: (n) =>
      act(n, (id) => ({ do: 'decline', which: { id }, by: (holders[(n + 1) % 5] as Holder).actor })),
    giveBack: (n) => act(n, (id) => ({ do: 'return', which: { id }, early: true })),
    dispatch: (n) => books.sql`delete from outbox where id % ${(n % 3) + 1}::int = 0`,
    zone: (n) =>
      books.sql`update groups set rules = jsonb_build_object('timeZone', ${ZONES[n % ZONES.length] as string}::text) where id = ${groups[n % 2] as string}`,
    join: () => books.sql`update groups set merged_into = ${groups[0]} where id = ${groups[1]}`,
    part: () => books.sql`update groups set merged_into = null where id = ${groups[1]}`,
  }
  const act = async (n: number, command: (id: string) => Command) => {
    const id = open[n % Math.max(open.length, 1)]
    if (id) await submit(command(id))
  }
  const step = fc.tuple(
    fc.constantFrom(...Object.keys(steps), 'send', 'send', 'collect', 'collectBy'),
    fc.nat(1000),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 15, maxLength: 30 }), async (walk) => {
      for (const [name, n] of walk) await steps[name]?.(n)
      expect(await checkDays(db)).toEqual([])
      for (const id of groups) await expectTold(books, id, holders)
    }),
    { numRuns: 4 },
  )
})

test('processes that dispatch at the same time, while the time zone changes, count all once and don’t deadlock', async () => {
  const books = await openBooks()
  const holders = await books.holders(6, 1000_00n)
  const group = v7()
  await books.sql`insert into groups (id) values (${group})`
  let isOver = false
  const sends = Promise.all(
    holders.map(async (from, n) => {
      for (let turn = 0; turn < 25; turn++) {
        const draft = { ...draftOf(from, 1n), groupId: group }
        await books.ledger.submit({ do: 'create', draft })
        await books.collect(draft, holders[(n + 1) % 6] as Holder)
      }
    }),
  ).finally(() => {
    isOver = true
  })
  const dispatch = async () => {
    while (!isOver)
      await books.sql`
        delete from outbox where id = any (array(select id from outbox order by id limit 3 for update skip locked))`
  }
  const move = async () => {
    for (let turn = 0; !isOver; turn++)
      await books.sql`update groups set rules = jsonb_build_object('timeZone', ${ZONES[turn % ZONES.length] as string}::text)`
  }
  await Promise.all([sends, dispatch(), dispatch(), dispatch(), move()])
  expect(await checkDays(books.db)).toEqual([])
  await books.sql`delete from outbox`
  expect(await checkDays(books.db)).toEqual([])
})

/** What the books of a group tell is what the entries say. Those of a joined group are its root's. */
async function expectTold({ db }: Books, id: string, [ada, ben]: Holder[]) {
  const [row] = await db.execute<{ zone: string | null }>(
    sql`select rules ->> 'timeZone' as zone from groups where id = ${id} and merged_into is null`,
  )
  if (!row) return
  const root = { id, timeZone: row.zone ?? 'UTC' }
  const all = await allIn(db, root)
  const filters: Filter[] = [
    {},
    ...(['open', 'collected', 'cancelled', 'declined'] as const).map((state) => ({ state })),
    ...KINDS.map((kind) => ({ kind })),
    { person: ada?.person },
    { words: 'note 3' },
    { person: ben?.person, words: 'not', state: 'collected' },
  ]
  for (const filter of filters) await expectRead(db, root, all, filter)
}
