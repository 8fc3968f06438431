import { html } from 'hono/html'
import { writeFilter } from '../../books/filter.ts'
import type { BooksPage } from '../../books/page.ts'
import type { AssetTotal, DayTotal, Sum, Totals } from '../../books/totals.ts'
import { formatAmount } from '../../money/amount.ts'
import type { KnownIdentity } from '../../people/identity.ts'
import { notice, pager } from '../components.ts'
import { addressOf, type FilterContent, filterForm } from '../filter-view.ts'
import type { Html, Words } from '../language.ts'
import { nameOrId } from '../names.ts'
import { chart } from './chart.ts'
import { type RowsContent, rowsTable } from './rows-view.ts'

/** What the page of a group's books shows. */
export interface BooksContent extends RowsContent {
  filter: FilterContent
  totals: Totals
  days: DayTotal[]
  page: Pick<BooksPage, 'older' | 'newer'>
}

/** A group's books: the filter, the totals and a picture of what it leaves, and a page of the transfers themselves. */
export function booksMain(words: Words, content: BooksContent): Html {
  const { text } = words
  const { filter, totals, days } = content
  const isFiltered = Object.keys(filter.asked.filter).length > 0
  const isEmpty = totals.assets.length === 0
  return html`${isEmpty && !isFiltered ? '' : filterForm(words, filter)}
${
  isEmpty
    ? html`<section class="panel"><h2>${text(isFiltered ? 'books.noMatch' : 'books.empty')}</h2>
<p>${text(isFiltered ? 'books.noMatchText' : 'books.emptyText')}</p>
${live(words, filter)}</section>`
    : html`<div id="sums" class="sums">
<p class="soft">${text('books.counts', {
        transfers: words.number(totals.assets.reduce((sum, { sent }) => sum + sent.transfers, 0)),
        people: words.number(totals.people),
      })}</p>
${totals.assets.map((total) =>
  assetPanel(
    words,
    total,
    days.filter(({ asset }) => asset === total.asset),
    content,
  ),
)}</div>
${list(words, content)}`
}`
}

/** The page where somebody was named whom it takes more to know: nobody goes by that name, or several do. */
export function whoIsMeant(words: Words, filter: FilterContent, found: KnownIdentity[]): Html {
  const { asked, path, here } = filter
  const linkTo = (person: string) => `${path}?${writeFilter({ ...asked.filter, person })}`
  const called = asked.called ?? ''
  return html`${filterForm(words, filter)}
${
  found.length === 0
    ? notice(words.rich('filter.nobody', { called }), 'bad')
    : html`<section class="panel"><h2>${words.rich('filter.which', { called })}</h2>
<ul class="links">${found.map((one) => html`<li><a href="${linkTo(one.person)}"><bdi>${nameOrId(one, here)}</bdi></a></li>\n`)}</ul></section>`
}`
}

function assetPanel(words: Words, total: AssetTotal, days: DayTotal[], { assets }: BooksContent): Html {
  const asset = assets.named(total.asset)
  const tile = (part: 'sent' | 'collected' | 'open' | 'returned') => {
    const { amount, transfers }: Sum = total[part]
    return html`<div><dt>${words.text(`chart.${part}`)}</dt>
<dd class="sum">${words.number(formatAmount(amount, asset))}</dd>
<dd class="soft">${words.text('books.transfers', { transfers: words.number(transfers) })}</dd></div>`
  }
  return html`<section class="panel">
<h2>${asset.code}</h2>
<dl class="tiles">${tile('sent')}${tile('collected')}${tile('open')}${tile('returned')}</dl>
${chart(
  words,
  days.map(({ day, collected, open, returned }) => ({
    day,
    collected: collected.amount,
    open: open.amount,
    returned: returned.amount,
  })),
  asset,
)}
</section>
`
}

function list(words: Words, content: BooksContent): Html {
  const { text } = words
  const { filter, page } = content
  const linkTo = (cursor: BooksPage['older']) => cursor && viewOf(filter, '', cursor)
  return html`<section class="panel">
<div class="heading"><h2>${text('books.list')}</h2>
<p class="actions">${text('books.export')}
<a href="${viewOf(filter, '/export.csv')}" download>CSV</a>
<a href="${viewOf(filter, '/export.jsonl')}" download>JSON Lines</a></p></div>
${page.newer ? '' : live(words, filter)}
${rowsTable(words, content)}
${pager(words, { newer: linkTo(page.newer), older: linkTo(page.older) })}
</section>`
}

/** Where it is said that there are new rows; see rows.js. */
const live = ({ text }: Words, filter: FilterContent) =>
  html`<p class="live soft" role="status" data-live="${viewOf(filter, '/rows')}" data-arrived="${text('live.arrived', { rows: '#' })}" data-away="${text('live.away')}"><noscript><a href="${viewOf(filter, '')}">${text('live.refresh')}</a></noscript></p>`

/** The address of something of exactly this view. */
const viewOf = ({ path, asked }: FilterContent, more: string, cursor?: BooksPage['older']) =>
  addressOf(path + more, writeFilter(asked.filter, cursor))
