import type { HttpBindings } from '@hono/node-server'
import { createRoute, OpenAPIHono, type RouteConfig, type z } from '@hono/zod-openapi'
import type { Context, Handler, HonoRequest } from 'hono'
import type { Core } from '../core.ts'
import { PROBLEMS, type ProblemCode, Refusal } from '../shared/refusal.ts'
import { asTyped } from '../shared/text.ts'
import { clientOf, limited, MOST_BYTES, MOST_BYTES_OF_BATCH } from './admission.ts'
import { pathOf } from './path.ts'
import { answerProblem, problem } from './problem.ts'
import { EXAMPLE, ProblemShape } from './shapes.ts'

export type Env = {
  /** Of a socket; there are none where something inside this process asks. */
  Bindings: Partial<HttpBindings>
  Variables: { client: string; requestId: string }
}

/** Under which all routes of the API are. */
export const BASE_PATH = '/v1'

type Route = RouteConfig & { getRoutingPath(): string }

/** A router of routes that are documented, typed for the client, admitted, validated and counted. */
export function router(core: Core): OpenAPIHono<Env> {
  const app = new OpenAPIHono<Env>({ getPath: pathOf })
  const openapi = (route: Route, handler: Handler<Env>) => {
    app.openAPIRegistry.registerPath(route)
    return app.on(route.method, route.getRoutingPath(), stepOf(core, route, handler))
  }
  return Object.assign(app, { openapi: openapi as unknown as typeof app.openapi })
}

/**
 * Everything that a request passes on its way, in one step: where a route has no middleware, and nothing else matches its
 * path, Hono calls it without a chain of promises. A request costs the service more than what the ledger does for it.
 */
function stepOf(core: Core, route: Route, handler: Handler<Env>): Handler<Env> {
  const { params, query } = route.request ?? {}
  const content = route.request?.body?.content['application/json']
  const body = content && 'schema' in content ? content.schema : undefined
  const within = limited(route.path.endsWith(':batch') ? MOST_BYTES_OF_BATCH : MOST_BYTES)
  const refuse = answerProblem(core.log)
  // Who waits for deliveries asks for no work meanwhile.
  const waits = route.path.endsWith('/take')
  const labels = { method: route.method.toUpperCase(), route: `${BASE_PATH}${route.getRoutingPath()}` }

  async function validate(c: Context<Env>) {
    if (params) c.req.addValidatedData('param', parse(params, c.req.param()))
    if (query) c.req.addValidatedData('query', parse(query, queryOf(c.req)))
    if (!body) return
    await within(c, nothing)
    c.req.addValidatedData('json', parse(body, await jsonOf(c.req)))
  }

  return async (c, next) => {
    const end = core.metrics.requests.startTimer(labels)
    const counts = !waits && c.env?.incoming !== undefined
    let admitted = false
    let answer: Response
    try {
      if (counts) core.concurrency.begin()
      admitted = counts
      c.set('client', await clientOf(core, c))
      await validate(c)
      answer = await handler(c, next)
    } catch (error) {
      answer = refuse(error, c)
    } finally {
      if (admitted) core.concurrency.end()
    }
    end({ status: answer.status })
    return answer
  }
}

const nothing = async () => {}

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
  const problem = asTyped(`${place ? `${place}: ` : ''}${issue?.message}`, 200)
  throw new Refusal('invalid_request', { problem })
}

interface Refusing {
  /** The codes that are the route's own; what every route may answer goes without saying. */
  refuses?: readonly ProblemCode[]
}

/** A route with what all routes of `/v1` share: the bearer token and the problem document. */
export const v1Route = <const R extends RouteConfig & Refusing>({ refuses = [], ...route }: R) =>
  createRoute({
    ...(route as RouteConfig),
    tags: [route.path.split('/')[1]?.replace(/:.*/, '') ?? ''],
    security: [{ bearer: [] }],
    responses: {
      ...route.responses,
      ...problemsOf(['invalid_request', 'unauthorized', ...refuses, 'unavailable', 'internal_error']),
      default: { description: 'A problem document (RFC 9457); `code` is stable', content: problemContent() },
    },
  }) as unknown as R & { getRoutingPath(): string }

/** Responses by their status, each with its codes and what they say. */
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

export const json = <T extends z.ZodType>(schema: T, description: string) => ({
  description,
  content: { 'application/json': { schema } },
})

export const jsonBody = <T extends z.ZodType>(schema: T) => ({
  body: { required: true, content: { 'application/json': { schema } } },
})
