import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { findLink, redeemLink, SESSION_SECONDS } from '../access/sessions.ts'
import type { Core } from '../core.ts'
import { wordsFor } from './language.ts'
import { answerMessage, answerPage } from './layout.ts'
import { nameOf } from './names.ts'
import { beginSession } from './sign-in.ts'

/** The page of a link that signs in its reader. A GET, such as a preview's, uses nothing up: that is for its button. */
export const linkPages = (core: Core) =>
  new Hono()
    .get('/:secret{[\\w-]{43}}', async (c) => {
      const words = wordsFor(c)
      const { text, rich, moment } = words
      const link = await findLink(core.db, c.req.param('secret'))
      if (!link) return answerUsed(c)
      const who = nameOf(words, await core.people.recognise(link.who))
      const hours = String(SESSION_SECONDS / 3600)
      // With `no-referrer` browsers send forms with `Origin: null`, which could come from any site.
      c.header('Referrer-Policy', 'same-origin')
      return answerPage(c, words, {
        title: text('link.title', { who }),
        main: html`<main><section class="card stack">
<h1>${rich('link.title', { who })}</h1>
<p>${text('link.text', { until: moment(link.expiresAt), hours })}</p>
<form method="post"><button class="button">${text('link.button')}</button></form>
</section></main>`,
      })
    })
    .post('/:secret{[\\w-]{43}}', async (c) => {
      const link = await redeemLink(core.db, c.req.param('secret'))
      if (!link) return answerUsed(c)
      await beginSession(core, c, link.session)
      return c.redirect(link.leadsTo, 303)
    })

function answerUsed(c: Context) {
  const words = wordsFor(c)
  return answerMessage(c, words, 410, words.text('link.usedTitle'), words.text('link.usedText'))
}
