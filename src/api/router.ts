import { createRoute, OpenAPIHono, type RouteConfig, type z } from '@hono/zod-openapi'
import type { Handler, HonoRequest } from 'hono'
import { asShown } from '../money.ts'
import { Refusal } from '../refusal.ts'
import { ProblemShape } from './shapes.ts'

export type Env = { Variables: { client: string; requestId: string } }

type Route = RouteConfig & { getRoutingPath(): string }

/**
 * A router of routes that are documented, typed for the client, and validated; what isn't valid is refused.
 * The library puts a middleware or two before the handler for each part of a request. Here it is one step with the handler:
 * a request costs the service more than what the ledger does for it.
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
