import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { changeList, deleteList, makeList } from '../../src/groups/list-changes.ts'
import { newcomer, openTestCore, type Person, rich } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
beforeAll(async () => {
  service = await openTestCore()
})
afterAll(() => service.close())

let groups = 0

/** A group with a list of its admin Ada: Ben by his id, whoever goes by `crewcook`, and somebody whom nobody has met yet. */
async function withList() {
  const { client, core } = service
  const group = { messenger: 'telegram', id: `-${++groups}77` }
  const [ada] = await rich(client, '100', newcomer('Ada'))
  const [ben, stranger] = [newcomer('Ben'), newcomer('Stranger')]
  const told = (who: Person, admin: boolean) =>
    client.call('PUT', `/v1/chats/telegram/${group.id}/members/${who.id}`, { admin, member: true })
  await told(ada, true)
  await client.balance(ben)
  const groupId = await core.groups.meet(group)
  const members = [
    { messenger: 'telegram', id: ben.id },
    { messenger: 'telegram', id: stranger.id },
    { messenger: 'telegram', handle: 'CrewCook' },
  ]
  const by = { messenger: ada.messenger, id: ada.id }
  const id = await makeList(core, { groupId, by, name: 'Night Crew', members })
  const packet = (list: string, from = ada, terms = {}) =>
    client.send(from, '9', { shares: 3, takers: { of: 'list', list }, group, ...terms })
  return { client, core, group, groupId, by, id, ada, ben, stranger, told, packet }
}

test('a red packet for a list is taken by those who were on it, in whatever messenger, and by nobody else', async () => {
  const { client, core, groupId, by, id, ada, ben, stranger, packet } = await withList()
  const made = await packet('night crew')
  expect(made).toMatchObject({ to: null, membersOnly: false, takers: { of: 'list', list: 'Night Crew' } })
  const eve = newcomer('Eve')
  const cook = { ...newcomer('Cook'), handle: 'crewcook' }
  await expect(client.collect(made.code, eve)).rejects.toMatchObject({ code: 'listed_only' })
  await expect(client.decline(made.id, ben)).rejects.toMatchObject({ code: 'not_recipient' })
  // The terms stay, whatever becomes of the list.
  await changeList(core, {
    groupId,
    by,
    id,
    name: 'Day crew',
    members: [{ messenger: 'telegram', id: eve.id }],
  })
  await expect(client.collect(made.code, eve)).rejects.toMatchObject({ code: 'listed_only' })
  await deleteList(core, { groupId, by, id })
  const benInDiscord = newcomer('Ben', 'discord')
  await expect(client.collect(made.code, benInDiscord)).rejects.toMatchObject({ code: 'listed_only' })
  await client.link(benInDiscord, ben)
  expect(await client.collect(made.code, benInDiscord)).toMatchObject({ amount: '3.00' })
  await expect(client.collect(made.code, ben)).rejects.toMatchObject({ code: 'already_yours' })
  expect(await client.collect(made.code, cook)).toMatchObject({ amount: '3.00' })
  await expect(client.collect(made.code, { ...eve, handle: 'eve' })).rejects.toMatchObject({
    code: 'listed_only',
  })
  expect(await client.collect(made.code, stranger)).toMatchObject({ amount: '3.00' })
  expect(await client.transfer(made.id)).toMatchObject({
    state: 'collected',
    takers: { of: 'list', list: 'Night Crew' },
  })
  expect(await client.balance(ada)).toBe('91.00')
})

test('a list is named by admins alone, by its name or its id; who repeats the request has the first answer', async () => {
  const { core, groupId, by, id, ada, told, packet } = await withList()
  const [eve] = await rich(service.client, '100', newcomer('Eve'))
  await told(eve, false)
  await expect(packet('Night Crew', eve)).rejects.toMatchObject({ code: 'not_admin' })
  await expect(packet('Cooks')).rejects.toMatchObject({
    code: 'list_unknown',
    details: { name: 'Cooks', names: 'Night Crew' },
  })
  expect(await packet(id)).toMatchObject({ takers: { list: 'Night Crew' } })
  const key = 'once'
  const first = await packet('Night Crew', ada, { key })
  await makeList(core, { groupId, by, name: 'Empty', members: [] })
  await expect(packet('empty')).rejects.toMatchObject({ code: 'list_empty' })
  await deleteList(core, { groupId, by, id })
  expect((await packet('Night Crew', ada, { key })).id).toBe(first.id)
  await expect(packet('Night Crew')).rejects.toMatchObject({ code: 'list_unknown' })
})

test('by hand, past the code, the database pays nobody who is not on the list, and changes none', async () => {
  const { client, core, groupId, by, id, ben, packet } = await withList()
  const members = [{ messenger: 'telegram', id: ben.id }]
  await changeList(core, { groupId, by, id, name: 'Night Crew', members })
  const { id: transfer } = await packet('Night Crew')
  const [eve] = await rich(client, '100', newcomer('Eve'))
  const collects = ({ id }: Person) =>
    core.db.execute(sql`
      insert into entries (transfer_id, account_id, kind, amount, leaves, at)
      select ${transfer}, a.id, 'collect', 300, 'open', now() from accounts a join identities i on i.person_id = a.person_id
      where i.messenger = 'telegram' and i.id = ${id} and a.asset = 'CREDIT'`)
  const refused = { cause: { code: '23000' } }
  await expect(collects(eve)).rejects.toMatchObject(refused)
  for (const set of [sql`list_people = '{}'`, sql`list_handles = '{x}'`, sql`list_name = 'x'`])
    await expect(
      core.db.execute(sql`update transfers set ${set} where id = ${transfer}`),
    ).rejects.toMatchObject(refused)
  await client.issue(ben, '1')
  await collects(ben)
  expect(await client.balance(ben)).toBe('4.00')
})

test('a packet for a list that opens by words, and pays by lot, takes both: who is on it, and knows them', async () => {
  const { client, group, ben, packet } = await withList()
  const settlement = { by: 'split', seconds: 3600 }
  const made = await packet('Night Crew', undefined, { phrase: {}, settlement })
  const phrase = (made as unknown as { words: string }).words
  const byWords = (by: Person) => client.post('/v1/claims', { phrase, group, by })
  await expect(client.collect(made.code, ben)).rejects.toMatchObject({ code: 'phrase_needed' })
  await expect(byWords(newcomer('Eve'))).rejects.toMatchObject({ code: 'listed_only' })
  expect(await byWords(ben)).toMatchObject({ amount: null, turn: 1 })
  await expect(byWords(ben)).rejects.toMatchObject({ code: 'entered_already' })
})
