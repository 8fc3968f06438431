import { Hono } from 'hono'
import type { Core } from '../core.ts'
import { serveFiles } from '../shared/static-content.ts'
import { checkoutPages } from './checkout.ts'
import { claimPages } from './claim.ts'
import { counterPages } from './counter.ts'
import { docsPages } from './docs.ts'
import { securityHeaders } from './failure.ts'
import { groupPages } from './groups/app.ts'
import { home } from './home.ts'
import { linkPages } from './link.ts'
import { mePages } from './me/app.ts'
import { operatorPages } from './operators/app.ts'
import { phrasePages } from './phrase.ts'
import { proofPages } from './proof/app.ts'
import { csrfProtection, sessionPages } from './sign-in.ts'

/** For whoever has the link, or is signed in: no search engine lists them. */
const PRIVATE = [
  '/c/*',
  '/p/*',
  '/at/*',
  '/phrase/*',
  '/session/*',
  '/groups/*',
  '/me/*',
  '/proof/*',
  '/operators/*',
]

/**
 * The pages that people see in a browser.
 * @param describe makes the OpenAPI document
 */
export function createPages(core: Core, describe: () => object): Hono {
  const pages = new Hono()
  for (const path of ['/', '/docs/*', ...PRIVATE]) pages.use(path, securityHeaders, csrfProtection(core))
  for (const path of PRIVATE)
    pages.use(path, async (c, next) => {
      c.header('X-Robots-Tag', 'noindex')
      await next()
    })
  return pages
    .get('/', home)
    .route(
      '/',
      serveFiles({
        'style.css': new URL('./assets/style.css', import.meta.url),
        'letter.css': new URL('./assets/letter.css', import.meta.url),
        'books.css': new URL('./assets/books.css', import.meta.url),
        'rows.js': new URL('./assets/rows.js', import.meta.url),
        'progress.js': new URL('./assets/progress.js', import.meta.url),
        'share.js': new URL('./assets/share.js', import.meta.url),
        'lots.js': new URL('./assets/lots.js', import.meta.url),
        'live.js': new URL('./assets/live.js', import.meta.url),
        'proof.js': new URL('./assets/proof.js', import.meta.url),
        'verify.mjs': new URL('./assets/verify.mjs', import.meta.url),
        'icon.svg': new URL('./assets/icon.svg', import.meta.url),
      }),
    )
    .route('/c', claimPages(core))
    .route('/p', checkoutPages(core))
    .route('/at', counterPages(core))
    .route('/phrase', phrasePages(core))
    .route('/session', sessionPages(core))
    .route('/session', linkPages(core))
    .route('/groups', groupPages(core))
    .route('/me', mePages(core))
    .route('/proof', proofPages(core))
    .route('/operators', operatorPages(core))
    .route('/', docsPages(describe))
}
