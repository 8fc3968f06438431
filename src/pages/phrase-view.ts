import { html } from 'hono/html'
import type { MessengerLink } from '../delivery/messengers.ts'
import type { Identity } from '../people/identity.ts'
import { MAX_PHRASE } from '../shared/phrase.ts'
import type { Html, Words } from './language.ts'
import type { Page } from './layout.ts'
import { nameOf } from './names.ts'
import { viewerBar } from './sign-in.ts'
import { linkTo, titleIn } from './to-messengers.ts'

/** The page where somebody who has nothing but the words types them. */
export function phrasePage(words: Words, { viewer, messengers, key, problem }: PhraseContent): Page {
  const { text } = words
  return {
    title: text('phrase.title'),
    head: html`<link rel="stylesheet" href="/letter.css">`,
    viewer: viewer && viewerBar(words, nameOf(words, viewer), '/phrase'),
    main: html`<main><section class="card stack">
<h1>${text('phrase.title')}</h1>
${problem ? html`<div class="problem" role="alert"><p>${problem}</p></div>` : ''}
${viewer ? phraseForm(words, key) : html`<p>${text('phrase.toBot')}</p>${messengers.map((one) => botLink(words, one))}<p>${text('phrase.signIn')}</p>`}
</section></main>`,
  }
}

/** What that page shows. */
export interface PhraseContent {
  viewer: Identity | undefined
  messengers: MessengerLink[]
  /** The idempotency key of its form. */
  key: string
  /** Why the last words opened nothing. */
  problem: string | undefined
}

/** The field for the words. */
export const phraseForm = (
  { text }: Words,
  key: string,
): Html => html`<form class="typing" method="post" action="/phrase">
<input type="hidden" name="key" value="${key}">
<label for="words">${text('phrase.label')}</label>
<input id="words" name="words" required maxlength="${MAX_PHRASE}" autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="words-hint">
<p id="words-hint">${text('phrase.hint')}</p>
<button class="button">${text('phrase.button')}</button>
</form>`

/** Opens the bot, for somebody who types the words there. */
const botLink = (words: Words, one: MessengerLink) =>
  html`<a class="button" href="${linkTo(one, 'hello')}" rel="noreferrer">${words.text('phrase.open', { messenger: titleIn(words, one) })}</a>`
