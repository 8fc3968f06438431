import { html } from 'hono/html'
import type { GroupSeen } from '../../operators/groups.ts'
import { type OpeningSetting, type Reach, STEPS } from '../../operators/opening.ts'
import { choiceField, notice, textField } from '../components.ts'
import { type Errors, form } from '../forms.ts'
import type { Html, Words } from '../language.ts'

export type OpeningErrors = Errors<'share' | 'confirm'>

/** For whom the service is open. */
export interface OpeningContent {
  setting: OpeningSetting
  /** Those to choose from. */
  groups: GroupSeen[]
  reach: Reach
  /** How many transfers are open. */
  open: number
  isSaved: boolean
  errors: OpeningErrors
}

/** The form for the steps of opening, and the one for the end of the service. */
export function openingMain(words: Words, content: OpeningContent): Html {
  const { text } = words
  const { setting, open, isSaved, errors } = content
  const isClosed = setting.step === 'closed'
  return html`${isSaved ? notice(text('opening.saved'), 'good') : ''}
${isClosed ? closedNotice(words, open) : ''}
${stepsPanel(words, content)}
${
  isClosed
    ? ''
    : html`<section class="panel"><h2>${text('windDown.title')}</h2><p>${text('windDown.text')}</p>
${form(
  '/operators/wind-down',
  textField({ name: 'confirm', label: text('windDown.confirm'), error: errors.confirm, required: true }),
  html`<button class="button danger">${text('windDown.button')}</button>`,
)}</section>`
}`
}

const closedNotice = (words: Words, open: number): Html => html`${notice(
  html`${words.text('windDown.isClosed')}
${open > 0 ? words.text('windDown.open', { count: words.number(open) }) : words.text('windDown.done')}`,
  'bad',
)}
<p class="actions"><a class="button" href="/operators/balances.csv" download>${words.text('overview.balances')}</a></p>`

function stepsPanel(words: Words, { setting, groups, reach, errors }: OpeningContent): Html {
  const { text, number } = words
  const steps = STEPS.filter((step) => step !== 'closed')
  const people = (count: number) => text('opening.people', { count: number(count) })
  return html`<section class="panel"><p>${text('opening.text')}</p>
${form(
  '/operators/opening',
  html`${choiceField({
    name: 'step',
    label: text('opening.step'),
    value: setting.step,
    options: steps.map((step) => [
      step,
      html`<span>${text(`opening.${step}`)} <span class="soft">(${people(reach[step])})</span></span>`,
    ]),
  })}
${textField({
  name: 'share',
  label: text('opening.shareField'),
  value: String(setting.share),
  type: 'number',
  error: errors.share,
  hint: text('opening.shareHint', {
    people: number(reach.everybody),
    tenth: number(Math.round(reach.everybody / 10)),
  }),
})}
<fieldset class="field choices"><legend>${text('opening.groupsField')}</legend>
${
  groups.length === 0
    ? html`<p class="hint">${text('opening.noGroups')}</p>`
    : groups.map(
        ({ id, chats }) =>
          html`<label><input type="checkbox" name="groups" value="${id}"${setting.groups.includes(id) ? html` checked` : ''}> <bdi>${chats[0]?.title ?? text('frame.untitled')}</bdi></label>\n`,
      )
}</fieldset>`,
  html`<button class="button">${text('opening.save')}</button>`,
)}</section>`
}
