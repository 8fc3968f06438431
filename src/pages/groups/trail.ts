import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Core } from '../../core.ts'
import { listsOf } from '../../groups/lists.ts'
import type { TrailEntry } from '../../groups/trail.ts'
import type { Identity } from '../../people/identity.ts'
import { type ExternalKey, keyOf } from '../../shared/keys.ts'
import { pager } from '../components.ts'
import { type Html, type Words, wordsFor } from '../language.ts'
import { nameOrId } from '../names.ts'
import { type Admin, adminOf } from './access.ts'
import { answerGroupPage } from './frame.ts'
import { doneInWords } from './trail-words.ts'

const ENTRIES = 50

/** The trail of a group: who has changed what, and when. */
export const trailPages = (core: Core) =>
  new Hono().get('/:group/trail', async (c) => {
    const admin = await adminOf(core, c)
    const words = wordsFor(c)
    const { group, viewer } = admin
    const path = `/groups/${group.id}/trail`
    const before = c.req.query('before') ?? ''
    const cursor = /^[1-9]\d{0,8}$/.test(before) ? Number(before) : undefined
    const [{ items, next }, lists, groups] = await Promise.all([
      core.trail.page(group.id, cursor, ENTRIES),
      listsOf(core.db, group.id),
      core.memberships.groupsOf(viewer.person),
    ])
    const people = await whoDid(core, items)
    return answerGroupPage(c, words, {
      admin,
      groups,
      tab: 'trail',
      title: words.text('frame.trail'),
      main: html`<section class="panel">
<p class="soft">${words.text('trail.text')}</p>
<p class="soft">${words.text('books.zone', { zone: group.timeZone })}</p>
${
  items.length === 0
    ? html`<p>${words.text('trail.empty')}</p>`
    : table(
        words,
        admin,
        items.map((entry) => ({
          entry,
          by: people.get(keyOf(entry.by)) ?? { ...entry.by, handle: null, name: null },
          what: doneInWords(words, withNames(entry, people), `/groups/${group.id}`, lists),
        })),
      )
}</section>
${pager(words, { newer: cursor === undefined ? undefined : path, older: next ? `${path}?before=${next}` : undefined })}`,
    })
  })

/** The people who made these entries, or whom they name, by their keys, as they are called now. */
async function whoDid({ people }: Core, entries: TrailEntry[]): Promise<Map<string, Identity>> {
  const all = entries.flatMap((entry) => [entry.by, namedBy(entry) ?? entry.by])
  const keys = new Map(all.map((one) => [keyOf(one), one]))
  const found = await Promise.all(
    [...keys].map(async ([key, { messenger, id }]) => [key, await people.find(messenger, id)] as const),
  )
  return new Map(found.flatMap(([key, one]) => (one ? [[key, one]] : [])))
}

/** Whom an entry is about, where it is about one person. */
const namedBy = ({ details }: TrailEntry) => (details as { who?: ExternalKey }).who

function withNames(entry: TrailEntry, people: Map<string, Identity>): TrailEntry {
  const who = namedBy(entry)
  if (!who) return entry
  const called = nameOrId(people.get(keyOf(who)) ?? { ...who, handle: null, name: null }, undefined)
  return { ...entry, details: { ...entry.details, who: called } }
}

const table = (
  words: Words,
  { group }: Admin,
  rows: { entry: TrailEntry; by: Identity; what: Html }[],
): Html => html`<table class="cards"><thead><tr>
<th scope="col">${words.text('trail.when')}</th>
<th scope="col">${words.text('trail.who')}</th>
<th scope="col">${words.text('trail.what')}</th>
<th scope="col" class="number">${words.text('trail.turn')}</th></tr></thead>
<tbody>${rows.map(
  ({ entry: { turn, at }, by, what }) => html`<tr><th scope="row">${words.local(at, group.timeZone)}</th>
<td data-label="${words.text('trail.who')}"><bdi>${nameOrId(by, undefined)}</bdi></td>
<td data-label="${words.text('trail.what')}">${what}</td>
<td class="number" data-label="${words.text('trail.turn')}">${words.number(turn)}</td></tr>
`,
)}</tbody></table>`
