import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createApi } from '../../src/api/app.ts'
import type { Problem } from '../../src/http/problem.ts'
import { PROBLEMS } from '../../src/shared/refusal.ts'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import type { OpenApi } from '../support/openapi.ts'
import {
  type Client,
  clientOf,
  makeTokenIn,
  newcomer,
  openTestCore,
  type Person,
  startTestService,
} from '../support/service.ts'

type Service = Awaited<ReturnType<typeof startTestService>>
let service: Service
let client: Client
beforeAll(async () => {
  service = await startTestService({ operators: ['playground:boss'] })
  client = service.client
})
afterAll(() => service.close())

const CODE = /^[\w-]{30,31}$/
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

describe('a transfer', () => {
  test('is made with 201, and tells all that a card shows', async () => {
    const [ada, ben] = await rich('100', newcomer('Ada'), newcomer('Ben'))
    const group = { messenger: 'telegram', id: '-1001', title: 'Lunch club' }
    const answer = await client.call<{ id: string; code: string }>('POST', '/v1/transfers', {
      from: ada,
      to: ben,
      amount: '20',
      asset: 'credit',
      note: '  lunch 🍜 ',
      group,
    })
    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      code: expect.stringMatching(CODE),
      link: `${service.url}/c/${answer.body.code}`,
      state: 'open',
      asset: 'CREDIT',
      amount: '20.00',
      from: labelled(ada),
      to: labelled(ben),
      note: 'lunch 🍜',
      group,
      createdAt: expect.stringMatching(MOMENT),
      expiresAt: expect.stringMatching(MOMENT),
      closedAt: null,
      collectedBy: null,
      shares: 1,
      claims: [],
    })
    const { createdAt, expiresAt } = answer.body as unknown as Record<string, string>
    expect(Date.parse(expiresAt as string) - Date.parse(createdAt as string)).toBe(24 * 3600_000)
    expect(await client.balance(ada)).toBe('80.00')
    expect(await client.transfer(answer.body.id)).toEqual(answer.body)
    expect(await client.post('/v1/transfers/find', { code: answer.body.code })).toEqual(answer.body)
  })

  test('is collected with 201 by whoever has the code', async () => {
    const [ada, ben] = await rich('100', newcomer('Ada'), newcomer('Ben'))
    const { code, id } = await client.send(ada, '20')
    const answer = await client.call<{ transfer: object }>('POST', '/v1/claims', { code, by: ben })
    expect(answer.status).toBe(201)
    expect(answer.body).toEqual({ amount: '20.00', transfer: await client.transfer(id) })
    expect(answer.body.transfer).toMatchObject({
      state: 'collected',
      collectedBy: labelled(ben),
      closedAt: expect.stringMatching(MOMENT),
    })
    expect(await client.balance(ben)).toBe('120.00')
  })

  test('is collected by its id where a messenger knows who presses the button', async () => {
    const [ada, ben] = await rich('100', newcomer('Ada'), newcomer('Ben'))
    const { id } = await client.send(ada, '20')
    await client.post('/v1/claims', { transfer: id, by: ben })
    expect(await client.balance(ben)).toBe('120.00')
  })

  test('goes back when its sender cancels it, or the one it is for declines it', async () => {
    const [ada, ben] = await rich('100', newcomer('Ada'), newcomer('Ben'))
    const one = await client.send(ada, '20')
    expect(await client.cancel(one.id, ada)).toMatchObject({ id: one.id, state: 'cancelled' })
    const other = await client.send(ada, '20', { to: ben })
    expect(await client.decline(other.id, ben)).toMatchObject({ id: other.id, state: 'declined' })
    expect(await client.balance(ada)).toBe('100.00')
  })

  test('goes back by itself when nobody has collected it', async () => {
    const [ada] = await rich('100', newcomer('Ada'))
    await client.issue(ada, '5', { asset: 'FLASH' })
    const { id } = await client.send(ada, '5', { asset: 'FLASH' })
    expect(await client.balance(ada, 'FLASH')).toBe('0.00')
    await expect
      .poll(() => client.transfer(id), { timeout: 15_000 })
      .toMatchObject({ state: 'returned', closedAt: expect.stringMatching(MOMENT) })
    expect(await client.balance(ada, 'FLASH')).toBe('5.00')
  })

  test('takes amounts as people type them', async () => {
    const [ada] = await rich('2k', newcomer('Ada'))
    expect(await client.send(ada, '1.2k')).toMatchObject({ amount: '1200.00' })
    expect(await client.send(ada, '２０')).toMatchObject({ amount: '20.00' })
    expect(await client.balance(ada)).toBe('780.00')
  })
})

