import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { TransferView, ViewWithCode } from '../../src/transfers/view.ts'
import { type Client, newcomer, openTestCore, type Person } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
let client: Client
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
  client = service.client
})
afterAll(() => service.close())

describe("a person's history", () => {
  test('tells what was sent and what was received, the newest first, without secrets', async () => {
    const [ada, ben] = await pair()
    const sent = await client.send(ada, '20', { to: ben, note: 'lunch' })
    await client.collect(sent.code, ben)
    await client.send(ben, '5')
    const { items, next } = await client.history(ben)
    expect(next).toBeNull()
    expect(items.map(({ direction, transfer }) => [direction, transfer.state, transfer.amount])).toEqual([
      ['sent', 'open', '5.00'],
      ['received', 'collected', '20.00'],
      ['received', 'collected', '100.00'],
    ])
    const { code: _, link: __, ...item } = await client.transfer(sent.id)
    expect(items[1]?.transfer).toEqual(item)
    expect(items[2]?.transfer.from).toBeNull()
  })

  test('shows what came back by the state of what was sent, once', async () => {
    const [ada] = await pair()
    const { id } = await client.send(ada, '20')
    await client.cancel(id, ada)
    const { items } = await client.history(ada)
    expect(items.map(({ direction, transfer }) => [direction, transfer.state])).toEqual([
      ['sent', 'cancelled'],
      ['received', 'collected'],
    ])
  })

  test('can be asked for one state', async () => {
    const [ada, ben] = await pair()
    await client.send(ada, '1')
    await client.collect((await client.send(ada, '2')).code, ben)
    await client.cancel((await client.send(ada, '3')).id, ada)
    const amounts = async (state: string) =>
      (await client.history(ada, `state=${state}`)).items.map(({ transfer }) => transfer.amount)
    expect(await amounts('open')).toEqual(['1.00'])
    expect(await amounts('collected')).toEqual(['2.00', '100.00'])
    expect(await amounts('cancelled')).toEqual(['3.00'])
    expect(await amounts('declined')).toEqual([])
  })

  test('is walked page by page, each item once, while new ones come', async () => {
    const [ada, ben] = await pair()
    const ids = []
    for (let n = 0; n < 23; n++) ids.push((await client.send(ada, '1', { to: ben })).id)
    const walked: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await client.history(ada, `limit=5${cursor && `&cursor=${cursor}`}`)
      expect(page.items.length).toBeLessThanOrEqual(5)
      walked.push(...page.items.map(({ transfer }) => transfer.id))
      cursor = page.next
      await client.send(ada, '1')
    }
    expect(walked.slice(0, 23)).toEqual(ids.toReversed())
    expect(walked).toHaveLength(24)
  })

  test('ends on a full page without another', async () => {
    const [ada] = await pair()
    for (let n = 0; n < 4; n++) await client.send(ada, '1')
    const page = await client.history(ada, 'limit=5')
    expect([page.items.length, page.next]).toEqual([5, null])
  })

  test('of somebody never met is empty', async () => {
    expect(await client.history(newcomer())).toEqual({ items: [], next: null })
  })

  test('holds nothing of others, and nothing of the same id in another messenger', async () => {
    const [ada, ben] = await pair()
    await client.send(ada, '1')
    expect((await client.history(ben)).items).toHaveLength(1)
    expect((await client.history({ ...ada, messenger: 'discord' })).items).toEqual([])
  })
})

