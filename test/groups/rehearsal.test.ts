import { sql } from 'drizzle-orm'
import { v7 } from 'uuid'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { groups } from '../../db/schema.ts'
import { GroupRules } from '../../src/groups/rules.ts'
import { accountOf, personOwner } from '../../src/ledger/accounts.ts'
import type { KnownIdentity } from '../../src/people/identity.ts'
import { newcomer, openTestCore } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
  // What is planted is right by how it is made.
  await service.core.db.execute(sql`alter table transfers disable trigger user`)
  await service.core.db.execute(sql`alter table entries disable trigger user`)
})
afterAll(() => service?.close())

const HOUR = 3_600_000
/** Noon in UTC, some days ago. */
const noon = (daysAgo: number) => {
  const day = new Date(Date.now() - daysAgo * 24 * HOUR)
  return day.setUTCHours(12, 0, 0, 0)
}

let chats = 0
const newGroup = () => service.core.groups.meet({ messenger: 'telegram', id: `-${++chats}` })

/** Somebody with an account. */
async function somebody(): Promise<KnownIdentity> {
  const { core } = service
  const known = await core.people.meet(newcomer())
  await core.db.execute(sql`
    insert into accounts (id, kind, person_id, asset)
    values (${accountOf(personOwner(known.person), 'CREDIT').id}, 'person', ${known.person}, 'CREDIT')`)
  return known
}

/** Transfers of 20.00 that somebody made in a group, and what came back of each. */
async function sent(
  group: string,
  { person }: KnownIdentity,
  ...transfers: { at: number; amount?: number; back?: { amount?: number; at: number } }[]
): Promise<string[]> {
  const account = accountOf(personOwner(person), 'CREDIT').id
  const made: string[] = []
  for (const { at, amount = 20_00, back } of transfers) {
    const id = v7({ msecs: at })
    made.push(id)
    const then = new Date(at).toISOString()
    await service.core.db.execute(sql`
      insert into transfers (id, asset, amount, remaining, from_account, group_id, code_hash, created_at, expires_at)
      values (${id}, 'CREDIT', ${amount}, ${amount}, ${account}, ${group}, sha256(uuid_send(${id}::uuid)), ${then}, now() + interval '1 day')`)
    if (back)
      await service.core.db.execute(sql`
        insert into entries (transfer_id, account_id, kind, amount, leaves, at)
        values (${id}, ${account}, 'return', ${back.amount ?? amount}, 'cancelled', ${new Date(back.at).toISOString()})`)
  }
  return made
}

const rehearse = (group: string, rules: object) => service.core.rules.rehearse(group, GroupRules.parse(rules))

