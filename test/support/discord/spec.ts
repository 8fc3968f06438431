// @ts-expect-error: the package declares no types for its schemas.
import * as components from 'discord-api-spec/zod'
import type { TSType } from 'oxc-parser'
import { z } from 'zod'
import { Declarations, nameOf } from '../declarations.ts'

/** A JSON Schema whose references are `#/$defs/…`. */
export type Schema = {
  $ref?: string
  type?: string | string[]
  properties?: Record<string, Schema>
  additionalProperties?: boolean | Schema
  [keyword: string]: unknown
}
export type SpecOperation = {
  operationId: string
  query: Record<string, Schema>
  /** The body, required wherever there is one. */
  request?: Schema
  /** Whether files can come with the body. */
  takesFiles: boolean
  /** By status; nothing where the answer has no body. */
  responses: Record<string, Schema | undefined>
  /** Whether it can be called without the bot's token. */
  isOpen: boolean
}

// The package leaves these out. Source: Discord's OpenAPI document, and "Uploading Files" in its reference.
const TAKES_FILES =
  /^(create_message|update_message|create_interaction_response|execute_webhook|update_(original_)?webhook_message)$/
const LIMITED: Record<string, Schema> = {
  'bulk_set_application_commands request': {
    type: ['array', 'null'],
    items: { $ref: '#/$defs/ApplicationCommandUpdateRequest' },
    maxItems: 130,
  },
  'list_messages limit': { type: 'integer', minimum: 1, maximum: 100 },
}
/** The package says `number` of long integers, too; these alone can have a fraction. */
const FRACTIONS =
  /^ApplicationCommand(Option)?Number.*\.(min_value|max_value|value)$|\.(duration_secs|volume|retry_after)$/

const declarations = new Declarations('discord-api-spec/build/discord-api-spec.ts')

/** Discord's REST API by template, such as `/channels/{channel_id}/messages`, and by method in lower case. */
export const discordPaths: Record<string, Record<string, SpecOperation>> = Object.fromEntries(
  (declarations.all.get('Paths')?.members ?? []).map(({ name, type }) => [
    name,
    Object.fromEntries(declarations.membersOf(type).map((each) => [each.name, operationOf(each.type)])),
  ]),
)

/** What those operations take and answer, by name. */
export const discordSchemas: Record<string, Schema> = schemas()

function operationOf(type: TSType): SpecOperation {
  const parts = partsOf(type)
  const answers = declarations.membersOf(parts.responses as TSType)
  const operationId = /response for (\w+)/.exec(answers[0]?.says ?? '')?.[1] ?? ''
  const limited = (what: string, schema: Schema) => LIMITED[`${operationId} ${what}`] ?? schema
  const query = Object.entries(partsOf(partsOf(parts.parameters as TSType).query as TSType))
  const request = schemaOf(parts.requestBody as TSType)
  return {
    operationId,
    query: Object.fromEntries(query.map(([name, each]) => [name, limited(name, schemaOf(each) ?? {})])),
    ...(request && { request: limited('request', request) }),
    takesFiles: TAKES_FILES.test(operationId),
    responses: Object.fromEntries(answers.map((answer) => [answer.name, schemaOf(answer.type)])),
    isOpen: allows(parts.security),
  }
}

function partsOf(type: TSType): Record<string, TSType> {
  return Object.fromEntries(declarations.membersOf(type).map((member) => [member.name, member.type]))
}

/** Whether one of the ways in, such as `[{}, { BotToken: [] }]`, asks for nothing. */
function allows(security: TSType | undefined): boolean {
  const ways = security?.type === 'TSTupleType' ? security.elementTypes : []
  return ways.some((way) => way.type === 'TSTypeLiteral' && way.members.length === 0)
}

function schemaOf(type: TSType): Schema | undefined {
  switch (type.type) {
    case 'TSTypeReference':
      return { $ref: `#/$defs/${nameOf(type)}` }
    case 'TSParenthesizedType':
      return schemaOf(type.typeAnnotation)
    case 'TSArrayType':
      return { type: 'array', items: schemaOf(type.elementType) }
    case 'TSUnionType':
      return { anyOf: type.types.map(schemaOf) }
    case 'TSTypeLiteral': {
      const members = declarations.membersOf(type)
      const required = members.filter(({ optional }) => !optional).map(({ name }) => name)
      const properties = Object.fromEntries(members.map((each) => [each.name, schemaOf(each.type) ?? {}]))
      return { type: 'object', properties, required }
    }
    case 'TSLiteralType':
      return { const: (type.literal as { value?: unknown }).value }
    case 'TSNullKeyword':
      return { type: 'null' }
    case 'TSStringKeyword':
      return { type: 'string' }
    case 'TSNumberKeyword':
      return { type: 'number' }
    case 'TSBooleanKeyword':
      return { type: 'boolean' }
    default:
      return undefined
  }
}

function schemas(): Record<string, Schema> {
  const registry = z.registry<{ id: string }>()
  for (const [name, schema] of Object.entries(components as Record<string, z.ZodType>))
    if (name.endsWith('Schema')) registry.add(schema, { id: name.slice(0, -'Schema'.length) })
  const made = z.toJSONSchema(registry, {
    uri: (id) => `#/$defs/${id}`,
    io: 'input',
    unrepresentable: 'any',
    override({ zodSchema, jsonSchema }) {
      // In JSON nothing is undefined.
      if (zodSchema._zod.def.type === 'undefined') jsonSchema.not = {}
    },
  })
  return Object.fromEntries(
    Object.entries(made.schemas).map(([name, { $id, $schema, ...schema }]) => [
      name,
      eachPart(schema as Schema, (part, property) =>
        FRACTIONS.test(`${name}.${property}`) ? part : whole(part),
      ),
    ]),
  )
}

function whole(schema: Schema): Schema {
  if (!schema.type) return schema
  const types = [schema.type].flat().map((type) => (type === 'number' ? 'integer' : type))
  return { ...schema, type: types.length === 1 ? (types[0] as string) : types }
}

/** The schema with every schema inside of it changed, and then itself. @param property whose value it describes */
export function eachPart(
  schema: Schema,
  change: (part: Schema, property?: string) => Schema,
  property?: string,
): Schema {
  const inner = (part: unknown, of = property) => eachPart(part as Schema, change, of)
  const made: Schema = {}
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === 'properties')
      made.properties = Object.fromEntries(Object.entries(value as object).map(([k, v]) => [k, inner(v, k)]))
    else if (['oneOf', 'anyOf', 'allOf'].includes(keyword))
      made[keyword] = (value as unknown[]).map((part) => inner(part))
    else if (['items', 'additionalProperties'].includes(keyword) && typeof value === 'object')
      made[keyword] = inner(value)
    else made[keyword] = value
  }
  return change(made, property)
}
