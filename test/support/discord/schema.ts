import { z } from 'zod'
import { discordPaths, discordSchemas, eachPart, type Schema, type SpecOperation } from './spec.ts'

/** One route of Discord's document; `route` is its template, such as `/channels/{channel_id}/messages`. */
export type Operation = { method: string; route: string; spec: SpecOperation }

/** A way in which a call does not fit: where in the body (or query), and what is wrong there. */
export type Breach = { path: PropertyKey[]; message: string; code?: string }

/** The operation at a path (segments decoded), 'method' where only other methods are there, or nothing. */
export function findOperation(method: string, segments: string[]): Operation | 'method' | undefined {
  const route = routes.find(({ parts }) => fits(parts, segments))
  if (!route) return undefined
  const found = discordPaths[route.path]?.[method.toLowerCase()]
  return found ? { method, route: route.path, spec: found } : 'method'
}

/** What is wrong with a JSON body sent as `contentType`. */
export function breachesOfBody(operation: Operation, contentType: string, body: unknown): Breach[] {
  const { request, takesFiles, operationId } = operation.spec
  if (!request) return body === undefined ? [] : [{ path: [], message: 'this route takes no body' }]
  if (body === undefined) return [{ path: [], message: 'a body is required' }]
  if (contentType !== 'application/json' && !(takesFiles && contentType === 'multipart/form-data'))
    return [{ path: [], message: `${contentType} is not accepted here` }]
  const result = compiled(`${operationId} request`, request, strictDefinitions).safeParse(body)
  return result.success ? [] : explain(result.error.issues)
}

export function breachesOfQuery(operation: Operation, query: Record<string, string>): Breach[] {
  return Object.entries(query).flatMap(([name, value]) => {
    const schema = operation.spec.query[name]
    if (!schema) return [{ path: [name], message: 'no such query parameter' }]
    const key = `${operation.spec.operationId} query ${name}`
    const result = compiled(key, schema, strictDefinitions).safeParse(fromText(value, schema))
    return result.success ? [] : explain(result.error.issues, [name])
  })
}

/** What is wrong with an answer of our own: the fake is held to the same document. */
export function breachesOfAnswer(operation: Operation, status: number, body: unknown): Breach[] {
  const { responses } = operation.spec
  if (!(status in responses)) return [{ path: [], message: `${status} is not among its answers` }]
  const schema = responses[status]
  if (!schema) return body === undefined ? [] : [{ path: [], message: `${status} has no body` }]
  const key = `${operation.spec.operationId} ${status}`
  const result = compiled(key, schema, looseDefinitions).safeParse(body)
  return result.success ? [] : explain(result.error.issues)
}

const routes = Object.keys(discordPaths)
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

function fromText(value: string, schema: Schema): unknown {
  if (schema.type === 'integer') return Number(value)
  if (schema.type === 'boolean') return value === 'true' ? true : value === 'false' ? false : value
  return value
}

const compiledSchemas = new Map<string, z.ZodType>()

function compiled(key: string, schema: Schema, definitions: Record<string, Schema>): z.ZodType {
  const known = compiledSchemas.get(key)
  if (known) return known
  const own = definitions === strictDefinitions ? eachPart(schema, closed) : schema
  const made = z.fromJSONSchema({ ...own, $defs: definitions } as z.core.JSONSchema.JSONSchema)
  compiledSchemas.set(key, made)
  return made
}

const looseDefinitions = definitions()
const strictDefinitions = Object.fromEntries(
  Object.entries(looseDefinitions).map(([name, schema]) => [name, eachPart(schema, closed)]),
)

function definitions(): Record<string, Schema> {
  const made = structuredClone(discordSchemas)
  for (const [name, { properties }] of Object.entries(made)) {
    // The document says integer, Discord's reference says string of digits: both are taken.
    if (/^ApplicationCommand\w*Request/.test(name) && properties?.default_member_permissions)
      properties.default_member_permissions = { type: ['string', 'integer', 'null'], pattern: '^\\d+$' }
  }
  return made
}

/** Makes every field that the document does not name a breach. */
function closed(schema: Schema): Schema {
  return schema.properties ? { additionalProperties: false, ...schema } : schema
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
