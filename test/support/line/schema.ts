// LINE's OpenAPI documents as judges: of what is sent to LINE, what it answers, and what it tells.
import { readFileSync } from 'node:fs'
import { z } from 'zod'

type Schema = {
  $ref?: string
  allOf?: Schema[]
  properties?: Record<string, Schema>
  required?: string[]
  discriminator?: { mapping: Record<string, string> }
  [keyword: string]: unknown
}

const read = (name: string): Record<string, Schema> =>
  JSON.parse(readFileSync(new URL(`openapi/${name}.json`, import.meta.url), 'utf8'))

/** The shapes of a document by their names. Fields that it doesn't know are refused. */
function shapesOf(schemas: Record<string, Schema>): (name: string) => z.ZodType {
  const nameOf = ($ref: string) => $ref.split('/').at(-1) ?? ''
  /** How each of several is told from the others: `{ "type": "text" }`. */
  const kinds = new Map(
    Object.values(schemas).flatMap(({ discriminator }) =>
      Object.entries(discriminator?.mapping ?? {}).map(([kind, $ref]) => [nameOf($ref), kind] as const),
    ),
  )

  /** A schema with what it takes over from others. */
  function merged(schema: Schema): Schema {
    const { allOf = [], discriminator: _, ...own } = schema
    return allOf
      .map((part) => merged(part.$ref ? (schemas[nameOf(part.$ref)] ?? {}) : part))
      .reduce(
        (one, other) => ({
          ...one,
          ...other,
          properties: { ...other.properties, ...one.properties },
          required: [...(other.required ?? []), ...(one.required ?? [])],
        }),
        own as Schema,
      )
  }

  function closed(name: string, schema: Schema): Schema {
    if (schema.discriminator)
      return { anyOf: Object.values(schema.discriminator.mapping).map(($ref) => ({ $ref })) }
    const whole = merged(schema)
    if (!whole.properties) return whole
    const kind = kinds.get(name)
    const properties = { ...whole.properties, ...(kind && { type: { const: kind } }) }
    return { ...whole, type: 'object', properties, additionalProperties: false }
  }

  const definitions = JSON.parse(
    JSON.stringify(
      Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, closed(name, schema)])),
    ).replaceAll('#/components/schemas/', '#/$defs/'),
  )
  const made = new Map<string, z.ZodType>()
  return (name) => {
    const known = made.get(name) ?? z.fromJSONSchema({ $ref: `#/$defs/${name}`, $defs: definitions })
    made.set(name, known)
    return known
  }
}

/** What is sent to LINE, and what it answers. */
export const apiShape = shapesOf(read('messaging-api'))
/** What LINE tells a bot. */
export const webhookShape = shapesOf(read('webhook'))

/** What the document doesn't say, but the pages of its reference do: https://developers.line.biz/en/reference/messaging-api/ */
export function breachesOf(message: unknown): string[] {
  const found: string[] = []
  const visit = (part: unknown) => {
    if (Array.isArray(part)) return part.forEach(visit)
    if (typeof part !== 'object' || part === null) return
    const { type, text, label, uri, url, altText, contents, style } = part as Record<string, string>
    const isText = type === 'text'
    if (isText && !(text && text.length <= 5000)) found.push('a text is empty, or too long')
    if (type === 'flex' && !(altText && altText.length <= 1500)) found.push('no alternative, or a long one')
    if (type === 'bubble' && Buffer.byteLength(JSON.stringify(part)) > 30 * 1024) found.push('a large bubble')
    if ((type === 'postback' || type === 'uri') && !(label && [...label].length <= 40))
      found.push('a button without a label, or with a long one')
    if (type === 'uri' && !/^https?:\/\/[^/]*\..{0,1000}$/.test(uri ?? ''))
      found.push('a link that leads nowhere')
    if (type === 'image' && !/^https:.{0,2000}$/.test(url ?? ''))
      found.push('a picture that can’t be fetched')
    if (type === 'box' && contents?.length === 0) found.push('an empty box')
    if (type === 'button' && style === undefined) found.push('a button without a style')
    Object.values(part).forEach(visit)
  }
  visit(message)
  return found
}
