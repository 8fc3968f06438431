import { html } from 'hono/html'
import type { ClaimView, TransferView } from '../transfers/view.ts'
import { bdi, type Html, type Words } from './language.ts'
import { nameOf } from './names.ts'

/** What a page tells of a red packet. */
export interface Packet {
  /** The first one first. */
  claims: ClaimView[]
  /** What the viewer has of it. */
  own: string | undefined
  /** Once it is closed: how its shares were drawn. */
  lots: Lots | undefined
}

/** Drawn shares, in the order of the claims. Amounts are in minor units. */
export interface Lots {
  seed: string
  total: bigint
  shares: bigint[]
  /** The same as decimal strings. */
  amounts: string[]
  /** Whether each claim was paid the share that was drawn for it. */
  isKept: boolean
}

/** Who has how much of a red packet; and once it is closed, all that it takes to draw its lots again. */
export function packetSection(words: Words, view: TransferView, packet: Packet): Html {
  const { text } = words
  const { claims, lots } = packet
  if (claims.length === 0 && !lots && !view.seedHash) return html``
  return html`<section class="packet" aria-labelledby="packet">
<h2 id="packet">${text('packet.title')}</h2>
<p>${text('packet.taken', { claimed: String(view.claimed), shares: String(view.shares) })}</p>
${lots ? html`` : takers(words, claims)}
${view.seedHash && !lots ? html`<p>${text('packet.drawn')}</p><p class="code">${view.seedHash}</p>` : ''}
${lots && view.seedHash ? proof(words, view.seedHash, claims, lots) : ''}
</section>`
}

const takers = (words: Words, claims: ClaimView[]) =>
  claims.length > 0
    ? html`<ol class="takers">${claims.map((claim) => html`<li>${bdi(nameOf(words, claim.by))} <span class="number">${claim.amount}</span></li>`)}</ol>`
    : html``

/** The script `/lots.js` draws the lots again from what stands here. */
function proof(words: Words, seedHash: string, claims: ClaimView[], lots: Lots): Html {
  const { text } = words
  const { seed, total, shares, amounts, isKept } = lots
  const count = String(shares.length)
  return html`<table class="lots" data-seed="${seed}" data-seed-hash="${seedHash}" data-total="${String(total)}">
<thead><tr><th scope="col">${text('packet.turn')}</th><th scope="col">${text('packet.share')}</th><th scope="col">${text('packet.by')}</th></tr></thead>
<tbody>${shares.map((share, index) => {
    const claim = claims[index]
    return html`<tr><td>${index + 1}</td><td class="number" data-share="${String(share)}">${amounts[index]}</td><td>${claim ? bdi(nameOf(words, claim.by)) : text('packet.nobody')}</td></tr>`
  })}</tbody>
</table>
<h3>${text('packet.check')}</h3>
<p>${text(isKept ? 'packet.kept' : 'packet.notKept', { claims: String(claims.length) })}</p>
<p role="status" data-agrees="${text('packet.agrees', { shares: count })}" data-differs="${text('packet.differs')}">${text('packet.byHand')}</p>
<dl class="facts">
<div><dt>${text('packet.seed')}</dt><dd class="code">${seed}</dd></div>
<div><dt>${text('packet.hash')}</dt><dd class="code">${seedHash}</dd></div>
</dl>
<details><summary>${text('packet.how')}</summary><p>${text('packet.rule', { total: String(total), cuts: String(shares.length - 1), rest: String(total - BigInt(shares.length)) })}</p></details>`
}
