import { html } from 'hono/html'
import type { PeopleList } from '../../groups/lists.ts'
import type { Rehearsal } from '../../groups/rehearsal.ts'
import type { GroupRules } from '../../groups/rules.ts'
import { type Asset, formatAmount } from '../../money/amount.ts'
import type { Identity } from '../../people/identity.ts'
import { LANGUAGES } from '../../shared/language.ts'
import { checkField, selectField, textField } from '../components.ts'
import type { Html, TextKey, Words } from '../language.ts'
import { nameOrId } from '../names.ts'
import type { Admin } from './access.ts'
import type { Errors, Typed } from './rules-form.ts'
import { type Difference, languageName, sendersInWords } from './rules-words.ts'

/** The form of a group's rules, as it is filled in. */
export interface RulesForm {
  /** Where it is posted to. */
  path: string
  typed: Typed
  errors: Errors
  assets: Asset[]
  lists: Pick<PeopleList, 'id' | 'name'>[]
}

/** @param said what has just happened @param rehearsal of what is filled in */
export const rulesMain = (
  words: Words,
  form: RulesForm,
  said: Html | undefined,
  rehearsal: Html | undefined,
): Html => html`${said ?? ''}
${rehearsal ?? ''}
<section class="panel"><p class="soft">${words.text('rules.text')}</p>
<form method="post" action="${form.path}">
${sending(words, form)}
${form.assets.map((asset) => limits(words, form, asset))}
${inChats(words, form)}
${form.assets.map((asset) => approvals(words, form, asset))}
<div class="actions"><button class="button">${words.text('rules.rehearse')}</button></div>
</form></section>`

/** What a field is made of besides its label. */
const about = ({ typed, errors }: RulesForm, name: string) => ({
  name,
  value: typed[name],
  error: errors[name],
})

function sending(words: Words, form: RulesForm): Html {
  const { text } = words
  const senders: GroupRules['senders'][] = [
    'everybody',
    'admins',
    ...form.lists.map(({ id }) => ({ list: id })),
  ]
  const options = senders.map(
    (one) => [typeof one === 'string' ? one : one.list, sendersInWords(words, one, form.lists)] as const,
  )
  return html`<h2>${text('rules.sending')}</h2>
${checkField({ name: 'on', label: text('rules.onLabel'), checked: form.typed.on === 'on' })}
<div class="fields">
${selectField({ ...about(form, 'senders'), label: text('rules.senders'), options, hint: text('rules.sendersHint') })}
${textField({ ...about(form, 'hours'), label: text('rules.hours'), hint: text('rules.hoursHint'), inputMode: 'decimal', most: 4 })}
${assetChoice(words, form)}
</div>`
}

function assetChoice({ text }: Words, form: RulesForm): Html {
  const options = [
    ['', text('rules.assetUsual')] as const,
    ...form.assets.map(({ code }) => [code, code] as const),
  ]
  return selectField({
    ...about(form, 'asset'),
    label: text('rules.asset'),
    options,
    hint: text('rules.assetHint'),
  })
}

function limits({ text, number }: Words, form: RulesForm, asset: Asset): Html {
  const { code, maxTransfer } = asset
  const max = `${number(formatAmount(maxTransfer, asset))} ${code}`
  return html`<h2>${text('rules.limits', { asset: code })}</h2>
<div class="fields">
${textField({ ...about(form, `limits.${code}.transfer`), label: text('rules.transfer', { asset: code }), hint: text('rules.transferHint', { max }), inputMode: 'decimal', most: 40 })}
${textField({ ...about(form, `limits.${code}.day`), label: text('rules.day', { asset: code }), hint: text('rules.dayHint'), inputMode: 'decimal', most: 40 })}
</div>`
}

function inChats({ text }: Words, form: RulesForm): Html {
  const languages = [
    ['', text('rules.languageOwn')] as const,
    ...LANGUAGES.map((language) => [language, languageName(language)] as const),
  ]
  return html`<h2>${text('rules.chats')}</h2>
<div class="fields">
${selectField({ ...about(form, 'language'), label: text('rules.language'), options: languages })}
${textField({ ...about(form, 'timeZone'), label: text('rules.timeZone'), hint: text('rules.timeZoneHint'), list: 'zones', most: 64 })}
<datalist id="zones">${Intl.supportedValuesOf('timeZone').map((zone) => html`<option value="${zone}">`)}</datalist>
</div>`
}

