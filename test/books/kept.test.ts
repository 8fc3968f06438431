import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { v7 } from 'uuid'
import { expect, test } from 'vitest'
import { checkDays } from '../../src/books/check.ts'
import { pageOf } from '../../src/books/page.ts'
import { daysOf, totalsOf } from '../../src/books/totals.ts'
import { accountOf, groupOwner } from '../../src/ledger/accounts.ts'
import type { Command } from '../../src/ledger/commands.ts'
import { Refusal } from '../../src/shared/refusal.ts'
import { type Books, draftOf, type Holder, openBooks } from '../support/books.ts'

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
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (walk) => {
      for (const [name, n] of walk) await steps[name]?.(n)
      expect(await checkDays(db)).toEqual([])
      for (const id of groups) await expectTotals(books, id)
    }),
    { numRuns: 5 },
  )
})

/** What the books of a group tell is what the entries say, whatever the filter. */
async function expectTotals({ db }: Books, id: string) {
  const [row] = await db.execute<{ zone: string; parts: string[] }>(sql`
    select coalesce(rules ->> 'timeZone', 'UTC') as zone, array(select id from groups where id = ${id} or merged_into = ${id}) as parts
    from groups where id = ${id}`)
  const { zone = 'UTC' } = row ?? {}
  const root = { id, timeZone: zone }
  for (const filter of [
    {},
    { state: 'collected' },
    { state: 'open' },
    { state: 'cancelled' },
    { kind: 'payout' },
    { kind: 'contribution' },
  ] as const) {
    const where = sql.join(
      [
        sql`t.group_id in (select id from groups where id = ${id} or merged_into = ${id})`,
        'state' in filter ? sql`t.state = ${filter.state}` : sql`true`,
        'kind' in filter
          ? sql`${filter.kind === 'payout' ? sql`t.from_account` : sql`t.to_account`} in (select id from accounts where kind = 'group')`
          : sql`true`,
      ],
      sql` and `,
    )
    const [counted] = await db.execute<
      Record<'sent' | 'collected' | 'open' | 'returned' | 'transfers' | 'people' | 'days', string>
    >(sql`
      select count(distinct t.id) as transfers, coalesce(-sum(e.amount) filter (where e.kind = 'fund'), 0) as sent,
        coalesce(sum(e.amount) filter (where e.kind = 'collect'), 0) as collected, coalesce(sum(e.amount) filter (where e.kind = 'return'), 0) as returned,
        coalesce(-sum(e.amount), 0) as open, count(distinct a.person_id) as people,
        count(distinct (t.created_at at time zone ${zone})::date) as days
      from transfers t join entries e on e.transfer_id = t.id join accounts a on a.id = e.account_id where ${where}`)
    const { assets, people } = await totalsOf(db, root, filter)
    const days = await daysOf(db, root, filter)
    const total = assets[0]
    expect({
      transfers: String(total?.sent.transfers ?? 0),
      sent: String(total?.sent.amount ?? 0),
      collected: String(total?.collected.amount ?? 0),
      returned: String(total?.returned.amount ?? 0),
      open: String(total?.open.amount ?? 0),
      people: String(people),
      days: String(days.length),
    }).toEqual(counted)
    for (const place of ['sent', 'collected', 'open', 'returned'] as const)
      expect(days.reduce((sum, day) => sum + day[place].amount, 0n)).toBe(total?.[place].amount ?? 0n)
    if (total) {
      const { sent, collected, open, returned } = total
      expect(collected.transfers + open.transfers + returned.transfers).toBe(sent.transfers)
      expect(collected.amount + open.amount + returned.amount).toBe(sent.amount)
    }
    const { items } = await pageOf(db, root, filter, undefined, 1000)
    expect(items.length).toBe(total?.sent.transfers ?? 0)
  }
}
