import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { standingPayouts } from '../../db/schema.ts'
import { changeList, deleteList, makeList } from '../../src/groups/list-changes.ts'
import { membersIn, textOf } from '../../src/groups/list-text.ts'
import { findList, findMembers, listsOf, type Member, membersOf } from '../../src/groups/lists.ts'
import { newId } from '../../src/shared/ids.ts'
import { newcomer, openTestCore, rich } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
})
afterAll(() => service?.close())

const by = { messenger: 'telegram', id: '1' }
const ada: Member = { messenger: 'telegram', id: '11' }
const ben: Member = { messenger: 'telegram', handle: 'ben' }
const eve: Member = { messenger: 'discord', id: '80351110224678912' }

describe('a list', () => {
  test('is made, changed and deleted, and each change stands in the trail of its group', async () => {
    const { core } = service
    const groupId = await group()
    const id = await makeList(core, { groupId, by, name: 'Kitchen', members: [ada, ben] })
    expect(await listsOf(core.db, groupId)).toEqual([{ id, name: 'Kitchen', members: [ada, ben] }])
    await changeList(core, { groupId, by, id, name: 'Cooks', members: [ada, eve] })
    // The same again is no change.
    await changeList(core, { groupId, by, id, name: 'Cooks', members: [eve, ada] })
    await deleteList(core, { groupId, by, id })
    expect(await listsOf(core.db, groupId)).toEqual([])
    const { items } = await core.trail.page(groupId, undefined, 10)
    expect(items.map(({ what, by, details }) => ({ what, by, details })).reverse()).toEqual([
      { what: 'list_made', by, details: { name: 'Kitchen', members: 2 } },
      { what: 'list_changed', by, details: { name: 'Cooks', from: 'Kitchen', added: [eve], removed: [ben] } },
      { what: 'list_deleted', by, details: { name: 'Cooks' } },
    ])
  })

  test('has a name of its own in its group', async () => {
    const { core } = service
    const [groupId, other] = [await group(), await group()]
    await makeList(core, { groupId, by, name: 'Kitchen', members: [ada] })
    await makeList(core, { groupId: other, by, name: 'Kitchen', members: [ada] })
    const id = await makeList(core, { groupId, by, name: 'Garden', members: [ada] })
    const taken = { code: 'list_name_taken' }
    await expect(makeList(core, { groupId, by, name: 'Kitchen', members: [ben] })).rejects.toMatchObject(
      taken,
    )
    const renamed = changeList(core, { groupId, by, id, name: 'Kitchen', members: [ada] })
    await expect(renamed).rejects.toMatchObject(taken)
  })

  test('is not there for another group', async () => {
    const { core } = service
    const [groupId, other] = [await group(), await group()]
    const id = await makeList(core, { groupId, by, name: 'Kitchen', members: [ada] })
    const missing = { code: 'list_not_found', status: 404 }
    await expect(findList(core.db, other, id)).rejects.toMatchObject(missing)
    const change = { groupId: other, by, id, name: 'Mine', members: [eve] }
    await expect(changeList(core, change)).rejects.toMatchObject(missing)
    await expect(deleteList(core, change)).rejects.toMatchObject(missing)
  })

  test('stays as long as the rules use it', async () => {
    const { core } = service
    const groupId = await group()
    const id = await makeList(core, { groupId, by, name: 'Senders', members: [ada] })
    const rules = await core.rules.of(groupId)
    await core.rules.save(groupId, { ...rules, senders: { list: id } }, by)
    const inUse = { code: 'list_in_use', details: { name: 'Senders' } }
    await expect(deleteList(core, { groupId, by, id })).rejects.toMatchObject(inUse)
    await core.rules.save(groupId, rules, by)
    await deleteList(core, { groupId, by, id })
  })

  test('stays as long as a standing payout that has not ended uses it', async () => {
    const { core } = service
    const groupId = await group()
    const id = await makeList(core, { groupId, by, name: 'Crew', members: [ada] })
    const standing = await plantStanding(groupId, id)
    await expect(deleteList(core, { groupId, by, id })).rejects.toMatchObject({ code: 'list_in_use' })
    await core.db.update(standingPayouts).set({ state: 'ended' }).where(eq(standingPayouts.id, standing))
    await deleteList(core, { groupId, by, id })
  })
})

