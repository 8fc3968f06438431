import { type Context, Hono } from 'hono'
import { accepts } from 'hono/accepts'
import { HTTPException } from 'hono/http-exception'
import { secureHeaders } from 'hono/secure-headers'
import { requestIdOf } from '../api/problem.ts'
import type { Core } from '../core.ts'
import { Refusal } from '../refusal.ts'
import { serveFiles } from '../shared/unchanging.ts'
import { claimPages } from './claim.ts'
import { docsPages } from './docs.ts'
import { healthPages } from './health.ts'
import { home } from './home.ts'
import { wordsFor } from './language.ts'
import { answerMessage } from './layout.ts'
import { fromOwnPages, sessionPages } from './session.ts'

/** What people see in a browser, and what those who run it ask. */
export function createPages(core: Core): Hono {
  const pages = new Hono()
  pages.onError((error, c) => answerFailure(core, error, c))
  for (const path of ['/', '/c/*', '/session/*', '/docs/*']) pages.use(path, guarded, fromOwnPages(core))
  pages.use('/c/*', async (c, next) => {
    c.header('X-Robots-Tag', 'noindex')
    await next()
  })
  return pages
    .get('/', home)
    .route('/', healthPages(core))
    .route(
      '/',
      serveFiles({
        'style.css': new URL('./assets/style.css', import.meta.url),
        'letter.css': new URL('./assets/letter.css', import.meta.url),
        'live.js': new URL('./assets/live.js', import.meta.url),
        'icon.svg': new URL('./assets/icon.svg', import.meta.url),
      }),
    )
    .route('/c', claimPages(core))
    .route('/session', sessionPages(core))
    .route('/docs', docsPages())
}

/** Tells a browser in words that there is nothing at an address; programs get their problem document. */
export async function notFound(c: Context) {
  if (!readsPages(c)) throw new Refusal('route_not_found')
  const words = wordsFor(c)
  await guarded(c, async () => {
    c.res = await answerMessage(c, words, 404, words.text('missing.title'), words.text('missing.text'))
  })
  return c.res
}

const readsPages = (c: Context) =>
  accepts(c, {
    header: 'Accept',
    supports: ['application/json', 'text/html'],
    default: 'application/json',
  }) === 'text/html'

/** Everything comes from us, and no other site may frame it. A handler may set a header of its own instead. */
const guarded = secureHeaders({
  overwrite: false,
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    connectSrc: ["'self'"],
    formAction: ["'self'"],
    baseUri: ["'none'"],
    frameAncestors: ["'none'"],
  },
  xFrameOptions: 'DENY',
  referrerPolicy: 'no-referrer',
  strictTransportSecurity: 'max-age=15552000',
})

function answerFailure(core: Core, error: Error, c: Context) {
  const words = wordsFor(c)
  const status = error instanceof Refusal || error instanceof HTTPException ? error.status : 500
  if (status < 500) {
    const key = status === 404 ? 'missing' : status === 403 ? 'stranger' : 'wrong'
    return answerMessage(c, words, status, words.text(`${key}.title`), words.text(`${key}.text`))
  }
  const requestId = requestIdOf(c)
  core.log.error({ err: error, requestId, method: c.req.method }, 'a page failed')
  c.header('X-Request-Id', requestId)
  const text = words.text('failed.text', { id: requestId })
  return answerMessage(c, words, 500, words.text('failed.title'), text)
}
