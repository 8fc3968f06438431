import { html } from 'hono/html'
import type { Identity } from '../people.ts'
import { isolated } from '../shared/text.ts'
import type { TransferView } from '../transfers.ts'
import { icons } from './icons.ts'
import { bdi, type Html, type Words } from './language.ts'
import type { Page } from './layout.ts'
import { nameOf } from './names.ts'
import { viewerBar } from './session.ts'
import type { Standing } from './standing.ts'
import type { Way } from './way.ts'

export interface Claim {
  view: TransferView
  standing: Standing
  now: Date
  /** Who is signed in. */
  viewer: Identity | undefined
  ways: Way[]
  /** Makes one claim of a button that is pressed twice. */
  key: string
  problem: 'signedOut' | 'tryAgain' | 'unknown' | undefined
  /** Width and height of the QR picture. */
  qrPixels: number
}

/** How a transfer looks to somebody who opens its link. */
export function claimPage(words: Words, claim: Claim): Page {
  const { view, standing, viewer } = claim
  const alive = standing === 'open' || standing === 'own_transfer'
  return {
    title: titleOf(words, view),
    head: html`${preview(words, claim)}<link rel="stylesheet" href="/letter.css">
<script src="/live.js" type="module"></script>`,
    viewer: viewer && viewerBar(words, nameOf(words, viewer), pathOf(view)),
    main: html`<main class="${alive ? 'wide' : standing === 'already_yours' ? 'yours' : 'gone'}" data-standing="${standing}">
<article class="card letter">
<div class="flap" aria-hidden="true">
<svg viewBox="0 0 100 40" preserveAspectRatio="none"><path d="M0-1 50 39 100-1" vector-effect="non-scaling-stroke"/></svg>
<div class="seal">${icons[standing]}</div>
</div>
<div class="inside">
<div class="words">
${about(words, claim)}
${next(words, claim)}
</div>
${alive ? picture(words, claim) : ''}
</div>
</article>
</main>`,
  }
}

export const amountOf = (view: TransferView) => `${view.amount} ${view.asset}`

function about(words: Words, { view, standing, now }: Claim): Html {
  const { text, rich, moment, duration } = words
  const ends = new Date(view.closedAt ?? view.expiresAt)
  const waiting = view.state === 'open' && now < ends
  return html`<div class="about">
<p class="standing" role="status">${text(`${standing}.standing`)}</p>
<h1><span class="amount">${view.amount} <span class="asset">${view.asset}</span></span> ${rich('from', { who: nameOf(words, view.from) })}</h1>
${view.note ? html`<blockquote class="note" dir="auto">${view.note}</blockquote>` : ''}
<dl class="facts">
${fact(text('for'), bdi(recipient(words, view)))}
${waiting ? fact(text('timeLeft'), html`<span data-live>${duration(ends.getTime() - now.getTime())}</span>`) : ''}
${fact(text(waiting ? 'until' : 'ended'), html`<time datetime="${ends.toISOString()}">${moment(ends)}</time>`)}
</dl>
</div>`
}

const fact = (name: string, value: Html) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`

/** What there is to do, by how it stands. */
function next(words: Words, claim: Claim): Html {
  const { text } = words
  const problem = claim.problem
    ? html`<div class="problem" role="alert"><p>${text(`refused.${claim.problem}`)}</p></div>`
    : ''
  const [title, ...rest] = advice(words, claim)
  return html`<section class="next" aria-labelledby="next">
