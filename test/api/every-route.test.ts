import { max } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { entries } from '../../db/schema.ts'
import { EXAMPLE } from '../../src/http/shapes.ts'
import { audit } from '../../src/ledger/audit.ts'
import { tellAdmins } from '../support/admins.ts'
import { freshDatabase } from '../support/database.ts'
import { effort, isLong } from '../support/effort.ts'
import {
  exampleOf,
  formsOf,
  type OpenApi,
  type Operation,
  operationsOf,
  type Schema,
} from '../support/openapi.ts'
import { openProxy } from '../support/proxy.ts'
import { openTestCore } from '../support/service.ts'

/** All that is here follows the document: a new route is tried with the rest. */
const { url, drop } = await freshDatabase()
const proxy = await openProxy(new URL(url))
const service = await openTestCore({ roles: 'api', database: proxy.url })
const { client } = service
const document = await client.get<OpenApi>('/openapi.json')
const operations = operationsOf(document)
/** What the document's examples stand for, as it is in these books. */
const real: Record<string, string> = {}
/** Whoever the examples name is an admin everywhere, and nobody else. */
const admins = tellAdmins(client, EXAMPLE.somebody.messenger, (person) => person === EXAMPLE.somebody.id)

beforeAll(async () => {
  const ada = EXAMPLE.somebody
  await client.issue(ada, '1000')
  for (const group of [EXAMPLE.group, EXAMPLE.somebody])
    await client.send(ada, '1', { group: { ...group, title: 'Lunch club' } })
  const { id, code } = await client.send(ada, '1', { to: EXAMPLE.another })
  Object.assign(real, { [EXAMPLE.transfer]: id, [EXAMPLE.code]: code })
})
afterAll(async () => {
  await admins.stop()
  proxy.close()
  await service.close()
  await drop()
})

const TEXTS = [
  ['', ' ', '\0', 'a\0b', 'two\nlines', '\u202Eturned', '\u200B', '\ud800', 'half \udc00 a character'],
  ['x'.repeat(300), 'x'.repeat(10_000), '😀'.repeat(200), `${'x'.repeat(39)}😀`, 'İ', '１２', '\u0661'],
  ['0', '-1', '1e9', 'NaN', 'Infinity', '0x10', '9'.repeat(18), '9'.repeat(80), '0.001', '2147483648'],
  ['%00', '%', '../..', '{}', '[]', 'null', '@', '__proto__', 'constructor', "'; drop table entries; --"],
  ['en_US', 'en-US-POSIX', '--', 'x-y', 'telegram', 'playground', 'nowhere'],
  ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+23:59', '9999-12-31T23:59:59.999-23:59'],
  ['+010000-01-01T00:00:00Z', '-000001-01-01T00:00:00Z', '2026-02-30T00:00:00Z', '2016-12-31T23:59:60Z'],
  ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
].flat()
/** How many of a route's nasty requests a run tries, by chance: all of them are 30,000. */
const NASTY = isLong ? Number.POSITIVE_INFINITY : 150
/** So many are asked at a time. */
const AT_ONCE = 30
/** And how often so many that chance makes. */
const BY_CHANCE = effort(1, 400)
const VALUES = [null, true, 0, -1, 0.5, 2 ** 31, 2 ** 53, 1e308, [], {}, [[]], [null], { $gt: '' }]

interface Request {
  path: Record<string, string>
  query: Record<string, string>
  body: unknown
}
type Tried = [what: string, Request]

const bodyOf = (operation: Operation) => operation.requestBody?.content['application/json'].schema

/** What the document would have one try. */
function asDocumented(operation: Operation): Request {
  const parameters = (place: 'path' | 'query') =>
    (operation.parameters ?? []).filter((parameter) => parameter.in === place)
  const valueOf = ({ schema }: { schema: Schema }) => String(inTheseBooks(exampleOf(document, schema)))
  const needed = parameters('query').filter(({ required }) => required)
  return {
    path: Object.fromEntries(parameters('path').map((one) => [one.name, valueOf(one)])),
    query: Object.fromEntries(needed.map((one) => [one.name, valueOf(one)])),
    body: inTheseBooks(exampleOf(document, bodyOf(operation))),
  }
}

async function askFor({ path, method }: (typeof operations)[number], { path: named, query, body }: Request) {
  const address = path.replace(/\{(\w+)\}/g, (_, name: string) => inAddress(named[name] ?? ''))
  const search = new URLSearchParams(query).toString()
  return client.call(method, search ? `${address}?${search}` : address, body)
}

