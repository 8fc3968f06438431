import { type ErrorHandler, Hono } from 'hono'
import { except } from 'hono/combine'
import type { Core } from '../core.ts'
import { measured } from '../operations/metrics.ts'
import { Refusal } from '../shared/refusal.ts'
import { limited, MOST_BYTES } from './admission.ts'
import { limitedPerCaller } from './limits.ts'
import { pathOf } from './path.ts'
import { RETRY_AFTER } from './problem.ts'
import { BASE_PATH, type Env } from './router.ts'

/** What asks the database or draws, for whoever comes along. */
const DEAR = ['/c/*', '/session/*', '/playground/*']
/** What is large, though it is made once. */
const LARGE = ['/docs/*', '/openapi.json']

/** A page's form holds a few short fields. */
const MOST_BYTES_OF_FORM = 4096

/** All that the service answers. */
export interface Root {
  fetch(request: Request, env?: object): Response | Promise<Response>
  /** A request from inside this process. */
  request(path: string, init?: RequestInit): Response | Promise<Response>
}

/**
 * Where every request begins. The API and the site are siblings, told apart by the path: a request for the API passes
 * nothing that is there for pages.
 * @param site.parts pages, what those who run the service ask, and where messengers call
 * @param site.answerFailure tells what went wrong to whoever asks anything of the site
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
    pathOf(request).startsWith(`${BASE_PATH}/`) ? api.fetch(request, env) : site.fetch(request, env)
  return { fetch, request: (path, init) => fetch(new Request(new URL(path, 'http://localhost'), init)) }
}

function createSite(core: Core): Hono<Env> {
  const site = new Hono<Env>({ getPath: pathOf })
  site.use(measured(core.metrics))
  site.use(async (c, next) => {
    await next()
    const seconds = RETRY_AFTER[c.res.status]
    if (seconds && !c.res.headers.has('Retry-After')) c.header('Retry-After', String(seconds))
    if (c.res.status === 429) c.header('Connection', 'close')
  })
  for (const path of ['/c/*', '/session/*']) site.use(path, limited(MOST_BYTES_OF_FORM))
  // A messenger's webhook knows how much that messenger may send.
  site.use(except('/*/webhook', limited(MOST_BYTES)))
  const perCaller = limitedPerCaller(core)
  for (const path of [...DEAR, ...LARGE]) site.use(path, perCaller)
  for (const path of DEAR)
    site.use(path, async (c, next) => {
      if (!c.env?.incoming) return next()
      // Who sends slowly would keep others out: a body is here before its request counts as under way.
      if (c.req.method === 'POST') await c.req.arrayBuffer().catch(brokenOff)
      core.concurrency.begin()
      try {
        await next()
      } finally {
        core.concurrency.end()
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
