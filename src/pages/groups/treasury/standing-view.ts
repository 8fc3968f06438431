import { html } from 'hono/html'
import type { PeopleList } from '../../../groups/lists.ts'
import type { Asset } from '../../../money/amount.ts'
import type { Rhythm } from '../../../payouts/calendar.ts'
import type { StandingState } from '../../../payouts/standing.ts'
import type { RunView, StandingView } from '../../../payouts/standing-view.ts'
import { badge, choiceField, notice, scrolling, selectField, textField } from '../../components.ts'
import { assetField, button, type Errors, form } from '../../forms.ts'
import type { Html, Words } from '../../language.ts'
import type { Admin } from '../access.ts'
import { reasonOf, treasuryPath, whoIs } from './page.ts'

/** What is filled in of a standing payout. */
export interface StandingFields {
  list: string
  amount: string
  asset: string
  note: string
  every: string
  weekday: string
  monthday: string
  hour: string
}

/** What a form for a standing payout offers to choose from. */
export interface Offered {
  lists: PeopleList[]
  assets: Asset[]
  timeZone: string
}

/** When it is made, in words: `Every Monday at 09:00`. */
export const rhythmOf = (words: Words, { every, day, hour }: Rhythm): string =>
  every === 'week'
    ? words.text('standing.everyWeek', { day: weekday(words, day), hour: clock(hour) })
    : words.text('standing.everyMonth', { day: words.number(day), hour: clock(hour) })

const clock = (hour: number) => `${String(hour).padStart(2, '0')}:00`

/** The name of a day of the week; 1 is Monday. 5 January 1970 was one. */
const weekday = ({ language }: Words, day: number): string =>
  new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' }).format(
    new Date(Date.UTC(1970, 0, 4 + day)),
  )

/** A word for the state of a standing payout. */
export const stateOf = ({ text }: Words, state: StandingState): Html =>
  badge(state, text(`standing.${state}`))

/** The fields of a standing payout. Without a list there is nobody to pay. */
export function standingForm(
  words: Words,
  action: string,
  path: string,
  { lists, assets, timeZone }: Offered,
  fields: StandingFields,
  errors: Errors<keyof StandingFields> = {},
): Html {
  const { text } = words
  if (lists.length === 0)
    return html`<p>${text('standing.noList')}</p>
<div class="actions"><a class="button" href="${path}/lists/new">${text('lists.make')}</a></div>`
  const days = (count: number, name: (day: number) => string) =>
    Array.from({ length: count }, (_, index) => [String(index + 1), name(index + 1)] as const)
  return html`${errors.whole ? notice(errors.whole, 'bad') : ''}
${form(
  action,
  html`<div class="fields">
${selectField({ name: 'list', label: text('standing.list'), value: fields.list, options: lists.map(({ id, name, members }) => [id, `${name} (${members.length})`] as const), error: errors.list })}
${textField({ name: 'amount', label: text('standing.amount'), value: fields.amount, error: errors.amount, inputMode: 'decimal', required: true })}
${assetField(words, assets, fields.asset, errors.asset)}
${textField({ name: 'note', label: text('pay.note'), value: fields.note, error: errors.note, most: 200 })}
</div>
${choiceField({
  name: 'every',
  label: text('standing.every'),
  value: fields.every,
  error: errors.every,
  options: [
    ['week', text('standing.weekly')],
    ['month', text('standing.monthly')],
  ],
})}
<div class="fields">
${selectField({ name: 'weekday', label: text('standing.weekday'), value: fields.weekday, options: days(7, (day) => weekday(words, day)) })}
${selectField({ name: 'monthday', label: text('standing.monthday'), value: fields.monthday, options: days(31, String), hint: text('standing.monthdayHint') })}
${selectField({ name: 'hour', label: text('standing.hour'), value: fields.hour, options: Array.from({ length: 24 }, (_, hour) => [String(hour), clock(hour)] as const), hint: text('standing.zone', { zone: timeZone }) })}
</div>`,
  html`<button class="button">${text('treasury.save')}</button>`,
)}`
}

/** A standing payout: when it comes next, what can be done with it, and what its last due times have come to. */
export function standingMain(
  words: Words,
  { group }: Admin,
  standing: StandingView,
  runs: RunView[],
  change: Html,
): Html {
  const { text } = words
  const path = treasuryPath(group.id)
  const own = `${path}/standing/${standing.id}`
  const { state, list } = standing
  const moment = (at: Date) => words.moment(at, group.timeZone)
  return html`<section class="panel"><p>${stateOf(words, state)} ${rhythmOf(words, standing)}</p>
<p>${state === 'active' ? text('standing.nextAt', { when: moment(standing.nextAt) }) : text(`standing.${state}Text`)}</p>
<p class="soft">${list ? html`<a href="${path}/lists/${list.id}"><bdi>${list.name}</bdi></a> · ` : ''}${standing.note ? html`<bdi>${standing.note}</bdi> · ` : ''}${text('standing.madeBy', { who: whoIs(words, standing.madeBy) })}</p>
${
  state === 'ended'
    ? ''
    : html`<div class="actions">
${state === 'active' ? button(`${own}/pause`, text('standing.pause'), 'quiet') : button(`${own}/resume`, text('standing.resume'))}
${button(`${own}/end`, text('standing.end'), 'danger')}
</div>`
}</section>
${state === 'ended' ? '' : html`<section class="panel"><h2>${text('standing.change')}</h2>${change}</section>`}
<section class="panel"><h2>${text('standing.runs')}</h2>
${
  runs.length === 0
    ? html`<p>${text('standing.noRuns')}</p>`
    : scrolling(
        text('standing.runs'),
        html`<table><thead><tr><th scope="col">${text('standing.due')}</th>
<th scope="col">${text('standing.outcome')}</th><th scope="col">${text('standing.skipped')}</th></tr></thead>
<tbody>${runs.map(
          (run) => html`<tr><th scope="row">${moment(run.dueAt)}</th>
<td>${outcomeOf(words, path, run)}</td>
<td>${run.skipped.length === 0 ? '–' : html`<ul>${run.skipped.map((one) => skippedOne(words, one))}</ul>`}</td></tr>
`,
        )}</tbody></table>`,
      )
}</section>`
}

function outcomeOf(words: Words, path: string, { payoutId, refusal }: RunView): Html {
  const { text } = words
  if (payoutId) return html`<a href="${path}/payouts/${payoutId}">${text('standing.paid')}</a>`
  if (refusal === null) return badge('waiting', text('standing.underWay'))
  return html`${badge('refused', text('item.refused'))} ${reasonOf(words, refusal)}`
}

function skippedOne(words: Words, { who, known }: RunView['skipped'][number]): Html {
  const named = whoIs(words, known ?? { id: null, name: null, handle: null, ...who })
  const why = who.why === 'left' || who.why === 'unknown' ? who.why : 'refused'
  return html`<li><bdi>${named}</bdi>: ${words.text(`skipped.${why}`, { code: who.why })}</li>
`
}
