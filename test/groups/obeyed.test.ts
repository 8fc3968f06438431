import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeList } from '../../src/groups/list-changes.ts'
import { DEFAULT_RULES } from '../../src/groups/rules.ts'
import { newcomer, openTestCore, type Person, rich } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
beforeAll(async () => {
  service = await openTestCore({
    roles: 'api',
    assets: ['CREDIT', 'POINT'].map((code) => ({
      code,
      scale: 2,
      symbols: code === 'POINT' ? ['¤'] : [],
      maxTransfer: 2000_00n,
      lifetime: 86_400,
    })),
  })
})
afterAll(() => service?.close())

let chats = 0
interface Club {
  messenger: string
  id: string
}
const newClub = (): Club => ({ messenger: 'telegram', id: `-${++chats}` })
const pathOf = ({ messenger, id }: Club) => `/v1/groups/${messenger}/${id}/rules`

const somebody = async (amount = '1000') => (await rich(service.client, amount, newcomer()))[0] as Person

/** What the messenger says, which holds for a minute. */
const told = ({ messenger, id: chat }: Club, person: Person, admin: boolean) =>
  service.client.call('PUT', `/v1/chats/${messenger}/${chat}/members/${person.id}`, { admin, member: true })

/** A group with rules, and the admin who has set them. */
async function ruled(rules: object): Promise<{ club: Club; admin: Person }> {
  const [club, admin] = [newClub(), await somebody()]
  await save(club, admin, rules)
  return { club, admin }
}

async function save(club: Club, admin: Person, rules: object) {
  await told(club, admin, true)
  const answer = await service.client.call('PUT', pathOf(club), { by: admin, rules })
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)])
}

const send = (from: Person, amount: string, group: Club, more: object = {}) =>
  service.client.send(from, amount, { group, ...more })