describe('a transfer for a handle', () => {
  test('is for the first holder of the handle who collects, whatever the case of its letters', async () => {
    const [ada, eve] = await rich('100', newcomer('Ada'), newcomer('Eve'))
    const ben = { messenger: 'telegram', id: newcomer().id, handle: `Ben_${newcomer().id}` }
    const { code, to } = await client.send(ada, '20', {
      to: { messenger: 'telegram', handle: `@${ben.handle.toUpperCase()}` },
    })
    expect(to).toEqual({ messenger: 'telegram', id: null, handle: ben.handle.toLowerCase(), name: null })
    await expect(client.collect(code, eve)).rejects.toMatchObject({ code: 'not_for_you' })
    await expect(
      client.collect(code, { ...newcomer('Ben', 'discord'), handle: ben.handle ?? null }),
    ).rejects.toMatchObject({
      code: 'not_for_you',
    })
    expect(await client.collect(code, ben)).toMatchObject({ transfer: { collectedBy: { id: ben.id } } })
  })

  test('is not for somebody who had the handle before', async () => {
    const [ada] = await rich('100', newcomer('Ada'))
    const handle = `wanted${newcomer().id}`
    const before = { ...newcomer('Before'), handle }
    const now = { ...newcomer('Now'), handle: handle.toUpperCase() }
    await client.collect((await client.send(ada, '1')).code, before)
    const { code } = await client.send(ada, '20', { to: { messenger: 'telegram', handle } })
    await client.collect((await client.send(ada, '1')).code, now)
    const { handle: _, ...silent } = before
    await expect(client.collect(code, silent)).rejects.toMatchObject({ code: 'handle_not_told' })
    await expect(client.collect(code, { ...silent, handle: null })).rejects.toMatchObject({
      code: 'not_for_you',
    })
    expect(await client.collect(code, now)).toMatchObject({ amount: '20.00' })
  })

  test('is not for the one who was last seen with the handle, until the messenger says again that it is theirs', async () => {
    const [ada] = await rich('100', newcomer('Ada'))
    const ben = newcomer('Ben')
    await client.collect((await client.send(ada, '1')).code, ben)
    const { handle, ...silent } = ben
    const to = { messenger: 'telegram', handle }
    const [first, second] = [await client.send(ada, '20', { to }), await client.send(ada, '20', { to })]
    await expect(client.collect(first.code, silent)).rejects.toMatchObject({
      code: 'handle_not_told',
      status: 403,
      details: { handle },
    })
    await expect(client.decline(second.id, silent)).rejects.toMatchObject({ code: 'handle_not_told' })
    await client.collect(first.code, ben)
    await client.decline(second.id, ben)
  })

  test('may be declined by its holder, and by nobody else', async () => {
    const [ada, eve] = await rich('100', newcomer('Ada'), newcomer('Eve'))
    const ben = newcomer('Ben')
    const { id } = await client.send(ada, '20', { to: { messenger: 'telegram', handle: ben.handle } })
    await expect(client.decline(id, eve)).rejects.toMatchObject({ code: 'not_recipient' })
    expect(await client.decline(id, ben)).toMatchObject({ state: 'declined' })
  })
})

