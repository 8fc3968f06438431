import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { validate } from 'uuid'
import { type Codes, codesOf } from '../asks/codes.ts'
import { payAsk } from '../asks/pay.ts'
import { type AskView, askViews } from '../asks/view.ts'
import type { Core } from '../core.ts'
import { Key } from '../http/shapes.ts'
import { OutcomeUnknown } from '../ledger/ledger.ts'
import type { Identity, KnownIdentity } from '../people/identity.ts'
import { Refusal } from '../shared/refusal.ts'
import { keyed } from '../transfers/idempotency.ts'
import { amountOf, checkoutPage, type PageOfAsk, type Payer } from './checkout-view.ts'
import { wordsFor } from './language.ts'
import { answerMessage, answerPage } from './layout.ts'
import { qrPng, qrSvg } from './qr.ts'
import { sentenceOf } from './refusals.ts'
import { formOf, viewerOf } from './sign-in.ts'

/** The page of an ask, where whoever has its address can pay. A GET moves nothing; people who are signed in pay by a POST. */
export const checkoutPages = (core: Core) =>
  new Hono()
    .get('/:address{.+}', async (c, next) => {
      const id = idBefore(c.req.param('address'))
      if (id) return c.redirect(`/p/${id}`)
      await next()
    })
    .get('/:id', async (c) => show(c, core, await viewerOf(core, c)))
    .post('/:id', async (c) => {
      const viewer = await viewerOf(core, c)
      if (!viewer) return show(c, core, undefined, { status: 401, problem: 'signedOut' })
      const key = Key.safeParse((await formOf(c))('key')).data ?? randomUUID()
      const refused = await tryToPay(core, await find(c, core), viewer, key)
      return refused ? show(c, core, viewer, refused) : c.redirect(c.req.path, 303)
    })
    // Open pages wait here, and then read anew.
    .get('/:id/over', async (c) => {
      c.header('Cache-Control', 'no-store')
      const id = c.req.param('id')
      const isOver = validate(id) ? await core.askWatch.over(id.toLowerCase(), c.req.raw.signal) : undefined
      return c.body(null, isOver === undefined ? 404 : isOver ? 200 : 204)
    })
    .get(`/:id/:file{${PICTURE}}`, async (c) => {
      const [what = '', kind] = c.req.param('file').split('.')
      const ask = await find(c, core)
      const says = ask && (what === 'qr' ? ask.page : codesOf(core.config, ask)[what as keyof Codes])
      if (!says) return c.text('', 404)
      c.header('Cache-Control', 'private, max-age=60')
      if (kind === 'png') return c.body(new Uint8Array(qrPng(says)), 200, { 'content-type': 'image/png' })
      const title = wordsFor(c).text('qrTitle', { amount: amountOf(ask) })
      return c.body(await qrSvg(says, title), 200, { 'content-type': 'image/svg+xml' })
    })

/** The QR code of the page itself, or a code by which the ask is paid in another system. */
const PICTURE = '(?:qr|emvco|epc)\\.(?:svg|png)'

/** The id in a URL that is too long, as chat programs take text after a link for a part of it. */
const idBefore = (address: string) => /^([\da-f-]{36})(?:[^\w\-/].*|\/[^\w-]*)$/is.exec(address)?.[1]

/** Why a payment came to nothing: what the ask says by itself, or what else went wrong. */
interface Refused {
  status: ContentfulStatusCode
  refusal?: Refusal
  problem?: 'signedOut' | 'unknown'
  /** The idempotency key for a retry, where the first try may have worked. */
  key?: string
}

/** What the page says by itself. */
const SHOWN = ['ask_paid', 'ask_ended', 'ask_expired', 'ask_own', 'wrong_asset']

async function tryToPay(
  core: Core,
  ask: PageOfAsk | undefined,
  { messenger, id, person }: KnownIdentity,
  key: string,
): Promise<Refused | undefined> {
  // The page says that there is none.
  if (!ask) return { status: 404 }
  const content = { key, ask: ask.id, person }
  const request = keyed('pages', 'pay ask', content)
  try {
    await payAsk(core, { askId: ask.id, by: { messenger, id }, request })
    return undefined
  } catch (error) {
    if (error instanceof OutcomeUnknown) return { status: 503, problem: 'unknown', key }
    if (!(error instanceof Refusal)) throw error
    const { status, code } = error
    return SHOWN.includes(code) ? { status } : { status, refusal: error }
  }
}

async function show(c: Context, core: Core, viewer: KnownIdentity | undefined, refused?: Refused) {
  const words = wordsFor(c)
  const ask = await find(c, core)
  if (!ask) return answerMessage(c, words, 404, words.text('checkout.unknown'), words.text('unknown.text'))
  const known = await core.messengers.known()
  const page = checkoutPage(words, {
    ask,
    now: new Date(),
    viewer: viewer && (await payerOf(core, ask, viewer)),
    messengers: known.filter(({ name, alive }) => alive && core.assets.codesOf(name).has(ask.asset)),
    key: refused?.key ?? randomUUID(),
    problem: refused?.refusal
      ? sentenceOf(words, refused.refusal)
      : refused?.problem && words.text(`refused.${refused.problem}`),
    userAgent: c.req.header('user-agent'),
  })
  // With `no-referrer` browsers send forms with `Origin: null`, which could come from any site.
  if (viewer) c.header('Referrer-Policy', 'same-origin')
  return answerPage(c, words, page, refused?.status)
}

async function payerOf(core: Core, { by, parts, asset }: AskView, viewer: KnownIdentity): Promise<Payer> {
  const isViewer = async (who: Identity | null | undefined) =>
    !!who && (await core.people.find(who.messenger, who.id))?.person === viewer.person
  const [hasAsked, hasPaid] = await Promise.all([isViewer(by), isViewer(parts[0]?.paidBy)])
  return { who: viewer, hasAsked, hasPaid, canHave: core.assets.codesOf(viewer.messenger).has(asset) }
}

/** An ask that has a page. */
async function find(c: Context, core: Core): Promise<PageOfAsk | undefined> {
  const id = c.req.param('id') ?? ''
  const [ask] = validate(id) ? await askViews(core, [id]) : []
  return ask?.page ? { ...ask, page: ask.page } : undefined
}