describe('in a group with rules', () => {
  test('nothing is sent where it is off; elsewhere and in private it is', async () => {
    const { club, admin } = await ruled({ on: false })
    await expect(send(admin, '1', club)).rejects.toMatchObject({ code: 'group_off', status: 403 })
    await send(admin, '1', newClub())
    await service.client.send(admin, '1')
  })

  test('a transfer above the largest one is refused, and names it', async () => {
    const { club, admin } = await ruled({ limits: { CREDIT: { transfer: '50' } } })
    await expect(send(admin, '50.01', club)).rejects.toMatchObject({
      code: 'group_transfer_limit',
      details: { max: '50.00', asset: 'CREDIT' },
    })
    await send(admin, '50', club)
  })

  test('a person sends no more than the most of a day, of each asset, in all chats together', async () => {
    const { club, admin } = await ruled({
      limits: { CREDIT: { day: '100' } },
      timeZone: 'Asia/Shanghai',
    })
    await service.client.issue(admin, '500', { asset: 'POINT' })
    const { id } = await send(admin, '60', club)
    await expect(send(admin, '40.01', club)).rejects.toMatchObject({
      code: 'group_day_limit',
      details: { most: '100.00', sent: '60.00', asset: 'CREDIT' },
    })
    await send(admin, '101', club, { asset: 'POINT' })
    await send(admin, '40', club)
    // What comes back can be sent again.
    await service.client.cancel(id, admin)
    await send(admin, '60', club)
    await send(await somebody(), '100', club)
  })

  test('of many transfers at the same moment only those go that fit into the day', async () => {
    const { club, admin } = await ruled({ limits: { CREDIT: { day: '50' } } })
    const answers = await Promise.allSettled(Array.from({ length: 12 }, () => send(admin, '10', club)))
    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
  })

  test('only admins send, where the rules say so, as their messenger says now', async () => {
    const { club, admin } = await ruled({ senders: 'admins' })
    const ada = await somebody()
    await told(club, ada, false)
    await expect(send(ada, '1', club)).rejects.toMatchObject({ code: 'group_admins_only' })
    await send(admin, '1', club)
    await told(club, ada, true)
    await send(ada, '1', club)
  })

  test('only people of a list send, where the rules say so', async () => {
    const { club, admin } = await ruled({})
    const [ada, ben] = [await somebody(), await somebody()]
    const group = await service.core.groups.meet(club)
    const list = await makeList(service.core, {
      groupId: group,
      by: admin,
      name: 'Treasurers',
      members: [{ messenger: 'telegram', id: ada.id }],
    })
    await save(club, admin, { senders: { list } })
    await send(ada, '1', club)
    await expect(send(ben, '1', club)).rejects.toMatchObject({ code: 'group_listed_only' })
    await expect(send(admin, '1', club)).rejects.toMatchObject({ code: 'group_listed_only' })
  })

  test('its asset is meant where none is named, and its hours are how long a transfer stays open', async () => {
    const { club, admin } = await ruled({ asset: 'POINT', hours: 48 })
    await service.client.issue(admin, '10', { asset: 'POINT' })
    const transfer = await send(admin, '1', club)
    expect(transfer.asset).toBe('POINT')
    const hours = (Date.parse(transfer.expiresAt) - Date.parse(transfer.createdAt)) / 3_600_000
    expect(hours).toBe(48)
    expect(await send(admin, '1', club, { asset: 'CREDIT' })).toMatchObject({ asset: 'CREDIT' })
    expect(await service.client.send(admin, '1')).toMatchObject({ asset: 'CREDIT' })
    await save(club, admin, { asset: 'CREDIT' })
    // A currency sign names an asset.
    expect(await send(admin, '¤1', club)).toMatchObject({ asset: 'POINT' })
  })

  test('they hold for offers and for each of a batch, too', async () => {
    const { club, admin } = await ruled({ limits: { CREDIT: { transfer: '50' } } })
    const offer = (amount: string) =>
      service.client.post<{ id: string }>('/v1/offers', { from: admin, amount, group: club, confirm: true })
    await expect(offer('51')).rejects.toMatchObject({ code: 'group_transfer_limit' })
    const { id } = await offer('50')
    const { items } = await service.client.post<{ items: object[] }>('/v1/transfers:batch', {
      items: ['50', '51'].map((amount) => ({ from: admin, amount, group: club })),
    })
    expect(items).toMatchObject([
      { transfer: { amount: '50.00' } },
      { problem: { code: 'group_transfer_limit' } },
    ])
    await save(club, admin, { on: false })
    const making = service.client.post(`/v1/offers/${id}/make`, {
      by: admin,
      place: { chat: club.id, message: '1' },
    })
    await expect(making).rejects.toMatchObject({ code: 'group_off' })
  })

  test('a request that was answered has its answer again, whatever the rules say now', async () => {
    const { club, admin } = await ruled({})
    const key = crypto.randomUUID()
    const { id } = await send(admin, '5', club, { key })
    await save(club, admin, { on: false })
    expect(await send(admin, '5', club, { key })).toMatchObject({ id })
    await expect(send(admin, '5', club, { key: `${key}-2` })).rejects.toMatchObject({ code: 'group_off' })
  })

  test('those of the group count that its chat was joined to', async () => {
    const { club } = await ruled({ on: false })
    const joined = newClub()
    const ada = await somebody()
    await send(ada, '1', joined)
    const [root, group] = [await service.core.groups.meet(club), await service.core.groups.meet(joined)]
    await service.core.db.execute(`update groups set merged_into = '${root}' where id = '${group}'`)
    await expect
      .poll(
        () =>
          send(ada, '1', joined).then(
            () => 'sent',
            ({ code }) => code,
          ),
        { timeout: 8000 },
      )
      .toBe('group_off')
  })

  test('a group without rules is looked up once in a while, and not for each transfer', async () => {
    const [ada, club] = [await somebody(), newClub()]
    await send(ada, '1', club)
    const { core } = service
    const group = await core.groups.meet(club)
    const [rules, again] = [await core.rules.of(group), await core.rules.of(group)]
    expect(again).toBe(rules)
  })
})