describe('play credits', () => {
  test("are the playground's alone: others neither hold nor collect them, nor the playground theirs", async () => {
    const player = newcomer('Player', 'playground')
    const [ada] = await rich('100', newcomer('Ada'))
    await client.issue(player, '50')
    expect(await client.get(`/v1/people/playground/${player.id}/balances`)).toEqual({
      balances: [{ asset: 'PLAY', amount: '50.00' }],
    })

    const play = await client.send(player, '20')
    expect(play).toMatchObject({ asset: 'PLAY', amount: '20.00' })
    await expect(client.collect(play.code, ada)).rejects.toMatchObject({
      code: 'wrong_asset',
      status: 403,
      details: { asset: 'PLAY' },
    })
    const credit = await client.send(ada, '20')
    await expect(client.collect(credit.code, player)).rejects.toMatchObject({ code: 'wrong_asset' })
    const named = await client.send(ada, '20', { to: newcomer('Ben') })
    await expect(client.collect(named.code, player)).rejects.toMatchObject({ code: 'not_for_you' })
    for (const to of [player, { messenger: 'playground', handle: 'somebody' }])
      await expect(client.send(ada, '20', { to })).rejects.toMatchObject({ code: 'wrong_asset' })

    await expect(client.send(player, '1', { asset: 'CREDIT' })).rejects.toMatchObject({
      code: 'unknown_asset',
    })
    await expect(client.send(ada, '1', { asset: 'PLAY' })).rejects.toMatchObject({ code: 'unknown_asset' })
    await expect(client.issue(ada, '1', { asset: 'PLAY' })).rejects.toMatchObject({ code: 'unknown_asset' })
  })

  test('stay in the books, to be looked at, where the playground is switched off', async () => {
    const player = newcomer('Player', 'playground')
    await client.issue(player, '50')
    const { id } = await client.send(player, '20')
    const later = await openTestCore({
      database: service.database,
      secretKey: service.secretKey,
      roles: 'api',
    })
    onTestFinished(later.close)
    expect(await later.client.transfer(id)).toMatchObject({ amount: '20.00' })
    expect(await later.client.history(player)).toMatchObject({ items: [{}, {}] })
  })
})

describe('assets', () => {
  test('are told by messenger, the one that is meant first', async () => {
    const credit = { code: 'CREDIT', scale: 2, symbols: [], maxTransfer: '2000.00', lifetime: 86400 }
    expect(await client.get('/v1/assets?messenger=telegram')).toMatchObject({
      items: [credit, { code: 'FLASH' }],
    })
    expect(await client.get('/v1/assets?messenger=playground')).toMatchObject({ items: [{ code: 'PLAY' }] })
  })

  test('are what balances are told in, also of somebody never met', async () => {
    expect(await client.get('/v1/people/discord/404/balances')).toEqual({
      balances: [
        { asset: 'CREDIT', amount: '0.00' },
        { asset: 'FLASH', amount: '0.00' },
      ],
    })
  })
})

describe('operators', () => {
  test('put money into circulation and take it out', async () => {
    const ada = newcomer('Ada')
    const by = { messenger: 'playground', id: 'boss' }
    const issued = await client.call('POST', '/v1/issues', { to: ada, amount: '100', by, note: 'welcome' })
    expect(issued.status).toBe(201)
    expect(issued.body).toMatchObject({
      state: 'collected',
      amount: '100.00',
      from: null,
      note: 'welcome',
      collectedBy: labelled(ada),
    })
    // An item of a list holds no secret.
    expect(issued.body).not.toHaveProperty('code')
    await client.post('/v1/issues', { from: ada, amount: '40', by })
    expect(await client.balance(ada)).toBe('60.00')
  })

  test('are those that OPERATORS names, and nobody else', async () => {
    const [ada] = await rich('10', newcomer('Ada'))
    for (const by of [ada, { messenger: 'shop', id: 'boss' }, { messenger: 'playground', id: 'Boss' }])
      await expect(client.post('/v1/issues', { to: ada, amount: '1', by })).rejects.toMatchObject({
        code: 'not_operator',
        status: 403,
      })
    expect(await client.balance(ada)).toBe('10.00')
  })

  test('cannot take out more than there is', async () => {
    const [ada] = await rich('10', newcomer('Ada'))
    await expect(client.post('/v1/issues', { from: ada, amount: '10.01' })).rejects.toMatchObject({
      code: 'insufficient_funds',
    })
  })
})

