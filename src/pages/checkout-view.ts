import { html } from 'hono/html'
import type { AskView } from '../asks/view.ts'
import type { MessengerLink } from '../delivery/messengers.ts'
import type { Identity } from '../people/identity.ts'
import { opensElsewhere } from '../shared/link.ts'
import { isolated } from '../shared/text.ts'
import { icons } from './icons.ts'
import { inAppAdvice } from './in-app.ts'
import { bdi, type Html, type Words } from './language.ts'
import type { Page } from './layout.ts'
import { nameOf } from './names.ts'
import { qrPixels } from './qr.ts'
import { viewerBar } from './sign-in.ts'
import { byTyping, toMessengers, type Way } from './to-messengers.ts'

/** What the page of an ask shows. */
export interface CheckoutContent {
  ask: PageOfAsk
  now: Date
  /** Who is signed in. */
  viewer: Payer | undefined
  /** Running messengers that deal in its asset. */
  messengers: MessengerLink[]
  /** The idempotency key of the button, so that pressing it twice is one payment. */
  key: string
  /** Why the button's last press came to nothing, where the ask doesn't say it by itself: a sentence. */
  problem: string | undefined
  /** The browser's. */
  userAgent: string | undefined
}

/** An ask that whoever has the address of its page can pay. */
export type PageOfAsk = AskView & { page: string }

/** Somebody who is signed in, before an ask. */
export interface Payer {
  who: Identity
  hasAsked: boolean
  hasPaid: boolean
  /** Whether people of their messenger deal in its asset. */
  canHave: boolean
}

/** Who has paid is told to nobody but them: whoever stands at the counter may open the page. */
export function checkoutPage(words: Words, content: CheckoutContent): Page {
  const { ask, viewer } = content
  const status = statusOf(ask)
  const isOpen = status === 'open'
  return {
    title: titleOf(words, ask),
    head: html`${preview(words, ask, status)}<link rel="stylesheet" href="/letter.css">
<script src="/live.js" type="module"></script>`,
    viewer: viewer && viewerBar(words, nameOf(words, viewer.who), pathOf(ask)),
    main: html`<main class="${isOpen ? 'wide' : status === 'paid' ? 'yours' : 'gone'}" data-status="${status}"${isOpen ? html` data-changes="${pathOf(ask)}/over"` : ''}>
<article class="card letter">
<div class="flap" aria-hidden="true">
<svg viewBox="0 0 100 40" preserveAspectRatio="none"><path d="M0-1 50 39 100-1" vector-effect="non-scaling-stroke"/></svg>
<div class="seal">${SEALS[status]}</div>
</div>
<div class="inside">
<div class="words">
${about(words, content, status)}
${isOpen ? inAppAdvice(words, content.userAgent) : ''}
${next(words, content, status)}
</div>
${isOpen ? picture(words, ask) : ''}
</div>
</article>
</main>`,
  }
}

type Status = AskView['state'] | 'refunded'

const statusOf = ({ state, parts }: AskView): Status =>
  state === 'paid' && parts.every(({ refunded }) => refunded) ? 'refunded' : state

const SEALS: Readonly<Record<Status, Html>> = {
  open: icons.own_transfer,
  paid: icons.already_yours,
  refunded: icons.refunded,
  ended: icons.cancelled,
  expired: icons.expired,
}

/** The amount with its asset: `20.00 CREDIT`. */
export const amountOf = ({ total, asset }: AskView): string => `${total} ${asset}`

function about(words: Words, { ask, now, viewer }: CheckoutContent, status: Status): Html {
  const { text, rich, moment, duration } = words
  const { note, reference, parts, endedAt, expiresAt } = ask
  const ends = new Date(endedAt ?? expiresAt)
  const paidAt = parts[0]?.paidAt
  const time = (at: Date) => html`<time datetime="${at.toISOString()}">${moment(at)}</time>`
  return html`<div class="about">
<p class="status" role="status">${text(`checkout.${status}.status`)}</p>
<h1><span class="amount">${ask.total} <span class="asset">${ask.asset}</span></span> ${viewer?.hasAsked ? text('checkout.toYou') : rich('checkout.to', { who: nameOf(words, ask.by) })}</h1>
${note ? html`<blockquote class="note" dir="auto">${note}</blockquote>` : ''}
<dl class="facts">
${reference ? fact(text('checkout.reference'), bdi(reference)) : ''}
${status === 'open' ? fact(text('timeLeft'), html`<span data-live>${duration(ends.getTime() - now.getTime())}</span>`) : ''}
${paidAt ? fact(text('checkout.paidAt'), time(new Date(paidAt))) : fact(text(status === 'open' ? 'until' : 'ended'), time(ends))}
</dl>
</div>`
}

