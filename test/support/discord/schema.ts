import { existsSync, readFileSync } from 'node:fs'
import { z } from 'zod'

type Schema = {
  $ref?: string
  type?: string | string[]
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  [keyword: string]: unknown
}
type Content = Record<string, { schema: Schema }>
type Parameter = { name: string; in: string; schema: Schema }
type SpecOperation = {
  operationId: string
  parameters?: Parameter[]
  requestBody?: { required?: boolean; content: Content }
  responses: Record<string, { content?: Content }>
}
type Spec = {
  paths: Record<string, Record<string, SpecOperation>>
  components: { schemas: Record<string, Schema> }
}

/** One route of Discord's document; `route` is its template, such as `/channels/{channel_id}/messages`. */
export type Operation = { method: string; route: string; spec: SpecOperation }

/** A way in which a call does not fit: where in the body (or query), and what is wrong there. */
export type Breach = { path: PropertyKey[]; message: string; code?: string }

const file = new URL('../../../../shared/specs/discord-openapi.json', import.meta.url)

/** Whether Discord's OpenAPI document lies beside the checkout; where it doesn't, nothing can be judged. */
export const hasDiscordSpec = existsSync(file)
if (!hasDiscordSpec) console.warn(`SKIPPED: tests of the Discord bot, because ${file.pathname} isn't there`)

const spec: Spec = hasDiscordSpec
  ? JSON.parse(readFileSync(file, 'utf8'))
  : { paths: {}, components: { schemas: {} } }

/** The operation at a path (segments decoded), 'method' where only other methods are there, or nothing. */
export function findOperation(method: string, segments: string[]): Operation | 'method' | undefined {
  const route = routes.find(({ parts }) => fits(parts, segments))
  if (!route) return undefined
  const found = spec.paths[route.path]?.[method.toLowerCase()]
  return found ? { method, route: route.path, spec: found } : 'method'
}

/** What is wrong with a JSON body sent as `contentType`. */
export function breachesOfBody(operation: Operation, contentType: string, body: unknown): Breach[] {
  const wanted = operation.spec.requestBody
  if (!wanted) return body === undefined ? [] : [{ path: [], message: 'this route takes no body' }]
  if (body === undefined) return wanted.required ? [{ path: [], message: 'a body is required' }] : []
  if (!wanted.content[contentType]) return [{ path: [], message: `${contentType} is not accepted here` }]
  const schema = wanted.content['application/json']?.schema ?? {}
  const result = compiled(`${operation.spec.operationId} request`, schema, strictDefinitions).safeParse(body)
  return result.success ? [] : explain(result.error.issues)
}

export function breachesOfQuery(operation: Operation, query: Record<string, string>): Breach[] {
  return Object.entries(query).flatMap(([name, value]) => {
    const parameter = parametersOf(operation).find((each) => each.in === 'query' && each.name === name)
    if (!parameter) return [{ path: [name], message: 'no such query parameter' }]
    const key = `${operation.spec.operationId} query ${name}`
    const result = compiled(key, parameter.schema, strictDefinitions).safeParse(fromText(value, parameter))
    return result.success ? [] : explain(result.error.issues, [name])
  })
}

/** What is wrong with an answer of our own: the fake is held to the same document. */
export function breachesOfAnswer(operation: Operation, status: number, body: unknown): Breach[] {
  const answer = operation.spec.responses[status]
  if (!answer) return [{ path: [], message: `${status} is not among its answers` }]
  const schema = answer.content?.['application/json']?.schema
  if (!schema) return body === undefined ? [] : [{ path: [], message: `${status} has no body` }]
  const key = `${operation.spec.operationId} ${status}`
  const result = compiled(key, schema, looseDefinitions).safeParse(body)
  return result.success ? [] : explain(result.error.issues)
}

const routes = Object.keys(spec.paths)
  .map((path) => ({ path, parts: path.slice(1).split('/') }))
  // A literal segment (`@me`, `@original`) goes before a parameter in the same place.
  .sort((a, b) => parametersIn(a.path) - parametersIn(b.path))

function parametersIn(path: string): number {
  return path.split('{').length
}

function fits(parts: string[], segments: string[]): boolean {
  return (
    parts.length === segments.length && parts.every((part, i) => part.startsWith('{') || part === segments[i])
  )
}

function parametersOf(operation: Operation): Parameter[] {
  const shared = (spec.paths[operation.route] as { parameters?: Parameter[] } | undefined)?.parameters ?? []
  return [...shared, ...(operation.spec.parameters ?? [])]
}

function fromText(value: string, { schema }: Parameter): unknown {
  if (schema.type === 'integer') return Number(value)
  if (schema.type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value
  return value
}

const compiledSchemas = new Map<string, z.ZodType>()

function compiled(key: string, schema: Schema, definitions: Record<string, Schema>): z.ZodType {
  const known = compiledSchemas.get(key)
  if (known) return known
  const closed = definitions === strictDefinitions
  const made = z.fromJSONSchema({
    ...jsonSchema(schema, closed),
    $defs: definitions,
  } as z.core.JSONSchema.JSONSchema)
  compiledSchemas.set(key, made)
  return made
}

const strictDefinitions = definitions(true)
const looseDefinitions = definitions(false)

function definitions(closed: boolean): Record<string, Schema> {
  const made = Object.fromEntries(
    Object.entries(spec.components.schemas).map(([name, schema]) => [name, jsonSchema(schema, closed)]),
  )
  for (const [name, { properties }] of Object.entries(made)) {
    // The document says integer, Discord's reference says string of digits: both are taken.
    if (/^ApplicationCommand\w*Request/.test(name) && properties?.default_member_permissions)
      properties.default_member_permissions = { type: ['string', 'integer', 'null'], pattern: '^\\d+$' }
  }
  return made
}

/** An OpenAPI schema as JSON Schema; `closed` makes every field that the document does not name a breach. */
function jsonSchema(schema: Schema, closed: boolean): Schema {
  const inner = (value: unknown) => jsonSchema(value as Schema, closed)
  const made: Schema = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === '$ref') made.$ref = String(value).replace('#/components/schemas/', '#/$defs/')
    else if (keyword === 'properties')
      made.properties = Object.fromEntries(Object.entries(value as object).map(([k, v]) => [k, inner(v)]))
    else if (['oneOf', 'anyOf', 'allOf'].includes(keyword)) made[keyword] = (value as unknown[]).map(inner)
    else if (['items', 'additionalProperties'].includes(keyword) && typeof value === 'object')
      made[keyword] = inner(value)
    else made[keyword] = value
  }
  if (closed && made.properties) made.additionalProperties ??= false
  return made
}

/** Flattens zod's issues: of a union it tells the branch that was meant, which is the one that failed least. */
function explain(issues: z.core.$ZodIssue[], base: PropertyKey[] = []): Breach[] {
  return issues.flatMap((issue) => {
    const path = [...base, ...issue.path]
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: [...path, key], message: 'no such field' }))
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ path, message: issue.message }]
    const meant = issue.errors.toSorted((a, b) => distance(a) - distance(b))[0]
    return explain(meant ?? [], path)
  })
}

function distance(issues: z.core.$ZodIssue[]): number {
  return issues.reduce((sum, issue) => {
    if (issue.path.length === 0 && issue.code === 'invalid_type') return sum + 10_000
    if (issue.path.length === 1 && issue.path[0] === 'type') return sum + 1_000
    return sum + 1
  }, 0)
}