describe.each(operations)('$place', (place) => {
  const { operation } = place
  const bodySchema = bodyOf(operation)

  test('goes well, or is refused in words, as the document would have it tried', async () => {
    const { status, body } = await askFor(place, asDocumented(operation))
    expect([status, body?.code]).not.toEqual([400, 'invalid_request'])
    expect(status).toBeLessThan(500)
  })

  test('whatever stands in a field never breaks it, and it answers what its document lists', {
    timeout: 600_000,
  }, async () => {
    const requests = someOf(nastyRequests(operation, bodySchema, asDocumented(operation)))
    const faults: string[] = []
    for (let first = 0; first < requests.length; first += AT_ONCE)
      faults.push(...(await faultsAmong(place, requests.slice(first, first + AT_ONCE))))
    expect(faults).toEqual([])
  })

  test('no more does chance', { timeout: BY_CHANCE * AT_ONCE * 2000 }, async () => {
    const { path: named, query, body } = asDocumented(operation)
    const value = fc.oneof(
      fc.constantFrom(...TEXTS, ...VALUES),
      fc.string({ unit: 'binary' }),
      fc.jsonValue({ stringUnit: 'binary' }),
    )
    const text = fc.oneof(fc.constantFrom(...TEXTS), fc.string({ unit: 'binary' }))
    const parameters = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query')
    // A dot alone makes another address of it.
    const part = text.filter((one) => !/^\.+$/.test(one))
    const request = fc.record({
      path: fc.record(
        Object.fromEntries(
          Object.entries(named).map(([name, one]) => [
            name,
            fc.oneof({ arbitrary: fc.constant(one), weight: 3 }, part),
          ]),
        ),
      ),
      query: fc
        .record(Object.fromEntries(parameters.map(({ name }) => [name, text])), { requiredKeys: [] })
        .map((more): Request['query'] => ({ ...query, ...(more as Request['query']) })),
      body: changed(body, bodySchema, value),
    })
    const faults: string[] = []
    for (let turn = 0; turn < BY_CHANCE && faults.length === 0; turn++) {
      const requests = fc.sample(request, AT_ONCE).map((one): Tried => [JSON.stringify(one), one])
      faults.push(...(await faultsAmong(place, requests)))
    }
    expect(faults).toEqual([])
  })
})

test('after all that the books are right', async () => {
  expect((await audit(service.core.db)).faults).toEqual([])
})

describe('while the database cannot be reached', () => {
  beforeAll(async () => {
    await admins.stop()
    proxy.close()
  })

  test.each(operations)('$place is answered without it, or told to be asked again', async (place) => {
    const { status, body } = await askFor(place, asDocumented(place.operation))
    if (status < 500) return
    expect(status).toBe(503)
    expect(['unavailable', 'outcome_unknown']).toContain(body.code)
  })

  test('that is told once in the log', () => {
    const [first, ...others] = service.log.filter((line) => line.includes('"level":"error"'))
    expect(first).toBeDefined()
    expect(others).toEqual([])
  })
})

/** Asks all of them at a time. @returns what should not be: an answer, or money that moved though each was refused */
async function faultsAmong(place: (typeof operations)[number], requests: Tried[]): Promise<string[]> {
  const before = await lastEntry()
  const answers = await Promise.all(
    requests.map(async ([what, request]) => ({ what, ...(await askFor(place, request)) })),
  )
  const faults = answers.flatMap(({ what, status, body }) =>
    faultsOf(place.operation, status, body).map((fault) => `${what}: ${fault}`),
  )
  const mayMove = place.method !== 'GET' && answers.some(({ status }) => status < 400)
  if (!mayMove && (await lastEntry()) !== before) faults.push('money moved, and nobody was told that it did')
  return faults
}

async function lastEntry(): Promise<bigint | null> {
  const [last] = await service.core.db.select({ id: max(entries.id) }).from(entries)
  return last?.id ?? null
}