describe('the rules of a group by the API', () => {
  test('are told with their defaults, also of a chat that nobody has met', async () => {
    const rules = { on: true, senders: 'everybody', limits: {}, timeZone: 'UTC', approvals: {} }
    const told = { rules, assets: ['CREDIT', 'POINT'], lists: [] }
    const club = newClub()
    expect(await service.client.get(pathOf(club))).toEqual(told)
    await send(await somebody(), '1', club)
    expect(await service.client.get(pathOf(club))).toEqual(told)
  })

  test('are set by an admin, and nobody else', async () => {
    const { client } = service
    const [club, ada] = [newClub(), await somebody()]
    await told(club, ada, false)
    const rules = { limits: { CREDIT: { day: '1k' } }, timeZone: 'asia/shanghai' }
    for (const [method, path] of [
      ['PUT', pathOf(club)],
      ['POST', `${pathOf(club)}/rehearse`],
    ] as const)
      expect((await client.call(method, path, { by: ada, rules })).body).toMatchObject({ code: 'not_admin' })
    await told(club, ada, true)
    const saved = await client.call('PUT', pathOf(club), { by: ada, rules })
    expect(saved.body.rules).toMatchObject({
      limits: { CREDIT: { day: '1000.00' } },
      timeZone: 'Asia/Shanghai',
    })
    expect(await client.get(pathOf(club))).toEqual(saved.body)
  })

  test('stand in the trail as they change: what was and what is', async () => {
    const { club, admin } = await ruled({ hours: 48, limits: { CREDIT: { transfer: '50' } } })
    await save(club, admin, { hours: 48, on: false })
    // Nothing changes by this.
    await save(club, admin, { hours: 48, on: false, senders: 'everybody' })
    const { items } = await service.core.trail.page(await service.core.groups.meet(club), undefined, 9)
    expect(items.map(({ by, what, details }) => [by.id, what, details])).toEqual([
      [
        admin.id,
        'rules',
        {
          from: { on: null, limits: { CREDIT: { transfer: '50.00' } } },
          to: { on: false, limits: null },
        },
      ],
      [
        admin.id,
        'rules',
        {
          from: { hours: null, limits: null },
          to: { hours: 48, limits: { CREDIT: { transfer: '50.00' } } },
        },
      ],
    ])
  })

  test('are not saved with a list that is deleted at the same moment', async () => {
    const { db, rules, groups } = service.core
    const { club, admin } = await ruled({})
    const groupId = await groups.meet(club)
    const list = await makeList(service.core, { groupId, by: admin, name: 'Treasurers', members: [] })
    let saving: Promise<unknown> = Promise.resolve()
    await db.transaction(async (tx) => {
      await tx.execute(sql`select from groups where id = ${groupId} for no key update`)
      await tx.execute(sql`delete from people_lists where id = ${list}`)
      saving = rules.save(groupId, { ...DEFAULT_RULES, senders: { list } }, admin).catch((error) => error)
      await sleep(200)
    })
    expect(await saving).toMatchObject({ code: 'list_not_found' })
  })

  test('are rehearsed', async () => {
    const { club, admin } = await ruled({})
    const { id } = await send(admin, '60', club)
    await send(admin, '50', club)
    const rules = { limits: { CREDIT: { transfer: '50' } } }
    const rehearsal = await service.client.post(`${pathOf(club)}/rehearse`, { by: admin, rules })
    expect(rehearsal).toEqual({
      rules: expect.objectContaining({ limits: { CREDIT: { transfer: '50.00' } } }),
      days: 30,
      transfers: 2,
      refused: 1,
      people: 1,
      byRule: [{ code: 'group_transfer_limit', asset: 'CREDIT', refused: 1 }],
      examples: [
        {
          transfer: id,
          at: expect.any(String),
          from: { messenger: 'telegram', id: admin.id, handle: admin.handle, name: admin.name },
          asset: 'CREDIT',
          amount: '60.00',
          code: 'group_transfer_limit',
        },
      ],
    })
    expect(await service.client.get(pathOf(club))).toMatchObject({ rules: { limits: {} } })
  })

  test.each([
    ['a limit that is none', { limits: { CREDIT: { transfer: '2000' } } }, 'limit_too_large'],
    ['a zone that there is not', { timeZone: 'Mars/Olympus' }, 'unknown_time_zone'],
    ['an asset that there is not', { asset: 'DOGE' }, 'unknown_asset'],
    ['a list that there is not', { senders: { list: crypto.randomUUID() } }, 'list_not_found'],
    ['a rule that there is not', { surprise: 1 }, 'invalid_request'],
  ])('refuse %s', async (_what, rules, code) => {
    const [club, ada] = [newClub(), await somebody()]
    await told(club, ada, true)
    const answer = await service.client.call('PUT', pathOf(club), { by: ada, rules })
    expect(answer.body).toMatchObject({ code })
  })
})
