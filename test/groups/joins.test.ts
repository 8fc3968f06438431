import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verifyTrails } from '../../src/groups/trail.ts'
import { audit } from '../../src/ledger/audit.ts'
import { gather } from '../../src/payouts/gather.ts'
import { treasuryOf } from '../../src/payouts/treasury.ts'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { newcomer, openTestCore, type Person } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
})
afterAll(async () => {
  expect((await audit(service.core.db)).faults).toEqual([])
  expect(await verifyTrails(service.core.db)).toEqual([])
  await service?.close()
})

interface Chat {
  messenger: string
  id: string
  title: string
}

/** A chat with an admin of its own, who has 100.00. */
async function met(title: string, messenger = 'telegram', asset = 'CREDIT') {
  const admin = newcomer('Ada', messenger)
  const chat: Chat = { messenger, id: messenger === 'telegram' ? `-${admin.id}` : admin.id, title }
  await service.client.issue(admin, '100', { asset })
  await service.core.groups.meet(chat)
  await service.core.groups.saveTitle(chat)
  await makeAdmin(admin, chat)
  return { admin, chat }
}

const makeAdmin = ({ id }: Person, chat: Chat, admin = true) =>
  service.client.call('PUT', `/v1/chats/${chat.messenger}/${chat.id}/members/${id}`, { admin, member: true })

const pathOf = ({ messenger, id }: Chat) => `/v1/groups/${messenger}/${id}`
const codeFor = async ({ admin, chat }: Met) =>
  (await service.client.post<{ code: string }>(`${pathOf(chat)}/join-codes`, { by: admin })).code
const join = ({ admin, chat }: Met, code: string, by = admin) =>
  service.client.post<{ group: Chat }>(`${pathOf(chat)}/join`, { by, code })
const part = ({ admin, chat }: Met, by = admin) =>
  service.client.post<{ group: Chat }>(`${pathOf(chat)}/part`, { by })
type Met = Awaited<ReturnType<typeof met>>

const send = ({ admin, chat }: Met, more: object = {}) =>
  service.client.send(admin, '1', { group: chat, ...more })
const historyOf = async ({ chat }: Met) =>
  (await service.client.get<{ items: ViewWithCode[] }>(`${pathOf(chat)}/history`)).items
const idsIn = async (one: Met) => (await historyOf(one)).map(({ id }) => id)
const groupOf = async ({ chat }: Met) => (await service.core.groups.find(chat.messenger, chat.id)) ?? ''

/** Puts money into a treasury. */
async function fill({ admin, chat }: Met, amount: string) {
  await service.client.issue(admin, amount)
  await service.client.post(`${pathOf(chat)}/contributions`, { from: admin, amount })
}
const holds = async (one: Met) =>
  (await treasuryOf(service.core.db, await groupOf(one))).map(({ balance }) => balance)

describe('Two chats that are joined', () => {
  test('have one book, which says where each transfer was made', async () => {
    const [club, hall] = [await met('Lunch club'), await met('Lunch hall', 'discord')]
    const made = [await send(club), await send(hall)]
    expect(await join(hall, await codeFor(club))).toEqual({ group: club.chat })
    made.push(await send(hall), await send(club))
    for (const one of [club, hall]) {
      const items = await historyOf(one)
      expect(items.map(({ id }) => id)).toEqual(made.map(({ id }) => id).reverse())
      expect(items.map(({ group }) => group)).toEqual([club.chat, hall.chat, hall.chat, club.chat])
    }
    const root = await groupOf(club)
    expect(await service.core.groups.rootOf(await groupOf(hall))).toBe(root)
    expect(await service.core.groups.chatsIn(root)).toEqual([club.chat, hall.chat])
  })

  test('know each other’s people by their names', async () => {
    const [club, hall] = [await met('Lunch club'), await met('Lunch hall')]
    const ben = newcomer('Benedict')
    await service.client.collect((await send(club)).code, ben)
    const called = (chat: Chat) =>
      service.client.get<{ items: Person[] }>(`/v1/people/telegram?called=benedict&group=${chat.id}`)
    expect((await called(hall.chat)).items).toEqual([])
    await join(hall, await codeFor(club))
    for (const { chat } of [club, hall]) expect((await called(chat)).items).toMatchObject([{ id: ben.id }])
  })

  test('part again: each has the book of what was made in it, and its own admins', async () => {
    const [club, hall] = [await met('Lunch club'), await met('Lunch hall')]
    const [first, second] = [await send(club), await send(hall)]
    await join(hall, await codeFor(club))
    const third = await send(hall)
    expect(await part(hall)).toEqual({ group: club.chat })
    expect(await idsIn(club)).toEqual([first.id])
    expect(await idsIn(hall)).toEqual([third.id, second.id])
    const { person } = await service.core.people.meet(club.admin)
    expect(await service.core.memberships.isAdmin(await groupOf(club), person)).toBe(true)
    await expect(part(hall)).rejects.toMatchObject({ code: 'not_joined', status: 409 })
    // And may be joined once more, the other way round.
    await join(club, await codeFor(hall))
    expect(await idsIn(club)).toEqual([third.id, second.id, first.id])
  })

  test('bring the chats along that were joined to them', async () => {
    const [club, hall, yard] = [await met('Club'), await met('Hall'), await met('Yard')]
    const made = [await send(club), await send(hall), await send(yard)].map(({ id }) => id).reverse()
    await join(yard, await codeFor(hall))
    await join(hall, await codeFor(club))
    for (const one of [club, hall, yard]) expect(await idsIn(one)).toEqual(made)
    // The hall leaves alone.
    await part(hall)
    expect(await idsIn(hall)).toEqual([made[1]])
    expect(await idsIn(club)).toEqual([made[0], made[2]])
  })

  test('are noted in both trails, with who did it and whose code it was', async () => {
    const [club, hall] = [await met('Lunch club'), await met('Lunch hall')]
    await join(hall, await codeFor(club))
    await part(hall)
    const idOf = ({ messenger, id }: Person) => ({ messenger, id })
    const [by, invitedBy] = [idOf(hall.admin), idOf(club.admin)]
    for (const one of [club, hall]) {
      const { items } = await service.core.trail.page(await groupOf(one), undefined, 10)
      const chat = { messenger: 'telegram', id: hall.chat.id, title: 'Lunch hall' }
      expect(items).toMatchObject([
        { what: 'part', by, details: { chat } },
        { what: 'join', by, details: { chat, invitedBy } },
      ])
    }
  })
})

