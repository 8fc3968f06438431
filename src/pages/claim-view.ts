import { html } from 'hono/html'
import type { MessengerLink } from '../delivery/messengers.ts'
import type { Identity } from '../people/identity.ts'
import { opensElsewhere } from '../shared/link.ts'
import { isForSeveral } from '../shared/shares.ts'
import { isolated } from '../shared/text.ts'
import type { TransferView, ViewWithCode } from '../transfers/view.ts'
import type { ClaimStatus } from './claim-status.ts'
import { icons } from './icons.ts'
import { inAppAdvice } from './in-app.ts'
import { bdi, type Html, type Words } from './language.ts'
import type { Page } from './layout.ts'
import { nameOf, senderOf } from './names.ts'
import { type Packet, packetSection } from './packet-view.ts'
import { phraseForm } from './phrase-view.ts'
import { viewerBar } from './sign-in.ts'
import { byTyping, linkTo, titleIn, toMessengers, type Way } from './to-messengers.ts'

/** What the page of a transfer shows. */
export interface ClaimContent {
  view: ViewWithCode
  claimStatus: ClaimStatus
  now: Date
  /** The person who is signed in. */
  viewer: Identity | undefined
  /** The viewer's number among those who take part. */
  turn: number | undefined
  /** What the viewer has collected of it, if they have. */
  refundable: string | undefined
  /** Set where several share it. */
  packet: Packet | undefined
  /** Running messengers in which it can be collected. */
  messengers: MessengerLink[]
  /** The recipient's messenger, whether or not it runs. `null`: the transfer is for whoever has the link. */
  recipientMessenger: Titled | null
  /** The idempotency key of the button, so that pressing it twice is one claim. */
  key: string
  /** Why the button's last press came to nothing, where that is not a claim status: a sentence. */
  problem: string | undefined
  /** Width and height of the QR code. */
  qrPixels: number
  /** The browser's. */
  userAgent: string | undefined
}

type Titled = Pick<MessengerLink, 'name' | 'title'>

/** In these somebody can still collect it, so the page shows how, and the QR code. */
const WAITING: ClaimStatus[] = ['open', 'own_transfer', 'handle_not_told', 'wrong_asset']

/** In these somebody waits for what comes by itself. */
const CHANGING: ClaimStatus[] = ['awaiting_sender', 'entered_already', 'drawing']

/** The page of a transfer, for somebody who opens its link. */
export function claimPage(words: Words, claim: ClaimContent): Page {
  const { view, claimStatus, viewer } = claim
  const alive = WAITING.includes(claimStatus)
  const changes = alive || CHANGING.includes(claimStatus)
  return {
    title: titleOf(words, view),
    head: html`${preview(words, claim)}<link rel="stylesheet" href="/letter.css">
<script src="/live.js" type="module"></script>${view.seedHash ? html`<script src="/lots.js" type="module"></script>` : ''}`,
    viewer: viewer && viewerBar(words, nameOf(words, viewer), pathOf(view)),
    main: html`<main class="${alive ? 'wide' : claimStatus === 'already_yours' ? 'yours' : 'gone'}" data-status="${claimStatus}" data-claimed="${view.claimed}" data-entered="${view.settlement?.entered ?? 0}"${changes ? ' data-changes' : ''}>
<article class="card letter">
<div class="flap" aria-hidden="true">
<svg viewBox="0 0 100 40" preserveAspectRatio="none"><path d="M0-1 50 39 100-1" vector-effect="non-scaling-stroke"/></svg>
<div class="seal">${icons[claimStatus]}</div>
</div>
<div class="inside">
<div class="words">
${about(words, claim)}
${alive ? inAppAdvice(words, claim.userAgent) : ''}
${next(words, claim)}
${claim.packet ? packetSection(words, view, claim.packet) : ''}
</div>
${alive ? picture(words, claim) : ''}
</div>
</article>
</main>`,
  }
}

/** The amount with its asset: `20.00 CREDIT`. */
export const amountOf = (view: TransferView) => `${view.amount} ${view.asset}`

function about(words: Words, { view, claimStatus, now, viewer, packet, turn }: ClaimContent): Html {
  const { text, rich, moment, duration } = words
  const from = isViewer(viewer, view.from) ? text('fromYou') : rich('from', { who: senderOf(words, view) })
  const ends = new Date(view.closedAt ?? view.expiresAt)
  const waiting = view.state === 'open' && now < ends
  return html`<div class="about">
<p class="status" role="status">${text(statusIn(view, claimStatus))}</p>
<h1><span class="amount">${view.amount} <span class="asset">${view.asset}</span></span> ${from}</h1>
${view.note ? html`<blockquote class="note" dir="auto">${view.note}</blockquote>` : ''}
<dl class="facts">
${fact(text('for'), isViewer(viewer, view.to) ? html`${text('you')}` : bdi(recipient(words, view)))}
${turn === undefined ? '' : fact(text('packet.yourNumber'), html`${turn}`)}
${packet?.own ? fact(text('packet.own'), html`${packet.own} ${view.asset}`) : ''}
${waiting ? fact(text('timeLeft'), html`<span data-live>${duration(ends.getTime() - now.getTime())}</span>`) : ''}
${fact(text(waiting ? (view.settlement ? 'packet.lotsAt' : 'until') : 'ended'), html`<time datetime="${ends.toISOString()}">${moment(ends)}</time>`)}
</dl>
</div>`
}

