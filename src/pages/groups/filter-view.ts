import { html } from 'hono/html'
import { transferState } from '../../../db/schema.ts'
import { type Asked, type Filter, KINDS, writeFilter } from '../../books/filter.ts'
import type { KnownIdentity } from '../../people/identity.ts'
import { selectField, textField } from '../components.ts'
import type { Html, Words } from '../language.ts'
import { nameOrId } from '../names.ts'

/** What a filtered view is narrowed down to, and what else could be chosen. */
export interface FilterContent {
  /** Where the form leads to. */
  path: string
  asked: Asked
  /** Who the person of the filter is. */
  person: KnownIdentity | undefined
  /** The messenger in which names are read. */
  here: string | undefined
  /** The codes of the assets to choose from. */
  assets: string[]
}

/** The form by which a view is narrowed down; what was chosen is in the address, so that it can be sent to somebody. */
export function filterForm(words: Words, content: FilterContent): Html {
  const { text } = words
  const { path, asked, assets } = content
  const { filter, wrong } = asked
  const errorOf = (name: keyof Filter) =>
    wrong.some((part) => part.name === name) ? text('filter.wrong') : undefined
  const any = ['', text('filter.any')] as const
  const isOpen = wrong.length > 0 || asked.called !== undefined
  return html`<details class="panel filter"${isOpen ? html` open` : ''}>
<summary>${text('filter.title')}</summary>
<form action="${path}">
<div class="fields">
${
  filter.person
    ? ''
    : textField({
        name: 'person',
        label: text('filter.person'),
        type: 'search',
        value: asked.called,
        hint: text('filter.personHint'),
      })
}
${selectField({
  name: 'state',
  label: text('books.state'),
  value: filter.state,
  error: errorOf('state'),
  options: [any, ...transferState.enumValues.map((state) => [state, text(`state.${state}`)] as const)],
})}
${assets.length > 1 ? selectField({ name: 'asset', label: text('filter.asset'), value: filter.asset, error: errorOf('asset'), options: [any, ...assets.map((code) => [code, code] as const)] }) : ''}
${selectField({
  name: 'kind',
  label: text('filter.kind'),
  value: filter.kind,
  error: errorOf('kind'),
  options: [any, ...KINDS.map((kind) => [kind, text(`kind.${kind}`)] as const)],
})}
${textField({ name: 'from', label: text('filter.from'), type: 'date', value: filter.from, error: errorOf('from') })}
${textField({ name: 'to', label: text('filter.to'), type: 'date', value: filter.to, error: errorOf('to') })}
${textField({ name: 'words', label: text('filter.words'), type: 'search', value: filter.words, error: errorOf('words'), most: 200 })}
</div>
${filter.person ? html`<input type="hidden" name="person" value="${filter.person}">` : ''}
<p class="actions"><button class="button">${text('filter.apply')}</button></p>
</form>
</details>
${chosen(words, content)}`
}

/** What was chosen, each with a link to the same view without it. */
function chosen(words: Words, { path, asked: { filter }, person, here }: FilterContent): Html {
  const { text } = words
  const names = Object.keys(filter) as (keyof Filter)[]
  if (names.length === 0) return html``
  const without = (name: keyof Filter) => addressOf(path, writeFilter({ ...filter, [name]: undefined }))
  return html`<ul class="chosen" aria-label="${text('filter.chosen')}">
${names.map(
  (name) =>
    html`<li><a href="${without(name)}"><bdi>${said(words, filter, name, person, here)}</bdi><span class="unseen">${text('filter.remove')}</span></a></li>\n`,
)}${names.length > 1 ? html`<li><a class="all" href="${path}">${text('filter.clear')}</a></li>` : ''}
</ul>`
}

function said(
  words: Words,
  filter: Filter,
  name: keyof Filter,
  person: KnownIdentity | undefined,
  here: string | undefined,
): string {
  const { text } = words
  switch (name) {
    case 'person':
      return person ? nameOrId(person, here) : text('somebody')
    case 'state':
      return text(`state.${filter.state ?? 'open'}`)
    case 'asset':
      return filter.asset ?? ''
    case 'kind':
      return text(`kind.${filter.kind ?? 'transfer'}`)
    case 'from':
      return text('filter.since', { day: words.day(filter.from ?? '') })
    case 'to':
      return text('filter.until', { day: words.day(filter.to ?? '') })
    case 'words':
      return `“${filter.words}”`
  }
}

/** A path with a query, which may be empty. */
export const addressOf = (path: string, query: string): string => (query ? `${path}?${query}` : path)
