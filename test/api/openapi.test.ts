import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { people } from '../../bots/playground/people.ts'
import { connect } from '../../db/postgres.ts'
import { identities } from '../../db/schema.ts'
import { createApi } from '../../src/api/app.ts'
import { PROBLEMS } from '../../src/shared/refusal.ts'
import { exampleOf, formsOf, type OpenApi, operationsOf, type Schema } from '../support/openapi.ts'
import { type Client, openTestCore, startTestService } from '../support/service.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let client: Client
beforeAll(async () => {
  service = await startTestService({ roles: 'api,worker,playground' })
  client = service.client
})
afterAll(() => service.close())

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
      expect(operation.security, place).toEqual(path === '/v1/roots' ? [] : [{ bearer: [] }])
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
  for (const [code, [status, sentence]] of Object.entries(PROBLEMS)) {
    const row = info.description.split('\n').find((line) => line.startsWith(`| \`${code}\` |`))
    const told = row?.split(' | ')
    expect(told, code).toHaveLength(5)
    expect(told?.slice(1, 3)).toEqual([String(status), sentence])
    for (const text of told?.slice(3) ?? []) expect(text, code).toMatch(/^\S.*[^\s|]/)
  }
  const listed = (path: string, status: number) => paths[path]?.post?.responses[status]?.description
  expect(listed('/v1/claims', 403)).toContain(`- \`not_for_you\`: ${PROBLEMS.not_for_you[1]}`)
  expect(listed('/v1/claims', 410)).toMatch(/`cancelled`.*\n.*`declined`.*\n.*`expired`/)
  expect(listed('/v1/transfers', 422)).toContain('`amount_ambiguous`')
})

test('each call says what it does, and of each code that it can answer when it comes and what to do then', async () => {
  const document = await client.get<OpenApi>('/openapi.json')
  for (const { place, operation } of operationsOf(document)) {
    const { summary = '', description = '', responses } = operation
    const [does = '', takes] = description.split('\n\n')
    expect(takes, place).toMatch(/^It takes /)
    expect(does.length, place).toBeGreaterThan(30)
    expect(does, place).not.toBe(summary)
    for (const [status, { description: codes }] of Object.entries(responses).filter(
      ([one]) => one >= '400' && one < '600',
    ))
      for (const line of codes.split('\n'))
        expect([place, status, line]).toEqual([
          place,
          status,
          expect.stringMatching(/^- `[a-z_]+`: \S.* \*\*When:\*\* \S.* \*\*Then:\*\* \S/),
        ])
  }
})

test('each text, list and number that a call takes has its limit in the document', async () => {
  const document = await client.get<OpenApi>('/openapi.json')
  const asked = operationsOf(document).flatMap(({ operation: { parameters = [], requestBody } }) => [
    ...parameters.map(({ schema }) => schema),
    ...(requestBody ? [requestBody.content['application/json'].schema] : []),
  ])
  const limits = {
    string: ['maxLength', 'pattern', 'enum', 'format', 'const'],
    array: ['maxItems'],
    integer: ['maximum'],
    number: ['maximum'],
  }
  const boundless = asked
    .flatMap((schema) => formsWithin(document, schema))
    .filter((form) =>
      Object.entries(limits).some(
        ([type, some]) => [form.type].flat().includes(type) && !some.some((limit) => limit in form),
      ),
    )
  expect(boundless).toEqual([])
})

/** All schemas that a value may follow, and those of what is in it. */
const formsWithin = (document: OpenApi, schema: Schema | undefined): Schema[] =>
  formsOf(document, schema).flatMap((form) => [
    form,
    ...Object.values(form.properties ?? {}).flatMap((one) => formsWithin(document, one)),
    ...formsWithin(document, form.items),
  ])

test('the examples, as they stand, do what they say on a fresh service with the playground, or are refused as documented, and concern nobody else', async () => {
  const document = await client.get<OpenApi>('/openapi.json')
  const done: string[] = []
  for (const { place, path, method, operation } of operationsOf(document)) {
    const { parameters = [], requestBody, responses } = operation
    const given = (where: 'path' | 'query'): Record<string, string> =>
      Object.fromEntries(
        parameters
          .filter((one) => one.in === where && (where === 'path' || one.required))
          .map(({ name, schema }) => [name, String(exampleOf(document, schema))]),
      )
    const named = given('path')
    const address = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(named[name] ?? ''))
    const search = new URLSearchParams(given('query')).toString()
    const body = exampleOf(document, requestBody?.content['application/json'].schema)
    const answer = await client.call(method, search ? `${address}?${search}` : address, body)
    if (answer.status < 400) done.push(place)
    else {
      expect([place, answer.body.code]).not.toEqual([place, 'invalid_request'])
      expect(responses[answer.status]?.description, place).toContain(`- \`${answer.body.code}\`:`)
    }
  }
  expect(done).toEqual(
    expect.arrayContaining([
      'POST /v1/transfers',
      'POST /v1/asks',
      'POST /v1/issues',
      'PUT /v1/groups/{messenger}/{id}/rules',
      'POST /v1/links',
    ]),
  )
  const { db, close } = connect(service.database)
  onTestFinished(close)
  const met = await db.select().from(identities)
  expect(new Set(met.map(({ messenger }) => messenger))).toEqual(new Set(['playground']))
  for (const { id, name } of met) expect([id, name ?? SAMPLE[id]]).toEqual([id, SAMPLE[id]])
})

/** What those are called who live in the playground. */
const SAMPLE: Record<string, string> = Object.fromEntries(people.map(({ id, name }) => [id, name]))

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

test('who tries out what the document proposes gives nobody another name, and meets no messenger that there is', async () => {
  const document = await client.get<OpenApi>('/openapi.json')
  const bodies = operationsOf(document).flatMap(({ place, operation }) => {
    const schema = operation.requestBody?.content['application/json'].schema
    return schema ? [{ place, body: exampleOf(document, schema) }] : []
  })
  expect(bodies.length).toBeGreaterThan(20)
  for (const { place, body } of bodies) {
    // What lacks an example is proposed as "string".
    expect(
      nodesOf(body as object).filter((node) => Object.values(node).includes(undefined)),
      place,
    ).toEqual([])
    expect(JSON.stringify(body), place).not.toMatch(/"(name|handle)":"/)
  }
  const titled = bodies.map(({ body }) => JSON.stringify(body)).filter((body) => body.includes('"title"'))
  expect(titled).toEqual([expect.stringContaining('https://chat.example.org/')])
})
