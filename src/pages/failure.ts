import type { Context } from 'hono'
import { accepts } from 'hono/accepts'
import { secureHeaders } from 'hono/secure-headers'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Logger } from 'pino'
import { answerProblem, problemOf, requestIdOf } from '../http/problem.ts'
import { BASE_PATH } from '../http/router.ts'
import { wordsFor } from './language.ts'
import { answerMessage } from './layout.ts'

/** Answers an error: browsers get a page that says what went wrong, programs a problem document. */
export const answerFailure =
  (log: Logger) =>
  async (error: unknown, c: Context): Promise<Response> => {
    const answer = readsPages(c) ? await answerPage(log, error, c) : answerProblem(log)(error, c)
    answer.headers.append('Vary', 'Accept')
    return answer
  }

async function answerPage(log: Logger, error: unknown, c: Context): Promise<Response> {
  const id = requestIdOf(c)
  const { code, status, retryAfter } = problemOf(log, error, id)
  if (status >= 500) c.header('X-Request-Id', id)
  if (retryAfter) c.header('Retry-After', String(retryAfter))
  const key = EXPLAINED.find((one) => one === code) ?? kindOf(status, retryAfter)
  const words = wordsFor(c)
  const [title, text] = [words.text(`${key}.title`), words.text(`${key}.text`, { id })]
  await securityHeaders(c, async () => {
    const link = key === 'not_admin' ? { href: '/me', text: words.text('frame.me') } : undefined
    c.res = await answerMessage(c, words, status as ContentfulStatusCode, title, text, link)
  })
  return c.res
}

/** Refusals that say what to do. */
const EXPLAINED = ['signed_out', 'not_admin', 'not_member', 'not_operator', 'admins_unknown'] as const

function kindOf(status: number, retryAfter: number | undefined) {
  if (retryAfter) return 'busy'
  if (status >= 500) return 'failed'
  return status === 404 ? 'missing' : 'wrong'
}

const readsPages = (c: Context) =>
  !c.req.path.startsWith(`${BASE_PATH}/`) &&
  accepts(c, {
    header: 'Accept',
    supports: ['application/json', 'text/html'],
    default: 'application/json',
  }) === 'text/html'

/** Security headers: everything comes from this site, and no other one may frame it. A handler's own header has precedence. */
export const securityHeaders = secureHeaders({
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
