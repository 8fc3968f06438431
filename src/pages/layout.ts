import type { Context } from 'hono'
import { html } from 'hono/html'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { directionOf } from '../shared/language.ts'
import type { Html, Words } from './language.ts'

/** The parts of a page. */
export interface Page {
  title: string
  /** More elements for the head. */
  head?: Html | undefined
  /** Shows the person who is signed in. */
  viewer?: Html | undefined
  main: Html
}

/** Answers a whole page. It is not to be cached, as it may change at any moment, and its URL may hold a secret. */
export function answerPage(c: Context, words: Words, page: Page, status: ContentfulStatusCode = 200) {
  c.header('Cache-Control', 'no-store')
  c.header('Content-Language', words.language)
  c.header('Vary', 'Accept-Language, Cookie')
  return c.html(document(words, page), status)
}

/** Answers a page with one message: what happened, and what to do about it. @param link leads on */
export const answerMessage = (
  c: Context,
  words: Words,
  status: ContentfulStatusCode,
  title: string,
  text: string,
  link?: { href: string; text: string },
) =>
  answerPage(
    c,
    words,
    {
      title,
      main: html`<main><section class="card stack"><h1>${title}</h1><p>${text}</p>${link ? html`<a class="button quiet" href="${link.href}">${link.text}</a>` : ''}</section></main>`,
    },
    status,
  )

const document = ({ language, text }: Words, { title, head, viewer, main }: Page) => html`<!doctype html>
<html lang="${language}" dir="${directionOf(language)}">
<head>
<meta charset="utf-8">
<title>${title} · ${text('brand')}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
${head ?? ''}
</head>
<body>
<header class="top">
<a class="brand" href="/">${envelope}${text('brand')}</a>
${viewer ?? ''}
</header>
${main}
<footer class="bottom"><p>${text('slogan')}</p></footer>
</body>
</html>`

const envelope = html`<svg viewBox="0 0 32 32" aria-hidden="true"><rect width="32" height="32" rx="8" fill="var(--accent)"/><path d="M6.5 10.5h19v12h-19zl9.5 7.5 9.5-7.5" fill="none" stroke="var(--on-accent)" stroke-width="2" stroke-linejoin="round"/></svg>`