/** Of what pays at its end nothing is collected before, and those whom the lot fell on have it then. */
function statusIn({ settlement }: TransferView, claimStatus: ClaimStatus) {
  if (settlement && claimStatus === 'open') return 'packet.joinStatus'
  return settlement && claimStatus === 'already_collected'
    ? 'packet.lotsDrawn'
    : (`${claimStatus}.status` as const)
}

const fact = (name: string, value: Html) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`

/** What the viewer can do next. */
function next(words: Words, claim: ClaimContent): Html {
  const problem = claim.problem ? html`<div class="problem" role="alert"><p>${claim.problem}</p></div>` : ''
  const [title, ...rest] = advice(words, claim)
  return html`<section class="next" aria-labelledby="next">
${problem}
<h2 id="next">${title}</h2>
${rest}
</section>`
}

function advice(words: Words, claim: ClaimContent): Html[] {
  const { text, rich } = words
  const { view, claimStatus, viewer } = claim
  const who = senderOf(words, view)
  const say = (...sentence: Parameters<typeof rich>) => html`<p>${rich(...sentence)}</p>`
  const isOwn = isViewer(viewer, view.from)
  switch (claimStatus) {
    case 'open':
      if (view.phrase) return byWords(words, claim)
      return [
        html`${text(view.settlement ? 'packet.enterNext' : 'open.next')}`,
        ...(viewer
          ? [collectHere(words, claim), byTyping(words, wayOf(claim))]
          : toMessengers(words, wayOf(claim))),
        ...(view.confirms ? [say('open.confirms', { who })] : []),
        say(view.settlement ? 'packet.enterText' : 'open.text', { who }),
      ]
    case 'handle_not_told': {
      const messenger = claim.recipientMessenger ? titleIn(words, claim.recipientMessenger) : ''
      return [
        rich('handle_not_told.next', { who: recipient(words, view), messenger }),
        say('handle_not_told.text', { messenger }),
        ...toMessengers(words, wayOf(claim)),
      ]
    }
    case 'wrong_asset':
      return [
        html`${text('wrong_asset.next')}`,
        say('wrong_asset.text', { asset: view.asset }),
        ...toMessengers(words, wayOf(claim)),
      ]
    case 'own_transfer':
      return [
        html`${text('own_transfer.next')}`,
        view.phrase ? say('phrase.apart') : say('own_transfer.text', { who: recipient(words, view) }),
        html`<p class="code">${view.link}</p>`,
        ...(view.confirms ? [say('own_transfer.confirms')] : []),
        say('own_transfer.back'),
      ]
    case 'not_for_you':
      return [rich('not_for_you.next', { who: recipient(words, view) }), say('not_for_you.text')]
    case 'awaiting_sender':
    case 'sender_said_no':
      return [html`${text(`${claimStatus}.next`)}`, say(`${claimStatus}.text`, { who })]
    case 'members_only':
    case 'not_here_before':
    case 'listed_only':
    case 'awaiting_approval':
    case 'awaiting_goal':
    case 'on_hold':
      return [html`${text(`${claimStatus}.next`)}`, say(`${claimStatus}.text`)]
    case 'entered_already':
      return [
        html`${text('entered_already.next', { turn: String(claim.turn) })}`,
        say('entered_already.text', { time: words.moment(new Date(view.expiresAt)) }),
      ]
    case 'already_yours':
      return [html`${text('already_yours.next')}`, say('already_yours.text'), giveBack(words, claim)]
    case 'refunded':
      return [html`${text('refunded.next')}`, say('refunded.text', { who })]
    case 'already_collected': {
      // Whoever has collected it may be the one who reads this: without a sign-in nobody can know.
      const how = viewer
        ? []
        : [html`<p>${text('refund.how')}</p>`, html`<p class="code">/refund ${view.code}</p>`]
      if (view.settlement) return [html`${text('packet.lotsDrawn')}`, say('packet.lotsDrawnText'), ...how]
      if (isForSeveral(view)) return [html`${text('packet.allTaken')}`, say('packet.allTakenText'), ...how]
      const by = { who: nameOf(words, view.collectedBy) }
      if (!isOwn)
        return [html`${text('already_collected.next')}`, say('already_collected.text', { who }), ...how]
      return view.claims[0]?.refunded
        ? [rich('refundedBy', by), say('cancelled.own')]
        : [rich('collectedBy', by), say('collectedByText')]
    }
    default: {
      if (view.claimed > 0)
        return [
          html`${text(`${claimStatus}.status`)}`,
          say('packet.rest', { amount: amountOf({ ...view, amount: view.returned }) }),
        ]
      const ending = view.state === 'returned' ? 'returned' : claimStatus
      return [html`${text(`${claimStatus}.next`)}`, say(`${ending}.${isOwn ? 'own' : 'text'}`, { who })]
    }
  }
}

/** Folded away, as what is collected is seldom given back, and a tap is soon made. What was issued can't be. */
function giveBack(words: Words, { view, key, refundable, problem }: ClaimContent): Html {
  const isFromSomebody = view.from !== null || view.treasury?.end === 'from'
  if (!refundable || view.refundOf || !isFromSomebody) return html``
  const amount = amountOf({ ...view, amount: refundable })
  return html`<details${problem ? ' open' : ''}><summary>${words.text('refund.open')}</summary>