/** Every field of a request, one at a time, with every value; also in the place of another, as some exclude each other. */
function nastyRequests(operation: Operation, bodySchema: Schema | undefined, request: Request) {
  const bodyTurn = operations.findIndex((one) => one.operation === operation)
  const requests: Tried[] = []
  /** What many routes share, as what is deep in a body and who or which group is meant: each tries a part of the values. */
  const isLeftToOthers = (turn: number, name: string) => (turn + name.length + bodyTurn) % 4 !== 0
  for (const { in: place, name } of operation.parameters ?? [])
    for (const [turn, text] of TEXTS.entries()) {
      if (isLeftToOthers(turn, name)) continue
      const values: Request['path'] = { ...request[place], [name]: text }
      requests.push([`${name}=${JSON.stringify(text).slice(0, 60)}`, { ...request, [place]: values }])
    }
  for (const at of fieldsOf(bodySchema))
    for (const [turn, value] of [...TEXTS, ...VALUES].entries()) {
      if (at.length > 1 && isLeftToOthers(turn, at.join())) continue
      // Nothing but defaults may be a request to wait for long.
      if (at.length === 0 && (isFields(value) || value === '{}')) continue
      const what = `${at.join('.') || 'the body'}: ${JSON.stringify(value).slice(0, 60)}`
      requests.push([what, { ...request, body: put(request.body, at, value) }])
      for (const fewer of withoutOne(request.body, at[0]))
        requests.push([what, { ...request, body: put(fewer, at, value) }])
    }
  return requests
}

function someOf<T>(all: T[]): T[] {
  const least = Math.min(NASTY, all.length)
  const [some = []] = fc.sample(fc.shuffledSubarray(all, { minLength: least, maxLength: least }), 1)
  return some
}

/** Paths to all that a body may hold, itself included; an item of a list stands for all. */
function fieldsOf(schema: Schema | undefined, at: (string | number)[] = []): (string | number)[][] {
  if (!schema) return []
  const deeper = formsOf(document, schema).flatMap(({ properties, items }) => [
    ...Object.entries(properties ?? {}).flatMap(([name, one]) => fieldsOf(one, [...at, name])),
    ...fieldsOf(items, [...at, 0]),
  ])
  return [...new Map([at, ...deeper].map((path) => [path.join('.'), path])).values()]
}

function put(into: unknown, [first, ...rest]: (string | number)[], value: unknown): unknown {
  if (first === undefined) return value
  if (typeof first === 'number') return [put(Array.isArray(into) ? into[0] : undefined, rest, value)]
  const fields = (into ?? {}) as Record<string, unknown>
  // Whom a request is for may be told by an id or by a handle: what isn't there is told by the document's example.
  const inner = fields[first] ?? (rest.length > 0 ? { ...EXAMPLE.somebody } : undefined)
  return { ...fields, [first]: put(inner, rest, value) }
}

/** A body without one of its fields, for each of them, where another is to come instead. */
function withoutOne(body: unknown, another: string | number | undefined): object[] {
  if (another === undefined || !isFields(body) || another in body) return []
  return Object.keys(body).map((name) =>
    Object.fromEntries(Object.entries(body).filter(([other]) => other !== name)),
  )
}

const isFields = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The body with some fields changed by chance. */
function changed(body: unknown, schema: Schema | undefined, value: fc.Arbitrary<unknown>) {
  const fields = fieldsOf(schema).filter((at) => at.length > 0)
  if (fields.length === 0) return fc.constant(undefined)
  const change = fc.tuple(fc.constantFrom(...fields), value)
  return fc
    .array(change, { minLength: 1, maxLength: 4 })
    .map((changes) => changes.reduce((all, [at, one]) => put(all, at, one), body))
}

function faultsOf({ responses }: Operation, status: number, body: unknown): string[] {
  const problems =
    status >= 400
      ? [body as Problem]
      : ((body as { items?: { problem?: Problem }[] } | undefined)?.items ?? []).flatMap(
          ({ problem }) => problem ?? [],
        )
  return problems.flatMap((problem) => {
    if (problem?.status === undefined || problem.status >= 500) return [`answers ${status}`]
    // An empty part of an address makes another address of it; what is one of many is told by the route for one.
    if (problem.code === 'route_not_found' || status < 400) return []
    const listed = responses[status]?.description.includes(`\`${problem.code}\``)
    return listed ? [] : [`answers ${problem.code}, which its document does not list`]
  })
}

interface Problem {
  status: number
  code: string
}

function inTheseBooks(example: unknown): unknown {
  if (typeof example === 'string') return real[example] ?? example
  if (Array.isArray(example)) return example.map(inTheseBooks)
  if (!isFields(example)) return example
  return Object.fromEntries(Object.entries(example).map(([name, value]) => [name, inTheseBooks(value)]))
}

/** Half a character can stand in an address only as the bytes that UTF-8 forbids. */
const inAddress = (text: string) => (text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80')
