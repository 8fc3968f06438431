import { html } from 'hono/html'
import type { Holder, Line, LineCursor, StatementPage } from '../../books/statement.ts'
import { writeStatementFilter } from '../../books/statement-filter.ts'
import type { Assets } from '../../money/assets.ts'
import type { KnownIdentity } from '../../people/identity.ts'
import type { LinkEvent } from '../../people/links.ts'
import type { Balance } from '../../transfers/history.ts'
import { badge, pager, refundBadge, scrolling } from '../components.ts'
import { addressOf, type FilterContent, filterForm } from '../filter-view.ts'
import { titleOf } from '../groups/frame.ts'
import { noteOf } from '../groups/rows-view.ts'
import { treasuryPath } from '../groups/treasury/page.ts'
import { bdi, type Html, type Words } from '../language.ts'
import { nameOrId, partyName } from '../names.ts'

/** What the page of a person's statement shows. */
export interface StatementContent extends StatementPage {
  filter: FilterContent
  /** What they have now, whatever is filtered. */
  balances: Balance[]
  /** Whose treasuries they may give to. */
  groups: { id: string; title: string | null }[]
  links: LinkEvent[]
  assets: Assets
  holder: Holder
}

/** A person's statement: what they have, and a page of what came and went. */
export function statementMain(words: Words, content: StatementContent): Html {
  const { text } = words
  const { balances, groups, assets, filter, lines, older, newer } = content
  const viewOf = (more: string, cursor?: LineCursor) =>
    addressOf(filter.path + more, writeStatementFilter(filter.asked.filter, cursor))
  return html`<section class="panel"><h2>${text('me.balances')}</h2>
${
  balances.length > 0
    ? html`<dl class="tiles">${balances.map(({ asset, balance }) => html`<div><dt>${asset}</dt><dd class="sum">${words.number(assets.formatted(balance, asset))}</dd></div>\n`)}</dl>`
    : html`<p>${text('me.nothing')}</p>`
}
${
  balances.length > 0
    ? html`<div class="actions"><a class="button quiet" href="/proof">${text('proof.title')}</a>
${groups.map((group) => html`<a class="button quiet" href="${treasuryPath(group.id, 'give')}">${words.rich('give.to', { group: titleOf(words, group) })}</a>\n`)}</div>`
    : ''
}</section>
${linksOf(words, content)}
${filterForm(words, filter)}
<section class="panel">
<div class="heading"><h2>${text('me.lines')}</h2>
<p class="actions">${text('books.export')}
<a href="${viewOf('/export.csv')}" download>CSV</a>
<a href="${viewOf('/export.jsonl')}" download>JSON Lines</a></p></div>
${lines.length > 0 ? scrolling(text('me.lines'), linesTable(words, content)) : html`<p class="soft">${text('books.noRows')}</p>`}
${pager(words, { newer: newer && viewOf('', newer), older: older && viewOf('', older) })}
</section>`
}

/** What has linked and unlinked their identities; nothing where nothing has. */
function linksOf({ text, rich, local }: Words, { links, holder }: StatementContent): Html | '' {
  if (links.length === 0) return ''
  return html`<section class="panel"><h2>${text('me.links')}</h2>
<ul class="links">${links.map(({ kind, at, identity, with: other }) => {
    const name = (who: KnownIdentity) => bdi(nameOrId(who, holder.messenger))
    return html`<li><time class="soft" datetime="${at.toISOString()}">${local(at, holder.timeZone)}</time> ${
      kind === 'link' && other
        ? rich('me.link', { who: name(identity), other: name(other) })
        : rich('me.unlink', { who: name(identity) })
    }</li>\n`
  })}</ul></section>`
}

function linesTable(words: Words, { lines, assets, holder }: StatementContent): Html {
  const { text } = words
  const head = (name: string, kind = '') =>
    html`<th scope="col"${kind ? html` class="${kind}"` : ''}>${name}</th>`
  return html`<table class="cards transfers">
<caption>${text('books.zone', { zone: holder.timeZone })}</caption>
<thead><tr>${head(text('life.at'))}${head(text('me.what'))}${head(text('books.amount'), 'number')}${head(text('me.balance'), 'number')}${head(text('books.state'))}${head(text('books.note'))}</tr></thead>
<tbody>
${lines.map((line) => lineOf(words, line, holder, assets))}</tbody>
</table>`
}

function lineOf(words: Words, line: Line, { messenger, timeZone }: Holder, assets: Assets): Html {
  const { at, amount, balance, asset, row } = line
  const { state } = row.transfer
  const of = (minor: bigint) => words.number(assets.formatted(minor, asset))
  const unit = html`<span class="unit">${asset}</span>`
  return html`<tr>
<td class="when"><time datetime="${at.toISOString()}">${words.local(at, timeZone)}</time></td>
<td class="who">${what(words, line, messenger)}${row.chat?.title ? html` <span class="soft">· <bdi>${row.chat.title}</bdi></span>` : ''}${changesIn(words, line)}</td>
<td class="number">${amount > 0n ? '+' : ''}${of(amount)} ${unit}</td>
<td class="balance number"><span class="label">${words.text('me.balance')}</span> ${of(balance)} ${unit}</td>
<td class="state">${badge(state, words.text(`state.${state}`))}${refundBadge(words, row.transfer)}</td>
<td class="note" dir="auto">${noteOf(words, row.transfer)}</td>
</tr>
`
}

/** What the holder has done about what they sent. */
function changesIn({ text }: Words, { changes }: Line): Html[] {
  const counts = (['extended', 'reissued', 'reminded'] as const).map(
    (what) => [what, changes.filter((change) => change.what === what).length] as const,
  )
  return counts.flatMap(([what, count]) =>
    count > 0 ? [html` <span class="soft">· ${text(`me.${what}`, { count: String(count) })}</span>`] : [],
  )
}

function what(words: Words, { kind, leaves, row }: Line, here: string): Html {
  const { fromAccount, recipient } = row.transfer
  // Between two accounts of theirs, of which one has come into the other.
  if (recipient.kind === 'account' && recipient.account === fromAccount) return words.rich('me.together')
  switch (kind) {
    case 'fund':
      return words.rich('me.sent', { who: partyName(words, row.to, here) })
    case 'collect':
      return words.rich('me.received', { who: partyName(words, row.from, here) })
    case 'return':
      return leaves === 'cancelled' || leaves === 'declined'
        ? words.rich(`me.${leaves}`, { who: partyName(words, row.to, here) })
        : words.rich('me.returned', { who: partyName(words, row.to, here) })
  }
}
