import { afterAll, beforeAll, expect, test } from 'vitest'
import { identities } from '../../db/schema.ts'
import type { Cursor, Filter, Kind } from '../../src/books/filter.ts'
import { lifeOf } from '../../src/books/life.ts'
import { addNote } from '../../src/books/notes.ts'
import { pageOf } from '../../src/books/page.ts'
import { findPeopleInGroup, findPersonInGroup } from '../../src/books/people.ts'
import { totalsOf } from '../../src/books/totals.ts'
import { openPeople } from '../../src/people/people.ts'
import { type Client, newcomer, openTestCore, type Person } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
let client: Client
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
  client = service.client
})
afterAll(() => service.close())

test('a group’s books are paged both ways, each transfer once', async () => {
  const { group, root } = await someGroup()
  const [ada] = await pair()
  const ids: string[] = []
  for (let n = 0; n < 7; n++) ids.unshift((await client.send(ada, '1', { group })).id)
  const page = (cursor?: Cursor) => pageOf(service.core.db, root, {}, cursor, 3)
  const idsOf = ({ items }: { items: { id: string }[] }) => items.map(({ id }) => id)
  const first = await page()
  expect(idsOf(first)).toEqual(ids.slice(0, 3))
  expect(first.newer).toBeUndefined()
  const second = await page(first.older)
  const third = await page(second.older)
  expect(idsOf(third)).toEqual(ids.slice(6))
  expect(third.older).toBeUndefined()
  const back = await page(third.newer)
  expect(idsOf(back)).toEqual(ids.slice(3, 6))
  expect(idsOf(await page(back.newer))).toEqual(ids.slice(0, 3))
  expect(await page({ after: ids[0] as string })).toEqual({ items: [], older: undefined, newer: undefined })
})

test('each part of a filter narrows what is shown, and the totals with it', async () => {
  const { group, root } = await someGroup()
  const [ada, ben] = await pair()
  const cleo = newcomer('Cleo')
  const one = await client.send(ada, '1', { group, note: 'Lunch at Ming’s' })
  const two = await client.send(ada, '2', { group, to: ben, note: '午饭 lunch' })
  const three = await client.send(ben, '4', { group, to: cleo })
  await client.collect(one.code, ben)
  await client.cancel(two.id, ada)
  const { db } = service.core
  const shown = async (filter: Filter) => {
    const { items } = await pageOf(db, root, filter, undefined, 10)
    const { assets } = await totalsOf(db, root, filter)
    expect(assets[0]?.sent.amount ?? 0n).toBe(items.reduce((sum, { amount }) => sum + amount, 0n))
    return items.map(({ id }) => id)
  }
  const who = async (name: Person) => (await findPeopleInGroup(db, root, `@${name.handle}`))[0]?.person
  expect(await shown({})).toEqual([three.id, two.id, one.id])
  expect(await shown({ state: 'open' })).toEqual([three.id])
  expect(await shown({ words: 'LUNCH' })).toEqual([two.id, one.id])
  expect(await shown({ words: '午饭' })).toEqual([two.id])
  expect(await shown({ person: await who(ada) })).toEqual([two.id, one.id])
  expect(await shown({ person: await who(ben) })).toEqual([three.id, two.id, one.id])
  expect(await shown({ person: await who(ben), words: 'lunch', state: 'collected' })).toEqual([one.id])
  expect(await shown({ kind: 'transfer', asset: 'CREDIT' })).toEqual([three.id, two.id, one.id])
  expect(await shown({ kind: 'payout' })).toEqual([])
  const today = one.createdAt.slice(0, 10)
  expect(await shown({ from: today, to: today })).toEqual([three.id, two.id, one.id])
  expect(await shown({ to: '2020-01-01' })).toEqual([])
  expect(await totalsOf(db, root, {})).toEqual({
    assets: [
      {
        asset: 'CREDIT',
        sent: { transfers: 3, amount: 700n },
        collected: { transfers: 1, amount: 100n },
        open: { transfers: 1, amount: 400n },
        returned: { transfers: 1, amount: 200n },
      },
    ],
    people: 2,
  })
})

