import { Hono } from 'hono'
import { html } from 'hono/html'
import type { Core } from '../../core.ts'
import { type GroupSeen, groupsSeen } from '../../operators/groups.ts'
import { capitalised } from '../../shared/names.ts'
import { cleanText } from '../../shared/text.ts'
import { pager, textField } from '../components.ts'
import { type Html, type Words, wordsFor } from '../language.ts'
import { operatorOf } from './access.ts'
import { answerOperatorPage } from './frame.ts'

const GROUPS = 50

/** All groups, each with the way to its own pages. */
export const groupsPage = (core: Core) =>
  new Hono().get('/groups', async (c) => {
    const operator = await operatorOf(core, c)
    const words = wordsFor(c)
    const { text } = words
    const title = cleanText(c.req.query('title') ?? '', 100) ?? ''
    const page = Math.max(0, Math.trunc(Number(c.req.query('page') ?? 0)) || 0)
    const { items, isMore } = await groupsSeen(core.db, title, { limit: GROUPS, offset: page * GROUPS })
    const linkTo = (other: number) =>
      `/operators/groups?${new URLSearchParams({ ...(title && { title }), page: String(other) })}`
    return answerOperatorPage(c, {
      operator,
      tab: 'groups',
      title: text('operators.groups'),
      main: html`<section class="panel"><form>
${textField({ name: 'title', label: text('groupsSeen.search'), value: title, type: 'search', most: 100 })}
<div class="actions"><button class="button quiet">${text('groupsSeen.find')}</button></div></form>
${items.length === 0 ? html`<p>${text('groupsSeen.none')}</p>` : table(words, items)}
${pager(words, { newer: page > 0 ? linkTo(page - 1) : undefined, older: isMore ? linkTo(page + 1) : undefined })}
</section>`,
    })
  })

const table = (words: Words, groups: GroupSeen[]): Html => html`<table class="cards"><thead><tr>
<th scope="col">${words.text('groupsSeen.group')}</th>
<th scope="col">${words.text('groupsSeen.chats')}</th>
<th scope="col" class="number">${words.text('groupsSeen.transfers')}</th>
<th scope="col">${words.text('groupsSeen.lastAt')}</th></tr></thead>
<tbody>${groups.map((group) => rowOf(words, group))}</tbody></table>`

function rowOf(words: Words, { id, chats, transfers, lastAt }: GroupSeen): Html {
  const { text } = words
  const [first] = chats
  const where = chats.map(
    ({ messenger, title }) => `${capitalised(messenger)}: ${title ?? text('frame.untitled')}`,
  )
  return html`<tr><th scope="row"><a href="/groups/${id}"><bdi>${first?.title ?? text('frame.untitled')}</bdi></a></th>
<td data-label="${text('groupsSeen.chats')}"><bdi>${where.join(', ')}</bdi></td>
<td class="number" data-label="${text('groupsSeen.transfers')}">${words.number(transfers)}</td>
<td data-label="${text('groupsSeen.lastAt')}">${lastAt ? words.moment(lastAt) : text('groupsSeen.never')}</td></tr>
`
}