${problem}
<h2 id="next">${title}</h2>
${rest}
</section>`
}

function advice(words: Words, claim: Claim): Html[] {
  const { text, rich } = words
  const { view, standing, viewer } = claim
  const who = nameOf(words, view.from)
  const say = (...sentence: Parameters<typeof rich>) => html`<p>${rich(...sentence)}</p>`
  switch (standing) {
    case 'open':
      return [html`${text('open.next')}`, ...ways(words, claim), say('open.text', { who })]
    case 'own_transfer':
      return [
        html`${text('own_transfer.next')}`,
        say('own_transfer.text', { who: recipient(words, view) }),
        html`<p class="code">${view.link}</p>`,
        say('own_transfer.back'),
      ]
    case 'not_for_you':
      return view.to
        ? [rich('not_for_you.next', { who: recipient(words, view) }), say('not_for_you.text')]
        : [html`${text('not_for_you.otherAsset')}`, say('not_for_you.otherAssetText', { asset: view.asset })]
    case 'already_collected': {
      const sender =
        viewer && view.from && viewer.messenger === view.from.messenger && viewer.id === view.from.id
      return sender
        ? [rich('collectedBy', { who: nameOf(words, view.collectedBy) }), say('collectedByText')]
        : [html`${text('already_collected.next')}`, say('already_collected.text', { who })]
    }
    default:
      return [html`${text(`${standing}.next`)}`, say(`${standing}.text`, { who })]
  }
}

/** Buttons where there are any; else, and for whose messenger has none, the line that a bot understands. */
function ways({ text }: Words, { view, ways, viewer, key }: Claim): Html[] {
  const line = html`<p>${text('sendToBot')}</p><p class="code">/collect ${view.code}</p>`
  const buttons = viewer
    ? [
        html`<form method="post" action="${pathOf(view)}">
<input type="hidden" name="key" value="${key}">
<button class="button">${text('collect', { amount: amountOf(view) })}</button>
</form>`,
      ]
    : ways.map(
        ({ name, href }) =>
          html`<a class="button" href="${href(view.code)}" rel="noreferrer">${text('collectIn', { messenger: name })}</a>`,
      )
  // Not every messenger's link can bring the code along.
  const brought = viewer !== undefined || ways.every(({ href }) => href(view.code).includes(view.code))
  if (buttons.length === 0 || !brought) return [...buttons, line]
  return [...buttons, html`<details><summary>${text('byTyping')}</summary>${line}</details>`]
}

const picture = ({ text }: Words, { view, qrPixels }: Claim) => html`<figure class="qr">
<img src="${pathOf(view)}/qr.png" width="${qrPixels}" height="${qrPixels}" alt="${text('qrAlt', { amount: amountOf(view), link: view.link })}">
<figcaption><span class="at-desk">${text('qrDesk')}</span><span class="on-phone">${text('qrPhone')}</span></figcaption>
<a class="button quiet" href="${pathOf(view)}/qr.png" download="${view.amount}-${view.asset}.png">${text('qrSave')}</a>
</figure>`

/** What a messenger shows of a link that was pasted into a chat. */
function preview(words: Words, { view, standing, qrPixels }: Claim): Html {
  const { text, moment } = words
  const says =
    standing === 'open'
      ? text('open.preview', { moment: moment(new Date(view.expiresAt)) })
      : text(`${standing}.standing`)
  const tags = {
    'og:type': 'website',
    'og:site_name': text('brand'),
    'og:title': titleOf(words, view),
    'og:description': view.note ? `“${isolated(view.note)}” · ${says}` : says,
    'og:url': view.link,
    ...(standing === 'open' && {
      'og:image': `${view.link}/qr.png`,
      'og:image:type': 'image/png',
      'og:image:width': String(qrPixels),
      'og:image:height': String(qrPixels),
      'og:image:alt': text('qrAlt', { amount: amountOf(view), link: view.link }),
    }),
  }
  return html`<meta name="twitter:card" content="summary">
${Object.entries(tags).map(([property, content]) => html`<meta property="${property}" content="${content}">\n`)}`
}

function titleOf(words: Words, view: TransferView): string {
  const details = { amount: amountOf(view), who: nameOf(words, view.from) }
  return view.to
    ? words.text('titleFromFor', { ...details, to: nameOf(words, view.to) })
    : words.text('titleFrom', details)
}

const recipient = (words: Words, { to }: TransferView): string =>
  to ? nameOf(words, to) : words.text('whoever')

const pathOf = (view: TransferView) => `/c/${view.code}`