describe("a group's history", () => {
  test('tells its own transfers, the newest first, and totals of all that match', async () => {
    const [ada, ben] = await pair()
    const group = someGroup()
    const made: ViewWithCode[] = []
    for (const amount of ['1', '2', '3', '4']) made.push(await client.send(ada, amount, { group }))
    await client.send(ada, '10')
    await client.send(ada, '10', { group: someGroup() })
    await client.issue(ada, '50', { asset: 'FLASH' })
    made.push(await client.send(ada, '5', { group, asset: 'FLASH' }))
    await client.collect(made[0]?.code as string, ben)
    await client.cancel(made[1]?.id as string, ada)

    const page = await historyOf(group)
    expect(page.items.map(({ id }) => id)).toEqual(made.map(({ id }) => id).reverse())
    expect(page.items[0]).toMatchObject({ group: { ...group } })
    expect(page.items[0]).not.toHaveProperty('code')
    expect(page.items[0]).not.toHaveProperty('link')
    expect(page.totals).toEqual([
      { asset: 'CREDIT', state: 'open', transfers: 2, amount: '7.00' },
      { asset: 'CREDIT', state: 'collected', transfers: 1, amount: '1.00' },
      { asset: 'CREDIT', state: 'cancelled', transfers: 1, amount: '2.00' },
      { asset: 'FLASH', state: 'open', transfers: 1, amount: '5.00' },
    ])
  })

  test('can be asked for a state, an asset, a kind and a time, and its totals follow', async () => {
    const [ada, ben] = await pair()
    const group = someGroup()
    await client.issue(ada, '50', { asset: 'FLASH' })
    const first = await client.send(ada, '1', { group })
    const second = await client.send(ada, '2', { group })
    const third = await client.send(ada, '3', { group, asset: 'FLASH' })
    await client.collect(second.code, ben)
    const idsOf = async (query: Record<string, string>) => {
      const { items, totals } = await historyOf(group, new URLSearchParams(query).toString())
      expect(totals.reduce((sum, total) => sum + total.transfers, 0)).toBe(items.length)
      return items.map(({ id }) => id)
    }
    expect(await idsOf({ state: 'open' })).toEqual([third.id, first.id])
    expect(await idsOf({ asset: 'CREDIT' })).toEqual([second.id, first.id])
    expect(await idsOf({ asset: 'CREDIT', state: 'collected' })).toEqual([second.id])
    expect(await idsOf({ since: second.createdAt })).toEqual([third.id, second.id])
    expect(await idsOf({ until: second.createdAt })).toEqual([first.id])
    expect(await idsOf({ since: '2000-01-01T00:00:00+08:00', until: '2001-01-01T00:00:00Z' })).toEqual([])
    const packet = await client.send(ada, '4', { group, shares: 2, draw: 'lucky' })
    expect(await idsOf({ kind: 'packet' })).toEqual([packet.id])
    expect(await idsOf({ kind: 'transfer', asset: 'CREDIT' })).toEqual([second.id, first.id])
    await client.cancel(packet.id, ada)
    expect(await idsOf({ kind: 'packet', state: 'open' })).toEqual([])
    // Before and after all years that a database can tell.
    const [longAgo, farAhead] = ['0000-01-01T00:00:00Z', '9999-12-31T23:59:59-23:59']
    expect(await idsOf({ since: longAgo, until: farAhead })).toEqual([
      packet.id,
      third.id,
      second.id,
      first.id,
    ])
    expect(await idsOf({ since: farAhead })).toEqual([])
    expect(await idsOf({ until: longAgo })).toEqual([])
  })

  test('is walked page by page, each transfer once, with the same totals on each', async () => {
    const [ada] = await pair()
    const group = someGroup()
    const ids: string[] = []
    while (ids.length < 11) ids.push((await client.send(ada, '1', { group })).id)
    const walked: string[] = []
    for (let cursor: string | null = ''; cursor !== null; ) {
      const page = await historyOf(group, `limit=4${cursor && `&cursor=${cursor}`}`)
      walked.push(...page.items.map(({ id }) => id))
      expect(page.totals).toMatchObject([{ transfers: 11, amount: '11.00' }])
      cursor = page.next
    }
    expect(walked).toEqual(ids.toReversed())
  })

  test('stays with the group when its messenger gives it another id', async () => {
    const [ada] = await pair()
    const [before, after] = [someGroup(), someGroup()]
    const { id } = await client.send(ada, '1', { group: before })
    await move(before, after.id)
    expect((await historyOf(after)).items).toMatchObject([{ id, group: { id: after.id } }])
    expect((await historyOf(before)).items).toEqual([])
    // Told twice, as messengers do.
    await move(before, after.id)
    await client.send(ada, '1', { group: after })
    expect((await historyOf(after)).items).toHaveLength(2)
  })

  test('is joined with what was sent under the new id before the messenger told of it', async () => {
    const [ada] = await pair()
    const [before, after] = [someGroup(), someGroup()]
    const first = await client.send(ada, '1', { group: before })
    const second = await client.send(ada, '1', { group: after })
    await move(before, after.id)
    expect((await historyOf(after)).items.map(({ id }) => id)).toEqual([second.id, first.id])
  })

  test('shows the title that the group has now', async () => {
    const [ada] = await pair()
    const group = someGroup()
    await client.send(ada, '1', { group })
    await client.send(ada, '1', { group: { ...group, title: 'Dinner club' } })
    const { title: _, ...untitled } = group
    await client.send(ada, '1', { group: untitled })
    const { items } = await historyOf(group)
    expect(items.map((item) => item.group?.title)).toEqual(['Dinner club', 'Dinner club', 'Dinner club'])
  })

  test('of a group never met is empty', async () => {
    expect(await historyOf(someGroup())).toEqual({ items: [], next: null, totals: [] })
  })
})

test('the balance of an asset that the messenger deals in is told in the order of the assets', async () => {
  const three = await openTestCore({
    roles: 'api',
    assets: ['ZED', 'ALPHA', 'MID'].map((code) => ({
      code,
      scale: 0,
      symbols: [],
      maxTransfer: 100n,
      lifetime: 60,
    })),
  })
  onTestFinished(three.close)
  const ada = newcomer('Ada')
  await three.client.issue(ada, '7', { asset: 'MID' })
  expect(await three.client.get(`/v1/people/telegram/${ada.id}/balances`)).toEqual({
    balances: [
      { asset: 'ZED', amount: '0' },
      { asset: 'ALPHA', amount: '0' },
      { asset: 'MID', amount: '7' },
    ],
  })
})

interface Group {
  messenger: string
  id: string
  title: string
}

interface GroupHistory {
  items: TransferView[]
  next: string | null
  totals: { asset: string; state: string; transfers: number; amount: string }[]
}

const someGroup = (): Group => ({ messenger: 'telegram', id: `-${newcomer().id}`, title: 'Lunch club' })

const historyOf = ({ messenger, id }: Group, query = '') =>
  client.get<GroupHistory>(`/v1/groups/${messenger}/${id}/history?${query}`)

const move = async ({ messenger, id }: Group, to: string) => {
  const { status } = await client.call('POST', `/v1/groups/${messenger}/${id}/move`, { to })
  expect(status).toBe(204)
}

/** Two people; the first has 100.00, the second too. */
async function pair(): Promise<[Person, Person]> {
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
  await client.issue(ada, '100')
  await client.issue(ben, '100')
  return [ada, ben]
}
