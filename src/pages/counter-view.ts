import { html } from 'hono/html'
import type { Asset } from '../money/amount.ts'
import type { Named } from '../shared/names.ts'
import { inAppAdvice } from './in-app.ts'
import type { Words } from './language.ts'
import type { Page } from './layout.ts'
import { nameOf } from './names.ts'

/** What somebody has typed at a counter, as far as it can be such a thing. */
export interface Typed {
  amount: string
  asset: string | undefined
  note: string | undefined
}

/** What the page of a counter shows. */
export interface CounterContent {
  /** The name of the app. */
  app: string
  /** The same, as whom it gets money. */
  who: Named
  /** Those that it takes. */
  assets: Asset[]
  typed: Typed
  /** The idempotency key of the form. */
  key: string
  /** Why nothing came of what was typed: a sentence. */
  problem: string | undefined
  /** The browser's. */
  userAgent: string | undefined
}

/** The page on which somebody types what they pay an app. */
export function counterPage(
  words: Words,
  { app, who: payee, assets, typed, key, problem, userAgent }: CounterContent,
): Page {
  const { text, rich } = words
  const who = nameOf(words, payee)
  return {
    title: text('counter.title', { who }),
    head: html`<link rel="stylesheet" href="/letter.css">`,
    main: html`<main><section class="card stack">
<h1>${rich('counter.title', { who })}</h1>
${inAppAdvice(words, userAgent)}
${problem ? html`<div class="problem" role="alert"><p>${problem}</p></div>` : ''}
<form class="typing" method="post" action="/at/${app}">
<input type="hidden" name="key" value="${key}">
<label for="amount">${text('counter.amount')}</label>
<input id="amount" name="amount" value="${typed.amount}" required maxlength="80" inputmode="decimal" autocomplete="off">
${assetField(words, assets, typed.asset)}
<label for="note">${text('counter.note')}</label>
<input id="note" name="note" value="${typed.note ?? ''}" maxlength="200" autocomplete="off" aria-describedby="note-hint">
<p id="note-hint">${text('counter.noteHint')}</p>
<button class="button">${text('counter.button')}</button>
</form>
<p>${text('counter.text')}</p>
</section></main>`,
  }
}

/** The choice of an asset; where there is one alone it is said. */
function assetField({ text }: Words, assets: Asset[], chosen: string | undefined) {
  const [only, another] = assets
  if (!another) return html`<p>${only?.code}</p>`
  return html`<label for="asset">${text('treasury.asset')}</label>
<select id="asset" name="asset">${assets.map(({ code }) => html`<option value="${code}"${code === chosen ? html` selected` : ''}>${code}</option>`)}</select>`
}
