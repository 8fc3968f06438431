import type { Context } from 'hono'
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Identity } from '../people/identity.ts'
import type { Html, Words } from './language.ts'
import { answerPage } from './layout.ts'
import { nameOf } from './names.ts'
import { viewerBar } from './sign-in.ts'

/** A page for somebody who is signed in. */
export interface SignedInPage {
  viewer: Identity
  /** Where they are, such as the group's title. */
  place: string
  /** Where else they may go, such as to their other groups. */
  places: Link[]
  /** The pages of this place. */
  tabs?: (Link & { isCurrent: boolean })[]
  title: string
  /** Sections, which stand below the title. */
  main: Html
  /** More elements for the head. */
  head?: Html | undefined
  status?: ContentfulStatusCode | undefined
}

interface Link {
  href: string
  text: string
}

/** Answers a page for somebody who is signed in: where they are, where else they may go, and the page itself. */
export function answerSignedIn(c: Context, words: Words, page: SignedInPage) {
  // With `no-referrer` browsers send forms with `Origin: null`, which could come from any site.
  c.header('Referrer-Policy', 'same-origin')
  const { viewer, title, main, head, status } = page
  return answerPage(
    c,
    words,
    {
      title: `${title} · ${page.place}`,
      head: html`<link rel="stylesheet" href="/books.css">${head ?? ''}`,
      viewer: viewerBar(words, nameOf(words, viewer), '/'),
      main: html`<div class="place">
${placeOf(words, page)}
${tabsOf(words, page)}
</div>
<main class="books">
<h1>${title}</h1>
${main}
</main>`,
    },
    status,
  )
}

/** The name of the place, which opens the list of the others. */
const placeOf = ({ text }: Words, { place, places }: SignedInPage): Html => html`<details class="switch">
<summary><bdi>${place}</bdi></summary>
<nav aria-label="${text('frame.places')}">
${places.map((other) => html`<a href="${other.href}"><bdi>${other.text}</bdi></a>\n`)}</nav>
</details>`

const tabsOf = ({ text }: Words, { tabs = [] }: SignedInPage): Html =>
  tabs.length === 0
    ? html``
    : html`<nav class="tabs" aria-label="${text('frame.tabs')}">
${tabs.map((tab) => html`<a href="${tab.href}"${tab.isCurrent ? html` aria-current="page"` : ''}>${tab.text}</a>\n`)}</nav>`
