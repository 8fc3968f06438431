import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { exportCsv, exportJsonLines } from '../../books/export.ts'
import { type Asked, readFilter, writeFilter } from '../../books/filter.ts'
import { pageOf } from '../../books/page.ts'
import { rowsOf } from '../../books/parties.ts'
import { findPeopleInGroup, findPersonInGroup } from '../../books/people.ts'
import { daysOf, totalsOf } from '../../books/totals.ts'
import type { Core } from '../../core.ts'
import { Refusal } from '../../shared/refusal.ts'
import { answerFile } from '../file.ts'
import { addressOf, type FilterContent, notUnderstood } from '../filter-view.ts'
import { wordsFor } from '../language.ts'
import { type Admin, adminOf } from './access.ts'
import { booksMain, whoIsMeant } from './books-view.ts'
import { answerGroupPage } from './frame.ts'
import { rowsTable } from './rows-view.ts'

const ROWS = 50

/** The books of a group: what was sent in it, narrowed down as the address says. */
export const booksPages = (core: Core) =>
  new Hono()
    .get('/:group', async (c) => {
      const admin = await adminOf(core, c)
      const words = wordsFor(c)
      const query = new URL(c.req.url).searchParams
      const asked = readFilter(query)
      const filter = await filterContent(core, admin, asked)
      const answer = async (main: ReturnType<typeof booksMain>, status?: 400) =>
        answerGroupPage(c, words, {
          admin,
          groups: await core.memberships.groupsOf(admin.viewer.person),
          tab: 'books',
          title: words.text('frame.books'),
          main,
          head: html`<script src="/rows.js" type="module"></script>`,
          status,
        })
      if (asked.wrong.length > 0) return answer(notUnderstood(words, filter), 400)
      const redirect = (person = asked.filter.person) =>
        c.redirect(addressOf(filter.path, writeFilter({ ...asked.filter, person }, asked.cursor)))
      if (asked.called !== undefined) {
        const found = await findPeopleInGroup(core.db, admin.group, asked.called)
        return found.length === 1 ? redirect(found[0]?.person) : answer(whoIsMeant(words, filter, found))
      }
      // A form sends its empty fields, too; an address without them can be read, and sent to somebody.
      if ([...query.values()].includes('')) return redirect()
      const [content, totals, days] = await Promise.all([
        rowsContent(core, admin, asked),
        totalsOf(core.db, admin.group, asked.filter),
        daysOf(core.db, admin.group, asked.filter),
      ])
      return answer(booksMain(words, { ...content, filter, totals, days }))
    })
    // The rows alone, for a page that looks for new ones.
    .get('/:group/rows', async (c) => {
      const admin = await adminOf(core, c)
      c.header('Cache-Control', 'no-store')
      const { filter } = readFilter(new URL(c.req.url).searchParams)
      const content = await rowsContent(core, admin, { filter, cursor: undefined })
      return c.html(rowsTable(wordsFor(c), content))
    })
    .get('/:group/export.csv', async (c) => {
      const { group, filter } = await exported(core, c)
      return answerFile(c, core.log, 'books.csv', exportCsv(core, group, filter))
    })
    .get('/:group/export.jsonl', async (c) => {
      const { group, filter } = await exported(core, c)
      return answerFile(c, core.log, 'books.jsonl', exportJsonLines(core, group, filter))
    })

/** What is to be exported: all that matches, or nothing, where it is not clear what is meant. */
async function exported(core: Core, c: Context) {
  const { group } = await adminOf(core, c)
  const { filter, wrong, called } = readFilter(new URL(c.req.url).searchParams)
  if (wrong.length > 0 || called !== undefined)
    throw new Refusal('invalid_request', { problem: 'a filter that can not be understood' })
  return { group, filter }
}

async function rowsContent(
  core: Core,
  { group }: Admin,
  { filter, cursor }: Pick<Asked, 'filter' | 'cursor'>,
) {
  const [page, chats] = await Promise.all([
    pageOf(core.db, group, filter, cursor, ROWS),
    core.groups.chatsIn(group.id),
  ])
  return {
    page,
    rows: await rowsOf(core, page.items),
    group,
    assets: core.assets,
    hasSeveralChats: chats.length > 1,
  }
}

async function filterContent(core: Core, { group }: Admin, asked: Asked): Promise<FilterContent> {
  const { person } = asked.filter
  const [chats, assets, who] = await Promise.all([
    core.groups.chatsIn(group.id),
    core.rules.assetsOf(group.id),
    person ? findPersonInGroup(core.db, group, person) : undefined,
  ])
  return {
    path: `/groups/${group.id}`,
    parts: ['person', 'state', 'asset', 'kind', 'from', 'to', 'words'],
    asked,
    person: who,
    here: chats[0]?.messenger,
    assets: assets.map(({ code }) => code),
  }
}
