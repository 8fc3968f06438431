import { html } from 'hono/html'
import type { ItemState, ItemView, PayoutView } from '../../../payouts/view.ts'
import { badge, pager, scrolling } from '../../components.ts'
import { button, money } from '../../forms.ts'
import type { Html, Words } from '../../language.ts'
import type { Admin } from '../access.ts'
import { reasonOf, treasuryPath, whoIs } from './page.ts'

/** What the page of a payout shows. */
export interface PayoutContent {
  payout: PayoutView
  items: ItemView[]
  /** The row that the next page of items comes after. */
  next: number | null
  isFirst: boolean
  refused: ItemView[]
  /** Whether the viewer asked for it, or has approved it. */
  isOwn: boolean
  hasApproved: boolean
}

/** A payout with its progress, its approvals, and each of its items. */
export function payoutMain(words: Words, { group }: Admin, content: PayoutContent): Html {
  const { text } = words
  const { payout, items, next, isFirst, refused } = content
  const path = treasuryPath(group.id, 'payouts', payout.id)
  const moment = (at: string) => words.moment(new Date(at), group.timeZone)
  return html`${progress(words, path, payout, moment)}
${approvals(words, path, content)}
${
  refused.length === 0
    ? ''
    : html`<section class="panel"><h2>${text('payout.refused')}</h2>
<ul>${refused.map(
        (item) =>
          html`<li><bdi>${whoIs(words, item.to)}</bdi>, ${money(words, item.amount, payout.asset)}: ${reasonOf(words, item.refusal ?? '')}</li>\n`,
      )}</ul></section>`
}
<section class="panel"><h2>${text('payout.items')}</h2>
<p class="soft">${text('payout.asked', { who: whoIs(words, payout.madeBy), when: moment(payout.createdAt) })}${payout.note ? html` <bdi>${payout.note}</bdi>` : ''}</p>
${scrolling(
  text('payout.items'),
  html`<table><thead><tr><th scope="col">${text('pay.who')}</th>
<th scope="col">${text('treasury.state')}</th><th scope="col" class="number">${text('pay.amount')}</th>
<th scope="col">${text('pay.note')}</th></tr></thead>
<tbody>${items.map((item) => row(words, group.id, payout, item))}</tbody></table>`,
)}
${pager(words, { newer: isFirst ? undefined : path, older: next ? `${path}?after=${next}` : undefined })}
</section>`
}

/** How far a payout is: the state for its badge, and in words. */
export function progressOf({ text, number }: Words, { counts, madeAt, approvals, people }: PayoutView) {
  const missing = approvals ? approvals.needed - approvals.by.length : 0
  if (!madeAt) {
    const done = number(people - counts.planned)
    return { state: 'waiting', text: text('payout.paying', { done, people: number(people) }) }
  }
  if (missing > 0 && counts.open > 0)
    return { state: 'waiting', text: text('payout.waiting', { count: number(missing) }) }
  if (counts.open > 0) return { state: 'open', text: text('payout.open', { count: number(counts.open) }) }
  return { state: 'done', text: text('payout.done') }
}

/** While it is being paid, progress.js looks for how far it is. */
function progress(words: Words, path: string, payout: PayoutView, moment: (at: string) => string): Html {
  const { text } = words
  const { counts, people, total, asset, madeAt, expiresAt } = payout
  const { text: soFar } = progressOf(words, payout)
  const states = (Object.keys(counts) as ItemState[]).filter((state) => counts[state] > 0)
  return html`<section class="panel" id="progress"${madeAt ? '' : html` data-busy`}>
<dl class="tiles"><div><dt>${text('payouts.total')}</dt><dd class="sum">${money(words, total, asset)}</dd></div>
<div><dt>${text('payouts.people')}</dt><dd class="sum">${words.number(people)}</dd></div></dl>
<p role="status">${soFar}</p>
<progress max="${people}" value="${madeAt ? counts.collected : people - counts.planned}" aria-label="${text(madeAt ? 'payout.progress' : 'payout.paid')}"></progress>
<ul class="badges">${states.map((state) => html`<li>${badge(state, `${text(`item.${state}`)}: ${words.number(counts[state])}`)}</li>\n`)}</ul>
${expiresAt ? html`<p class="soft">${text('payout.expires', { when: moment(expiresAt) })}</p>` : ''}
${madeAt && counts.open > 0 ? html`<div class="actions">${button(`${path}/cancel`, text('payout.cancel', { count: words.number(counts.open) }), 'danger')}</div>` : ''}
</section>`
}

function approvals(words: Words, path: string, { payout, isOwn, hasApproved }: PayoutContent): Html {
  const { text } = words
  if (!payout.approvals) return html``
  const { needed, by } = payout.approvals
  const isMissing = by.length < needed && (payout.counts.open > 0 || !payout.madeAt)
  return html`<section class="panel"><h2>${text('payout.approvals')}</h2>
<p>${text('payout.approved', { count: words.number(by.length), needed: words.number(needed) })}</p>
${by.length > 0 ? html`<ul>${by.map((who) => html`<li><bdi>${whoIs(words, who)}</bdi></li>\n`)}</ul>` : ''}
${isMissing && isOwn ? html`<p class="soft">${text('refusal.payout_own')}</p>` : ''}
${isMissing && !isOwn && !hasApproved ? html`<div class="actions">${button(`${path}/approve`, text('payout.approve'))}</div>` : ''}
</section>`
}

const row = (words: Words, groupId: string, { asset }: PayoutView, item: ItemView): Html => html`<tr>
<th scope="row"><bdi>${whoIs(words, item.to)}</bdi></th>
<td>${stateOf(words, groupId, item)}</td>
<td class="number">${money(words, item.amount, asset)}</td>
<td><bdi>${item.note ?? ''}</bdi></td></tr>
`

/** The state of an item, which leads to its transfer once there is one. */
function stateOf({ text }: Words, groupId: string, { state, transfer }: ItemView): Html {
  const word = badge(state, text(`item.${state}`))
  if (state === 'planned' || state === 'refused') return word
  return html`<a href="/groups/${groupId}/transfers/${transfer}">${word}</a>`
}