describe('a key', () => {
  test('gets the first answer again, whatever has become of the transfer', async () => {
    const [ada, ben] = await rich('100', newcomer('Ada'), newcomer('Ben'))
    const key = `retry-${ada.id}`
    const first = await client.call('POST', '/v1/transfers', { from: ada, amount: '20', key })
    await client.collect(first.body.code as string, ben)
    // The same content, with its fields in another order.
    const again = await client.call('POST', '/v1/transfers', { key, amount: '20', from: ada })
    expect([again.status, again.body]).toEqual([201, first.body])
    expect(await client.balance(ada)).toBe('80.00')
  })

  test('is remembered for claims, cancels, declines and issues', async () => {
    const [ada, ben] = await rich('100', newcomer('Ada'), newcomer('Ben'))
    const key = { key: `each-${ada.id}` }
    const [one, two, three] = await Promise.all([1, 2, 3].map(() => client.send(ada, '10', { to: ben })))
    for (const ask of [
      () => client.collect(one?.code as string, ben, { key: `${key.key}-claim` }),
      () => client.cancel(two?.id as string, ada, { key: `${key.key}-cancel` }),
      () => client.decline(three?.id as string, ben, { key: `${key.key}-decline` }),
      () => client.issue(ada, '5', { key: `${key.key}-issue` }),
    ])
      expect(await ask()).toEqual(await ask())
    expect(await client.balance(ada)).toBe('95.00')
    expect(await client.balance(ben)).toBe('110.00')
  })

  test('with another content, or for another act, is refused', async () => {
    const [ada, ben] = await rich('100', newcomer('Ada'), newcomer('Ben'))
    const key = { key: `other-${ada.id}` }
    const { id, code } = await client.send(ada, '20', key)
    for (const ask of [
      () => client.send(ada, '20', { ...key, note: 'x' }),
      () => client.send(ben, '20', key),
      () => client.cancel(id, ada, key),
      () => client.collect(code, ben, key),
      () => client.issue(ada, '20', key),
    ])
      await expect(ask()).rejects.toMatchObject({ code: 'key_reused', status: 422 })
    expect(await client.balance(ada)).toBe('80.00')
  })

  test("of one client is not another's", async () => {
    const [ada] = await rich('100', newcomer('Ada'))
    const key = { key: `mine-${ada.id}` }
    const another = clientOf(
      (path, init) => fetch(service.url + path, init),
      await makeTokenIn(service.database, `another-${ada.id}`),
    )
    const [one, other] = [await client.send(ada, '1', key), await another.send(ada, '1', key)]
    expect(one.id).not.toBe(other.id)
  })
})