describe('A code to join', () => {
  test('is typed as it is read, by whoever misreads it, too', async () => {
    const [club, hall] = [await met('Lunch club'), await met('Lunch hall')]
    const code = await codeFor(club)
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
    await join(hall, ` ${code.replaceAll('-', '').toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l')}`)
  })

  test('is good once, for ten minutes, and stored as a hash', async () => {
    const [club, hall, yard] = [await met('Club'), await met('Hall'), await met('Yard')]
    const code = await codeFor(club)
    const rows = await service.core.db.execute(sql`select * from join_codes`)
    expect(JSON.stringify(rows)).not.toContain(code.slice(0, 4))
    await join(hall, code)
    await expect(join(yard, code)).rejects.toMatchObject({ code: 'join_code_unknown', status: 404 })
    const old = await codeFor(club)
    await service.core.db.execute(sql`update join_codes set expires_at = expires_at - interval '600 seconds'`)
    for (const typed of [old, 'nonsense', '0000-0000-0000-0000'])
      await expect(join(yard, typed)).rejects.toMatchObject({ code: 'join_code_unknown' })
  })

  test('joins one chat, of two that use it at the same moment', async () => {
    const [club, hall, yard] = [await met('Club'), await met('Hall'), await met('Yard')]
    const code = await codeFor(club)
    const outcomes = await Promise.allSettled([join(hall, code), join(yard, code)])
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await service.core.groups.chatsIn(await groupOf(club))).toHaveLength(2)
  })

  test('is made and used by admins alone, and is of no use once its maker is none', async () => {
    const [club, hall] = [await met('Club'), await met('Hall')]
    const member = newcomer('Eve')
    for (const { chat } of [club, hall]) await makeAdmin(member, chat, false)
    await expect(codeFor({ ...club, admin: member })).rejects.toMatchObject({
      code: 'not_admin',
      status: 403,
    })
    const code = await codeFor(club)
    await expect(join(hall, code, member)).rejects.toMatchObject({ code: 'not_admin' })
    await makeAdmin(club.admin, club.chat, false)
    await expect(join(hall, code)).rejects.toMatchObject({ code: 'join_code_unknown' })
    await makeAdmin(club.admin, club.chat)
    await join(hall, code)
    await expect(part(hall, member)).rejects.toMatchObject({ code: 'not_admin' })
  })

  test('joins no chat to one where play money is dealt in, nor the other way round', async () => {
    const [club, play] = [await met('Club'), await met('Play club', 'playground', 'PLAY')]
    for (const [one, code] of [
      [club, await codeFor(play)],
      [play, await codeFor(club)],
    ] as const)
      await expect(join(one, code)).rejects.toMatchObject({ code: 'join_other_money', status: 409 })
  })

  test('that is refused is not used up: of the chat itself, of one joined to it already, of one that is joined elsewhere', async () => {
    const [club, hall, yard] = [await met('Club'), await met('Hall'), await met('Yard')]
    const [one, another] = [await codeFor(club), await codeFor(club)]
    await expect(join(club, one)).rejects.toMatchObject({ code: 'already_joined', status: 409 })
    await join(hall, one)
    await expect(join(hall, another)).rejects.toMatchObject({ code: 'already_joined' })
    await expect(join(club, await codeFor(hall))).rejects.toMatchObject({ code: 'already_joined' })
    await expect(join(hall, await codeFor(yard))).rejects.toMatchObject({ code: 'joined_elsewhere' })
    await join(yard, another)
  })
})

