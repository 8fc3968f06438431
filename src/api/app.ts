import type { MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { createMiddleware } from 'hono/factory'
import { routePath } from 'hono/route'
import type { Core } from '../core.ts'
import { Refusal } from '../refusal.ts'
import { assetsApi } from './assets.ts'
import { claimsApi } from './claims.ts'
import { deliveriesApi } from './deliveries.ts'
import { groupsApi } from './groups.ts'
import { issuesApi } from './issues.ts'
import { peopleApi } from './people.ts'
import { answerProblem } from './problem.ts'
import { type Env, router } from './router.ts'
import { transfersApi } from './transfers.ts'

const MOST_BYTES = 64 * 1024
const MOST_BYTES_OF_MANY = 1024 * 1024

/** The whole API. Its type is what a typed client is made from: `hc<Api>`. */
export type Api = ReturnType<typeof createApi>

export function createApi(core: Core) {
  const app = router()
  app.use(measured(core))
  app.use(admitted(core))
  app.onError(answerProblem(core.log))
  app.notFound(() => {
    throw new Refusal('route_not_found')
  })
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'Made by `passalong token NAME`',
  })
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Passalong',
      version: '1',
      description:
        'Pass money along in any chat. Amounts are decimal strings, times RFC 3339, errors RFC 9457 problem documents with a stable `code`.',
    },
  })
  return app
    .route('/v1', transfersApi(core))
    .route('/v1', claimsApi(core))
    .route('/v1', peopleApi(core))
    .route('/v1', groupsApi(core))
    .route('/v1', issuesApi(core))
    .route('/v1', assetsApi(core))
    .route('/v1', deliveriesApi(core))
}

/** A request whose body is not too large and which, where it asks for the API, has a token. */
function admitted(core: Core) {
  const [one, many] = [limited(MOST_BYTES), limited(MOST_BYTES_OF_MANY)]
  return createMiddleware<Env>(async (c, next) => {
    const { path } = c.req
    if (path.startsWith('/v1/')) c.set('client', await authenticated(core, c.req.header('authorization')))
    return (path.endsWith(':batch') ? many : one)(c, next)
  })
}

async function authenticated(core: Core, authorization = ''): Promise<string> {
  const token = /^Bearer ([\w-]{20,200})$/i.exec(authorization)?.[1]
  const client = token && (await core.tokens.clientOf(token))
  if (!client) throw new Refusal('unauthorized')
  return client
}

/** A length that is told is believed, as the server reads no further; to count a body costs a stream. */
function limited(mostBytes: number): MiddlewareHandler<Env> {
  const tooLarge = () => {
    throw new Refusal('invalid_request', { problem: `more than ${mostBytes} bytes` })
  }
  const counted = bodyLimit({ maxSize: mostBytes, onError: tooLarge })
  return (c, next) => {
    const length = c.req.header('content-length')
    if (length === undefined || c.req.header('transfer-encoding') !== undefined) return counted(c, next)
    return Number(length) > mostBytes ? tooLarge() : next()
  }
}

/** By route pattern: a raw path may carry a code. */
const measured = (core: Core) =>
  createMiddleware<Env>(async (c, next) => {
    const end = core.metrics.requests.startTimer()
    await next()
    end({ method: c.req.method, route: routePath(c, -1), status: c.res.status })
  })
