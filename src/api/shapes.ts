import { createRoute, OpenAPIHono, type RouteConfig, z } from '@hono/zod-openapi'
import type { Handler, HonoRequest } from 'hono'
import { asShown } from '../money.ts'
import { Refusal } from '../refusal.ts'

export type Env = { Variables: { client: string; requestId: string } }

type Route = RouteConfig & { getRoutingPath(): string }

/**
 * A router of routes that are documented, typed for the client, and validated; what isn't valid is refused.
 * The library validates in two middlewares for each part of a request; here it is one step with the handler, as a request
 * costs the service more than what the ledger does for it.
 */
export function router(): OpenAPIHono<Env> {
  const app = new OpenAPIHono<Env>()
  const openapi = (route: Route, handler: Handler<Env>) => {
    app.openAPIRegistry.registerPath(route)
    return app.on(route.method, route.getRoutingPath(), validated(route, handler))
  }
  return Object.assign(app, { openapi: openapi as unknown as typeof app.openapi })
}

function validated({ request }: Route, handler: Handler<Env>): Handler<Env> {
  const { params, query } = request ?? {}
  const content = request?.body?.content['application/json']
  const body = content && 'schema' in content ? content.schema : undefined
  return async (c, next) => {
    if (params) c.req.addValidatedData('param', parse(params, c.req.param()))
    if (query) c.req.addValidatedData('query', parse(query, queryOf(c.req)))
    if (body) c.req.addValidatedData('json', parse(body, await jsonOf(c.req)))
    return handler(c, next)
  }
}

/** A parameter that is given twice is a list, which no schema takes: nobody guesses which one was meant. */
const queryOf = (request: HonoRequest) =>
  Object.fromEntries(
    Object.entries(request.queries()).map(([name, values]) => [
      name,
      values.length === 1 ? values[0] : values,
    ]),
  )

/** Another type is what a form on somebody else's page could send. */
const JSON_TYPE = /^application\/([\w.-]+\+)?json\s*(;|$)/i

async function jsonOf(request: HonoRequest): Promise<unknown> {
  if (!JSON_TYPE.test(request.header('content-type') ?? ''))
    throw new Refusal('invalid_request', { problem: 'the body must be JSON, and its content-type say so' })
  try {
    return await request.json()
  } catch {
    throw new Refusal('invalid_request', { problem: 'the body is no JSON' })
  }
}

function parse(schema: unknown, value: unknown): object {
  const result = (schema as z.ZodType<object>).safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const place = issue?.path.join('.')
  const problem = asShown(`${place ? `${place}: ` : ''}${issue?.message}`, 200)
  throw new Refusal('invalid_request', { problem })
}

/** A route with what all routes of `/v1` share: the bearer token and the problem document. */
export const v1Route = <const R extends RouteConfig>(route: R) =>
  createRoute({
    ...route,
    tags: [route.path.split('/')[1] ?? ''],
    security: [{ bearer: [] }],
    responses: {
      ...route.responses,
      default: {
        description: 'A problem document (RFC 9457); `code` is stable.',
        content: { 'application/problem+json': { schema: ProblemShape } },
      },
    },
  }) as R & { getRoutingPath(): string }

export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})

export const jsonBody = <T extends z.ZodType>(schema: T) => ({
  body: { required: true, content: { 'application/json': { schema } } },
})

/** Line breaks, controls, and marks that turn the direction of text or show nothing: they make one thing look like another. */
const MISLEADING =
  /[\p{Cc}\u061C\u200B\u200E\u200F\u2028\u2029\u202A-\u202E\u2060-\u2064\u2066-\u2069\uFEFF]/u
const VISIBLE = /[\p{L}\p{N}\p{P}\p{S}]/u

const label = (most: number) =>
  z
    .string()
    .trim()
    .refine((text) => [...text].length <= most, { error: `must have ${most} characters at most` })
    .refine((text) => !MISLEADING.test(text), { error: 'must be plain text in one line' })
    .refine((text) => text === '' || VISIBLE.test(text), { error: 'must show something' })
    .transform((text) => text || undefined)

