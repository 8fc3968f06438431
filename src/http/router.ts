import type { HttpBindings } from '@hono/node-server'
import { createRoute, OpenAPIHono, type RouteConfig, type z } from '@hono/zod-openapi'
import type { Context, Handler, HonoRequest, Next } from 'hono'
import { withinBounds } from '../access/bounds-under-way.ts'
import { boundsOf, type Grant, type LimitedGrant, type RouteScope } from '../access/scopes.ts'
import type { Core } from '../core.ts'
import { PROBLEMS, type ProblemCode, Refusal } from '../shared/refusal.ts'
import { asTyped } from '../shared/text.ts'
import { grantOf, limitBody, MAX_BATCH_BYTES, MAX_BYTES } from './admission.ts'
import { ADVICE } from './advice.ts'
import type { UnderWay } from './concurrency.ts'
import { pathOf } from './path.ts'
import { answerProblem, problem } from './problem.ts'
import { rateLimitPerNetwork } from './rate-limit.ts'
import { checkVerb, checkWhom, scopeTold } from './scope.ts'
import { EXAMPLE, ProblemShape } from './shapes.ts'

/** What handlers find in Hono's context. */
export type Env = {
  /** The socket's request; there is none where the request comes from inside this process. */
  Bindings: Partial<HttpBindings>
  Variables: { client: string; grant: Grant; requestId: string }
}

/** The prefix of all routes of the API. */
export const BASE_PATH = '/v1'

type Route = RouteConfig & { 'x-scope': RouteScope; getRoutingPath(): string }

/**
 * A router for the API: its routes are documented and typed, and their requests are authorised, limited, validated and
 * measured.
 */
export function router(core: Core): OpenAPIHono<Env> {
  const app = new OpenAPIHono<Env>({ getPath: pathOf })
  const openapi = (route: Route, handler: Handler<Env>) => {
    app.openAPIRegistry.registerPath(route)
    return app.on(route.method, route.getRoutingPath(), stepOf(core, route, handler))
  }
  return Object.assign(app, { openapi: openapi as unknown as typeof app.openapi })
}

/**
 * Everything that a request passes, in one handler instead of middleware: Hono calls a single handler without a chain of
 * promises. A request costs more time than what the ledger does for it.
 */
function stepOf(core: Core, route: Route, handler: Handler<Env>): Handler<Env> {
  const { params, query } = route.request ?? {}
  const content = route.request?.body?.content['application/json']
  const body = content && 'schema' in content ? content.schema : undefined
  const isForMany = /(:batch|\/payouts)$/.test(route.path)
  const checkSize = limitBody(isForMany ? MAX_BATCH_BYTES : MAX_BYTES)
  const refuse = answerProblem(core.log)
  const limitRate = route['x-scope'] === 'anyone' ? rateLimitPerNetwork(core) : undefined
  // A request that waits for deliveries causes no work meanwhile, so it doesn't count.
  const waits = route.path.endsWith('/take')
  const scope = route['x-scope']
  const labels = { method: route.method.toUpperCase(), route: `${BASE_PATH}${route.getRoutingPath()}` }

  async function validate(c: Context<Env>) {
    if (params) c.req.addValidatedData('param', parse(params, c.req.param()))
    if (query) c.req.addValidatedData('query', parse(query, queryOf(c.req)))
    if (!body) return
    await checkSize(c, nothing)
    c.req.addValidatedData('json', parse(body, await jsonOf(c.req)))
  }

  /** Answers a program that may not do all. */
  async function answerLimited(grant: LimitedGrant, c: Context<Env>, next: Next) {
    checkVerb(grant.scope, scope)
    await validate(c)
    await checkWhom(core, grant, scope, c)
    const bounds = boundsOf(grant)
    return bounds ? withinBounds(bounds, () => handler(c, next)) : handler(c, next)
  }

  return async (c, next) => {
    const end = core.metrics.requests.startTimer(labels)
    const counts = !waits && c.env?.incoming !== undefined
    let underWay: UnderWay | undefined
    let answer: Response
    try {
      if (counts) underWay = core.concurrency.begin()
      if (limitRate) {
        await limitRate(c, nothing)
        await validate(c)
        answer = await handler(c, next)
      } else {
        const grant = await grantOf(core, c)
        underWay?.identify(grant.client)
        c.set('client', grant.client)
        c.set('grant', grant)
        answer = await (grant.scope === 'all'
          ? validate(c).then(() => handler(c, next))
          : answerLimited({ client: grant.client, scope: grant.scope }, c, next))
      }
    } catch (error) {
      answer = refuse(error, c)
    } finally {
      underWay?.end()
    }
    end({ status: answer.status })
    return answer
  }
}

