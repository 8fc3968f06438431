import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createPages } from '../../src/pages/app.ts'
import { tellAdmins } from '../support/admins.ts'
import { contentsOf } from '../support/contents.ts'
import { exampleOf, formsOf, type OpenApi, type Operation, operationsOf } from '../support/openapi.ts'
import { rootOf } from '../support/root.ts'
import { newcomer, openTestCore, rich } from '../support/service.ts'

const service = await openTestCore({ roles: 'api' })
const { client, core } = service
const document = await client.get<OpenApi>('/openapi.json')
const operations = operationsOf(document)

/** Where a messenger is asked whether somebody is an admin. */
const ASKS_A_MESSENGER =
  /^\/v1\/(groups\/.*\/(rules|rehearse|payouts|join-codes|join|part|named-admins)|payouts\/.*\/(approvals|cancel))$/

const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
let groups = 0
/** A chat that nobody has met. */
const newGroup = () => ({ messenger: 'telegram', id: `-100${++groups}`, title: 'Lunch club' })
/** What the addresses of routes name, by what comes before the id. */
const there: Record<string, string> = {}
beforeAll(async () => {
  await rich(client, '120', ada)
  const hall = newGroup()
  there.transfers = (await client.send(ada, '5', { to: ben })).id
  const asked = { by: ada, amount: '1', parts: [{ from: ben }] }
  there.asks = (await client.post<{ id: string }>('/v1/asks', asked)).id
  await client.post(`/v1/groups/telegram/${hall.id}/contributions`, { from: ada, amount: '50' })
  const isAda = tellAdmins(client, 'telegram', (person) => person === ada.id)
  const payout = { by: ada, items: [{ to: ben, amount: '1' }] }
  const path = `/v1/groups/telegram/${hall.id}/payouts`
  there.payouts = (await client.post<{ payout: { id: string } }>(path, payout)).payout.id
  await isAda.stop()
})
afterAll(() => service.close())

test('a stranger who is refused leaves nothing behind, whatever they ask for, in a group that nobody has met', async () => {
  const refused: string[] = []
  for (const place of operations.filter(({ path }) => !ASKS_A_MESSENGER.test(path)))
    for (const request of requestsOf(place)) {
      const before = await contentsOf(core.db)
      const { status, code } = await ask(place, request)
      if (status < 400) continue
      refused.push(place.place)
      expect([place.place, code, await contentsOf(core.db)]).toEqual([place.place, code, before])
    }
  expect(refused.length).toBeGreaterThan(25)
})

/** Without what the messenger was asked, what it has answered, and the answers to requests with a key. */
const contents = async () =>
  (await contentsOf(core.db)).filter(({ name }) => !/^pgboss|memberships|public.requests/.test(name))

describe.each([
  ['is no admin', 12],
  ['is one', 6],
])('and so does one of whom the messenger says that the person %s', (says, least) => {
  test('and whom it has to be asked about', async () => {
    const bot = tellAdmins(client, 'telegram', () => says === 'is one')
    const refused: string[] = []
    const allowed = new Set<string>()
    try {
      for (const place of operations.filter(({ path }) => ASKS_A_MESSENGER.test(path)))
        for (const request of [...requestsOf(place), ...requestsOf(place).map(withFault)]) {
          const before = await contents()
          const { status, code } = await ask(place, request)
          if (status < 400) {
            allowed.add(place.place)
            continue
          }
          expect([place.place, code]).not.toEqual([place.place, 'invalid_request'])
          refused.push(place.place)
          expect([place.place, code, await contents()]).toEqual([place.place, code, before])
        }
    } finally {
      await bot.stop()
    }
    expect(refused.length).toBeGreaterThanOrEqual(least)
    expect(allowed.has('PUT /v1/groups/{messenger}/{id}/rules')).toBe(says === 'is one')
  })
})

test('an admin whom nobody has met sets rules in a group that nobody has met, and both are known from then on', async () => {
  const bot = tellAdmins(client, 'telegram', () => true)
  const [eve, group] = [newcomer('Eve'), newGroup()]
  const path = `/v1/groups/telegram/${group.id}/rules`
  const limits = { CREDIT: { transfer: '50.00' } }
  try {
    expect((await client.call('PUT', path, { by: eve, rules: { limits } })).body).toMatchObject({
      rules: { limits },
    })
  } finally {
    await bot.stop()
  }
  expect(await client.get(path)).toMatchObject({ rules: { limits } })
  expect(await core.people.find(eve.messenger, eve.id)).toMatchObject({ name: eve.name })
})

test.each([
  ['of an amount that is none', { amount: 'twenty', to: newcomer(), group: newGroup() }],
  ['of an asset that there is not', { amount: '1', asset: 'DOGE', to: newcomer(), group: newGroup() }],
  ['of more than they have', { amount: '1000', to: newcomer(), group: newGroup() }],
  ['to an app that there is not', { amount: '1', to: { messenger: 'app', id: 'nobody' }, group: newGroup() }],
])('so does a transfer %s', async (_what, asked) => {
  await leavesNothing('POST', '/v1/transfers', { from: ada, ...asked })
})

test('so does what a stranger would give for a pool', async () => {
  const { id } = await client.post<{ id: string }>('/v1/asks', { by: ada, kind: 'pool', amount: '10' })
  await leavesNothing('POST', `/v1/asks/${id}/payments`, { by: newcomer('Eve'), amount: '2' })
})

test('so does an offer under a key that was used for another', async () => {
  const key = 'offered'
  await client.post('/v1/offers', { from: ada, amount: '1', key })
  const other = { from: ada, to: newcomer('Eve'), amount: '2', group: newGroup(), key }
  expect(await leavesNothing('POST', '/v1/offers', other)).toBe('key_reused')
})

