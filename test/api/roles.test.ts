import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type About, type Scope, VERBS, type Verb } from '../../src/access/scopes.ts'
import { makeToken } from '../../src/access/tokens.ts'
import { EXAMPLE } from '../../src/http/shapes.ts'
import { tellAdmins } from '../support/admins.ts'
import { exampleOf, type OpenApi, operationsOf } from '../support/openapi.ts'
import { rootOf } from '../support/root.ts'
import { clientOf, newcomer, openTestCore, type Person, rich } from '../support/service.ts'

/** Where the table stands that these tests make of the OpenAPI document; where the file is not there, a run writes it anew. */
const file = fileURLToPath(new URL('../../docs/roles.md', import.meta.url))

const [sender, recipient, stranger, admin, operator] = ['Ada', 'Ben', 'Eve', 'Cy', 'Ola'].map((name) =>
  newcomer(name),
) as [Person, Person, Person, Person, Person]
const ROLES = { sender, recipient, stranger, "group's admin": admin, operator }
const CLUB = { messenger: 'telegram', id: '-100200300', title: 'Lunch club' }

const service = await openTestCore({ roles: 'api', operators: [`telegram:${operator.id}`] })
const { client } = service
const document = await client.get<OpenApi>('/openapi.json')
const operations = operationsOf(document)
const [open, closed] = [true, false].map((isOpen) =>
  operations.filter(({ operation }) => (operation.security?.length === 0) === isOpen),
) as [typeof operations, typeof operations]
const admins = tellAdmins(client, 'telegram', (person) => person === admin.id)

beforeAll(async () => {
  const giver = newcomer('Dee')
  await rich(client, '2000', giver, ...Object.values(ROLES))
  await client.send(sender, '1', { group: CLUB })
  await client.post(`/v1/groups/telegram/${CLUB.id}/contributions`, { amount: '1000', from: giver })
})
afterAll(async () => {
  await admins.stop()
  await service.close()
})

test.each([
  ['without a token', undefined],
  ['with a token that nobody was given', `Bearer ${'x'.repeat(43)}`],
])('%s no route does anything but those that are for anyone', async (_what, authorization) => {
  for (const { method, path } of closed) {
    const address = addressOf(path, {})
    const answer = await client.call(method, address, undefined, { authorization: authorization ?? '' })
    expect([method, path, answer.status, answer.body.code]).toEqual([method, path, 401, 'unauthorized'])
  }
  for (const { method, path } of open)
    expect((await client.call(method, path, undefined, { authorization: authorization ?? '' })).status).toBe(
      200,
    )
})

let scopes = ''
/** What a token is let at by looking it up. */
const IN_THE_BOOKS: ReadonlySet<About> = new Set(['transfer', 'payout', 'ask'])

// What becomes of a request that is let through is for the other table.
test('each route lets those tokens through that may do what it takes, for whom it is about', async () => {
  const root = rootOf(service.core)
  const own: Scope = { may: VERBS, whom: { kind: 'own' } }
  const everybodys = (verb: Verb): Scope => ({ may: [verb], whom: { kind: 'everybody' } })
  const programs = await Promise.all(
    [...VERBS.map((verb) => [verb, everybodys(verb)] as const), ['own', own] as const].map(
      async ([name, scope]) => {
        const token = await makeToken(service.core.db, `program-${name}`, scope)
        return clientOf((path, init) => root.request(path, init), token)
      },
    ),
  )
  const rows: string[][] = []
  for (const { place, path, method, operation } of closed) {
    const schema = operation.requestBody?.content['application/json'].schema
    const { 'x-scope': scope } = operation
    // What belongs to other people, in which an app has no part.
    const here = typeof scope === 'object' && IN_THE_BOOKS.has(scope.about) ? await scene(path) : {}
    const body = exampleOf(document, schema)
    const answers = await Promise.all(programs.map(({ call }) => call(method, addressOf(path, here), body)))
    const cells = answers.map(({ status, body }) => {
      expect(status, place).toBeLessThan(500)
      return body?.code === 'not_allowed_by_token' ? '-' : 'yes'
    })
    const expected = programs.map((_, index) => {
      if (scope === 'any') return 'yes'
      if (typeof scope === 'string') return '-'
      // What whoever has the code may see, and what is each token's own.
      if (index === VERBS.length) return scope.about === 'code' || scope.about === 'client' ? 'yes' : '-'
      // Of a transfer only its ends are told: its code is in the answer.
      return scope.may === VERBS[index] && scope.about !== 'transfer' ? 'yes' : '-'
    })
    expect([place, ...cells]).toEqual([place, ...expected])
    rows.push([`\`${place}\``, typeof scope === 'string' ? scope : scope.may, ...cells])
  }
  scopes = tableOf([['route', 'takes', ...VERBS, 'an app, for others'], ...rows])
})