describe('many in one request', () => {
  test('are made and collected each for itself: one that is refused hinders no other', async () => {
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
    await client.issue(ada, '10')
    const sends = ['6', 'six', '5', '4'].map((amount, index) => ({
      from: ada,
      amount,
      key: `many-${ada.id}-${index}`,
    }))
    const { items: made } = await client.post<Many<{ transfer: ViewWithCode }>>('/v1/transfers:batch', {
      items: sends,
    })
    expect(made).toMatchObject([
      { transfer: { amount: '6.00', state: 'open' } },
      { problem: { code: 'invalid_amount', status: 422 } },
      { problem: { code: 'insufficient_funds', details: { balance: '4.00' } } },
      { transfer: { amount: '4.00', state: 'open' } },
    ])
    expect(await client.balance(ada)).toBe('0.00')

    const codes = made.flatMap((item) => ('transfer' in item ? item.transfer.code : []))
    const collect = (list: string[]) =>
      client.post<Many<{ amount: string }>>('/v1/claims:batch', {
        items: list.map((code) => ({ code, by: ben })),
      })
    expect(await collect(codes)).toMatchObject({
      items: [
        { amount: '6.00', transfer: { state: 'collected' } },
        { amount: '4.00', transfer: { state: 'collected' } },
      ],
    })
    expect(await collect([...codes, 'x'.repeat(30)])).toMatchObject({
      items: [
        { problem: { code: 'already_yours' } },
        { problem: { code: 'already_yours' } },
        { problem: { code: 'transfer_not_found' } },
      ],
    })
    expect(await client.balance(ben)).toBe('10.00')
  })

  test('with their keys get their first answers again', async () => {
    const ada = newcomer('Ada')
    await client.issue(ada, '10')
    const items = [1, 2, 3].map((index) => ({ from: ada, amount: '1', key: `again-${ada.id}-${index}` }))
    const first = await client.post<Many<object>>('/v1/transfers:batch', { items })
    expect(await client.post('/v1/transfers:batch', { items })).toEqual(first)
    expect(await client.balance(ada)).toBe('7.00')
  })

  test('are five hundred at most, of the right form all of them, and may be larger than one', async () => {
    const one = { from: newcomer('Ada'), amount: '1', note: 'x'.repeat(200) }
    const send = (items: unknown[]) => client.call<Many<object>>('POST', '/v1/transfers:batch', { items })
    for (const items of [[], Array(501).fill(one), [one, { ...one, amount: 1 }]]) {
      const { status, body } = await send(items)
      expect([status, body]).toMatchObject([400, { code: 'invalid_request' }])
    }
    const { status, body } = await send(Array(500).fill(one))
    expect(status).toBe(200)
    expect(body.items).toHaveLength(500)
    expect(body.items[499]).toMatchObject({ problem: { code: 'insufficient_funds' } })
    expect((await client.call('POST', '/v1/transfers:batch', 'x'.repeat(1024 * 1024 + 1))).status).toBe(400)
  })
})

describe("a person's id", () => {
  test.each([
    ['telegram', '-100123456', 'a group'],
    ['telegram', 'ben', 'a handle'],
    ['telegram', '0', 'nobody'],
    ['telegram', '12345678901234567', 'more than 52 bits'],
    ['discord', 'ben', 'a handle'],
    ['discord', '123456789', "another messenger's"],
    ['discord', '123456789012345678901', 'more than 64 bits'],
  ])('%s:%s is nobody: it is %s', async (messenger, id) => {
    const nobody = { messenger, id }
    const path = `/v1/people/${messenger}/${id}`
    const refused: [method: string, path: string, body: object][] = [
      ['POST', '/v1/issues', { to: nobody, amount: '1' }],
      ['POST', '/v1/transfers', { from: newcomer(), to: nobody, amount: '1' }],
      ['POST', '/v1/tickets', { by: nobody }],
      ['PUT', path, { name: 'Ben' }],
      ['PUT', `${path}/notices`, { on: false }],
    ]
    for (const [method, where, body] of refused)
      expect(await client.call<Problem>(method, where, body)).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', detail: expect.stringContaining(`of people in ${messenger} are`) },
      })
    expect(await client.get(`${path}/balances`)).toMatchObject({ balances: [{ amount: '0.00' }, {}] })
  })

  test('of a messenger that an API client brings along is its own affair', async () => {
    const ben = { messenger: 'shop', id: 'ben-4711' }
    await client.issue(ben, '5')
    expect(await client.balance(ben)).toBe('5.00')
  })
})

interface Many<T> {
  items: (T | { problem: Problem })[]
}

