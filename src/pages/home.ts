import type { Context } from 'hono'
import { html } from 'hono/html'
import { wordsFor } from './language.ts'
import { answerPage } from './layout.ts'

/** The start page of a service without the playground. */
export function home(c: Context) {
  const words = wordsFor(c)
  return answerPage(c, words, {
    title: words.text('slogan'),
    main: html`<main><section class="card stack">
<h1>${words.text('slogan')}</h1>
<p>${words.text('home.text')}</p>
<a class="button" href="/phrase">${words.text('home.phrase')}</a>
<a class="button quiet" href="/docs">${words.text('home.docs')}</a>
</section></main>`,
  })
}