export const Messenger = z
  .string()
  .regex(/^[a-z]{2,20}$/)
  .openapi({ example: 'telegram' })
export const ExternalId = z
  .string()
  .regex(/^[\w-]{1,64}$/)
  .openapi({ description: "The messenger's own id", example: '123456789' })
const Handle = z
  .string()
  .regex(/^@?[^\s@:]{1,64}$/)
  .refine((handle) => !/\p{C}/u.test(handle), { error: 'must be plain text' })
  .transform((handle) => handle.replace(/^@/, ''))
  .openapi({ example: 'ada' })
const Language = z
  .string()
  .regex(/^[A-Za-z0-9-]{2,35}$/)
  .openapi({ description: 'BCP 47', example: 'zh-Hans' })

export const Person = z
  .strictObject({
    messenger: Messenger,
    id: ExternalId,
    handle: Handle.nullish(),
    name: label(128).nullish(),
    language: Language.optional(),
  })
  .openapi('Person')

export const HandleOnly = z.strictObject({ messenger: Messenger, handle: Handle }).openapi('Handle', {
  description: 'Somebody not met yet: bound to the first holder of the handle who collects',
})

export const Note = label(200)
export const Title = label(255)
export const Key = z
  .string()
  .regex(/^[\x21-\x7e]{1,200}$/)
  .openapi({
    description: 'A retry with the same key and content gets the first answer',
    example: 'order-4711',
  })
export const AmountTyped = z
  .string()
  .min(1)
  .max(80)
  .openapi({ description: 'A decimal string, or as people type it', example: '20.00' })
export const AssetCode = z.string().min(1).max(20).openapi({ example: 'CREDIT' })
export const TransferId = z.uuid()
export const Code = z.string().regex(/^[\w-]{22,64}$/)

const identityShape = <Id extends z.ZodType>(id: Id) =>
  z.object({ messenger: z.string(), id, handle: z.string().nullable(), name: z.string().nullable() })
const IdentityShape = identityShape(z.string()).openapi('Identity')
const RecipientShape = identityShape(z.string().nullable()).openapi('Recipient', {
  description: 'An id of null: a handle that was not met yet',
})

/** `nullable()` would make the named shape itself nullable wherever the document points at it. */
const orNull = <T extends z.ZodType>(shape: T, description?: string) =>
  z.union([shape, z.null()]).openapi({ ...(description && { description }) })

const Moment = z.string().openapi({ format: 'date-time' })
export const State = z.enum(['open', 'collected', 'cancelled', 'declined', 'returned'])
const Decimal = z.string().openapi({ example: '20.00' })

/** A transfer without its secrets, for lists. */
export const ItemShape = z
  .object({
    id: z.string(),
    state: State,
    asset: z.string(),
    amount: Decimal,
    from: orNull(IdentityShape, 'null: the issuer'),
    to: orNull(RecipientShape, 'null: whoever has the code'),
    note: z.string().nullable(),
    group: z.object({ messenger: z.string(), id: z.string(), title: z.string().nullable() }).nullable(),
    createdAt: Moment,
    expiresAt: Moment,
    closedAt: Moment.nullable(),
    collectedBy: orNull(IdentityShape),
  })
  .openapi('TransferItem')

export const TransferShape = ItemShape.extend({ code: z.string(), link: z.string() }).openapi('Transfer')

/** As the messenger names a chat or a message; what is longer than an index holds is no name. */
const Place = z.string().regex(/^[\x21-\x7e]{1,500}$/)

export const CardShape = z
  .object({ id: z.string(), messenger: Messenger, chat: Place, message: Place, language: Language })
  .openapi('Card')

export const ProblemShape = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    details: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
    requestId: z.string(),
  })
  .openapi('Problem')
