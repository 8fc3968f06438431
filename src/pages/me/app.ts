import { type Context, Hono } from 'hono'
import { exportStatementCsv, exportStatementJsonLines } from '../../books/export-statement.ts'
import { type Holder, statementOf } from '../../books/statement.ts'
import { readStatementFilter, writeStatementFilter } from '../../books/statement-filter.ts'
import type { Core } from '../../core.ts'
import { groupsOfLate } from '../../groups/lately.ts'
import type { KnownIdentity } from '../../people/identity.ts'
import { linksOf } from '../../people/links.ts'
import { Refusal } from '../../shared/refusal.ts'
import { balancesOf } from '../../transfers/history.ts'
import { answerFile } from '../file.ts'
import { addressOf, notUnderstood } from '../filter-view.ts'
import { answerSignedIn } from '../frame.ts'
import { wordsFor } from '../language.ts'
import { nameOf } from '../names.ts'
import { viewerOf } from '../sign-in.ts'
import { placesOf } from './places.ts'
import { statementMain } from './view.ts'

const LINES = 50

/** A person's own statement: what they have, and each movement of it. Nobody else's. */
export const mePages = (core: Core) =>
  new Hono()
    .get('/', async (c) => {
      const viewer = await signedIn(core, c)
      const words = wordsFor(c)
      const query = new URL(c.req.url).searchParams
      const asked = readStatementFilter(query)
      // A form sends its empty fields, too.
      if (asked.wrong.length === 0 && [...query.values()].includes(''))
        return c.redirect(addressOf('/me', writeStatementFilter(asked.filter, asked.cursor)))
      const balances = await balancesOf(core.db, viewer.person)
      const filter = {
        path: '/me',
        parts: ['asset' as const, 'from' as const, 'to' as const],
        asked,
        assets: balances.map(({ asset }) => asset),
      }
      const isWrong = asked.wrong.length > 0
      const holder = holderOf(viewer)
      return answerSignedIn(c, words, {
        viewer,
        place: nameOf(words, viewer),
        places: await placesOf(core, words, viewer),
        title: words.text('frame.me'),
        main: isWrong
          ? notUnderstood(words, filter)
          : statementMain(words, {
              ...(await statementOf(core, holder, asked.filter, asked.cursor, LINES)),
              filter,
              balances,
              links: (await linksOf(core.db, viewer.person)).events,
              groups: await groupsOfLate(core.db, core.groups, viewer.person),
              assets: core.assets,
              holder,
            }),
        status: isWrong ? 400 : undefined,
      })
    })
    .get('/export.csv', async (c) => {
      const { holder, filter } = await exported(core, c)
      return answerFile(c, core.log, 'statement.csv', exportStatementCsv(core, holder, filter))
    })
    .get('/export.jsonl', async (c) => {
      const { holder, filter } = await exported(core, c)
      return answerFile(c, core.log, 'statement.jsonl', exportStatementJsonLines(core, holder, filter))
    })

async function signedIn(core: Core, c: Context): Promise<KnownIdentity> {
  const viewer = await viewerOf(core, c)
  if (!viewer) throw new Refusal('signed_out')
  return viewer
}

const holderOf = ({ person, messenger }: KnownIdentity): Holder => ({ person, messenger, timeZone: 'UTC' })

/** What is to be exported: all that matches, or nothing, where it is not clear what is meant. */
async function exported(core: Core, c: Context) {
  const viewer = await signedIn(core, c)
  const { filter, wrong } = readStatementFilter(new URL(c.req.url).searchParams)
  if (wrong.length > 0)
    throw new Refusal('invalid_request', { problem: 'a filter that can not be understood' })
  return { holder: holderOf(viewer), filter }
}