<p>${words.rich('refund.text', { who: senderOf(words, view) })}</p>
<form method="post" action="${pathOf(view)}/refund">
<input type="hidden" name="key" value="${key}">
<button class="button quiet">${words.text('refund.button', { amount })}</button>
</form></details>`
}

/** Words open it: what to do with them, in this browser or in a chat. */
function byWords(words: Words, { view, viewer, messengers, key }: ClaimContent): Html[] {
  const { text, rich } = words
  const title = html`${text('phrase.next')}`
  const told = html`<p>${rich(view.phrase === 'here' ? 'phrase.inGroup' : 'phrase.told', { who: senderOf(words, view) })}</p>`
  const back = html`<p>${rich('open.text', { who: senderOf(words, view) })}</p>`
  const confirms = view.confirms
    ? [html`<p>${rich('open.confirms', { who: senderOf(words, view) })}</p>`]
    : []
  if (view.phrase === 'here') return [title, told, ...confirms, back]
  const ways = viewer
    ? [phraseForm(words, key)]
    : messengers.map(
        (one) =>
          html`<a class="button" href="${linkTo(one, view.code)}" rel="noreferrer">${text('phrase.open', { messenger: titleIn(words, one) })}</a>`,
      )
  return [title, told, ...ways, ...confirms, back]
}

const collectHere = (
  { text }: Words,
  { view, key }: ClaimContent,
) => html`<form method="post" action="${pathOf(view)}">
<input type="hidden" name="key" value="${key}">
<button class="button">${view.settlement ? text('packet.enter') : view.shares > 1 ? text('packet.collect') : text('collect', { amount: amountOf(view) })}</button>
</form>`

/** How it is collected by a bot. */
const wayOf = ({ view, messengers, recipientMessenger, userAgent }: ClaimContent): Way => ({
  messengers,
  instead: recipientMessenger,
  asset: view.asset,
  code: view.code,
  line: `/collect ${view.code}`,
  button: 'collectIn',
  byTyping: 'byTyping',
  userAgent,
})

const picture = ({ text }: Words, { view, qrPixels }: ClaimContent) => html`<figure class="qr">
<img src="${pathOf(view)}/qr.png" width="${qrPixels}" height="${qrPixels}" alt="${text('qrAlt', { amount: amountOf(view), link: view.link })}">
<figcaption>${
  opensElsewhere(view.link)
    ? html`<span class="at-desk">${text('qrDesk')}</span><span class="on-phone">${text('qrPhone')}</span>`
    : text('qrHere')
}</figcaption>
<a class="button quiet" href="${pathOf(view)}/qr.png" download="${view.amount}-${view.asset}.png">${text('qrSave')}</a>
<a class="button quiet" href="${pathOf(view)}/share">${text('share.link')}</a>
</figure>`

/** The tags for link previews: what chat programs show of a link that was pasted. */
function preview(words: Words, { view, claimStatus, qrPixels }: ClaimContent): Html {
  const { text, moment } = words
  const says =
    claimStatus === 'open'
      ? text(view.phrase ? 'phrase.preview' : 'open.preview', { moment: moment(new Date(view.expiresAt)) })
      : text(`${claimStatus}.status`)
  const tags = {
    'og:type': 'website',
    'og:site_name': text('brand'),
    'og:title': titleOf(words, view),
    'og:description': view.note ? `“${isolated(view.note)}” · ${says}` : says,
    'og:url': view.link,
    ...(claimStatus === 'open' && {
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
  const details = { amount: amountOf(view), who: senderOf(words, view) }
  return view.to
    ? words.text('titleFromFor', { ...details, to: nameOf(words, view.to) })
    : words.text('titleFrom', details)
}

const isViewer = (viewer: Identity | undefined, who: TransferView['to']) =>
  viewer !== undefined && who?.messenger === viewer.messenger && who.id === viewer.id

const recipient = (words: Words, view: TransferView): string =>
  view.to
    ? nameOf(words, view.to)
    : view.phrase && !isForSeveral(view)
      ? words.text('phrase.whoever')
      : words.text(recipientsOf(view), {
          count: String(view.shares),
          list: view.takers?.of === 'list' ? view.takers.list : '',
        })

function recipientsOf({ takers, settlement, shares, confirms }: TransferView) {
  if (takers) return `packet.${takers.of}` as const
  if (settlement) return settlement.by === 'draw' ? 'packet.byLot' : 'packet.amongAll'
  return shares > 1 ? 'packet.people' : confirms ? 'whoIsMeant' : 'whoever'
}

const pathOf = (view: ViewWithCode) => `/c/${view.code}`
