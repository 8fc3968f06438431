import { html } from 'hono/html'
import type { Row } from '../../books/parties.ts'
import { formatAmount } from '../../money/amount.ts'
import type { Assets } from '../../money/assets.ts'
import { directionOf } from '../../shared/language.ts'
import { badge, refundBadge, scrolling } from '../components.ts'
import type { Html, Words } from '../language.ts'
import { partyName } from '../names.ts'

/** A list of a group's transfers. */
export interface RowsContent {
  rows: Row[]
  group: { id: string; timeZone: string }
  assets: Assets
  /** Whether the group meets in several chats, so that each row says where it was made. */
  hasSeveralChats: boolean
}

/** The transfers of a group as a table; on a phone each is a card. */
export function rowsTable(words: Words, content: RowsContent): Html {
  const { text } = words
  const { rows, group, hasSeveralChats } = content
  const head = (key: 'when' | 'who' | 'amount' | 'state' | 'note' | 'chat') =>
    html`<th scope="col"${key === 'amount' ? html` class="number"` : ''}>${text(`books.${key}`)}</th>`
  return html`<div id="rows">${
    rows.length === 0
      ? html`<p class="soft">${text('books.noRows')}</p>`
      : scrolling(
          text('books.list'),
          html`<table class="cards transfers">
<caption>${text('books.zone', { zone: group.timeZone })}</caption>
<thead><tr>${head('when')}${head('who')}${head('amount')}${head('state')}${head('note')}${hasSeveralChats ? head('chat') : ''}</tr></thead>
<tbody>
${rows.map((row) => rowOf(words, row, content))}</tbody>
</table>`,
        )
  }</div>`
}

function rowOf(
  words: Words,
  { transfer, chat, from, to }: Row,
  { group, assets, hasSeveralChats }: RowsContent,
) {
  const { id, createdAt, amount, asset, state } = transfer
  return html`<tr id="${id}">
<td class="when"><a href="/groups/${group.id}/transfers/${id}"><time datetime="${createdAt.toISOString()}">${words.local(createdAt, group.timeZone)}</time></a></td>
<td class="who">${partyName(words, from, chat?.messenger)} <span aria-hidden="true">${directionOf(words.language) === 'rtl' ? '←' : '→'}</span><span class="unseen">${words.text('books.to')}</span> ${partyName(words, to, chat?.messenger)}</td>
<td class="number">${words.number(formatAmount(amount, assets.named(asset)))} <span class="unit">${asset}</span></td>
<td class="state">${badge(state, words.text(`state.${state}`))}${refundBadge(words, transfer)}</td>
<td class="note" dir="auto">${noteOf(words, transfer)}</td>
${hasSeveralChats ? html`<td class="chat"><bdi>${chat?.title ?? words.text('frame.untitled')}</bdi></td>` : ''}
</tr>
`
}

/** The note of a transfer, and whether it was asked for. */
export const noteOf = (words: Words, { note, askId }: Row['transfer']): Html =>
  html`${askId ? html`<span class="soft">${words.text('books.asked')}</span> ` : ''}${note ?? ''}`
