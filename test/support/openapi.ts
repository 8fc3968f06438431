import type { RouteScope } from '../../src/access/scopes.ts'

/** As much of an OpenAPI 3.1 document as tests read. */
export interface OpenApi {
  openapi: string
  info: { description: string }
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema>; securitySchemes: object }
}

export interface Operation {
  summary?: string
  description?: string
  security?: object[]
  /** What the route asks of a token. */
  'x-scope': RouteScope
  parameters?: { in: 'path' | 'query'; name: string; required?: boolean; schema: Schema }[]
  requestBody?: { content: { 'application/json': { schema: Schema } } }
  responses: Record<string, { description: string }>
}

export interface Schema {
  $ref?: string
  type?: string | string[]
  format?: string
  pattern?: string
  enum?: unknown[]
  example?: unknown
  examples?: unknown[]
  default?: unknown
  properties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
}

export const operationsOf = (document: OpenApi) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      place: `${method.toUpperCase()} ${path}`,
      path,
      method: method.toUpperCase(),
      operation,
    })),
  )

/** The schemas that a value may follow, each without a reference and without null. */
export function formsOf(document: OpenApi, schema: Schema | undefined): Schema[] {
  if (!schema || schema.type === 'null') return []
  const named = schema.$ref && document.components.schemas[schema.$ref.split('/').at(-1) as string]
  if (named) return formsOf(document, named)
  const some = schema.anyOf ?? schema.oneOf
  return some ? some.flatMap((one) => formsOf(document, one)) : [schema]
}

/** What the document gives as an example of a value, as its readers are shown it: of an object without one, all its fields. */
export function exampleOf(document: OpenApi, schema: Schema | undefined): unknown {
  const [form] = formsOf(document, schema)
  const given = schema?.example ?? form?.example ?? form?.examples?.[0] ?? form?.default ?? form?.enum?.[0]
  if (given !== undefined) return given
  if (form?.items) return [exampleOf(document, form.items)]
  if (form?.properties)
    return Object.fromEntries(
      Object.entries(form.properties).map(([name, one]) => [name, exampleOf(document, one)]),
    )
  return form?.format === 'uuid' ? '019ab193-2bc7-7cd1-8f4e-6a0d5b3c9e21' : undefined
}
