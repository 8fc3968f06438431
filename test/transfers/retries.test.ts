import { hash } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Client, newcomer, openTestCore, type Person } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
let client: Client
let ada: Person
let ben: Person
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
  client = service.client
  ada = newcomer('Ada')
  ben = newcomer('Ben')
  await client.issue(ada, '100')
})
afterAll(() => service.close())

const renamed = (person: Person): Person => ({
  ...person,
  handle: `${person.handle}_now`,
  name: `${person.name} Now`,
  language: 'zh-Hans',
})
const group = (title: string) => ({ messenger: 'telegram', id: '-100', title })

/** Each request that takes a key, as it is asked by some people; a new transfer is under way for those that need one. */
const REQUESTS: [
  what: string,
  path: (id: string) => string,
  body: (a: Person, b: Person, at: At) => object,
][] = [
  [
    'a transfer',
    () => '/v1/transfers',
    (a, b, { title }) => ({ from: a, to: b, amount: '1', group: group(title) }),
  ],
  ['a claim', () => '/v1/claims', (_, b, { code }) => ({ code, by: b })],
  ['a tap', () => '/v1/claims', (_, b, { id }) => ({ transfer: id, by: b })],
  ['a cancel', (id) => `/v1/transfers/${id}/cancel`, (a) => ({ by: a })],
  ['a decline', (id) => `/v1/transfers/${id}/decline`, (_, b) => ({ by: b })],
  ['an issue', () => '/v1/issues', (a) => ({ to: a, amount: '1' })],
  ['a withdrawal', () => '/v1/issues', (a) => ({ from: a, amount: '1' })],
  [
    'an offer',
    () => '/v1/offers',
    (a, b, { title }) => ({ from: a, to: b, amount: '1', group: group(title) }),
  ],
]
interface At {
  id: string
  code: string
  title: string
}

/** How a request stands in `/v1/transfers:batch` and `/v1/claims:batch`. */
const inBatch = (path: string) => /^\/v1\/(transfers|claims)$/.test(path)

describe('a retry of', () => {
  test.each(REQUESTS)('%s under other labels gets the first answer', async (what, pathOf, bodyOf) => {
    const { id, code } = await client.send(ada, '2', { to: ben })
    const key = `labels-${what}`.replaceAll(' ', '-')
    const ask = (a: Person, b: Person, title: string) =>
      client.call<{ id?: string; transfer?: { id: string } }>('POST', pathOf(id), {
        ...bodyOf(a, b, { id, code, title }),
        key,
      })
    const idOf = ({ body }: Awaited<ReturnType<typeof ask>>) => body.id ?? body.transfer?.id
    const first = await ask(ada, ben, 'Club')
    expect(first.status).toBeLessThan(300)
    const before = await client.balance(ada)
    for (const [a, b] of [
      [renamed(ada), renamed(ben)],
      [
        { messenger: ada.messenger, id: ada.id },
        { messenger: ben.messenger, id: ben.id },
      ],
    ] as const) {
      const again = await ask(a, b, 'Another club')
      expect([again.status, idOf(again)]).toEqual([first.status, idOf(first)])
    }
    if (inBatch(pathOf(id))) {
      const items = [{ ...bodyOf(renamed(ada), renamed(ben), { id, code, title: 'Club' }), key }]
      const many = await client.call('POST', `${pathOf(id)}:batch`, { items })
      expect(many.text).toContain(idOf(first))
    }
    expect(await client.balance(ada)).toBe(before)
    const other = newcomer('Cy')
    expect((await ask(other, other, 'Club')).body).toMatchObject({ code: 'key_reused' })
  })

  test('a transfer for a handle is for that handle, in any case of its letters', async () => {
    const ask = (handle: string) =>
      client.send(ada, '1', { to: { messenger: 'telegram', handle }, key: 'handles' })
    const { id } = await ask('@Dee')
    expect((await ask('dee')).id).toBe(id)
    await expect(ask('deb')).rejects.toMatchObject({ code: 'key_reused' })
  })

  test('what an earlier version has answered gets that answer', async () => {
    const ask = (amount: string) => client.send(ada, amount, { note: 'lunch', key: 'former' })
    const { id } = await ask('1')
    // As it counted labels: in the order in which the API names its fields.
    const { messenger, handle, name } = ada
    const content = { amount: '1', from: { messenger, id: ada.id, handle, name }, note: 'lunch' }
    const former = hash('sha256', JSON.stringify(['create', content]), 'buffer')
    const noted = await service.core.db.execute(
      sql`update requests set fingerprint = ${former} where key = 'former' returning key`,
    )
    expect(noted).toHaveLength(1)
    expect((await ask('1')).id).toBe(id)
    await expect(ask('2')).rejects.toMatchObject({ code: 'key_reused' })
  })
})
