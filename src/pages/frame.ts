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
  /** Whose pages these are: the group's title, with the way to other groups. */
  place: Html
  /** The pages beside this one. */
  tabs: Tab[]
  title: string
  /** Sections, which stand below the title. */
  main: Html
  /** More elements for the head. */
  head?: Html | undefined
  status?: ContentfulStatusCode | undefined
}

/** A page that one gets to from all pages beside it. */
export interface Tab {
  href: string
  text: string
  isCurrent: boolean
}

/** Answers a page for somebody who is signed in: where they are, what else is there, and the page itself. */
export function answerSignedIn(c: Context, words: Words, page: SignedInPage) {
  // With `no-referrer` browsers send forms with `Origin: null`, which could come from any site.
  c.header('Referrer-Policy', 'same-origin')
  const { viewer, place, tabs, title, main, head, status } = page
  return answerPage(
    c,
    words,
    {
      title,
      head: html`<link rel="stylesheet" href="/books.css">${head ?? ''}`,
      viewer: viewerBar(words, nameOf(words, viewer), '/'),
      main: html`<div class="place">
<div class="where">${place}</div>
${tabs.length > 0 ? tabBar(words, tabs) : ''}
</div>
<main class="books">
<h1>${title}</h1>
${main}
</main>`,
    },
    status,
  )
}

const tabBar = ({ text }: Words, tabs: Tab[]) => html`<nav class="tabs" aria-label="${text('frame.tabs')}">
${tabs.map(({ href, text, isCurrent }) => html`<a href="${href}"${isCurrent ? html` aria-current="page"` : ''}>${text}</a>\n`)}</nav>`
