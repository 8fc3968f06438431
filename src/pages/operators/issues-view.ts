import { html } from 'hono/html'
import type { Asset } from '../../money/amount.ts'
import type { Assets } from '../../money/assets.ts'
import type { PlannedIssue } from '../../operators/issues.ts'
import { labelOf } from '../../shared/names.ts'
import type { Issued } from '../../transfers/issue.ts'
import { areaField, choiceField, fileField, notice, textField } from '../components.ts'
import { assetField, type Errors, form } from '../forms.ts'
import { bdi, type Html, type Words } from '../language.ts'
import { problemOf } from './reason.ts'

/** The form for a list, as it was filled in. */
export interface Fields {
  direction: 'in' | 'out'
  asset: string
  key: string
  reason: string
  rows: string
}

/** What is wrong with a row, in words. */
export interface RowFault {
  line: number
  problem: string
}

/** What is wrong with a list. */
export interface Wrong {
  errors: Errors<'key' | 'reason' | 'rows' | 'file'>
  faults: RowFault[]
}

/** The form for a list; with all that is wrong in its rows above it, by their lines. */
export function issuesForm(words: Words, assets: Asset[], fields: Fields, wrong?: Wrong): Html {
  const { text } = words
  const { errors, faults } = wrong ?? { errors: {}, faults: [] }
  return html`${faults.length > 0 ? faultList(words, faults) : ''}
<section class="panel"><p>${text('issues.text')}</p>
${form(
  '/operators/issues',
  html`${choiceField({
    name: 'direction',
    label: text('issues.direction'),
    value: fields.direction,
    options: [
      ['in', text('issues.in')],
      ['out', text('issues.out')],
    ],
  })}
<div class="fields">
${textField({ name: 'key', label: text('issues.key'), value: fields.key, error: errors.key, hint: text('issues.keyHint'), most: 100, required: true })}
${textField({ name: 'reason', label: text('operators.reason'), value: fields.reason, error: errors.reason, hint: text('issues.reasonHint'), most: 200, required: true })}
${assetField(words, assets, fields.asset)}
</div>
${areaField({ name: 'rows', label: text('issues.rows'), value: fields.rows, error: errors.rows, hint: text('issues.rowsHint'), rows: 8 })}
${fileField({ name: 'file', label: text('pay.file'), accept: '.csv,.txt,.tsv,text/csv,text/plain', error: errors.file, hint: text('pay.fileHint') })}`,
  html`<button class="button">${text('issues.check')}</button>`,
  true,
)}</section>`
}

/** The most faults that are shown at once. */
const MAX_FAULTS = 50

const faultList = (words: Words, faults: RowFault[]): Html =>
  html`<div class="notice bad" role="alert"><h2>${words.text('issues.wrong', { count: words.number(faults.length) })}</h2>
<ul>${faults.slice(0, MAX_FAULTS).map(({ line, problem }) => html`<li>${words.text('issues.line', { line: String(line), problem })}</li>\n`)}</ul>
${faults.length > MAX_FAULTS ? html`<p>${words.text('pay.moreFaults', { count: words.number(faults.length - MAX_FAULTS) })}</p>` : ''}</div>`

/** What a list would come to, with a button that carries it out. */
export function preview(words: Words, assets: Assets, fields: Fields, planned: PlannedIssue[]): Html {
  const { text } = words
  const isNew = ({ rehearsed }: PlannedIssue) => !rehearsed.before
  const left = planned.filter(isNew)
  const totals = [...Map.groupBy(left, ({ rehearsed }) => rehearsed.transfer.asset)].map(([asset, some]) =>
    money(
      words,
      assets,
      some.reduce((sum, { rehearsed }) => sum + rehearsed.transfer.amount, 0n),
      asset,
    ),
  )
  const hidden = Object.entries(fields).filter(([name]) => name !== 'rows')
  return html`<section class="panel"><dl class="tiles">
<div><dt>${text('issues.rowCount')}</dt><dd class="sum">${words.number(left.length)}</dd></div>
<div><dt>${text('issues.total')}</dt><dd class="sum">${totals.join(', ') || '0'}</dd></div></dl>
${form(
  '/operators/issues/make',
  html`${hidden.map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">`)}
<textarea name="rows" hidden>
${fields.rows}</textarea>`,
  html`<button class="button">${text('issues.make', { count: words.number(left.length) })}</button>
<a class="button quiet" href="/operators/issues">${text('treasury.back')}</a>`,
)}</section>
<section class="panel">
${rowsTable(words, assets, planned, 'issues.then', ({ rehearsed: { before, balance, transfer } }) =>
  before ? text('issues.before') : money(words, assets, balance, transfer.asset),
)}</section>`
}

/** What has come of each row of a list. */
export function outcomes(
  words: Words,
  assets: Assets,
  direction: Fields['direction'],
  planned: PlannedIssue[],
  made: (Issued | Error)[],
): Html {
  const { text } = words
  const done = made.filter((one) => !(one instanceof Error)).length
  const counts = { count: words.number(done), rows: words.number(made.length) }
  return html`${notice(text(direction === 'in' ? 'issues.doneIn' : 'issues.doneOut', counts), done === made.length ? 'good' : 'bad')}
<section class="panel">
${rowsTable(words, assets, planned, 'issues.outcome', (_, index) => {
  const outcome = made[index] as Issued | Error
  if (outcome instanceof Error) return text('issues.failed', { problem: problemOf(words, outcome) })
  return text(outcome.before ? 'issues.before' : 'issues.made')
})}
<div class="actions"><a class="button quiet" href="/operators/issues">${text('treasury.back')}</a></div></section>`
}

function rowsTable(
  words: Words,
  assets: Assets,
  planned: PlannedIssue[],
  last: 'issues.then' | 'issues.outcome',
  lastOf: (row: PlannedIssue, index: number) => string,
): Html {
  const { text } = words
  return html`<table class="cards"><thead><tr><th scope="col">${text('operators.person')}</th>
<th scope="col" class="number">${text('pay.amount')}</th><th scope="col">${text('operators.reason')}</th>
<th scope="col">${text(last)}</th></tr></thead>
<tbody>${planned.map((row, index) => {
    const { amount, asset, note } = row.rehearsed.transfer
    const label = row.known && labelOf(row.known, undefined)
    return html`<tr><th scope="row">${bdi(label ?? row.who)} <span class="soft">${label ? row.who : row.known ? '' : text('issues.notMet')}</span></th>
<td class="number" data-label="${text('pay.amount')}">${money(words, assets, amount, asset)}</td>
<td data-label="${text('operators.reason')}"><bdi>${note ?? ''}</bdi></td>
<td data-label="${text(last)}">${lastOf(row, index)}</td></tr>
`
  })}</tbody></table>`
}

const money = (words: Words, assets: Assets, minor: bigint, asset: string): string =>
  `${words.number(assets.formatted(minor, asset))} ${asset}`
