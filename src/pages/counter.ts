import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { withinBounds } from '../access/bounds-under-way.ts'
import { boundsOf, type LimitedGrant, onlyAssetOf, selfOf } from '../access/scopes.ts'
import { counterGrant } from '../access/tokens.ts'
import { ask } from '../asks/ask.ts'
import type { Core } from '../core.ts'
import { AmountTyped, AssetCode, Key, Note } from '../http/shapes.ts'
import { Refusal } from '../shared/refusal.ts'
import { keyed } from '../transfers/idempotency.ts'
import { counterPage, type Typed } from './counter-view.ts'
import { wordsFor } from './language.ts'
import { answerMessage, answerPage } from './layout.ts'
import { qrPng, qrSvg } from './qr.ts'
import { sentenceOf } from './refusals.ts'
import { formOf } from './sign-in.ts'

/** For so many minutes what was typed at a counter can be paid. */
const MINUTES = 15

/** Where whoever comes types what they pay an app, as at the counter of a shop. What they type is asked for, and paid on its own page. */
export const counterPages = (core: Core) =>
  new Hono()
    .get('/:app', async (c) => {
      const grant = await find(c, core)
      return grant ? show(c, core, grant, typedIn(c.req.query())) : answerUnknown(c)
    })
    .post('/:app', async (c) => {
      const grant = await find(c, core)
      if (!grant) return answerUnknown(c)
      const field = await formOf(c)
      const typed = typedIn({ amount: field('amount'), asset: field('asset'), note: field('note') })
      try {
        const key = Key.safeParse(field('key')).data ?? randomUUID()
        return c.redirect(`/p/${await askAt(core, grant, typed, key)}`, 303)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        return show(c, core, grant, typed, error)
      }
    })
    .get('/:app/qr.svg', async (c) => {
      const link = await linkOf(c, core)
      const title = wordsFor(c).text('counter.title', { who: nameIn(c) })
      return link
        ? c.body(await qrSvg(link, title), 200, { 'content-type': 'image/svg+xml' })
        : c.text('', 404)
    })
    .get('/:app/qr.png', async (c) => {
      const link = await linkOf(c, core)
      return link
        ? c.body(new Uint8Array(qrPng(link)), 200, { 'content-type': 'image/png' })
        : c.text('', 404)
    })

/** Has the app ask for it, within what its token may. @returns the id of the ask @throws Refusal those of `ask` */
function askAt(core: Core, grant: LimitedGrant, { amount, asset, note }: Typed, key: string) {
  const content = { key, app: grant.client, amount, asset, note }
  const asked = {
    by: selfOf(grant.client, grant.scope),
    parts: [],
    amount,
    asset,
    note,
    minutes: MINUTES,
    request: keyed('pages', 'counter', content),
  }
  const bounds = boundsOf(grant)
  return bounds ? withinBounds(bounds, () => ask(core, asked)) : ask(core, asked)
}

/** What was typed, or stands in the address of a link that has it filled in. What can't be such a thing is left out. */
const typedIn = (given: {
  amount?: string | undefined
  asset?: string | undefined
  note?: string | undefined
}): Typed => ({
  amount: AmountTyped.safeParse(given.amount?.trim()).data ?? '',
  asset: AssetCode.safeParse(given.asset).data,
  note: Note.safeParse(given.note ?? '').data,
})

function show(c: Context, core: Core, grant: LimitedGrant, typed: Typed, refusal?: Refusal) {
  const words = wordsFor(c)
  const only = onlyAssetOf(grant)
  const self = selfOf(grant.client, grant.scope)
  const page = counterPage(words, {
    app: grant.client,
    who: { ...self, name: grant.client },
    assets: core.assets.of(self.messenger).filter(({ code }) => only === undefined || code === only),
    typed,
    key: randomUUID(),
    problem: refusal && sentenceOf(words, refusal),
    userAgent: c.req.header('user-agent'),
  })
  // With `no-referrer` browsers send forms with `Origin: null`, which could come from any site.
  c.header('Referrer-Policy', 'same-origin')
  return answerPage(c, words, page, refusal?.status)
}

function answerUnknown(c: Context) {
  const words = wordsFor(c)
  return answerMessage(c, words, 404, words.text('counter.unknown'), words.text('counter.unknownText'))
}

const nameIn = (c: Context) => c.req.param('app') ?? ''

const find = (c: Context, core: Core) => counterGrant(core.db, nameIn(c))

/** The address of the page, for whoever scans it. */
async function linkOf(c: Context, core: Core): Promise<string | undefined> {
  const grant = await find(c, core)
  if (!grant) return undefined
  c.header('Cache-Control', 'private, max-age=300')
  return `${core.publicUrl()}/at/${grant.client}`
}