test('who may do what is as the table in the docs says', async () => {
  const rows: string[][] = []
  const alike: string[] = []
  for (const { place, path, method, operation } of closed) {
    const schema = operation.requestBody?.content['application/json'].schema
    const body = exampleOf(document, schema) as Record<string, unknown> | undefined
    const field = ['by', 'from'].find((name) => body && name in body)
    if (!body || !field) {
      alike.push(`- \`${place}\``)
      continue
    }
    const cells: string[] = []
    for (const actor of Object.values(ROLES)) {
      const here = await scene(path)
      const asked = { ...body, ...here.body, [field]: actor }
      const answer = await client.call(method, addressOf(path, here), asked)
      expect(answer.status, place).toBeLessThan(500)
      cells.push(answer.status < 300 ? 'yes' : String(answer.body.code))
    }
    rows.push([`\`${place}\``, ...cells])
  }
  for (const [place, path, body] of [
    ['`POST /v1/issues`, `by` somebody', '/v1/issues', { to: sender, amount: '1' }],
    ['`POST /v1/links`, `to` the operators’ pages', '/v1/links', { to: 'operators' }],
  ] as const) {
    const answers = await Promise.all(
      Object.values(ROLES).map((by) => client.call('POST', path, { ...body, by })),
    )
    rows.push([place, ...answers.map(({ status, body }) => (status < 300 ? 'yes' : String(body.code)))])
  }
  await expect(told(rows, alike)).toMatchFileSnapshot(file)
})

interface Scene {
  id?: string
  group?: string
  body?: Record<string, unknown>
}

/** What a route is about, made anew for each who tries it: the sender's for the recipient, in the group. */
async function scene(path: string): Promise<Scene> {
  if (path.endsWith('/payouts')) return { group: CLUB.id, body: { items: [{ to: recipient, amount: '1' }] } }
  // The examples are of the playground's money.
  if (path.endsWith('/rehearse')) return { group: CLUB.id, body: { rules: {} } }
  if (path.startsWith('/v1/groups/')) return { group: CLUB.id }
  if (path.startsWith('/v1/payouts/')) {
    const { payout } = await client.post<{ payout: { id: string } }>(
      `/v1/groups/telegram/${CLUB.id}/payouts`,
      { by: admin, items: [{ to: recipient, amount: '1' }] },
    )
    return { id: payout.id }
  }
  if (path === '/v1/offers/{id}/make') {
    const { id } = await client.post<{ id: string }>('/v1/offers', { from: sender, amount: '1' })
    return { id }
  }
  if (path === '/v1/identity-links' || path.startsWith('/v1/identity-links/{id}')) {
    const [one, other] = [newcomer('Fay', 'discord'), newcomer('Gil')]
    const { code } = await client.post<{ code: string }>('/v1/identity-links/codes', { by: one })
    if (!path.includes('{id}')) return { body: { code } }
    const { id } = await client.post<{ id: string }>('/v1/identity-links', { by: other, code })
    return { id }
  }
  if (path === '/v1/asks') return { body: { parts: [{ from: recipient }] } }
  if (path.startsWith('/v1/asks/')) {
    const asked = { by: sender, amount: '1', parts: [{ from: recipient }], group: CLUB }
    return { id: (await client.post<{ id: string }>('/v1/asks', asked)).id }
  }
  if (path.startsWith('/v1/transfers/{id}') || path === '/v1/claims') {
    const { id, code } = await client.send(sender, '1', { to: recipient, group: CLUB })
    if (path.endsWith('/refund')) await client.collect(code, recipient)
    return path === '/v1/claims' ? { id, body: { code } } : { id }
  }
  return {}
}

function addressOf(path: string, { id, group }: Scene): string {
  const values: Record<string, string> = {
    messenger: 'telegram',
    id: id ?? group ?? EXAMPLE.transfer,
    turn: '1',
    key: 'key',
    chat: CLUB.id,
    number: '1',
    bot: 'bot',
    workspace: 'workspace',
    delivery: EXAMPLE.transfer,
  }
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''))
}

function tableOf(table: string[][]): string {
  const widths = table[0]?.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0))) ?? []
  const line = (cells: string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`
  const [heading = [], ...others] = table.map(line)
  return [heading, line(widths.map((width) => '-'.repeat(width))), ...others].join('\n')
}

function told(rows: string[][], alike: string[]): string {
  return `# Who may do what

Made by \`test/api/roles.test.ts\` from the OpenAPI document: each route is tried by each of them, on something that the sender has made for the recipient in the
group; a new route comes into the table by itself. Nobody does anything without a token: each route answers 401 there, but for ${open.map(({ place }) => `\`${place}\``).join(', ')}, which
anyone may read.

A program whose token may do all speaks for people, as bots do; who acts stands in \`by\` or \`from\`. Here is who of them gets through, and with what code the others are refused.

${tableOf([['route', ...Object.keys(ROLES)], ...rows])}

These name nobody who acts, and answer every such program:

${alike.join('\n')}

## What a token may

What a program may do is said when its token is made ([tokens.md](tokens.md)). Here each route was asked by a token for everybody that may do one thing alone, and by an app that
may do all of these, but for itself alone, about something of other people's. \`any\`: any token may; \`all\`: none but a token that may do all, as bots' do.

${scopes}
`
}
