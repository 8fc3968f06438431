import { type ErrorHandler, Hono } from 'hono'
import { except } from 'hono/combine'
import type { Core } from '../core.ts'
import { measureRequests } from '../operations/metrics.ts'
import { Refusal } from '../shared/refusal.ts'
import { limitBody, MAX_BATCH_BYTES, MAX_BYTES } from './admission.ts'
import { pathOf } from './path.ts'
import { RETRY_AFTER } from './problem.ts'
import { MAX_ASKS_PER_MINUTE, rateLimitPerNetwork } from './rate-limit.ts'
import { underItsId } from './request-id.ts'
import { BASE_PATH, type Env } from './router.ts'

/** Expensive paths that anybody can request: they query the database, or draw. */
const EXPENSIVE = [
  '/c/*',
  '/p/*',
  '/at/*',
  '/phrase/*',
  '/session/*',
  '/groups/*',
  '/me/*',
  '/proof/*',
  '/operators/*',
  '/playground/*',
]
/** Where open pages wait for a change. */
const WAITS = /^\/p\/[^/]+\/over$/
/** Paths with large answers, though these are made once. */
const LARGE = ['/docs/*', '/openapi.json']

/** The form of most pages holds a few short fields. */
const MAX_FORM_BYTES = 4096
/** Pages that take the payouts of thousands of people in one form. */
const WITH_LISTS = ['/groups/*', '/operators/*']

/** Everything that the service answers over HTTP. */
export interface Root {
  fetch(request: Request, env?: object): Response | Promise<Response>
  /** Makes a request from inside this process. */
  request(path: string, init?: RequestInit): Response | Promise<Response>
}

/**
 * Routes every request, by its path, to the API or to the site. They are siblings: a request for the API passes none of the
 * site's middleware.
 * @param site.parts pages, health checks and the routes of messengers, such as webhooks
 * @param site.answerFailure answers the errors of the site
 */
export function createRoot(
  core: Core,
  api: Hono<Env>,
  { parts, answerFailure }: { parts: Hono[]; answerFailure: ErrorHandler },
): Root {
  const site = createSite(core)
  site.onError(answerFailure)
  for (const part of parts) site.route('/', part)
  const fetch: Root['fetch'] = (request, env) =>
    underItsId(request, () =>
      pathOf(request).startsWith(`${BASE_PATH}/`) ? api.fetch(request, env) : site.fetch(request, env),
    )
  return { fetch, request: (path, init) => fetch(new Request(new URL(path, 'http://localhost'), init)) }
}

function createSite(core: Core): Hono<Env> {
  const site = new Hono<Env>({ getPath: pathOf })
  site.use(measureRequests(core.metrics))
  site.use(async (c, next) => {
    await next()
    const seconds = RETRY_AFTER[c.res.status]
    if (seconds && !c.res.headers.has('Retry-After')) c.header('Retry-After', String(seconds))
    if (c.res.status === 429) c.header('Connection', 'close')
  })
  for (const path of ['/c/*', '/p/*', '/at/*', '/session/*', '/me/*'])
    site.use(path, limitBody(MAX_FORM_BYTES))
  for (const path of WITH_LISTS) site.use(path, limitBody(MAX_BATCH_BYTES))
  // A messenger's webhook has a limit of its own.
  site.use(except(['/*/webhook', ...WITH_LISTS], limitBody(MAX_BYTES)))
  const rateLimit = rateLimitPerNetwork(core)
  for (const path of [...EXPENSIVE, ...LARGE]) site.use(path, rateLimit)
  site.on('POST', '/at/*', rateLimitPerNetwork(core, MAX_ASKS_PER_MINUTE))
  for (const path of EXPENSIVE)
    site.use(path, async (c, next) => {
      // What waits for a change causes no work meanwhile.
      if (!c.env?.incoming || WAITS.test(c.req.path)) return next()
      // The body is read before the request counts as under way, so that slow senders don't use up the limit.
      if (c.req.method === 'POST') await c.req.arrayBuffer().catch(brokenOff)
      const underWay = core.concurrency.begin()
      try {
        await next()
      } finally {
        underWay.end()
      }
    })
  site.notFound(() => {
    throw new Refusal('route_not_found')
  })
  return site
}

const brokenOff = () => {
  throw new Refusal('invalid_request', { problem: 'the body broke off' })
}
