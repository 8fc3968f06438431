import { html } from 'hono/html'
import type { PeopleList } from '../../../groups/lists.ts'
import { type Asset, formatAmount } from '../../../money/amount.ts'
import type { Plan } from '../../../payouts/plan.ts'
import { areaField, fileField, notice, scrolling, selectField, textField } from '../../components.ts'
import { assetField, form, money } from '../../forms.ts'
import type { Html, Words } from '../../language.ts'
import { whoIs } from './page.ts'
import type { Wrong } from './pay-form.ts'

/** What is filled in to pay one person. */
export interface OneFields {
  who: string
  amount: string
  asset: string
  note: string
}

/** What is filled in to pay many. */
export interface ManyFields {
  /** `rows`, `everybody`, or the id of a list. */
  to: string
  /** The amount of whoever has none of their own. */
  each: string
  rows: string
  asset: string
  note: string
}

interface Content {
  path: string
  assets: Asset[]
}

const NOTHING: Wrong = { errors: {}, faults: [] }

/** The form to pay one person. */
export function oneForm(
  words: Words,
  { path, assets }: Content,
  fields: OneFields,
  { errors, faults }: Wrong = NOTHING,
): Html {
  const { text } = words
  const problemOf = (what: (typeof faults)[number]['about']) =>
    errors[what] ?? faults.find(({ about }) => about === what)?.problem
  return html`${errors.whole ? notice(errors.whole, 'bad') : ''}
<section class="panel">${form(
    `${path}/pay`,
    html`<div class="fields">
${textField({ name: 'who', label: text('pay.who'), value: fields.who, error: problemOf('who'), hint: text('pay.whoHint'), required: true })}
${textField({ name: 'amount', label: text('pay.amount'), value: fields.amount, error: problemOf('amount'), inputMode: 'decimal', required: true })}
${assetField(words, assets, fields.asset, errors.asset)}
${textField({ name: 'note', label: text('pay.note'), value: fields.note, error: problemOf('note'), most: 200 })}
</div>`,
    html`<button class="button">${text('pay.preview')}</button>`,
  )}</section>`
}

/** The form to pay many: with all that is wrong in their rows above it, by their lines. */
export function manyForm(
  words: Words,
  { path, assets, lists }: Content & { lists: PeopleList[] },
  fields: ManyFields,
  { errors, faults }: Wrong = NOTHING,
): Html {
  const { text } = words
  const wrongRows =
    faults.length > 0 ? text('pay.rowsWrong', { count: words.number(faults.length) }) : undefined
  const options = [
    ['rows', text('pay.toRows')] as const,
    ['everybody', text('pay.toEverybody')] as const,
    ...lists.map(({ id, name, members }) => [id, `${name} (${members.length})`] as const),
  ]
  return html`${errors.whole ? notice(errors.whole, 'bad') : ''}
${wrongRows ? faultList(words, wrongRows, faults) : ''}
<section class="panel">${form(
    `${path}/pay-many`,
    html`<div class="fields">
${selectField({ name: 'to', label: text('pay.to'), value: fields.to, options, error: errors.to })}
${textField({ name: 'each', label: text('pay.each'), value: fields.each, error: errors.each, inputMode: 'decimal', hint: text('pay.eachHint') })}
${assetField(words, assets, fields.asset, errors.asset)}
${textField({ name: 'note', label: text('pay.note'), value: fields.note, error: errors.note, hint: text('pay.noteHint'), most: 200 })}
</div>
${areaField({ name: 'rows', label: text('pay.rows'), value: fields.rows, error: errors.rows ?? wrongRows, hint: text('pay.rowsHint'), rows: 8 })}
${fileField({ name: 'file', label: text('pay.file'), accept: '.csv,.txt,.tsv,text/csv,text/plain', error: errors.file, hint: text('pay.fileHint') })}`,
    html`<button class="button">${text('pay.preview')}</button>`,
    true,
  )}</section>`
}

/** The most faults that are shown at once. */
const MAX_FAULTS = 50

const faultList = ({ text }: Words, title: string, faults: Wrong['faults']): Html =>
  html`<div class="notice bad" role="alert"><h2>${title}</h2>
<ul>${faults.slice(0, MAX_FAULTS).map(({ line, problem }) => html`<li>${text('pay.line', { line: String(line) })} ${problem}</li>\n`)}</ul>
${faults.length > MAX_FAULTS ? html`<p>${text('pay.moreFaults', { count: String(faults.length - MAX_FAULTS) })}</p>` : ''}</div>`

/** A payout that can be made, and waits to be confirmed. */
export interface PreviewContent {
  path: string
  plan: Plan
  /** What is left in the treasury after it, in minor units. */
  left: bigint
  /** The idempotency key: whatever is pressed twice is paid once. */
  key: string
}

/** Shows a payout whole before it is made: each person, the sum, what is left, and who has to approve it. */
export function preview(words: Words, { path, plan, left, key }: PreviewContent): Html {
  const { text } = words
  const { asset, items, total, approvals } = plan
  const sum = (minor: bigint) => money(words, formatAmount(minor, asset), asset.code)
  const people = words.number(items.length)
  return html`<section class="panel"><dl class="tiles">
<div><dt>${text('payouts.total')}</dt><dd class="sum">${sum(total)}</dd></div>
<div><dt>${text('payouts.people')}</dt><dd class="sum">${people}</dd></div>
<div><dt>${text('preview.left')}</dt><dd class="sum">${sum(left)}</dd></div>
</dl>
<p>${text(approvals > 0 ? 'preview.approvals' : 'preview.atOnce', { count: words.number(approvals) })}</p>
${form(
  `${path}/payouts`,
  html`<input type="hidden" name="key" value="${key}">
<input type="hidden" name="asset" value="${asset.code}">
<input type="hidden" name="note" value="${plan.note ?? ''}">
<textarea name="rows" hidden>
${rowsOf(plan)}</textarea>`,
  html`<button class="button">${text('preview.pay', { amount: sum(total), people })}</button>
<a class="button quiet" href="${path}">${text('treasury.back')}</a>`,
  // Thousands of rows grow least in this form.
  true,
)}</section>
<section class="panel"><h2>${text('preview.people')}</h2>
${scrolling(
  text('preview.people'),
  html`<table><thead><tr><th scope="col">${text('pay.who')}</th>
<th scope="col" class="number">${text('pay.amount')}</th><th scope="col">${text('pay.note')}</th></tr></thead>
<tbody>${items.map(
    ({ to, amount, note }) => html`<tr><th scope="row"><bdi>${whoIs(words, to)}</bdi></th>
<td class="number">${sum(amount)}</td><td><bdi>${note ?? ''}</bdi></td></tr>
`,
  )}</tbody></table>`,
)}</section>`
}

/** What is confirmed is paid to those who were shown, whatever they are called by then. */
const rowsOf = ({ items, asset, note: usual }: Plan): string =>
  items
    .map(({ to: { messenger, id, handle }, amount, note }) =>
      [
        id === null ? `${messenger}:@${handle}` : `${messenger}:${id}`,
        formatAmount(amount, asset),
        ...(note === null || note === usual ? [] : [`"${note.replaceAll('"', '""')}"`]),
      ].join('\t'),
    )
    .join('\n')
