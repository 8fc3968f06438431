import { afterAll, beforeAll, expect, test } from 'vitest'
import { APP_VERBS } from '../../src/access/scopes.ts'
import { makeToken } from '../../src/access/tokens.ts'
import { createApi } from '../../src/api/app.ts'
import { contentsOf } from '../support/contents.ts'
import { EVERY_PAGE } from '../support/every-page.ts'
import { openPages, type PagesUnderTest } from '../support/pages.ts'
import { rootOf } from '../support/root.ts'
import { visitorOf } from '../support/visitor.ts'

/** Programs that fetch every link which somebody posts, or every page that they find, as they name themselves. */
const BOTS = [
  'TelegramBot (like TwitterBot)',
  'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)',
  'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
  'facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)',
  'WhatsApp/2.23.20.0',
  'Twitterbot/1.0',
  'LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)',
  'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) SkypeUriPreview Preview/0.5',
  'MicroMessenger/8.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15',
]

const ada = { messenger: 'telegram', id: '1', name: 'Ada' }
/** An admin of the group, and an operator. */
const olga = { messenger: 'telegram', id: '9', name: 'Olga' }
const chat = { messenger: 'telegram', id: '-1', title: 'Chess Club' }

let pages: PagesUnderTest
let addresses: string[]
let cookie: string
let token: string
beforeAll(async () => {
  pages = await openPages(undefined, { OPERATORS: 'telegram:9' })
  const transfer = await pages.send({ from: ada, group: chat, note: 'lunch' })
  await pages.send({ from: olga, group: chat })
  const group = (await pages.core.groups.find(chat.messenger, chat.id)) ?? ''
  await pages.core.memberships.told({
    messenger: 'telegram',
    chat: chat.id,
    identity: olga.id,
    isAdmin: true,
  })
  const issue = (await pages.call('POST', '/issues', { amount: '1', to: ada })) as { id: string }
  const { link } = (await pages.call('POST', '/links', { by: olga, to: 'statement' })) as { link: string }
  const asked = (await pages.call('POST', '/asks', { by: ada, amount: '1' })) as { id: string }
  const { person } = await pages.core.people.meet(ada)
  cookie = (await visitorOf(() => pages).signIn(olga)).cookie

  token = await makeToken(pages.core.db, 'looking')
  await makeToken(pages.core.db, 'till', { may: APP_VERBS, whom: { kind: 'own' }, counter: true })

  const { code, id } = transfer
  const world = {
    group,
    transfer,
    ask: asked.id,
    link: new URL(link).pathname,
    person,
    issue: issue.id,
  }
  const named: Record<string, string> = { messenger: 'telegram', id, chat: chat.id, key: 'key', turn: '1' }
  const routes = createApi(pages.core).routes.filter(
    ({ method, path }) => method !== 'ALL' && path.startsWith('/v1/'),
  )
  addresses = [
    ...Object.values(EVERY_PAGE).map((address) => address(world)),
    ...['qr.png', 'qr.svg', 'card.png', 'status'].map((name) => `/c/${code}/${name}`),
    ...['qr.png', 'qr.svg'].flatMap((name) => [`/p/${asked.id}/${name}`, `/at/till/${name}`]),
    '/p/nothing/over',
    '/docs',
    '/openapi.json',
    '/metrics',
    '/healthz',
    '/readyz',
    '/style.css',
    '/favicon.ico',
    '/robots.txt',
    ...new Set(routes.map(({ path }) => path.replaceAll(/:(\w+)/g, (_, name: string) => named[name] ?? '1'))),
  ]
})
afterAll(() => pages.close())

test(`whoever only looks changes no row: GET, HEAD and OPTIONS on every address, by ${BOTS.length} programs that fetch links, and by somebody who is signed in`, async () => {
  const root = rootOf(pages.core)
  const before = await contentsOf(pages.core.db)
  for (const address of addresses)
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const ask = (headers: Record<string, string>) => root.request(address, { method, headers })
      const answers = await Promise.all([
        ...BOTS.map((bot) => ask({ 'user-agent': bot })),
        ask({ cookie }),
        ask({ authorization: `Bearer ${token}` }),
      ])
      for (const { status } of answers)
        expect([address, method, status < 500]).toEqual([address, method, true])
    }
  expect(await contentsOf(pages.core.db)).toEqual(before)

  await pages.send({ from: ada })
  expect(await contentsOf(pages.core.db)).not.toEqual(before)
})
