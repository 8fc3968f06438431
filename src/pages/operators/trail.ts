import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Core } from '../../core.ts'
import type { TrailEntry } from '../../groups/trail.ts'
import { pager } from '../components.ts'
import { bdi, type Html, type Words, wordsFor } from '../language.ts'
import { nameOrId } from '../names.ts'
import { operatorOf } from './access.ts'
import { answerOperatorPage } from './frame.ts'
import { holdIn } from './person-view.ts'

const ENTRIES = 50

/** What operators have changed. */
export const trailPage = (core: Core) =>
  new Hono().get('/trail', async (c) => {
    const operator = await operatorOf(core, c)
    const words = wordsFor(c)
    const before = c.req.query('before')
    const cursor = before !== undefined && /^\d{1,9}$/.test(before) ? Number(before) : undefined
    const { items, next } = await core.trail.page(null, cursor, ENTRIES)
    const rows = await Promise.all(
      items.map(async (entry) => rowOf(words, entry, await nameOfKey(core, entry.by.messenger, entry.by.id))),
    )
    const { text } = words
    return answerOperatorPage(c, {
      operator,
      tab: 'trail',
      title: text('operators.trail'),
      main: html`<section class="panel"><p>${text('operatorsTrail.text')}</p>
${
  rows.length === 0
    ? html`<p>${text('trail.empty')}</p>`
    : html`<table class="cards"><thead><tr><th scope="col">${text('trail.what')}</th><th scope="col">${text('trail.who')}</th><th scope="col">${text('trail.when')}</th></tr></thead>
<tbody>${rows}</tbody></table>`
}
${pager(words, {
  newer: cursor === undefined ? undefined : '/operators/trail',
  older: next ? `/operators/trail?before=${next}` : undefined,
})}</section>`,
    })
  })

async function nameOfKey({ people }: Core, messenger: string, id: string): Promise<string> {
  return nameOrId(
    (await people.find(messenger, id)) ?? { messenger, id, handle: null, name: null },
    undefined,
  )
}

const rowOf = (words: Words, entry: TrailEntry, by: string): Html =>
  html`<tr><td>${sentenceOf(words, entry)}</td>
<td data-label="${words.text('trail.who')}">${bdi(by)}</td>
<td data-label="${words.text('trail.when')}">${words.moment(entry.at)}</td></tr>
`

/** What was changed, in words; what this version doesn't know is shown as it is stored. */
function sentenceOf(words: Words, { what, details }: TrailEntry): string {
  const { text } = words
  const of = details as Record<string, unknown>
  const said = (name: string) => String(of[name] ?? '')
  switch (what) {
    case 'opening':
      return text('operatorsTrail.opening', { step: openingIn(words, of) })
    case 'hold':
      return text('operatorsTrail.hold', {
        person: said('person'),
        hold: holdIn(words, of.hold as 'send' | 'all' | null),
        reason: said('reason'),
      })
    case 'issue':
    case 'withdraw':
      return text(`operatorsTrail.${what}`, {
        sums: Object.entries((of.sums ?? {}) as Record<string, string>)
          .map(([asset, sum]) => `${words.number(sum)} ${asset}`)
          .join(', '),
        whom: said('person') || text('operatorsTrail.people', { count: said('people'), key: said('key') }),
        reason: said('reason'),
      })
    case 'take back':
      return text('operatorsTrail.takeBack', {
        amount: `${words.number(said('amount'))} ${said('asset')}`,
        person: said('person'),
        reason: said('reason'),
      })
    default:
      return text('operatorsTrail.other', { what, details: JSON.stringify(details) })
  }
}

function openingIn({ text }: Words, { step, share, groups }: Record<string, unknown>): string {
  const name = text(`opening.${step as 'off'}`)
  if (step === 'share') return `${name} (${share} %)`
  return step === 'groups' ? `${name} (${(groups as string[]).length})` : name
}