test('the OpenAPI document lists every route, and each points at what it says it has', async () => {
  const document = await client.get<OpenApi>('/openapi.json')
  expect(document.openapi).toBe('3.1.0')
  const { core, close } = await openTestCore()
  onTestFinished(close)
  const routes = createApi(core).routes.filter(
    ({ path, method }) => path.startsWith('/v1/') && method !== 'ALL',
  )
  expect(Object.keys(document.paths).sort()).toEqual(
    [...new Set(routes.map(({ path }) => path.replace(/\/:(\w+)/g, '/{$1}')))].sort(),
  )
  expect(Object.keys(document.paths)).toEqual(
    expect.arrayContaining([
      '/v1/transfers',
      '/v1/transfers/{id}',
      '/v1/transfers/{id}/cancel',
      '/v1/transfers/{id}/decline',
      '/v1/claims',
      '/v1/people/{messenger}/{id}/balances',
      '/v1/people/{messenger}/{id}/history',
      '/v1/groups/{messenger}/{id}/history',
      '/v1/issues',
    ]),
  )
  const { schemas, securitySchemes } = document.components
  expect(securitySchemes).toMatchObject({ bearer: { type: 'http', scheme: 'bearer' } })
  for (const [, schema] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/(\w+)"/g))
    expect(Object.keys(schemas)).toContain(schema)
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, operation] of Object.entries(methods)) {
      const place = `${method} ${path}`
      expect(operation.summary, place).toBeTruthy()
      expect(operation.security, place).toEqual([{ bearer: [] }])
      expect(operation.responses, place).toHaveProperty('default.content.application/problem+json')
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
      const described = (operation.parameters ?? []).flatMap((p) => (p.in === 'path' ? p.name : []))
      expect(described.sort(), place).toEqual(named.sort())
    }
  // A pattern that its own example does not fit would have clients refuse what the service takes.
  for (const { pattern, example } of nodesOf(document))
    if (pattern !== undefined && example !== undefined)
      expect(example).toMatch(new RegExp(pattern as string, 'u'))
  // What may be null is said where it is used, not of the thing itself.
  for (const name of ['Identity', 'Recipient', 'Person', 'TransferItem'])
    expect(schemas[name]).toMatchObject({ type: 'object' })
})

test('the OpenAPI document tells every code with its status and what it says, and each route its own', async () => {
  const { info, paths, components } = await client.get<OpenApi>('/openapi.json')
  expect(components.schemas.Problem?.properties?.code?.enum).toEqual(Object.keys(PROBLEMS))
  for (const [code, [status, sentence]] of Object.entries(PROBLEMS))
    expect(info.description).toContain(`| \`${code}\` | ${status} | ${sentence} |`)
  const listed = (path: string, status: number) => paths[path]?.post?.responses[status]?.description
  expect(listed('/v1/claims', 403)).toContain(`- \`not_for_you\`: ${PROBLEMS.not_for_you[1]}`)
  expect(listed('/v1/claims', 410)).toMatch(/`cancelled`.*\n.*`declined`.*\n.*`expired`/)
  expect(listed('/v1/transfers', 422)).toContain('`amount_ambiguous`')
})

test('every text in the OpenAPI document has an example, or a form that says as much', async () => {
  const document = await client.get<OpenApi>('/openapi.json')
  const bare = nodesOf(document).filter(
    ({ type, example, examples, format, enum: values }) =>
      [type].flat().includes('string') && !(example ?? examples ?? format ?? values),
  )
  expect(bare).toEqual([])
  expect(JSON.stringify(document)).not.toContain('"example":"string"')
})

/** All objects in it; where there is an example of a whole, its fields with names of no meaning are left out. */
function nodesOf(document: unknown): Record<string, unknown>[] {
  if (typeof document !== 'object' || document === null) return []
  const { additionalProperties, ...node } = document as Record<string, unknown>
  const inner = node.example ? Object.values(node) : [...Object.values(node), additionalProperties]
  return [node, ...inner.flatMap(nodesOf)]
}

/** These people, with that much CREDIT each. */
async function rich<const P extends Person[]>(amount: string, ...people: P): Promise<P> {
  await Promise.all(people.map((person) => client.issue(person, amount)))
  return people
}

const labelled = ({ messenger, id, handle, name }: Person) => ({ messenger, id, handle, name })
