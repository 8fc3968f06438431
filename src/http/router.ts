import type { HttpBindings } from '@hono/node-server'
import { createRoute, OpenAPIHono, type RouteConfig, type z } from '@hono/zod-openapi'
import type { Context, Handler, HonoRequest } from 'hono'
import type { Core } from '../core.ts'
import { PROBLEMS, type ProblemCode, Refusal } from '../shared/refusal.ts'
import { asTyped } from '../shared/text.ts'
import { clientOf, limitBody, MAX_BATCH_BYTES, MAX_BYTES } from './admission.ts'
import type { UnderWay } from './concurrency.ts'
import { pathOf } from './path.ts'
import { answerProblem, problem } from './problem.ts'
import { rateLimitPerNetwork } from './rate-limit.ts'
import { EXAMPLE, ProblemShape } from './shapes.ts'

/** What handlers find in Hono's context. */
export type Env = {
  /** The socket's request; there is none where the request comes from inside this process. */
  Bindings: Partial<HttpBindings>
  Variables: { client: string; requestId: string }
}

/** The prefix of all routes of the API. */
export const BASE_PATH = '/v1'

type Route = RouteConfig & { getRoutingPath(): string }

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
  const limitRate = isForAnyone(route) ? rateLimitPerNetwork(core) : undefined
  // A request that waits for deliveries causes no work meanwhile, so it doesn't count.
  const waits = route.path.endsWith('/take')
  const labels = { method: route.method.toUpperCase(), route: `${BASE_PATH}${route.getRoutingPath()}` }

  async function validate(c: Context<Env>) {
    if (params) c.req.addValidatedData('param', parse(params, c.req.param()))
    if (query) c.req.addValidatedData('query', parse(query, queryOf(c.req)))
    if (!body) return
    await checkSize(c, nothing)
    c.req.addValidatedData('json', parse(body, await jsonOf(c.req)))
  }

  return async (c, next) => {
    const end = core.metrics.requests.startTimer(labels)
    const counts = !waits && c.env?.incoming !== undefined
    let underWay: UnderWay | undefined
    let answer: Response
    try {
      if (counts) underWay = core.concurrency.begin()
      if (limitRate) await limitRate(c, nothing)
      else {
        const client = await clientOf(core, c)
        underWay?.identify(client)
        c.set('client', client)
      }
      await validate(c)
      answer = await handler(c, next)
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

interface Refusing {
  /** The route's own codes, without those that every route may answer. */
  refuses?: readonly ProblemCode[]
}

/** `security: []` stands for a route that answers anyone, without a token. */
const isForAnyone = ({ security }: RouteConfig) => security?.length === 0

/** A route of the API, with what all of them share: the problem documents, and the bearer token unless it is for anyone. */
export const v1Route = <const R extends RouteConfig & Refusing>({ refuses = [], ...route }: R) =>
  createRoute({
    security: [{ bearer: [] }],
    ...(route as RouteConfig),
    tags: [route.path.split('/')[1]?.replace(/:.*/, '') ?? ''],
    responses: {
      ...route.responses,
      ...problemsOf([
        'invalid_request',
        ...(isForAnyone(route as RouteConfig) ? [] : (['unauthorized'] as const)),
        ...refuses,
        'too_many_requests',
        'overloaded',
        'unavailable',
        'internal_error',
      ]),
      default: { description: 'A problem document (RFC 9457); `code` is stable', content: problemContent() },
    },
  }) as unknown as R & { getRoutingPath(): string }

/** The responses of problem documents by their status, each with its codes and their sentences. */
function problemsOf(codes: ProblemCode[]) {
  const byStatus = Map.groupBy(new Set(codes), (code) => PROBLEMS[code][0])
  const responses = [...byStatus].map(([status, some]) => [
    status,
    {
      description: some.map((code) => `- \`${code}\`: ${PROBLEMS[code][1]}`).join('\n'),
      content: problemContent(some[0]),
    },
  ])
  return Object.fromEntries(responses)
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