test('so does a code to link with that is typed in the messenger where it was made', async () => {
  const { code } = await client.post<{ code: string }>('/v1/identity-links/codes', { by: ada })
  const typed = { by: newcomer('Eve'), code }
  expect(await leavesNothing('POST', '/v1/identity-links', typed)).toBe('link_messenger_taken')
})

test('so do words to the operators of who has written too much, in a group that nobody has met', async () => {
  for (let day = 0; day < 10; day++)
    await client.call('POST', '/v1/feedback', { by: ben, text: `word ${day}` })
  const more = { by: ben, text: 'another word', group: newGroup() }
  expect(await leavesNothing('POST', '/v1/feedback', more)).toBe('too_much_feedback')
})

test('so does whoever is signed in and refused on a page', async () => {
  const root = rootOf(core)
  const origin = core.publicUrl()
  const post = (path: string, form: Record<string, string>, cookie = '') =>
    root.request(path, { method: 'POST', body: new URLSearchParams(form), headers: { origin, cookie } })
  const { ticket } = await client.post<{ ticket: string }>('/v1/tickets', { by: newcomer('Eve') })
  const cookie = (await post('/session', { ticket })).headers.get('set-cookie')?.split(';')[0] ?? ''
  const { groupId } = await core.db
    .execute<{ groupId: string }>(sql`select group_id as "groupId" from chats limit 1`)
    .then(([row]) => row ?? { groupId: '' })
  const transfer = await client.transfer(there.transfers as string)
  const named: Record<string, string> = {
    group: groupId,
    code: transfer.code,
    payout: there.payouts as string,
  }
  const places = createPages(core, () => ({})).routes.filter(
    // Whoever has signed out is not refused as who they are.
    ({ method, path }) => method === 'POST' && path !== '/session/end',
  )
  const bot = tellAdmins(client, 'telegram', () => false)
  try {
    const refused: string[] = []
    for (const path of new Set(places.map((place) => place.path))) {
      const address = path.replace(
        /:(\w+)(\{.*?\})?/g,
        (_, name: string) => named[name] ?? there.transfers ?? '',
      )
      const before = await contents()
      const { status } = await post(address, { amount: '1', ticket: 'none' }, cookie)
      if (status < 400) continue
      refused.push(path)
      expect([path, await contents()]).toEqual([path, before])
    }
    expect(refused.length).toBeGreaterThan(20)
  } finally {
    await bot.stop()
  }
})

test('a stranger who gets money is met by it, as one person by however many processes, and so is the group', async () => {
  const other = await openTestCore({ database: service.database, secretKey: service.secretKey })
  try {
    const [eve, group] = [newcomer('Eve'), newGroup()]
    const sent = await Promise.all(
      [client, other.client, client, other.client].map((one) => one.send(ada, '1', { group })),
    )
    await Promise.all(sent.map(({ code }, index) => (index % 2 ? client : other.client).collect(code, eve)))
    expect(await client.balance(eve)).toBe('4.00')
    const known = await core.people.find(eve.messenger, eve.id)
    expect(known).toMatchObject({ name: eve.name, handle: eve.handle })
    const { items } = await client.get<{ items: { group: object }[] }>(
      `/v1/groups/telegram/${group.id}/history`,
    )
    expect(items.map((one) => one.group)).toEqual(Array(4).fill(group))
  } finally {
    await other.close()
  }
})

interface Asked {
  address: string
  body: unknown
}

/** Refused, with nothing written. @returns why */
async function leavesNothing(method: string, path: string, body: object): Promise<unknown> {
  const before = await contentsOf(core.db)
  const answer = await client.call(method, path, body)
  expect(answer.status).toBeGreaterThan(400)
  expect(await contentsOf(core.db)).toEqual(before)
  return answer.body.code
}

async function ask({ method }: { method: string }, { address, body }: Asked) {
  const { status, body: problem } = await client.call(method, address, body)
  return { status, code: problem?.code }
}

/** What a route's document gives as an example, by a stranger; and, where it can name a group, in one that nobody has met. */
function requestsOf({ path, operation }: { path: string; operation: Operation }): Asked[] {
  const schema = operation.requestBody?.content['application/json'].schema
  const example = exampleOf(document, schema)
  const takesGroup = formsOf(document, schema).some(({ properties }) => properties?.group)
  const bodies = [byStranger(example), ...(takesGroup ? [{ ...byStranger(example), group: newGroup() }] : [])]
  return bodies.map((body) => {
    const values: Record<string, string> = {
      messenger: 'telegram',
      id: path.includes('/groups/')
        ? newGroup().id
        : (there[path.split('/')[2] ?? ''] ?? there.transfers ?? ''),
      turn: '1',
    }
    return { address: path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? 'x'), body }
  })
}

/** The same with what is refused of an admin, too: rules for an asset that there is not. */
function withFault({ address, body }: Asked): Asked {
  const fields = body as { rules?: object }
  const limits = { DOGE: { transfer: '1' } }
  return { address, body: fields?.rules ? { ...fields, rules: { ...fields.rules, limits } } : body }
}

function byStranger(example: unknown): object | undefined {
  if (typeof example !== 'object' || example === null) return undefined
  const [actor, named] = [newcomer('Eve'), newcomer('Sid')]
  return {
    ...example,
    ...('by' in example && { by: actor }),
    ...('from' in example && { from: actor }),
    ...('who' in example && { who: named }),
    ...('by' in example && 'items' in example && { items: [{ to: named, amount: '20' }] }),
  }
}
