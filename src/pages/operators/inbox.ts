import { Hono } from 'hono'
import { html } from 'hono/html'
import { validate } from 'uuid'
import type { Core } from '../../core.ts'
import type { Chat } from '../../groups/groups.ts'
import { type Feedback, feedbackPage, markFeedback } from '../../operators/feedback.ts'
import type { Identity } from '../../people/identity.ts'
import { badge, pager } from '../components.ts'
import { bdi, type Html, type Words, wordsFor } from '../language.ts'
import { nameOrId } from '../names.ts'
import { formOf } from '../sign-in.ts'
import { operatorOf } from './access.ts'
import { answerOperatorPage } from './frame.ts'

const ITEMS = 50

/** What people have written by /feedback. */
export const inboxPages = (core: Core) =>
  new Hono()
    .get('/inbox', async (c) => {
      const operator = await operatorOf(core, c)
      const words = wordsFor(c)
      const before = c.req.query('before')
      const cursor = before !== undefined && validate(before) ? before : undefined
      const { items, next } = await feedbackPage(core.db, cursor, ITEMS)
      const groups = await core.groups.chatsOf(items.flatMap(({ groupId }) => groupId ?? []))
      const shown = await Promise.all(
        items.map(async (one) => {
          const { messenger, identity: id } = one
          const by = (await core.people.find(messenger, id)) ?? { messenger, id, handle: null, name: null }
          return itemOf(words, one, by, groups.get(one.groupId ?? ''))
        }),
      )
      return answerOperatorPage(c, {
        operator,
        tab: 'inbox',
        title: words.text('operators.inbox'),
        main: html`${shown.length === 0 ? html`<section class="panel"><p>${words.text('inbox.none')}</p></section>` : shown}
${pager(words, {
  newer: cursor && '/operators/inbox',
  older: next ? `/operators/inbox?before=${next}` : undefined,
})}`,
      })
    })
    .post('/inbox/:id', async (c) => {
      await operatorOf(core, c)
      const id = c.req.param('id')
      if (validate(id)) await markFeedback(core.db, id, (await formOf(c))('done') === 'yes')
      return c.redirect('/operators/inbox', 303)
    })

function itemOf(
  { text, rich, moment }: Words,
  { id, at, text: said, doneAt }: Feedback,
  by: Identity & { person?: string },
  chat: Chat | undefined,
): Html {
  const who = bdi(nameOrId(by, undefined))
  return html`<section class="panel">
<div class="heading"><h2>${by.person ? html`<a href="/operators/people/${by.person}">${who}</a>` : who}</h2>
${doneAt ? badge('done', text('inbox.isDone')) : ''}</div>
<p dir="auto">${said}</p>
<p class="soft">${moment(at)}${chat ? html` · ${rich('inbox.in', { group: chat.title ?? text('frame.untitled') })}` : ''}</p>
<form method="post" action="/operators/inbox/${id}"><input type="hidden" name="done" value="${doneAt ? 'no' : 'yes'}">
<div class="actions"><button class="button quiet">${text(doneAt ? 'inbox.undone' : 'inbox.done')}</button></div></form>
</section>
`
}
