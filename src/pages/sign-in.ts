import { type Context, Hono } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import { createMiddleware } from 'hono/factory'
import { html } from 'hono/html'
import { endSession, findSession, redeemTicket, SESSION_SECONDS } from '../access/sessions.ts'
import type { Core } from '../core.ts'
import type { KnownIdentity } from '../people/identity.ts'
import { type Html, type Words, wordsFor } from './language.ts'
import { answerMessage } from './layout.ts'

/** Signs a browser in by a one-time ticket, and out again. Only by POST, as link previews send a GET to every link. */
export const sessionPages = (core: Core) =>
  new Hono()
    .post('/', async (c) => {
      const words = wordsFor(c)
      const form = await formOf(c)
      const next = localPath(form('next') ?? '/')
      if (!next) return answerMessage(c, words, 400, words.text('wrong.title'), words.text('wrong.text'))
      const secret = await redeemTicket(core.db, form('ticket') ?? '')
      if (!secret) return answerMessage(c, words, 410, words.text('ticket.title'), words.text('ticket.text'))
      await beginSession(core, c, secret)
      return c.redirect(next, 303)
    })
    .post('/end', async (c) => {
      await endCurrentSession(core, c)
      const { name, ...options } = cookieOf(core)
      deleteCookie(c, name, options)
      return c.redirect(localPath((await formOf(c))('next') ?? '/') ?? '/', 303)
    })

/** The person who is signed in with this browser, if somebody is. */
export async function viewerOf(core: Core, c: Context): Promise<KnownIdentity | undefined> {
  const secret = getCookie(c, cookieOf(core).name)
  const session = secret && (await findSession(core.db, secret))
  return session ? core.people.recognise(session) : undefined
}

/** Keeps a browser signed in with a session's secret. Who was signed in there before is so no more. */
export async function beginSession(core: Core, c: Context, secret: string): Promise<void> {
  await endCurrentSession(core, c)
  const { name, ...options } = cookieOf(core)
  setCookie(c, name, secret, { ...options, maxAge: SESSION_SECONDS })
}

/** Says who is signed in, with a button to sign out. @param next the path to go to after that */
export const viewerBar = (words: Words, name: string, next: string): Html => html`<div class="viewer">
<span>${words.rich('youAre', { who: name })}</span>
<form method="post" action="/session/end">
<input type="hidden" name="next" value="${next}">
<button class="link-button">${words.text('signOut')}</button>
</form>
</div>`

/**
 * Protects against cross-site request forgery: refuses requests from other sites, whatever their type; Hono's `csrf` checks
 * forms only.
 */
export const csrfProtection = (core: Core) =>
  createMiddleware(async (c, next) => {
    const isRead = c.req.method === 'GET' || c.req.method === 'HEAD'
    if (isRead || isOwn(core, c)) return next()
    const words = wordsFor(c)
    return answerMessage(c, words, 403, words.text('stranger.title'), words.text('stranger.text'))
  })

/** Behind a proxy, the origin that browsers know is the one of the public URL. */
function isOwn(core: Core, c: Context): boolean {
  const origin = c.req.header('origin')
  if (origin === undefined) return c.req.header('sec-fetch-site') === 'same-origin'
  return origin === new URL(core.publicUrl()).origin || origin === new URL(c.req.url).origin
}

/** Reads a form; the answer returns its text fields by name. A body that is no form has none. */
export async function formOf(c: Context): Promise<(name: string) => string | undefined> {
  const fields = await c.req.parseBody().catch(() => ({}) as Record<string, never>)
  return (name) => (typeof fields[name] === 'string' ? fields[name] : undefined)
}

async function endCurrentSession(core: Core, c: Context) {
  const secret = getCookie(c, cookieOf(core).name)
  if (secret) await endSession(core.db, secret)
}

/** `__Host-` rejects cookies that a neighbouring site or a plain connection has set; it needs https (RFC 6265bis, 4.1.3.2). */
function cookieOf(core: Core) {
  const secure = core.publicUrl().startsWith('https:')
  const name = secure ? '__Host-session' : 'session'
  return { name, secure, path: '/', httpOnly: true, sameSite: 'Lax' } as const
}

/** A path on this site, as a browser would resolve it; undefined where it leads to another site. */
function localPath(next: string): string | undefined {
  const base = 'http://here.invalid'
  if (!next.startsWith('/') || !URL.canParse(next, base)) return undefined
  const { origin, pathname, search } = new URL(next, base)
  // `/.//elsewhere` resolves to this site, but its path `//elsewhere` by itself does not.
  return origin === base && !pathname.startsWith('//') ? pathname + search : undefined
}
