import { sql } from 'drizzle-orm'
import { expect } from 'vitest'
import type { Database } from '../../db/postgres.ts'
import type { Cursor, Filter } from '../../src/books/filter.ts'
import { pageOf } from '../../src/books/page.ts'
import type { Root } from '../../src/books/source.ts'
import { daysOf, totalsOf } from '../../src/books/totals.ts'
import { dayOf } from '../../src/shared/zones.ts'

/** A transfer as its entries tell of it: read without any of the tables that make reading fast. */
export interface Told extends Record<string, unknown> {
  id: string
  day: string
  asset: string
  state: string
  kind: string
  note: string | null
  amount: string
  collected: string
  returned: string
  acted: string[]
  involved: string[]
}

/** All transfers in the books of a group, the newest first. */
export async function allIn(db: Database, root: Root): Promise<Told[]> {
  const rows = await db.execute<Told & { at: string }>(sql`
    select t.id, t.created_at as at, t.asset, t.state, t.note, t.amount,
      case when f.kind = 'group' then 'payout' when r.kind = 'group' then 'contribution'
        when t.refund_of is not null then 'refund' when t.ask_id is not null then 'payment'
        when t.shares > 1 or t.seed_hash is not null then 'packet' else 'transfer' end as kind,
      (select coalesce(sum(amount), 0) from entries e where e.transfer_id = t.id and e.kind = 'collect') as collected,
      (select coalesce(sum(amount), 0) from entries e where e.transfer_id = t.id and e.kind = 'return') as returned,
      array(select distinct a.person_id from entries e join accounts a on a.id = e.account_id
        where e.transfer_id = t.id and a.person_id is not null) as acted,
      array(select person_id from accounts where id = t.to_account and person_id is not null) as involved
    from transfers t join accounts f on f.id = t.from_account left join accounts r on r.id = t.to_account
    where t.group_id in (select id from groups where id = ${root.id} or merged_into = ${root.id})
    order by t.created_at desc, t.id desc`)
  return rows.map((row) => ({ ...row, day: dayOf(new Date(row.at), root.timeZone) }))
}

/** Pages, totals and days are those of the transfers that match. @param turn which of them a page towards the newer ones begins at */
export async function expectRead(
  db: Database,
  root: Root,
  all: Told[],
  filter: Filter,
  turn = 0,
): Promise<void> {
  const expected = all.filter((one) => matches(one, filter))
  expect(await walk(db, root, filter)).toEqual(idsOf(expected))

  const from = expected[turn % Math.max(expected.length, 1)]
  if (from) {
    const { items } = await pageOf(db, root, filter, { after: from.id }, 5)
    const place = expected.indexOf(from)
    expect(idsOf(items)).toEqual(idsOf(expected.slice(Math.max(0, place - 5), place)))
  }

  const { assets, people } = await totalsOf(db, root, filter)
  expect(people).toBe(new Set(expected.flatMap(({ acted }) => acted)).size)
  expect(assets).toEqual(
    [...Map.groupBy(expected, ({ asset }) => asset)]
      .map(([asset, some]) => ({ asset, ...sumsOf(some) }))
      .sort((a, b) => (a.asset < b.asset ? -1 : 1)),
  )
  expect(await daysOf(db, root, filter)).toEqual(
    [...Map.groupBy(expected, ({ day, asset }) => `${day} ${asset}`)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, some]) => ({ day: key.slice(0, 10), asset: key.slice(11), ...sumsOf(some) })),
  )
  for (const { sent, collected, open, returned } of assets) {
    expect(collected.amount + open.amount + returned.amount).toBe(sent.amount)
    expect(collected.transfers + open.transfers + returned.transfers).toBe(sent.transfers)
  }
}

async function walk(db: Database, root: Root, filter: Filter): Promise<string[]> {
  const walked: string[] = []
  let cursor: Cursor | undefined
  do {
    const page = await pageOf(db, root, filter, cursor, walked.length === 0 ? 7 : 400)
    walked.push(...idsOf(page.items))
    cursor = page.older
  } while (cursor)
  return walked
}

const idsOf = (some: { id: string }[]) => some.map(({ id }) => id)

function matches(one: Told, { person, state, asset, from, to, kind, words }: Filter): boolean {
  return (
    (!person || one.acted.includes(person) || one.involved.includes(person)) &&
    (!state || one.state === state) &&
    (!asset || one.asset === asset) &&
    (!from || one.day >= from) &&
    (!to || one.day <= to) &&
    (!kind || one.kind === kind) &&
    (!words || hasAll(one.note?.toLowerCase() ?? '', words.toLowerCase().split(' ')))
  )
}

/** Words of scripts without blanks are found anywhere; of the last word the beginning is enough. */
const hasAll = (note: string, words: string[]) =>
  words.every((word, index) =>
    /[\u4e00-\u9fff]/.test(word)
      ? note.includes(word)
      : note.split(' ').some((one) => (index === words.length - 1 ? one.startsWith(word) : one === word)),
  )

function sumsOf(some: Told[]) {
  const of = (states: string[] | undefined, amount: (one: Told) => bigint) => ({
    transfers: some.filter(({ state }) => !states || states.includes(state)).length,
    amount: some.reduce((sum, one) => sum + amount(one), 0n),
  })
  const [sent, out, back] = (['amount', 'collected', 'returned'] as const).map(
    (which) => (one: Told) => BigInt(one[which]),
  ) as [(one: Told) => bigint, (one: Told) => bigint, (one: Told) => bigint]
  return {
    sent: of(undefined, sent),
    collected: of(['collected'], out),
    open: of(['open'], (one) => sent(one) - out(one) - back(one)),
    returned: of(['cancelled', 'declined', 'returned'], back),
  }
}