describe('rules are rehearsed', () => {
  test('over what people have sent in the last 30 days, and no earlier', async () => {
    const group = await newGroup()
    const [ada, ben] = [await somebody(), await somebody()]
    const [first] = await sent(group, ada, { at: noon(29), amount: 60_00 })
    await sent(group, ada, { at: noon(31), amount: 60_00 }, { at: noon(2), amount: 50_00 })
    const [last] = await sent(group, ben, { at: noon(1), amount: 50_01 })
    await sent(await newGroup(), ben, { at: noon(1), amount: 60_00 })
    expect(await rehearse(group, { limits: { CREDIT: { transfer: '50' } } })).toEqual({
      rules: expect.objectContaining({ limits: { CREDIT: { transfer: '50.00' } } }),
      days: 30,
      transfers: 3,
      refused: 2,
      people: 2,
      byRule: [{ code: 'group_transfer_limit', asset: 'CREDIT', refused: 2 }],
      examples: [
        expect.objectContaining({ transfer: last, amount: 50_01n, code: 'group_transfer_limit' }),
        expect.objectContaining({ transfer: first, at: new Date(noon(29)) }),
      ],
    })
    expect(await rehearse(group, {})).toMatchObject({ transfers: 3, refused: 0, people: 0, examples: [] })
    expect(await rehearse(group, { on: false })).toMatchObject({
      refused: 3,
      people: 2,
      byRule: [{ code: 'group_off', asset: null, refused: 3 }],
    })
  })

  test('by days of the group’s zone, without what would have been refused', async () => {
    const group = await newGroup()
    const [ada, ben] = [await somebody(), await somebody()]
    // 30 of 40 would go; the next 20 not any more, and then 10 again.
    await sent(
      group,
      ada,
      { at: noon(3), amount: 30_00 },
      { at: noon(3) + HOUR },
      { at: noon(3) + 2 * HOUR, amount: 10_00 },
    )
    await sent(group, ben, { at: noon(3), amount: 40_00 })
    // In Shanghai the next day begins at 16:00 UTC.
    await sent(group, ada, { at: noon(3) + 3 * HOUR, amount: 1 }, { at: noon(3) + 5 * HOUR })
    const day = { limits: { CREDIT: { day: '40' } } }
    expect(await rehearse(group, { ...day, timeZone: 'Asia/Shanghai' })).toMatchObject({
      transfers: 6,
      refused: 2,
      people: 1,
      byRule: [{ code: 'group_day_limit', asset: 'CREDIT', refused: 2 }],
    })
    expect(await rehearse(group, day)).toMatchObject({ refused: 3, people: 1 })
  })

  test('as the ledger counts: what has come back by then counts no more', async () => {
    const group = await newGroup()
    const ada = await somebody()
    const day = { limits: { CREDIT: { day: '20' } } }
    await sent(group, ada, { at: noon(1), back: { at: noon(1) + 2 * HOUR } }, { at: noon(1) + HOUR })
    expect(await rehearse(group, day)).toMatchObject({ refused: 1 })
    await sent(group, ada, { at: noon(1) + 3 * HOUR, back: { at: noon(1) + 4 * HOUR, amount: 15_00 } })
    await sent(
      group,
      ada,
      { at: noon(1) + 5 * HOUR, amount: 15_00 },
      { at: noon(1) + 5 * HOUR + 1, amount: 1 },
    )
    expect(await rehearse(group, day)).toMatchObject({ transfers: 5, refused: 2 })
  })

  test('by those who are admins, or on the list, now', async () => {
    const { core } = service
    const group = await newGroup()
    const [ada, ben] = [await somebody(), await somebody()]
    await sent(group, ada, { at: noon(1) })
    await sent(group, ben, { at: noon(1) })
    await core.db.execute(sql`
      insert into memberships (messenger, chat, identity, is_admin)
      values ('telegram', ${`-${chats}`}, ${ada.id}, true), ('telegram', ${`-${chats}`}, ${ben.id}, false)`)
    expect(await rehearse(group, { senders: 'admins' })).toMatchObject({
      refused: 1,
      byRule: [{ code: 'group_admins_only', asset: null, refused: 1 }],
      examples: [{ fromAccount: accountOf(personOwner(ben.person), 'CREDIT').id }],
    })
    const list = crypto.randomUUID()
    await core.db.execute(sql`
      insert into people_lists (id, group_id, name, members)
      values (${list}, ${group}, 'Treasurers', ${JSON.stringify([{ messenger: 'telegram', id: ben.id }])}::jsonb)`)
    expect(await rehearse(group, { senders: { list } })).toMatchObject({
      refused: 1,
      byRule: [{ code: 'group_listed_only', asset: null, refused: 1 }],
      examples: [{ fromAccount: accountOf(personOwner(ada.person), 'CREDIT').id }],
    })
  })

  test('over thousands of transfers, in all chats of the group, with five examples', async () => {
    const { core } = service
    const [group, joined] = [await newGroup(), await newGroup()]
    await core.db.update(groups).set({ mergedInto: group }).where(sql`id = ${joined}`)
    const account = accountOf(personOwner((await somebody()).person), 'CREDIT').id
    await core.db.execute(sql`
      insert into transfers (id, asset, amount, remaining, from_account, group_id, code_hash, created_at, expires_at)
      select id, 'CREDIT', n, n, ${account}, case when n % 3 = 0 then ${joined}::uuid else ${group}::uuid end, sha256(uuid_send(id)), at, now() + interval '1 day'
      from (
        select n, at, (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || substring(gen_random_uuid()::text from 14))::uuid as id
        from (select n, now() - interval '20 days' + n * interval '1 minute' as at from generate_series(1, 2500) n) moment
      ) made`)
    const rehearsal = await rehearse(group, { limits: { CREDIT: { transfer: '10' } } })
    expect(rehearsal).toMatchObject({ transfers: 2500, refused: 1500, people: 1 })
    expect(rehearsal.examples.map(({ amount }) => amount)).toEqual([2500n, 2499n, 2498n, 2497n, 2496n])
    // A day's first transfers that fit are let through, whichever chat they were made in.
    expect(await rehearse(group, { limits: { CREDIT: { day: '100000' } } })).toMatchObject({ refused: 0 })
  })

  test('only where they can be saved', async () => {
    await expect(rehearse(await newGroup(), { timeZone: 'Nowhere' })).rejects.toMatchObject({
      code: 'unknown_time_zone',
    })
  })
})
