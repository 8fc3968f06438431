import { Hono } from 'hono'
import { html } from 'hono/html'
import { validate } from 'uuid'
import type { Core } from '../../../core.ts'
import { listsOf, type PeopleList } from '../../../groups/lists.ts'
import { type StandingView, standingOf } from '../../../payouts/standing-view.ts'
import { type Holding, treasuryOf } from '../../../payouts/treasury.ts'
import { type PayoutView, payoutsOf } from '../../../payouts/view.ts'
import { badge, pager } from '../../components.ts'
import { money } from '../../forms.ts'
import { type Html, type Words, wordsFor } from '../../language.ts'
import { type Admin, adminOf } from '../access.ts'
import { answerTreasury, treasuryPath, whoIs } from './page.ts'
import { progressOf } from './payout-view.ts'
import { rhythmOf, stateOf } from './standing-view.ts'

const PAYOUTS = 20

/** The first page of a treasury: its balances, and the ways to everything else. */
export const overview = (core: Core) =>
  new Hono().get('/:group/treasury', async (c) => {
    const admin = await adminOf(core, c)
    const words = wordsFor(c)
    const { group, viewer } = admin
    const before = c.req.query('before')
    const cursor = before !== undefined && validate(before) ? before : undefined
    const [holdings, standing, lists, payouts] = await Promise.all([
      treasuryOf(core.db, group.id),
      standingOf(core, group.id),
      listsOf(core.db, group.id),
      payoutsOf(core, group.id, cursor, PAYOUTS, viewer.messenger),
    ])
    const path = treasuryPath(group.id)
    return answerTreasury(core, c, admin, {
      title: words.text('frame.treasury'),
      main: html`${
        cursor
          ? ''
          : html`${balances(core, words, path, holdings)}
${standingPanel(words, admin, path, standing)}
${listsPanel(words, path, lists)}`
      }
${payoutsPanel(words, admin, path, payouts.items)}
${pager(words, {
  newer: cursor && path,
  older: payouts.next ? `${path}?before=${payouts.next}` : undefined,
})}`,
    })
  })

function balances(core: Core, words: Words, path: string, holdings: Holding[]): Html {
  const { text } = words
  const sum = (minor: bigint, asset: string) => words.number(core.assets.formatted(minor, asset))
  const some = holdings.filter(({ balance }) => balance > 0n)
  return html`<section class="panel"><h2>${text('treasury.balance')}</h2>
${
  some.length === 0
    ? html`<p>${text('treasury.empty')}</p>`
    : html`<dl class="tiles">${some.map(
        ({ asset, balance, planned }) => html`<div><dt>${asset}</dt>
<dd class="sum">${sum(balance, asset)}</dd>
${planned > 0n ? html`<dd class="soft">${text('treasury.planned', { amount: sum(planned, asset) })}</dd>` : ''}</div>
`,
      )}</dl>`
}
<p class="soft">${words.rich('treasury.how', { line: html`<code>/send 20 @treasury</code>` })}</p>
<div class="actions">
<a class="button" href="${path}/pay">${text('pay.one')}</a>
<a class="button quiet" href="${path}/pay-many">${text('pay.many')}</a>
<a class="button quiet" href="${path}/give">${text('give.title')}</a>
<a class="button quiet" href="${path}/proof">${text('proof.treasury')}</a>
</div></section>`
}

const standingPanel = (
  words: Words,
  { group }: Admin,
  path: string,
  standing: StandingView[],
): Html => html`<section class="panel"><h2>${words.text('standing.title')}</h2>
${
  standing.length === 0
    ? html`<p>${words.text('standing.none')}</p>`
    : html`<table class="cards"><thead><tr>
<th scope="col">${words.text('standing.what')}</th>
<th scope="col">${words.text('standing.when')}</th>
<th scope="col">${words.text('standing.next')}</th>
<th scope="col">${words.text('treasury.state')}</th></tr></thead>
<tbody>${standing.map(
        (
          one,
        ) => html`<tr><th scope="row"><a href="${path}/standing/${one.id}">${words.rich('standing.each', { amount: money(words, one.amount, one.asset), list: one.list?.name ?? '–' })}</a></th>
<td data-label="${words.text('standing.when')}">${rhythmOf(words, one)}</td>
<td data-label="${words.text('standing.next')}">${one.state === 'active' ? words.moment(one.nextAt, group.timeZone) : '–'}</td>
<td data-label="${words.text('treasury.state')}">${stateOf(words, one.state)}</td></tr>
`,
      )}</tbody></table>`
}
<div class="actions"><a class="button quiet" href="${path}/standing/new">${words.text('standing.make')}</a></div></section>`

const listsPanel = (
  { text }: Words,
  path: string,
  lists: PeopleList[],
): Html => html`<section class="panel"><h2>${text('lists.title')}</h2>
${
  lists.length === 0
    ? html`<p>${text('lists.none')}</p>`
    : html`<ul class="links">${lists.map(
        ({ id, name, members }) =>
          html`<li><a href="${path}/lists/${id}"><bdi>${name}</bdi>&nbsp;(${members.length})</a></li>\n`,
      )}</ul>`
}
<div class="actions"><a class="button quiet" href="${path}/lists/new">${text('lists.make')}</a></div></section>`

const payoutsPanel = (
  words: Words,
  { group }: Admin,
  path: string,
  payouts: PayoutView[],
): Html => html`<section class="panel"><h2>${words.text('payouts.title')}</h2>
${
  payouts.length === 0
    ? html`<p>${words.text('payouts.none')}</p>`
    : html`<table class="cards"><thead><tr>
<th scope="col">${words.text('payouts.when')}</th>
<th scope="col" class="number">${words.text('payouts.total')}</th>
<th scope="col" class="number">${words.text('payouts.people')}</th>
<th scope="col">${words.text('payouts.by')}</th>
<th scope="col">${words.text('pay.note')}</th>
<th scope="col">${words.text('treasury.state')}</th></tr></thead>
<tbody>${payouts.map(
        (
          one,
        ) => html`<tr><th scope="row"><a href="${path}/payouts/${one.id}">${words.moment(new Date(one.createdAt), group.timeZone)}</a></th>
<td class="number" data-label="${words.text('payouts.total')}">${money(words, one.total, one.asset)}</td>
<td class="number" data-label="${words.text('payouts.people')}">${words.number(one.people)}</td>
<td data-label="${words.text('payouts.by')}"><bdi>${whoIs(words, one.madeBy)}</bdi></td>
<td data-label="${words.text('pay.note')}"><bdi>${one.note ?? '–'}</bdi></td>
<td data-label="${words.text('treasury.state')}">${stateBadge(words, one)}</td></tr>
`,
      )}</tbody></table>`
}
</section>`

function stateBadge(words: Words, payout: PayoutView): Html {
  const { state, text } = progressOf(words, payout)
  return badge(state, text)
}
