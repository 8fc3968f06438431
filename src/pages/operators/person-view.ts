import { html } from 'hono/html'
import type { Hold } from '../../ledger/commands.ts'
import type { Asset } from '../../money/amount.ts'
import type { Assets } from '../../money/assets.ts'
import type { PastIssue } from '../../operators/issues.ts'
import type { KnownIdentity } from '../../people/identity.ts'
import { capitalised } from '../../shared/names.ts'
import type { Balance } from '../../transfers/history.ts'
import { choiceField, notice, pager, textField } from '../components.ts'
import { assetField, type Errors, form } from '../forms.ts'
import { bdi, type Html, type Words } from '../language.ts'

export type PersonErrors = Errors<'hold' | 'holdReason' | 'amount' | 'reason'>

/** All that operators see of somebody. */
export interface PersonContent {
  path: string
  identities: KnownIdentity[]
  balances: Balance[]
  held: Hold | null
  /** A page of what was issued to them, and withdrawn. */
  issues: PastIssue[]
  pages: { isFirst: boolean; next: string | null }
  assets: Assets
  /** Those that can be issued to them. */
  offered: Asset[]
  /** What was filled in, where something is wrong with it. */
  typed(field: string): string | undefined
  /** The idempotency key: a button that is pressed twice moves money once. */
  key: string
  /** What was just done. */
  done: string | undefined
}

/** Who somebody is, what they have, what they may do, and what was issued to them. */
export function personMain(words: Words, content: PersonContent, errors: PersonErrors): Html {
  const { held, done } = content
  return html`${errors.whole ? notice(errors.whole, 'bad') : doneNotice(words, done)}
${held ? notice(`${words.text('peopleSeen.held', { what: holdIn(words, held) })} ${words.text('peopleSeen.heldNote')}`, 'bad') : ''}
${whoPanel(words, content)}
${movePanel(words, content, errors)}
${holdPanel(words, content, errors)}
${issuesPanel(words, content)}`
}

const DONE = {
  hold: 'peopleSeen.doneHold',
  move: 'peopleSeen.doneMove',
  back: 'peopleSeen.doneTakeBack',
} as const

function doneNotice({ text }: Words, done: string | undefined): Html {
  const key = done !== undefined && Object.hasOwn(DONE, done) ? DONE[done as keyof typeof DONE] : undefined
  return key ? notice(text(key), 'good') : html``
}

/** What somebody on hold may still do. */
export const holdIn = ({ text }: Words, held: Hold | null): string =>
  text(held === null ? 'peopleSeen.holdNone' : held === 'send' ? 'peopleSeen.holdSend' : 'peopleSeen.holdAll')

function whoPanel(words: Words, { identities, balances, assets }: PersonContent): Html {
  const { text } = words
  return html`<section class="panel"><h2>${text('peopleSeen.identities')}</h2>
<dl class="facts">${identities.map(
    ({ messenger, id, handle, name }) => html`<div><dt>${capitalised(messenger)}</dt>
<dd>${bdi([name, handle && `@${handle}`, `#${id}`].filter(Boolean).join(' '))}</dd></div>
`,
  )}</dl>
<h2>${text('peopleSeen.balances')}</h2>
${
  balances.length === 0
    ? html`<p>${text('peopleSeen.noBalances')}</p>`
    : html`<dl class="tiles">${balances.map(
        ({ asset, balance }) => html`<div><dt>${asset}</dt>
<dd class="sum">${words.number(assets.formatted(balance, asset))}</dd></div>
`,
      )}</dl>`
}</section>`
}

function movePanel(words: Words, content: PersonContent, errors: PersonErrors): Html {
  const { text } = words
  const { path, offered, typed, key } = content
  return html`<section class="panel"><h2>${text('peopleSeen.move')}</h2>
${form(
  `${path}/move`,
  html`<input type="hidden" name="key" value="${key}">
${choiceField({
  name: 'direction',
  label: text('peopleSeen.direction'),
  value: typed('direction') ?? 'in',
  options: [
    ['in', text('peopleSeen.issue')],
    ['out', text('peopleSeen.withdraw')],
  ],
})}
<div class="fields">
${textField({ name: 'amount', label: text('pay.amount'), value: typed('amount'), error: errors.amount, inputMode: 'decimal', required: true })}
${assetField(words, offered, typed('asset') ?? '')}
${textField({ name: 'reason', label: text('operators.reason'), value: typed('reason'), error: errors.reason, hint: text('peopleSeen.reasonHint'), most: 200, required: true })}
</div>`,
  html`<button class="button">${text('peopleSeen.moveButton')}</button>`,
)}</section>`
}

function holdPanel(words: Words, { path, held, typed }: PersonContent, errors: PersonErrors): Html {
  const { text } = words
  return html`<section class="panel"><h2>${text('peopleSeen.hold')}</h2>
${form(
  `${path}/hold`,
  html`${choiceField({
    name: 'hold',
    label: text('peopleSeen.holdWhat'),
    value: typed('hold') ?? held ?? 'none',
    options: [
      ['none', holdIn(words, null)],
      ['send', holdIn(words, 'send')],
      ['all', holdIn(words, 'all')],
    ],
  })}
${textField({ name: 'holdReason', label: text('operators.reason'), value: typed('holdReason'), error: errors.holdReason, hint: text('peopleSeen.holdHint'), most: 200, required: true })}`,
  html`<button class="button">${text('peopleSeen.holdSave')}</button>`,
)}</section>`
}

function issuesPanel(words: Words, { path, issues, pages, assets }: PersonContent): Html {
  const { text } = words
  return html`<section class="panel"><h2>${text('peopleSeen.issues')}</h2>
${
  issues.length === 0
    ? html`<p>${text('peopleSeen.noIssues')}</p>`
    : html`<table class="cards"><thead><tr>
<th scope="col">${text('peopleSeen.when')}</th><th scope="col" class="number">${text('pay.amount')}</th>
<th scope="col">${text('operators.reason')}</th><th scope="col">${text('peopleSeen.back')}</th></tr></thead>
<tbody>${issues.map((one) => issueRow(words, one, assets))}</tbody></table>`
}
${pager(words, {
  newer: pages.isFirst ? undefined : path,
  older: pages.next ? `${path}?before=${pages.next}` : undefined,
})}</section>`
}

function issueRow(words: Words, { direction, transfer, takenBack }: PastIssue, assets: Assets): Html {
  const { text } = words
  const { id, amount, asset, note, createdAt } = transfer
  const sum = (minor: bigint) => `${words.number(assets.formatted(minor, asset))} ${asset}`
  const missing = takenBack === undefined ? 0n : amount - takenBack
  return html`<tr><td data-label="${text('peopleSeen.when')}">${words.moment(createdAt)}</td>
<td class="number" data-label="${text(direction === 'in' ? 'peopleSeen.in' : 'peopleSeen.out')}">${direction === 'in' ? '' : '−'}${sum(amount)}</td>
<td data-label="${text('operators.reason')}"><bdi>${note ?? '–'}</bdi></td>
<td data-label="${text('peopleSeen.back')}">${
    direction === 'out'
      ? '–'
      : takenBack === undefined
        ? html`<a href="/operators/issues/${id}">${text('peopleSeen.takeBack')}</a>`
        : text(missing > 0n ? 'peopleSeen.takenPart' : 'peopleSeen.takenBack', {
            amount: sum(takenBack),
            missing: sum(missing),
          })
  }</td></tr>
`
}