describe('The treasury of a chat that is joined', () => {
  test('moves to the one of its group, whatever it has, in as many transfers as the most for one makes necessary', async () => {
    const [club, hall] = [await met('Club'), await met('Hall')]
    for (const amount of ['2000', '2000', '345.67']) await fill(hall, amount)
    await fill(club, '1')
    await join(hall, await codeFor(club))
    expect(await holds(hall)).toEqual([0n])
    expect(await holds(club)).toEqual([4346_67n])
    await part(hall)
    // Where it stays.
    await gather(service.core)
    expect(await holds(club)).toEqual([4346_67n])
    const moved = (await historyOf(hall)).slice(0, 3)
    expect(moved.map(({ amount, state }) => `${amount} ${state}`).toSorted()).toEqual([
      '2000.00 collected',
      '2000.00 collected',
      '345.67 collected',
    ])
  })

  test('is moved by the worker where the process ended just after the join, and what comes back to it later', async () => {
    const [club, hall] = [await met('Club'), await met('Hall')]
    await fill(hall, '5')
    const [root, group] = [await groupOf(club), await groupOf(hall)]
    await service.core.db.execute(sql`update groups set merged_into = ${root} where id = ${group}`)
    await Promise.all([gather(service.core), gather(service.core), gather(service.core)])
    expect(await holds(hall)).toEqual([0n])
    expect(await holds(club)).toEqual([500n])
  })

  test('is not joined while a payout takes money out of it', async () => {
    const [club, hall] = [await met('Club'), await met('Hall')]
    const [group, { person }] = [await groupOf(hall), await service.core.people.meet(hall.admin)]
    const payout = crypto.randomUUID()
    await service.core.db.execute(sql`
      with payout as (
        insert into payouts (id, group_id, made_in, made_by, asset, total)
        values (${payout}, ${group}, ${group}, ${person}, 'CREDIT', 1)
      )
      insert into payout_items (payout_id, turn, transfer_id, person_id, amount)
      values (${payout}, 0, ${crypto.randomUUID()}, ${person}, 1)`)
    const code = await codeFor(club)
    await expect(join(hall, code)).rejects.toMatchObject({ code: 'payout_unfinished', status: 409 })
    await service.core.db.execute(
      sql`update payout_items set outcome = 'refused', refusal = 'treasury_short' where payout_id = ${payout}`,
    )
    await service.core.db.execute(sql`update payouts set made_at = now() where id = ${payout}`)
    await join(hall, code)
  })
})

describe('A joined chat that its messenger gives another id', () => {
  const move = async (from: Chat, to: Chat) =>
    expect((await service.client.call('POST', `${pathOf(from)}/move`, { to: to.id })).status).toBe(204)

  test('stays joined, and takes along what it was, also where it parts', async () => {
    const [club, hall, after] = [await met('Club'), await met('Hall'), await met('Hall')]
    const made = [await send(club), await send(hall), await send(after)].map(({ id }) => id).reverse()
    await join(hall, await codeFor(club))
    await move(hall.chat, after.chat)
    expect(await idsIn(club)).toEqual(made)
    expect(await idsIn(after)).toEqual(made)
    expect((await historyOf(club)).map(({ group }) => group?.id)).toEqual([
      after.chat.id,
      after.chat.id,
      club.chat.id,
    ])
    await part(after)
    expect(await idsIn(after)).toEqual(made.slice(0, 2))
    expect(await idsIn(club)).toEqual(made.slice(2))
    // Once more, with what it is by now.
    await join(after, await codeFor(club))
    expect(await idsIn(club)).toEqual(made)
  })

  test('is joined where it was met under the new id first, and where that was joined instead', async () => {
    for (const isOlder of [true, false]) {
      const [club, one, other] = [await met('Club'), await met('One'), await met('Other')]
      const made = [await send(club), await send(one), await send(other)].map(({ id }) => id).reverse()
      const [before, after] = isOlder ? [other, one] : [one, other]
      await join(after, await codeFor(club))
      await move(before.chat, after.chat)
      expect(await idsIn(club)).toEqual(made)
      await part(after)
      expect(await idsIn(after)).toEqual(made.slice(0, 2))
    }
  })

  test('and the group of others does so with all of them', async () => {
    const [club, hall, after] = [await met('Club'), await met('Hall'), await met('Club')]
    const made = [await send(club), await send(hall), await send(after)].map(({ id }) => id).reverse()
    await join(hall, await codeFor(club))
    await move(club.chat, after.chat)
    for (const one of [after, hall]) expect(await idsIn(one)).toEqual(made)
    await part(hall)
    expect(await idsIn(hall)).toEqual([made[1]])
  })
})