function approvals({ text }: Words, form: RulesForm, { code }: Asset): Html {
  const needs = [
    ['', text('rules.needsNone')] as const,
    ...['1', '2', '3', '4', '5'].map((n) => [n, n] as const),
  ]
  return html`<h2>${text('rules.payouts', { asset: code })}</h2>
<div class="fields">
${selectField({ ...about(form, `approvals.${code}.needs`), label: text('rules.approvals', { asset: code }), options: needs, hint: text('rules.needsHint') })}
${textField({ ...about(form, `approvals.${code}.above`), label: text('rules.above', { asset: code }), hint: text('rules.aboveHint'), inputMode: 'decimal', most: 40 })}
</div>`
}

/** A rehearsal as it is shown. */
type Shown = Omit<Rehearsal, 'examples'> & {
  examples: (Omit<Rehearsal['examples'][number], 'amount'> & { amount: string; from: Identity | null })[]
}

/** What new rules change, what they would have refused, and a button that saves them. */
export function rehearsalPanel(
  words: Words,
  { path, typed }: RulesForm,
  { timeZone }: Admin['group'],
  changes: Difference[],
  rehearsal: Shown,
): Html {
  const { text } = words
  const { days, transfers, refused, people, byRule, examples, rules } = rehearsal
  const sentence = refused === 0 ? 'rules.refusedNone' : people === 1 ? 'rules.refusedOne' : 'rules.refused'
  const counts = Object.fromEntries(
    Object.entries({ days, transfers, refused, people }).map(([name, count]) => [name, words.number(count)]),
  )
  return html`<section class="panel" aria-labelledby="would"><h2 id="would">${text('rules.would')}</h2>
${changesTable(words, changes)}
<div class="notice" role="status"><p>${text(sentence, counts)}</p></div>
${
  refused === 0
    ? ''
    : html`<ul>${byRule.map(({ code, asset, refused: count }) => html`<li>${text(`rules.by.${code}` as TextKey, { count: words.number(count), asset: asset ?? '' })}</li>\n`)}</ul>
${rules.senders === 'admins' ? html`<p class="soft">${text('rules.adminsNow')}</p>` : ''}
<h3>${text('rules.examples')}</h3>
<table class="cards"><thead><tr>
<th scope="col">${text('books.when')}</th>
<th scope="col">${text('rules.from')}</th>
<th scope="col" class="number">${text('books.amount')}</th></tr></thead>
<tbody>${examples.map(
        ({ transfer, at, from, amount, asset }) =>
          html`<tr><th scope="row"><a href="${path.replace(/\/rules$/, `/transfers/${transfer}`)}">${words.local(at, timeZone)}</a></th>
<td data-label="${text('rules.from')}"><bdi>${from ? nameOrId(from, undefined) : text('somebody')}</bdi></td>
<td class="number" data-label="${text('books.amount')}">${words.number(amount)} ${asset}</td></tr>
`,
      )}</tbody></table>
<p class="soft">${text('books.zone', { zone: timeZone })}</p>`
}
<form method="post" action="${path}/save">
${Object.entries(typed).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}">\n`)}
<div class="actions"><button class="button">${text('rules.save')}</button></div>
</form></section>`
}

/** Rules as they were and as they are. */
const changesTable = ({ text }: Words, changes: Difference[]): Html => html`<table class="cards"><thead><tr>
<th scope="col">${text('rules.rule')}</th>
<th scope="col">${text('rules.before')}</th>
<th scope="col">${text('rules.after')}</th></tr></thead>
<tbody>${changes.map(
  ({ rule, before, after }) => html`<tr><th scope="row">${rule}</th>
<td data-label="${text('rules.before')}"><bdi>${before}</bdi></td>
<td data-label="${text('rules.after')}"><bdi>${after}</bdi></td></tr>
`,
)}</tbody></table>`
