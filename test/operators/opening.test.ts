import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, describe, expect, test } from 'vitest'
import { isOpenFor, type OpeningSetting } from '../../src/operators/opening.ts'
import { carryOut } from '../../src/payouts/carry-out.ts'
import { planPayout } from '../../src/payouts/plan.ts'
import { newcomer, openTestCore, type Person, rich } from '../support/service.ts'

const boss = newcomer('Boss')
const { core, client, close } = await openTestCore({ operators: [`telegram:${boss.id}`] })
afterAll(close)

const set = (setting: Partial<OpeningSetting>) =>
  core.opening.save({ step: 'everybody', groups: [], share: 0, ...setting }, boss)

const refused = (code: string) => expect.objectContaining({ code })
const club = { messenger: 'telegram', id: '-1001', title: 'Club' }
const clubId = await core.groups.meet(club)

describe('the service is open', () => {
  test('for everybody, as long as no operator has set anything else', async () => {
    const [ada] = await rich(client, '10', newcomer())
    await client.send(ada, '1')
  })

  test('for nobody', async () => {
    const [ada] = await rich(client, '10', newcomer(), boss)
    await set({ step: 'off' })
    await expect(client.send(ada, '1')).rejects.toEqual(refused('not_open_yet'))
    await expect(client.send(boss, '1')).rejects.toEqual(refused('not_open_yet'))
  })

  test('for operators alone', async () => {
    const [ada] = await rich(client, '10', newcomer(), boss)
    await set({ step: 'operators' })
    await expect(client.send(ada, '1')).rejects.toEqual(refused('not_open_yet'))
    await client.send(boss, '1')
  })

  test('in the listed groups, and in what was merged into them', async () => {
    const [ada] = await rich(client, '10', newcomer(), boss)
    const other = { messenger: 'telegram', id: '-1002' }
    const otherId = await core.groups.meet(other)
    await set({ step: 'groups', groups: [clubId] })
    await client.send(ada, '1', { group: club })
    await expect(client.send(ada, '1')).rejects.toEqual(refused('not_open_yet'))
    await expect(client.send(ada, '1', { group: other })).rejects.toEqual(refused('not_open_yet'))
    await core.db.execute(`update groups set merged_into = '${clubId}' where id = '${otherId}'`)
    await client.send(ada, '1', { group: other })
  })

  test('for a share of the people, and still in the listed groups', async () => {
    const people = await rich(client, '10', ...Array.from({ length: 12 }, () => newcomer()))
    const letIn = async (share: number) => {
      await set({ step: 'share', share, groups: [clubId] })
      const sent = await Promise.allSettled(people.map((person) => client.send(person, '1')))
      return people.filter((_, index) => sent[index]?.status === 'fulfilled')
    }
    const half = await letIn(50)
    const more = await letIn(80)
    expect(more).toEqual(expect.arrayContaining(half))
    expect(await letIn(100)).toEqual(people)
    expect(await letIn(0)).toEqual([])
    await client.send(people[0] as Person, '1', { group: club })
  })
})

describe('where somebody is not let in', () => {
  test('nothing is offered by them either, and what was offered before is not made', async () => {
    const [ada] = await rich(client, '10', newcomer())
    await set({})
    const { id } = await client.post<{ id: string }>('/v1/offers', { from: ada, amount: '1' })
    await set({ step: 'operators' })
    const offering = client.post('/v1/offers', { from: ada, amount: '1' })
    await expect(offering).rejects.toEqual(refused('not_open_yet'))
    const making = client.post(`/v1/offers/${id}/make`, { by: ada, place: { chat: '1', message: '1' } })
    await expect(making).rejects.toEqual(refused('not_open_yet'))
  })

  test('a request that was answered before is answered again', async () => {
    const [ada] = await rich(client, '10', newcomer())
    await set({})
    const key = randomUUID()
    const { id } = await client.send(ada, '1', { key })
    await set({ step: 'closed' })
    expect(await client.send(ada, '1', { key })).toMatchObject({ id })
    await expect(client.send(ada, '1', { key: randomUUID() })).rejects.toEqual(refused('winding_down'))
  })

  test('what was sent can be collected, cancelled and declined', async () => {
    await set({})
    const [ada, ben] = await rich(client, '10', newcomer('Ada'), newcomer('Ben'))
    const [first, second, third] = await Promise.all([1, 2, 3].map(() => client.send(ada, '1', { to: ben })))
    await set({ step: 'closed' })
    await client.collect(first?.code ?? '', ben)
    await client.cancel(second?.id ?? '', ada)
    await client.decline(third?.id ?? '', ben)
    expect(await client.balance(ben)).toBe('11.00')
  })
})

test('while the service is wound down no operator sends or issues, but money can be taken out of circulation', async () => {
  await set({})
  await rich(client, '10', boss)
  await set({ step: 'closed' })
  await expect(client.send(boss, '1')).rejects.toEqual(refused('winding_down'))
  await expect(client.issue(boss, '1')).rejects.toEqual(refused('winding_down'))
  await client.post('/v1/issues', { from: boss, amount: '4' })
  await set({})
})

test('no payout is planned while its admin is not let in, and what is left of one is not paid after the end', async () => {
  await set({})
  const [ada, ben] = await rich(client, '10', newcomer('Ada'), newcomer('Ben'))
  const by = await core.people.meet(ada)
  const plan = async () => {
    const asked = { groupId: clubId, by, items: [{ to: ben, amount: '1' }] }
    return (await planPayout(core, asked)) as { faults: object[] }
  }
  await set({ step: 'operators' })
  expect((await plan()).faults).toContainEqual({ row: null, code: 'not_open_yet', details: {} })
  await set({ step: 'groups', groups: [clubId] })
  expect((await plan()).faults).not.toContainEqual(refused('not_open_yet'))

  await set({ step: 'closed' })
  const [payout, transfer] = [randomUUID(), randomUUID()]
  const { person } = await core.people.meet(ben)
  await core.db.execute(
    sql`insert into payouts (id, group_id, made_in, made_by, asset, total) values (${payout}, ${clubId}, ${clubId}, ${by.person}, 'CREDIT', 1)`,
  )
  await core.db.execute(
    sql`insert into payout_items (payout_id, turn, transfer_id, person_id, amount) values (${payout}, 0, ${transfer}, ${person}, 1)`,
  )
  await carryOut(core, payout)
  const items = await core.db.execute(
    sql`select outcome, refusal from payout_items where payout_id = ${payout}`,
  )
  expect([...items]).toEqual([{ outcome: 'refused', refusal: 'winding_down' }])
  await set({})
})

test('a share lets in about that many, always the same, and more and more as it grows', () => {
  const people = Array.from({ length: 2000 }, () => randomUUID())
  const letIn = (share: number) =>
    people.filter((person) =>
      isOpenFor({ step: 'share', groups: [], share }, { person, isOperator: false, groups: [] }),
    )
  const [few, many] = [letIn(20), letIn(60)]
  expect(few.length).toBeGreaterThan(300)
  expect(few.length).toBeLessThan(500)
  expect(new Set(many)).toEqual(new Set(many).union(new Set(few)))
  expect(letIn(20)).toEqual(few)
})

test('who has changed it, and to what, stands in the operators’ trail', async () => {
  await set({ step: 'share', share: 30 })
  const { items } = await core.trail.page(null, undefined, 1)
  expect(items).toMatchObject([
    { what: 'opening', by: { id: boss.id }, details: { step: 'share', share: 30, groups: [] } },
  ])
})
