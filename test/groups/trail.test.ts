import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DEFAULT_RULES } from '../../src/groups/rules.ts'
import { type Change, verifyTrails } from '../../src/groups/trail.ts'
import { openTestCore } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
})
afterAll(() => service?.close())

const ADA = { messenger: 'telegram', id: '1' }
let chats = 0
const newGroup = () => service.core.groups.meet({ messenger: 'telegram', id: `-${++chats}` })

const append = (groupId: string | null, what: string, details: object = {}) =>
  service.core.trail.append({ groupId, by: ADA, what, details } satisfies Change)

const wordsOf = async (groupId: string | null) =>
  (await service.core.trail.page(groupId, undefined, 100)).items.map(({ what }) => what)

describe('a trail', () => {
  test('tells who changed what, the newest first, page by page', async () => {
    const group = await newGroup()
    for (const n of [1, 2, 3]) await append(group, 'payout', { n })
    const { trail } = service.core
    const first = await trail.page(group, undefined, 2)
    expect(first).toMatchObject({
      items: [
        { turn: 3, by: ADA, what: 'payout', details: { n: 3 } },
        { turn: 2, details: { n: 2 } },
      ],
      next: 2,
    })
    expect(Date.now() - Number(first.items[0]?.at)).toBeLessThan(60_000)
    expect(await trail.page(group, 2, 2)).toMatchObject({ items: [{ turn: 1 }], next: null })
  })

  test('is each group’s own, and one is the operators’', async () => {
    const [one, other] = [await newGroup(), await newGroup()]
    await append(one, 'rules')
    await append(null, 'hold')
    expect(await wordsOf(one)).toEqual(['rules'])
    expect(await wordsOf(other)).toEqual([])
    expect(await wordsOf(null)).toEqual(['hold'])
  })

  test('has no gap, whoever else appends at the same time', async () => {
    const group = await newGroup()
    await Promise.all(Array.from({ length: 20 }, (_, n) => append(n % 2 ? group : null, 'payout', { n })))
    const { items } = await service.core.trail.page(group, undefined, 100)
    expect(items.map(({ turn }) => turn)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1])
    expect(await verifyTrails(service.core.db)).toEqual([])
  })

  test('keeps nothing of a transaction that fails', async () => {
    const group = await newGroup()
    const failing = service.core.db.transaction(async (tx) => {
      await service.core.trail.append({ groupId: group, by: ADA, what: 'payout', details: {} }, tx)
      throw new Error('on purpose')
    })
    await expect(failing).rejects.toThrow('on purpose')
    await append(group, 'rules')
    expect(await service.core.trail.page(group, undefined, 9)).toMatchObject({
      items: [{ turn: 1, what: 'rules' }],
    })
  })

  test.each([
    ['changed', `update trail set what = 'other'`],
    ['removed', 'delete from trail'],
    ['emptied', 'truncate trail'],
  ])('can’t be %s', async (_how, statement) => {
    await append(await newGroup(), 'rules')
    await expect(service.core.db.execute(sql.raw(statement))).rejects.toMatchObject({
      cause: { message: 'trails are append-only' },
    })
  })
})

describe('the check of trails', () => {
  /** Three entries, and what somebody does to them who may change the tables. */
  async function tampered(statement: string): Promise<{ group: string; faults: string[] }> {
    const group = await newGroup()
    for (const n of [1, 2, 3]) await append(group, 'payout', { n })
    const { db } = service.core
    await db.execute(sql.raw('alter table trail disable trigger trail_append_only'))
    try {
      await db.execute(sql.raw(statement.replaceAll('$group', `'${group}'`)))
      return { group, faults: await verifyTrails(db) }
    } finally {
      await db.execute(sql.raw(`delete from trail where group_id = '${group}'`))
      await db.execute(sql.raw('alter table trail enable trigger trail_append_only'))
    }
  }

  test('finds nothing where nothing was changed', async () => {
    expect((await tampered('select')).faults).toEqual([])
  })

  test.each([
    ['what was done', `what = 'hold'`],
    ['its details', `details = '{"n": 2}'`],
    ['who did it', `identity = '2'`],
    ['in which messenger', `messenger = 'discord'`],
    ['when', `at = at + interval '1 microsecond'`],
    ['its hash', `hash = sha256(hash)`],
    ['the hash before it', `previous = sha256(previous)`],
  ])('finds an entry in which was changed %s', async (_what, change) => {
    const { group, faults } = await tampered(
      `update trail set ${change} where group_id = $group and turn = 2`,
    )
    expect(faults[0]).toBe(`The trail of group ${group} is broken at its entry 2.`)
  })

  test('finds an entry whose hash was made to fit by what follows it', async () => {
    const { group, faults } = await tampered(
      `update trail set details = '{"n":9}', hash = sha256(convert_to(json_build_array(group_id, turn,
        extract(epoch from at), messenger, identity, what, '{"n":9}', encode(previous, 'hex'))::text, 'utf8'))
      where group_id = $group and turn = 2`,
    )
    expect(faults).toEqual([`The trail of group ${group} is broken at its entry 3.`])
  })

  test.each([
    ['the first', 1, 2],
    ['one in the middle', 2, 3],
  ])('finds that an entry is missing: %s', async (_which, turn, at) => {
    const { group, faults } = await tampered(`delete from trail where group_id = $group and turn = ${turn}`)
    expect(faults[0]).toBe(`The trail of group ${group} is broken at its entry ${at}.`)
  })

  test('finds entries in another order', async () => {
    const { group, faults } = await tampered(
      `update trail set turn = 9 where group_id = $group and turn = 2;
      update trail set turn = 2 where group_id = $group and turn = 3;
      update trail set turn = 3 where group_id = $group and turn = 9`,
    )
    expect(faults[0]).toBe(`The trail of group ${group} is broken at its entry 2.`)
  })

  test('finds rules that no entry tells of', async () => {
    const { core } = service
    const group = await newGroup()
    await core.rules.save(group, { ...DEFAULT_RULES, on: false, hours: 48 }, ADA)
    await core.rules.save(group, { ...DEFAULT_RULES, hours: 72, timeZone: 'Asia/Shanghai' }, ADA)
    expect(await verifyTrails(core.db)).toEqual([])
    for (const rules of ['{"hours": 73, "timeZone": "Asia/Shanghai"}', '{"hours": 72}', '{}']) {
      await core.db.execute(sql`update groups set rules = ${rules}::jsonb where id = ${group}`)
      expect(await verifyTrails(core.db)).toEqual([
        `The rules of group ${group} are not those that its trail says.`,
      ])
    }
    await core.db.execute(
      sql`update groups set rules = '{"hours": 72, "timeZone": "Asia/Shanghai"}' where id = ${group}`,
    )
    expect(await verifyTrails(core.db)).toEqual([])
  })
})
