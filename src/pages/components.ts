import { html } from 'hono/html'
import type { ReadTransfer } from '../transfers/find.ts'
import type { Html, Words } from './language.ts'

interface Field {
  /** Its name in the form, and its id on the page. */
  name: string
  label: string
  value?: string | undefined
  /** What helps to fill it in. */
  hint?: string | undefined
  /** What is wrong with what was filled in. */
  error?: string | undefined
  required?: boolean
}

/** A field of one line. @param field.type of the input, `text` by default @param field.list the id of a datalist */
export const textField = (
  field: Field & { type?: 'date' | 'search' | 'number'; inputMode?: 'decimal'; list?: string; most?: number },
): Html =>
  fieldOf(
    field,
    html`<input ${attributes(field)} type="${field.type ?? 'text'}" value="${field.value ?? ''}"${optional({ inputmode: field.inputMode, list: field.list, maxlength: field.most })}>`,
  )

/** A field of several lines. */
export const areaField = (field: Field & { rows?: number; most?: number }): Html =>
  // The parser drops a line break right after the tag: with one there, a value keeps its own.
  fieldOf(
    field,
    html`<textarea ${attributes(field)} rows="${field.rows ?? 4}"${optional({ maxlength: field.most })}>
${field.value ?? ''}</textarea>`,
  )

/** A choice of one of several. @param field.options by value, what is read */
export const selectField = (
  field: Field & { options: Iterable<readonly [value: string, text: string]> },
): Html =>
  fieldOf(
    field,
    html`<select ${attributes(field)}>${[...field.options].map(
      ([value, text]) =>
        html`<option value="${value}"${value === (field.value ?? '') ? html` selected` : ''}>${text}</option>`,
    )}</select>`,
  )

/** A file to upload; the form needs `enctype="multipart/form-data"`. @param field.accept such as `.csv` */
export const fileField = (field: Omit<Field, 'value'> & { accept: string }): Html =>
  fieldOf(field, html`<input ${attributes(field)} type="file" accept="${field.accept}">`)

/** A box to tick: the form has the value `on` where it is. */
export const checkField = (field: Omit<Field, 'value'> & { checked: boolean }): Html =>
  html`<div class="field check"><label><input ${attributes(field)} type="checkbox"${field.checked ? html` checked` : ''}> ${field.label}</label>${remarks(field)}</div>`

/** A choice that shows all that there is to choose from. @param field.options by value, what is read */
export const choiceField = (
  field: Omit<Field, 'required'> & { options: Iterable<readonly [value: string, text: string | Html]> },
): Html => html`<fieldset class="field choices"${describedBy(field)}><legend>${field.label}</legend>
${[...field.options].map(
  ([value, text]) =>
    html`<label><input type="radio" name="${field.name}" value="${value}"${value === field.value ? html` checked` : ''}> ${text}</label>\n`,
)}${remarks(field)}</fieldset>`

const fieldOf = (field: Field, control: Html): Html =>
  html`<div class="field"><label for="${field.name}">${field.label}</label>${control}${remarks(field)}</div>`

/** Name and id of a control, and what a screen reader says with it. */
const attributes = (field: Field): Html =>
  html`id="${field.name}" name="${field.name}"${field.required ? html` required` : ''}${field.error ? html` aria-invalid="true"` : ''}${describedBy(field)}`

function describedBy({ name, hint, error }: Field): Html {
  const ids = [...(error ? [`${name}-error`] : []), ...(hint ? [`${name}-hint`] : [])]
  return ids.length > 0 ? html` aria-describedby="${ids.join(' ')}"` : html``
}

const remarks = ({ name, hint, error }: Field): Html =>
  html`${error ? html`<p class="error" id="${name}-error">${error}</p>` : ''}${hint ? html`<p class="hint" id="${name}-hint">${hint}</p>` : ''}`

const optional = (given: Record<string, string | number | undefined>): Html =>
  html`${Object.entries(given)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => html` ${name}="${value}"`)}`

/** What has just happened, or has to be known. A screen reader says it at once. */
export const notice = (content: string | Html, tone: 'good' | 'bad' | 'plain' = 'plain'): Html =>
  html`<div class="notice ${tone}" role="${tone === 'bad' ? 'alert' : 'status'}"><p>${content}</p></div>`

/** A word for a state, in its colour. @param state a transfer's, or any other: those that are not known are grey */
export const badge = (state: string, text: string): Html =>
  html`<span class="badge" data-state="${state}">${text}</span>`

/** That a transfer gives something back, or was given back itself; empty where it is neither. */
export function refundBadge({ text }: Words, { refundOf, claims }: ReadTransfer): Html | '' {
  if (refundOf) return html` ${badge('returned', text('state.refund'))}`
  const isRefunded = claims.length > 0 && claims.every(({ refunded }) => refunded)
  return isRefunded ? html` ${badge('returned', text('state.refunded'))}` : ''
}

/** A table that scrolls by itself where it is wider than the page. @param label says what it holds */
export const scrolling = (label: string, table: Html): Html =>
  html`<div class="table-wrap" role="region" tabindex="0" aria-label="${label}">${table}</div>`

/** The way to the pages of a list before and after this one. */
export function pager(
  { text }: Words,
  { newer, older }: Record<'newer' | 'older', string | undefined>,
): Html {
  if (!newer && !older) return html``
  return html`<nav class="pager" aria-label="${text('pager.label')}">
${newer ? html`<a class="button quiet" rel="prev" href="${newer}">${text('pager.newer')}</a>` : html`<span></span>`}
${older ? html`<a class="button quiet" rel="next" href="${older}">${text('pager.older')}</a>` : ''}
</nav>`
}