const nothing = async () => {}

/** A parameter that is given twice becomes a list, which every schema refuses: it is not guessed which one was meant. */
const queryOf = (request: HonoRequest) =>
  Object.fromEntries(
    Object.entries(request.queries()).map(([name, values]) => [
      name,
      values.length === 1 ? values[0] : values,
    ]),
  )

/** Other types are refused, as a form on a foreign page could send those. */
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
  const problem = asTyped(`${place ? `${place}: ` : ''}${issue?.message}`, 200)
  throw new Refusal('invalid_request', { problem })
}

interface Described {
  /** What it does, in a few words. */
  summary: string
  /** What else there is to know of it: sentences of their own. */
  description: string
  /** What it asks of a token. */
  scope: RouteScope
  /** The route's own codes, without those that every route may answer. */
  refuses?: readonly ProblemCode[]
}

/** A route of the API, with what all of them share: the problem documents, and the bearer token unless it is for anyone. */
export const v1Route = <const R extends RouteConfig & Described>({
  refuses = [],
  scope,
  description,
  ...route
}: R) =>
  createRoute({
    ...(route as RouteConfig),
    security: scope === 'anyone' ? [] : [{ bearer: [] }],
    description: `${description}\n\n${scopeTold(scope)}`,
    'x-scope': scope,
    tags: [route.path.split('/')[1]?.replace(/:.*/, '') ?? ''],
    responses: {
      ...route.responses,
      ...problemsOf([
        'invalid_request',
        ...TOKEN_REFUSALS[typeof scope === 'string' ? scope : 'all'],
        ...refuses,
        'too_many_requests',
        'overloaded',
        'unavailable',
        'internal_error',
      ]),
      default: { description: 'A problem document (RFC 9457); `code` is stable', content: problemContent() },
    },
  }) as unknown as R & { getRoutingPath(): string }

/** What a route refuses a token with. */
const TOKEN_REFUSALS = {
  anyone: [],
  any: ['unauthorized', 'token_ended'],
  all: ['unauthorized', 'token_ended', 'not_allowed_by_token'],
} as const satisfies Record<string, readonly ProblemCode[]>

/** The responses of problem documents by their status, each with its codes, what they say, when they come and what to do then. */
function problemsOf(codes: ProblemCode[]) {
  const byStatus = Map.groupBy(new Set(codes), (code) => PROBLEMS[code][0])
  const responses = [...byStatus].map(([status, some]) => [
    status,
    {
      description: some.map(told).join('\n'),
      content: problemContent(some[0]),
    },
  ])
  return Object.fromEntries(responses)
}

function told(code: ProblemCode): string {
  const { when, remedy } = ADVICE[code]
  return `- \`${code}\`: ${PROBLEMS[code][1]} **When:** ${when} **Then:** ${remedy}`
}

const problemContent = (example?: ProblemCode) => ({
  'application/problem+json': {
    schema: ProblemShape,
    ...(example && { example: problem(example, EXAMPLE.requestId) }),
  },
})

/** A response that is JSON, for a route's definition. */
export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})

/** A required body that is JSON, for a route's definition. */
export const jsonBody = <T extends z.ZodType>(schema: T) => ({
  body: { required: true, content: { 'application/json': { schema } } },
})
