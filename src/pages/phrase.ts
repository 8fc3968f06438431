import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { sealedPhrase } from '../access/phrases.ts'
import type { Core } from '../core.ts'
import { Key, Phrase } from '../http/shapes.ts'
import { OutcomeUnknown } from '../ledger/ledger.ts'
import type { KnownIdentity } from '../people/identity.ts'
import { Refusal } from '../shared/refusal.ts'
import { collect } from '../transfers/collect.ts'
import { keyed } from '../transfers/idempotency.ts'
import { wordsFor } from './language.ts'
import { answerPage } from './layout.ts'
import { phrasePage } from './phrase-view.ts'
import { sentenceOf } from './refusals.ts'
import { formOf, viewerOf } from './sign-in.ts'

/** Where somebody types words that open a transfer. Only who is signed in can try some: each guess is somebody's. */
export const phrasePages = (core: Core) =>
  new Hono()
    .get('/', async (c) => show(c, core, await viewerOf(core, c)))
    .post('/', async (c) => {
      const viewer = await viewerOf(core, c)
      const words = wordsFor(c)
      if (!viewer) return show(c, core, undefined, { status: 401, problem: words.text('refused.signedOut') })
      const field = await formOf(c)
      const key = Key.safeParse(field('key')).data ?? randomUUID()
      try {
        return c.redirect(await open(core, viewer, field('words') ?? '', key), 303)
      } catch (error) {
        if (error instanceof OutcomeUnknown)
          return show(c, core, viewer, { status: 503, problem: words.text('refused.unknown'), key })
        if (!(error instanceof Refusal)) throw error
        if (error.retryAfter) c.header('Retry-After', String(error.retryAfter))
        const problem = sentenceOf(words, error)
        return show(c, core, viewer, { status: error.status, problem })
      }
    })

/** Collects what the words open, or has its sender asked, and answers the address of its page. */
async function open(core: Core, { messenger, id, person }: KnownIdentity, typed: string, key: string) {
  const phrase = Phrase.safeParse(typed).data
  if (phrase === undefined) throw new Refusal('phrase_unknown')
  const content = { key, person, phrase: sealedPhrase(core.secretKey, phrase) }
  const request = keyed('pages', 'phrase', content)
  const transfer = await collect(core, { what: { phrase }, by: { messenger, id }, request }).then(
    (collected) => collected.transfer,
    async (error: unknown) => {
      const isAsked = error instanceof Refusal && error.code === 'awaiting_sender'
      const asked = isAsked && (await core.transfers.byId(String(error.details.transfer)))
      if (!asked) throw error
      return asked
    },
  )
  const { link } = core.transfers.withCode(await core.transfers.view(transfer))
  return new URL(link).pathname
}

async function show(
  c: Context,
  core: Core,
  viewer: KnownIdentity | undefined,
  {
    status = 200,
    problem,
    key = randomUUID(),
  }: { status?: ContentfulStatusCode; problem?: string; key?: string } = {},
) {
  const known = await core.messengers.known()
  const messengers = known.filter(({ alive }) => alive)
  // With `no-referrer` browsers send forms with `Origin: null`, which could come from any site.
  if (viewer) c.header('Referrer-Policy', 'same-origin')
  const words = wordsFor(c)
  return answerPage(c, words, phrasePage(words, { viewer, messengers, key, problem }), status)
}
