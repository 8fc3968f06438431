import { afterAll, beforeAll, expect, test } from 'vitest'
import { contentsOf } from '../support/contents.ts'
import { exampleOf, type OpenApi, operationsOf } from '../support/openapi.ts'
import { newcomer, openTestCore, rich } from '../support/service.ts'

const service = await openTestCore({ roles: 'api' })
const { client, core } = service
const document = await client.get<OpenApi>('/openapi.json')
const operations = operationsOf(document)
const contents = () => contentsOf(core.db)

/** Where a messenger is asked, first, whether they are an admin: that question, and whom it is about, are written. */
const ASKS_A_MESSENGER = /^\/v1\/groups\/.*\/(rules|rehearse|payouts|join-codes|join|part|named-admins)$/

/** The chat is written, as its treasury is named by it. */
const MEETS_A_CHAT = /\/contributions$/

const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
const group = { messenger: 'telegram', id: '-100300', title: 'Lunch club' }
let transfer: string
let ask: string
beforeAll(async () => {
  await rich(client, '20', ada)
  transfer = (await client.send(ada, '5', { to: ben })).id
  ask = (await client.post<{ id: string }>('/v1/asks', { by: ada, amount: '1', parts: [{ from: ben }] })).id
})
afterAll(() => service.close())

test('a stranger who is refused leaves nothing behind, whatever they ask for', async () => {
  const refused: string[] = []
  let before = await contents()
  for (const { place, path, method, operation } of operations) {
    if (ASKS_A_MESSENGER.test(path) || MEETS_A_CHAT.test(path)) continue
    const example = exampleOf(document, operation.requestBody?.content['application/json'].schema)
    const values: Record<string, string> = {
      messenger: 'telegram',
      id: path.includes('/asks/') ? ask : transfer,
      turn: '1',
    }
    const address = path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? 'x')
    const body = withActor(example)
    const { status, body: problem } = await client.call(method, address, body)
    const after = await contents()
    if (status >= 400) {
      refused.push(place)
      expect([place, problem.code, after]).toEqual([place, problem.code, before])
    }
    before = after
  }
  expect(refused.length).toBeGreaterThan(25)
})

test.each([
  ['an amount that is none', { amount: 'twenty', to: newcomer(), group }],
  ['an asset that there is not', { amount: '1', asset: 'DOGE', to: newcomer(), group }],
  ['more than they have', { amount: '100', to: newcomer() }],
  ['an app that there is not', { amount: '1', to: { messenger: 'app', id: 'nobody' }, group }],
])('so does a transfer of %s to somebody whom nobody has met', async (_what, asked) => {
  const before = await contents()
  expect((await client.call('POST', '/v1/transfers', { from: ada, ...asked })).status).toBeGreaterThan(400)
  expect(await contents()).toEqual(before)
})

test('a stranger who gets money is met by it, as one person by however many processes', async () => {
  const other = await openTestCore({ database: service.database, secretKey: service.secretKey })
  try {
    const eve = newcomer('Eve')
    const sent = await Promise.all([0, 1, 2, 3].map(() => client.send(ada, '1')))
    await Promise.all(sent.map(({ code }, index) => (index % 2 ? client : other.client).collect(code, eve)))
    expect(await client.balance(eve)).toBe('4.00')
    const known = await core.people.find(eve.messenger, eve.id)
    expect(known).toMatchObject({ name: eve.name, handle: eve.handle })
  } finally {
    await other.close()
  }
})

/** An example with somebody as its actor whom nobody has met. */
function withActor(example: unknown): unknown {
  if (typeof example !== 'object' || example === null) return example
  const actor = newcomer('Eve')
  return { ...example, ...('by' in example && { by: actor }), ...('from' in example && { from: actor }) }
}