describe('the people on a list', () => {
  test('are persons, by their ids and by the handles that they have now', async () => {
    const { core } = service
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
    await Promise.all([ada, ben].map((one) => service.client.issue(one, '1')))
    const [known, other] = await Promise.all([core.people.meet(ada), core.people.meet(ben)])
    const members = [
      { messenger: 'telegram', id: ada.id },
      { messenger: 'telegram', handle: ben.handle?.toUpperCase() ?? '' },
      { messenger: 'discord', id: ada.id },
      { messenger: 'telegram', handle: 'nobody' },
    ]
    const id = await makeList(core, { groupId: await group(), by, name: 'Kitchen', members })
    expect(await membersOf(core.db, id)).toEqual(new Set([known.person, other.person]))
  })

  test('are none where there is no such list', async () => {
    expect(await membersOf(service.core.db, newId())).toEqual(new Set())
  })
})

describe('members as an admin writes them', () => {
  test('are found by handle, id, and what they are called in the group', async () => {
    const { core, client } = service
    const chat = { messenger: 'telegram', id: `-${newId()}` }
    const people = [newcomer('Zoe'), newcomer('Yan'), newcomer('Kim'), newcomer('Max')] as const
    const [zoe, yan, kim, max] = await rich(client, '5', ...people)
    for (const one of [zoe, yan, kim]) await client.send(one, '1', { group: chat })
    const groupId = await core.groups.meet(chat)
    const text = `\n @${zoe.handle} \r\ntelegram:${yan.id} who is always late\n${kim.name}\ntelegram:@${max.handle}\n`
    const { members, faults } = await membersIn(core, groupId, text)
    expect(faults).toEqual([])
    expect(members).toEqual([
      { messenger: 'telegram', handle: zoe.handle },
      { messenger: 'telegram', id: yan.id },
      { messenger: 'telegram', id: kim.id },
      { messenger: 'telegram', handle: max.handle },
    ])
    const again = textOf(members, await findMembers(core.db, members))
    expect(again).toContain(`telegram:${yan.id} Yan (@${yan.handle})`)
    expect(await membersIn(core, groupId, again)).toEqual({ members, faults: [] })
  })

  test('are named by their lines where it is not clear who they are', async () => {
    const { core, client } = service
    const chat = { messenger: 'telegram', id: `-${newId()}` }
    const [one, other] = await rich(client, '5', newcomer('Pat'), newcomer('Pat'))
    for (const pat of [one, other]) await client.send(pat, '1', { group: chat })
    const groupId = await core.groups.meet(chat)
    const text = `@${one.handle}\n\nPat\n@nobody-there\ntelegram:${one.id}\nirc:pat`
    const { members, faults } = await membersIn(core, groupId, text)
    expect(members).toEqual([{ messenger: 'telegram', handle: one.handle }])
    expect(faults.map(({ line, refusal }) => [line, refusal.code, refusal.details])).toEqual([
      [3, 'person_unclear', { typed: 'Pat' }],
      [4, 'unknown_person', { typed: '@nobody-there' }],
      [5, 'listed_twice', { row: 1 }],
      [6, 'unknown_person', { typed: 'irc:pat' }],
    ])
  })
})

const group = () => service.core.groups.meet({ messenger: 'telegram', id: `-${newId()}` })

async function plantStanding(groupId: string, listId: string): Promise<string> {
  const { person } = await service.core.people.meet(by)
  const id = newId()
  const what = { listId, asset: 'CREDIT', amount: 1n, every: 'week', day: 1, hour: 9 } as const
  await service.core.db
    .insert(standingPayouts)
    .values({ id, groupId, madeBy: person, ...what, nextAt: new Date('2100-01-01') })
  return id
}
