import { html } from 'hono/html'
import { transferState } from '../../db/schema.ts'
import { type Asked, type Filter, KINDS, writeFilter } from '../books/filter.ts'
import type { KnownIdentity } from '../people/identity.ts'
import { asTyped } from '../shared/text.ts'
import { notice, selectField, textField } from './components.ts'
import type { Html, Words } from './language.ts'
import { nameOrId } from './names.ts'

/** What a view is narrowed down to, and what else could be chosen. */
export interface FilterContent {
  /** Where the form leads to. */
  path: string
  /** The parts that there are to fill in, in this order. */
  parts: (keyof Filter)[]
  asked: Pick<Asked, 'filter' | 'wrong'> & Partial<Pick<Asked, 'called'>>
  /** The codes of the assets to choose from. */
  assets: string[]
  /** Who the person of the filter is. */
  person?: KnownIdentity | undefined
  /** The messenger in which names are read. */
  here?: string | undefined
}

/** The form by which a view is narrowed down; what was chosen is in the address, so that it can be sent to somebody. */
export function filterForm(words: Words, content: FilterContent): Html {
  const { text } = words
  const { path, parts, asked } = content
  const isOpen = asked.wrong.length > 0 || asked.called !== undefined
  return html`<details class="panel filter"${isOpen ? html` open` : ''}>
<summary>${text('filter.title')}</summary>
<form action="${path}">
<div class="fields">
${parts.map((part) => html`${fieldOf(words, part, content)}\n`)}</div>
<p class="actions"><button class="button">${text('filter.apply')}</button></p>
</form>
</details>
${chosen(words, content)}`
}

/** The form, where a part of the address can't be understood: then nothing is shown below it, rather than something else. */
export const notUnderstood = (words: Words, filter: FilterContent): Html =>
  html`${filterForm(words, filter)}
${notice(
  words.rich('filter.notUnderstood', {
    parts: filter.asked.wrong.map(({ name, value }) => asTyped(`${name}=${value}`)).join(', '),
  }),
  'bad',
)}`

/** A path with a query, which may be empty. */
export const addressOf = (path: string, query: string): string => (query ? `${path}?${query}` : path)

function fieldOf({ text }: Words, part: keyof Filter, { asked, assets }: FilterContent): Html {
  const { filter, wrong, called } = asked
  const error = wrong.some(({ name }) => name === part) ? text('filter.wrong') : undefined
  const any = ['', text('filter.any')] as const
  const common = { name: part, value: filter[part], error }
  switch (part) {
    case 'person':
      // Somebody who is known already is taken away below.
      return filter.person
        ? html`<input type="hidden" name="person" value="${filter.person}">`
        : textField({
            ...common,
            label: text('filter.person'),
            type: 'search',
            value: called,
            hint: text('filter.personHint'),
          })
    case 'state': {
      const options = transferState.enumValues.map((state) => [state, text(`state.${state}`)] as const)
      return selectField({ ...common, label: text('books.state'), options: [any, ...options] })
    }
    case 'asset': {
      const options = assets.map((code) => [code, code] as const)
      return options.length > 1
        ? selectField({ ...common, label: text('filter.asset'), options: [any, ...options] })
        : html``
    }
    case 'kind': {
      const options = KINDS.map((kind) => [kind, text(`kind.${kind}`)] as const)
      return selectField({ ...common, label: text('filter.kind'), options: [any, ...options] })
    }
    case 'from':
    case 'to':
      return textField({ ...common, label: text(`filter.${part}`), type: 'date' })
    case 'words':
      return textField({ ...common, label: text('filter.words'), type: 'search', most: 200 })
  }
}

/** What was chosen, each with a link to the same view without it. */
function chosen(words: Words, content: FilterContent): Html {
  const { text } = words
  const { path, asked } = content
  const names = (Object.keys(asked.filter) as (keyof Filter)[]).filter((name) => asked.filter[name])
  if (names.length === 0) return html``
  const without = (name: keyof Filter) => addressOf(path, writeFilter({ ...asked.filter, [name]: undefined }))
  return html`<ul class="chosen" aria-label="${text('filter.chosen')}">
${names.map(
  (name) =>
    html`<li><a href="${without(name)}"><bdi>${said(words, name, content)}</bdi><span class="unseen">${text('filter.remove')}</span></a></li>\n`,
)}${names.length > 1 ? html`<li><a class="all" href="${path}">${text('filter.clear')}</a></li>` : ''}
</ul>`
}

function said(words: Words, name: keyof Filter, { asked, person, here }: FilterContent): string {
  const { text } = words
  const { state = 'open', asset = '', kind = 'transfer', from = '', to = '', words: typed } = asked.filter
  switch (name) {
    case 'person':
      return person ? nameOrId(person, here) : text('somebody')
    case 'state':
      return text(`state.${state}`)
    case 'asset':
      return asset
    case 'kind':
      return text(`kind.${kind}`)
    case 'from':
      return text('filter.since', { day: words.day(from) })
    case 'to':
      return text('filter.until', { day: words.day(to) })
    case 'words':
      return `“${typed}”`
  }
}