const fact = (name: string, value: Html) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`

/** What can be done next. */
function next(words: Words, content: CheckoutContent, status: Status): Html {
  const { problem } = content
  const [title, ...rest] = advice(words, content, status)
  return html`<section class="next" aria-labelledby="next">
${problem ? html`<div class="problem" role="alert"><p>${problem}</p></div>` : ''}
<h2 id="next">${title}</h2>
${rest}
</section>`
}

function advice(words: Words, content: CheckoutContent, status: Status): Html[] {
  const { text, rich } = words
  const { ask, viewer } = content
  const who = nameOf(words, ask.by)
  const say = (...sentence: Parameters<typeof rich>) => html`<p>${rich(...sentence)}</p>`
  switch (status) {
    case 'open':
      if (viewer?.hasAsked)
        return [
          html`${text('checkout.own.next')}`,
          say('checkout.own.text'),
          html`<p class="code">${ask.page}</p>`,
        ]
      if (viewer && !viewer.canHave)
        return [
          html`${text('checkout.wrongAsset.next')}`,
          say('checkout.wrongAsset.text', { asset: ask.asset }),
          ...toMessengers(words, wayOf(content)),
        ]
      return [
        html`${text('checkout.open.next')}`,
        ...(viewer
          ? [payHere(words, content), byTyping(words, wayOf(content))]
          : toMessengers(words, wayOf(content))),
        say('checkout.open.text', { who }),
      ]
    case 'paid':
      return [
        html`${text(viewer?.hasPaid ? 'checkout.paid.byYou' : 'checkout.paid.next')}`,
        say(viewer?.hasAsked ? 'checkout.paid.toYou' : 'checkout.paid.text', { who }),
        ...wayBack(words, ask),
      ]
    default:
      return [html`${text(`checkout.${status}.next`)}`, say(`checkout.${status}.text`, { who })]
  }
}

const payHere = (
  { text }: Words,
  { ask, key }: CheckoutContent,
) => html`<form method="post" action="${pathOf(ask)}">
<input type="hidden" name="key" value="${key}">
<button class="button">${text('checkout.pay', { amount: amountOf(ask) })}</button>
</form>`

/** How it is paid by a bot: that shows its card, with a button. */
const wayOf = ({ ask, messengers, userAgent }: CheckoutContent): Way => ({
  messengers,
  asset: ask.asset,
  code: ask.id,
  line: `/start ${ask.id}`,
  button: 'checkout.payIn',
  byTyping: 'checkout.byTyping',
  userAgent,
})

/** A link to where who asked wants the payer to go on; which site that is, is said. */
function wayBack({ text }: Words, { id, returnUrl }: AskView): Html[] {
  if (!returnUrl) return []
  const url = new URL(returnUrl)
  url.searchParams.set('ask', id)
  return [
    html`<a class="button" href="${url.href}" rel="noreferrer">${text('checkout.back', { site: url.host })}</a>`,
  ]
}

function picture({ text }: Words, ask: PageOfAsk): Html {
  const pixels = qrPixels(ask.page)
  return html`<figure class="qr">
<img src="${pathOf(ask)}/qr.png" width="${pixels}" height="${pixels}" alt="${text('qrAlt', { amount: amountOf(ask), link: ask.page })}">
<figcaption>${
    opensElsewhere(ask.page)
      ? html`<span class="at-desk">${text('qrDesk')}</span><span class="on-phone">${text('checkout.qrPhone')}</span>`
      : text('qrHere')
  }</figcaption>
</figure>`
}

/** The tags for link previews: what chat programs show of a link that was pasted. */
function preview(words: Words, ask: PageOfAsk, status: Status): Html {
  const says = words.text(`checkout.${status}.status`)
  const tags = {
    'og:type': 'website',
    'og:site_name': words.text('brand'),
    'og:title': titleOf(words, ask),
    'og:description': ask.note ? `“${isolated(ask.note)}” · ${says}` : says,
    'og:url': ask.page,
  }
  return html`<meta name="twitter:card" content="summary">
${Object.entries(tags).map(([property, content]) => html`<meta property="${property}" content="${content}">\n`)}`
}

const titleOf = (words: Words, ask: AskView): string =>
  words.text('checkout.title', { amount: amountOf(ask), who: nameOf(words, ask.by) })

const pathOf = ({ id }: AskView) => `/p/${id}`
