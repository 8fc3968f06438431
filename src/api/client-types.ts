import { writeFile } from 'node:fs/promises'
import type { Core } from '../core.ts'
import { createApi, documentOf } from './app.ts'

/** Where the types of `@passalong/client` stand. */
export const CLIENT_TYPES = new URL('../client/api.ts', import.meta.url)

/**
 * The types of `@passalong/client`: what the OpenAPI document names, and what each operation takes and answers. The libraries for it need the
 * API of TypeScript 5, which the TypeScript here doesn't have; and what they make of this document is twenty times as long.
 * @throws Error where the document says something in a way that is not known here
 */
export const clientTypes = ({ components, paths }: Document): string =>
  [
    '// Made from the OpenAPI document by `npm run client`.\n',
    ...Object.entries(components.schemas).map(
      ([name, schema]) => `${commentOf(schema)}${declared(name, schema)}\n`,
    ),
    `/** Each operation by its method and path: what it takes, and what it answers. */`,
    `export interface Operations ${block(
      Object.entries(paths).flatMap(([path, methods]) =>
        Object.entries(methods).map(([method, operation]) => {
          const { summary = '', description = '' } = operation
          const comment = commentOf({ description: `${summary}. ${description}` })
          return `${comment}'${method.toUpperCase()} ${path}': ${operationType(operation)}`
        }),
      ),
    )}\n`,
  ].join('\n')

interface Document {
  components: { schemas: Record<string, Schema> }
  paths: Record<string, Record<string, Operation>>
}

interface Operation {
  summary?: string
  description?: string
  parameters?: { in: string; name: string; required?: boolean; schema: Schema }[]
  requestBody?: { content: Content }
  responses: Record<string, { content?: Content }>
}

interface Content {
  'application/json'?: { schema: Schema }
}

interface Schema {
  description?: string
  $ref?: string
  type?: string | string[]
  enum?: unknown[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  additionalProperties?: boolean | Schema
}

const declared = (name: string, schema: Schema) =>
  schema.type === 'object' && schema.properties
    ? `export interface ${name} ${typeOf(schema)}`
    : `export type ${name} = ${typeOf(schema)}`

function operationType({ parameters = [], requestBody, responses }: Operation): string {
  const parts = ['path', 'query'].flatMap((place) => {
    const some = parameters.filter((parameter) => parameter.in === place)
    if (some.length === 0) return []
    const properties = Object.fromEntries(some.map(({ name, schema }) => [name, schema]))
    const required = some.filter((parameter) => parameter.required).map(({ name }) => name)
    const mark = required.length > 0 ? '' : '?'
    return `${place}${mark}: ${typeOf({ type: 'object', properties, required })}`
  })
  const body = requestBody?.content['application/json']?.schema
  if (body) parts.push(`body: ${typeOf(body)}`)
  const done = Object.entries(responses).filter(([status]) => status.startsWith('2'))
  const answer = done[0]?.[1].content?.['application/json']?.schema
  if (done.length !== 1) throw new Error('An operation ends well in one way.')
  return block([...parts, `answer: ${answer ? typeOf(answer) : 'undefined'}`])
}

function typeOf(schema: Schema): string {
  const { $ref, anyOf, oneOf, allOf, enum: values, type } = schema
  if ($ref) return $ref.replace('#/components/schemas/', '')
  const some = anyOf ?? oneOf
  if (some) return union(some.map(typeOf))
  if (allOf) {
    // Some say no more than what it is for.
    const parts = allOf.filter((part) => typeOf(part) !== 'unknown')
    return parts.map(parts.length > 1 ? grouped : typeOf).join(' & ')
  }
  const types = [type ?? []].flat()
  if (values) {
    const literals = values.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)))
    return union([...literals, ...types.filter((one) => one === 'null')])
  }
  return types.length > 0 ? union(types.map((one) => plainType(one, schema))) : 'unknown'
}

function plainType(
  type: string,
  { properties, required = [], additionalProperties, items = {} }: Schema,
): string {
  switch (type) {
    case 'string':
    case 'number':
    case 'boolean':
    case 'null':
      return type
    case 'integer':
      return 'number'
    case 'array':
      return `${grouped(items)}[]`
    case 'object': {
      if (!properties)
        return `Record<string, ${typeof additionalProperties === 'object' ? typeOf(additionalProperties) : 'unknown'}>`
      return block(
        Object.entries(properties).map(
          ([name, property]) =>
            `${commentOf(property)}${name}${required.includes(name) ? '' : '?'}: ${typeOf(property)}`,
        ),
      )
    }
    default:
      throw new Error(`The document has a type that is not known here: ${type}`)
  }
}

function union(types: string[]): string {
  const different = [...new Set(types)]
  return different.length > 6 ? different.map((type) => `\n  | ${type}`).join('') : different.join(' | ')
}

/** In brackets where it is made of several. */
function grouped(schema: Schema): string {
  const { anyOf, oneOf, allOf, enum: values, type } = schema
  const isOne = !anyOf && !oneOf && !allOf && !values && !Array.isArray(type)
  return isOne ? typeOf(schema) : `(${typeOf(schema)})`
}

const block = (members: string[]) => `{\n${members.join('\n').replace(/^(?=.)/gm, '  ')}\n}`

function commentOf({ description, allOf = [] }: Schema): string {
  const text = description ?? allOf.find((part) => part.description)?.description
  if (!text) return ''
  const lines = text.replaceAll('*/', '*\\/').split('\n')
  return `/** ${lines.join('\n * ').replaceAll(/ +$/gm, '')} */\n`
}

// Routes are described without a core: only their requests need one.
if (import.meta.main)
  await writeFile(CLIENT_TYPES, clientTypes(documentOf(createApi({} as Core)) as Document))
