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
  /** Once it is closed: how its shares were drawn, or who is paid. */
  lots: Lots | undefined
}

/** What was drawn, in the order of the claims. Amounts are in minor units. */
export interface Lots {
  seed: string
  /** Where the shares are drawn: what they come to. */
  total: bigint | undefined
  shares: bigint[]
  /** The same as decimal strings. */
  amounts: string[]
  /** Where it was drawn who is paid: how many took part, and by their turns whom the lot fell on who could not be paid. */
  order: { entered: number; passed: number[]; isKept: boolean } | undefined
  /** Whether each claim was paid as it was drawn. */
  isKept: boolean
}

/** Who has how much of a red packet; and once it is closed, all that it takes to draw its lots again. */
export function packetSection(words: Words, view: TransferView, packet: Packet): Html {
  const { text } = words
  const { claims, lots } = packet
  if (claims.length === 0 && !lots && !view.seedHash) return html``
  const { settlement } = view
  return html`<section class="packet" aria-labelledby="packet">
<h2 id="packet">${text('packet.title')}</h2>
${settlement ? html`<p>${text('packet.entered', { count: String(settlement.entered) })}</p>` : ''}
${settlement && !lots ? '' : html`<p>${text('packet.taken', { claimed: String(view.claimed), shares: String(settlement?.by === 'split' ? view.claimed : view.shares) })}</p>`}
${lots ? html`` : takers(words, claims)}
${view.seedHash && !lots && view.state === 'open' ? html`<p>${text(settlement ? 'packet.lotFixed' : 'packet.drawn')}</p><p class="code">${view.seedHash}</p>` : ''}
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
  const { seed, total, shares, amounts, order, isKept } = lots
  const count = String(shares.length)
  const data = html`data-seed="${seed}" data-seed-hash="${seedHash}"${total === undefined ? '' : html` data-total="${String(total)}"`}${order ? html` data-entered="${order.entered}" data-passed="${order.passed.join()}"` : ''}`
  return html`<table class="lots" ${data}>
<thead><tr><th scope="col">${text(order ? 'packet.number' : 'packet.turn')}</th><th scope="col">${text('packet.share')}</th><th scope="col">${text('packet.by')}</th></tr></thead>
<tbody>${shares.map((share, index) => {
    const claim = claims[index]
    return html`<tr>${order ? html`<td${claim ? html` data-turn="${claim.turn}"` : ''}>${claim?.turn ?? ''}</td>` : html`<td>${index + 1}</td>`}<td class="number" data-share="${String(share)}">${amounts[index]}</td><td>${claim ? bdi(nameOf(words, claim.by)) : text('packet.nobody')}</td></tr>`
  })}</tbody>
</table>
<h3>${text('packet.check')}</h3>
<p>${text(isKept ? 'packet.kept' : 'packet.notKept', { claims: String(claims.length) })}</p>
${order && order.passed.length > 0 ? html`<p>${text('packet.passed', { numbers: order.passed.join(', ') })}</p>` : ''}
<p role="status" data-agrees="${order ? text('packet.orderAgrees', { count: String(order.entered) }) : text('packet.agrees', { shares: count })}" data-differs="${text('packet.differs')}">${text('packet.byHand')}</p>
<dl class="facts">
<div><dt>${text('packet.seed')}</dt><dd class="code">${seed}</dd></div>
<div><dt>${text('packet.hash')}</dt><dd class="code">${seedHash}</dd></div>
</dl>
<details><summary>${text(order ? 'packet.orderHow' : 'packet.how')}</summary>
${order ? html`<p>${text('packet.orderRule', { count: String(order.entered) })}</p>` : ''}
${total === undefined ? '' : html`<p>${text('packet.rule', { total: String(total), cuts: String(shares.length - 1), rest: String(total - BigInt(shares.length)) })}</p>`}
</details>`
}