test('red packets, what was asked for and what was given back are kinds of their own', async () => {
  const { group, root } = await someGroup()
  const [ada, ben] = await pair()
  const { db } = service.core
  const plain = await client.send(ada, '1', { group, to: ben })
  await client.collect(plain.code, ben)
  const equal = await client.send(ada, '2', { group, shares: 2 })
  const lucky = await client.send(ada, '4', { group, shares: 2, draw: 'lucky' })
  await client.collect(lucky.code, ben)
  const asked = await client.post<{ id: string }>('/v1/asks', {
    by: ada,
    amount: '8',
    parts: [{ from: ben }],
    group,
  })
  const { transfer: paid } = await client.post<{ transfer: { id: string } }>(
    `/v1/asks/${asked.id}/payments`,
    { by: ben },
  )
  const back = await client.refund(plain.id, ben)
  const shown = async (kind: Kind) => {
    const { items } = await pageOf(db, root, { kind }, undefined, 10)
    const { assets } = await totalsOf(db, root, { kind })
    expect(assets[0]?.sent.transfers).toBe(items.length)
    return items.map(({ id }) => id)
  }
  expect(await shown('transfer')).toEqual([plain.id])
  expect(await shown('packet')).toEqual([lucky.id, equal.id])
  expect(await shown('payment')).toEqual([paid.id])
  expect(await shown('refund')).toEqual([back.id])
})

test('one transfer’s whole life is told, with what admins have noted', async () => {
  const { group, root } = await someGroup()
  const [ada, ben] = await pair()
  const { id, code } = await client.send(ada, '20', { group, note: 'lunch' })
  await client.post(`/v1/transfers/${id}/cards`, {
    messenger: 'telegram',
    chat: group.id,
    message: '1',
    language: 'en',
    drawn: 'open',
  })
  await client.collect(code, ben)
  await addNote(service.core.db, id, ada, 'Paid back in cash.')
  const life = await lifeOf(service.core, root, id)
  expect(life).toMatchObject({
    transfer: { id, state: 'collected' },
    chat: { title: 'Lunch club' },
    from: { kind: 'person', identity: { id: ada.id } },
    entries: [
      { kind: 'fund', amount: -2000n, leaves: 'open', party: { identity: { id: ada.id } } },
      { kind: 'collect', amount: 2000n, leaves: 'collected', party: { identity: { id: ben.id } } },
    ],
    cards: [{ messenger: 'telegram', chat: { title: 'Lunch club' }, drawn: 'open' }],
    notes: [{ by: { id: ada.id }, text: 'Paid back in cash.' }],
  })
  const other = await someGroup()
  expect(await lifeOf(service.core, other.root, id)).toBeUndefined()
})

test('who is shown elsewhere, or called otherwise there, is no matter of the group', async () => {
  const { group, root } = await someGroup()
  const other = await someGroup()
  const [ada, ben] = await pair()
  const { id, code } = await client.send(ada, '20', { group })
  await client.collect(code, ben)
  for (const { id: chat } of [other.group, ben])
    await client.post(`/v1/transfers/${id}/cards`, {
      messenger: 'telegram',
      chat,
      message: '1',
      language: 'en',
      drawn: 'open',
    })
  const person = (await service.core.people.meet(ben)).person
  await service.core.db.insert(identities).values({
    messenger: 'discord',
    id: newcomer().id,
    personId: person,
    name: 'Ben in disguise',
    seenAt: new Date(Date.now() + 3600_000),
  })
  const life = await lifeOf({ ...service.core, people: openPeople(service.core.db) }, root, id)
  expect(life?.cards.map(({ chat }) => chat)).toEqual([null, null])
  expect(life?.to).toMatchObject({ kind: 'person', identity: { messenger: 'telegram', id: ben.id } })
  expect(life?.entries[1]?.party).toEqual(life?.to)
  expect(await findPeopleInGroup(service.core.db, root, 'Ben in disguise')).toEqual([])
  expect(await findPersonInGroup(service.core.db, root, person)).toMatchObject({ id: ben.id })
  expect(await findPersonInGroup(service.core.db, other.root, person)).toBeUndefined()
})

async function someGroup() {
  const group = { messenger: 'telegram', id: `-${newcomer().id}`, title: 'Lunch club' }
  const id = await service.core.groups.meet(group)
  return { group, root: { id, timeZone: 'UTC' } }
}

async function pair(): Promise<[Person, Person]> {
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
  await client.issue(ada, '100')
  await client.issue(ben, '100')
  return [ada, ben]
}
