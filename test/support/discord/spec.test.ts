import { expect, test } from 'vitest'
import { secondDescription } from '../second.ts'
import { handlers } from './handlers.ts'
import { interactionHandlers } from './interactions.ts'
import { discordPaths, discordSchemas, type Schema } from './spec.ts'
import { World } from './world.ts'

/** Discord's OpenAPI document itself, as far as it is compared. */
type Second = {
  paths: Record<string, Record<string, SecondOperation>>
  components: { schemas: Record<string, Schema> }
}
type SecondOperation = {
  operationId?: string
  parameters?: { name: string; in: string; schema: Schema }[]
  requestBody?: { required?: boolean; content: Record<string, { schema: Schema }> }
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>
  security?: object[]
}

/** Newer documents than the second have changed these. */
const CHANGED = [
  'BasicApplicationResponseWithBot required: description, icon, id, name, type',
  'CreateGroupDMInviteRequest.max_age maximum: 604800',
  'GuildInviteResponse.liveliness is: GuildLivelinessResponse',
  'GuildInviteResponse.liveliness type: null',
  'GuildLivelinessResponse required: msg_activity_bins',
  'GuildLivelinessResponse type: object',
  'GuildLivelinessResponse.last_updated_ts type: null, string',
  'GuildLivelinessResponse.msg_activity_bins type: array',
  'GuildLivelinessResponse.msg_activity_bins[] type: integer',
  'IntegrationApplicationResponse required: description, icon, id, name, type',
  'MessageAttachmentRequest.is_remix type: boolean, null',
]

const world = new World()
/** What the fake answers; of all else it needs to know no more than that it is there. */
const SERVED = new Set([
  'get_bot_gateway',
  ...Object.keys({ ...handlers(world), ...interactionHandlers(world) }),
])

test('the description from npm holds all of Discord’s REST API', () => {
  const ids = operations().map(([, { operationId }]) => operationId)
  expect(ids.length).toBeGreaterThanOrEqual(240)
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of SERVED) expect(ids).toContain(id)
  const references = JSON.stringify([discordPaths, discordSchemas]).matchAll(/"#\/\$defs\/(\w+)"/g)
  const unknown = [...references].flatMap(([, name = '']) => (discordSchemas[name] ? [] : name))
  expect(unknown).toEqual([])
})

test('the description from npm says nothing else than Discord’s document does', () => {
  const second = secondDescription<Second>('discord-openapi.json')
  if (!second) return
  const { schemas } = second.components
  const ours = new Set([
    ...operations().flatMap(([at, { operationId, query, request, takesFiles, responses, isOpen }]) => [
      `${at}: ${operationId}`,
      `${at}: ${operationId}${takesFiles ? ', takes files' : ''}${isOpen ? ', is open' : ''}`,
      ...Object.entries(query).flatMap(([name, schema]) => facts(schema, `${at} ?${name}`, discordSchemas)),
      ...facts(request, `${at} request`, discordSchemas),
      ...successes(responses).flatMap(([status, schema]) => facts(schema, `${at} ${status}`, discordSchemas)),
    ]),
    ...Object.entries(discordSchemas).flatMap(([name, schema]) => facts(schema, name, discordSchemas)),
  ])
  const theirs = [
    ...Object.entries(second.paths).flatMap(([path, methods]) =>
      Object.entries(methods).flatMap(([method, operation]) =>
        statements(`${method} ${path}`, operation, schemas),
      ),
    ),
    ...Object.entries(schemas).flatMap(([name, schema]) => facts(schema, name, schemas)),
  ]
  expect(theirs.filter((each) => !ours.has(each)).toSorted()).toEqual(CHANGED)
})

function operations() {
  return Object.entries(discordPaths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => [`${method} ${path}`, operation] as const),
  )
}

function statements(at: string, operation: SecondOperation, schemas: Record<string, Schema>): string[] {
  const { operationId, parameters = [], requestBody, responses, security = [] } = operation
  if (!operationId) return []
  if (!SERVED.has(operationId)) return [`${at}: ${operationId}`]
  const json = requestBody?.content['application/json']?.schema
  const takesFiles = json && requestBody?.content['multipart/form-data']
  const isOpen = security.some((way) => Object.keys(way).length === 0)
  const queries = parameters.filter((parameter) => parameter.in === 'query')
  return [
    `${at}: ${operationId}${takesFiles ? ', takes files' : ''}${isOpen ? ', is open' : ''}`,
    ...queries.flatMap(({ name, schema }) => facts(schema, `${at} ?${name}`, schemas)),
    ...facts(json, `${at} request`, schemas),
    ...successes(responses).flatMap(([status, answer]) =>
      facts(answer?.content?.['application/json']?.schema, `${at} ${status}`, schemas),
    ),
  ]
}

function successes<T>(responses: Record<string, T>): [string, T][] {
  return Object.entries(responses).filter(([status]) => status.startsWith('2'))
}

const BOUNDS = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'pattern', 'const']

/** What a schema says, a line for each thing; how it is nested in unions is no matter. */
function facts(schema: Schema | undefined, at: string, schemas: Record<string, Schema>): string[] {
  const said = new Map<string, Set<unknown>>()
  const say = (what: string, words: unknown) =>
    said.set(what, new Set([...(said.get(what) ?? []), ...[words].flat()]))
  const read = (part: Schema, here: string) => {
    const target = part.$ref?.split('/').at(-1) ?? ''
    // A choice of numbers or of texts is written in place by one, and by its name by the other.
    if (part.$ref && !isChoice(schemas[target])) say(`${here} is`, target)
    for (const name of ['type', 'required', ...BOUNDS])
      if (part[name] !== undefined) say(`${here} ${name}`, part[name])
    if (part.enum) say(`${here} const`, part.enum)
    for (const union of ['oneOf', 'anyOf', 'allOf'])
      for (const each of (part[union] as Schema[] | undefined) ?? []) read(each, here)
    if (part.items) read(part.items as Schema, `${here}[]`)
    if (typeof part.additionalProperties === 'object') read(part.additionalProperties, `${here}{}`)
    for (const [name, each] of Object.entries(part.properties ?? {})) read(each, `${here}.${name}`)
  }
  if (schema) read(schema, at)
  return [...said].map(([what, words]) => `${what}: ${[...words].map(String).toSorted().join(', ')}`)
}

function isChoice(schema: Schema | undefined): boolean {
  return !schema?.pattern && ['integer', 'string'].includes(String(schema?.type))
}
