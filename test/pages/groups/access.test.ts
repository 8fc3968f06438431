import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { openPages, type PagesUnderTest, type Person } from '../../support/pages.ts'
import { ada, ben, cleo, visitorOf, wordsOf } from '../../support/visitor.ts'

let pages: PagesUnderTest
beforeAll(async () => {
  pages = await openPages(undefined, { OPERATORS: 'telegram:3' })
})
afterAll(() => pages.close())

const { get, post, signIn } = visitorOf(() => pages)

/** A chat of which Ada is an admin, and one of which Ben is. */
let club: Awaited<ReturnType<typeof chatOf>>
let other: typeof club
beforeEach(async () => {
  club = await chatOf('Lunch club')
  other = await chatOf('Dinner club')
  await tell(ada, club, true)
  await tell(ben, club, false)
  await tell(ben, other, true)
  await tell(ada, other, false)
})

let chats = 0
async function chatOf(title: string) {
  const chat = { messenger: 'telegram', id: `-10${++chats}`, title }
  const group = await pages.core.groups.meet(chat)
  await pages.core.groups.saveTitle(chat)
  return { ...chat, group }
}

const tell = (who: Person, chat: { id: string }, admin: boolean | null) =>
  pages.call('PUT', `/chats/telegram/${chat.id}/members/${who.id}`, { admin, member: true })

const passes = (seconds: number) =>
  pages.core.db.execute(
    sql`update memberships set checked_at = checked_at - make_interval(secs => ${seconds})`,
  )

async function linkFor(by: Person, chat: { id: string }): Promise<string> {
  const to = { group: { messenger: 'telegram', id: chat.id } }
  return ((await pages.call('POST', '/links', { by, to })) as { link: string }).link
}

/** From the link to the page, as somebody does in their browser. */
async function openBooks(by: Person, chat: { id: string }) {
  const signedIn = await post(await linkFor(by, chat), {})
  const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
  return { cookie, path: signedIn.headers.get('location') ?? '' }
}

/** What a page answers, and says. */
const seen = async (path: string, headers: Record<string, string> = {}) => {
  const answer = await get(path, headers)
  return { status: answer.status, words: await wordsOf(answer) }
}

const NOT_YOURS = { status: 403, words: expect.stringContaining('That is for the admins of the group') }
const SIGNED_OUT = { status: 401, words: expect.stringMatching(/You are not signed in.*\/history/) }

test('the link of an admin leads to the books of the group, and to the others that they admin', async () => {
  await tell(ada, other, true)
  const { cookie, path } = await openBooks(ada, club)
  expect(path).toBe(`/groups/${club.group}`)
  const page = await get(path, { cookie })
  expect(page.status).toBe(200)
  const text = await page.text()
  expect(text).toContain('Lunch club')
  expect(text).toContain(`href="/groups/${other.group}"`)
})

describe('A wrong door:', () => {
  test('a link that was used, and one that is too old', async () => {
    const [used, old] = [await linkFor(ada, club), await linkFor(ada, club)]
    await post(used, {})
    await pages.core.db.execute(sql`update sessions set expires_at = now() where kind = 'link'`)
    for (const link of [used, old]) {
      const answer = await post(link, {})
      expect([answer.status, answer.headers.get('set-cookie')]).toEqual([410, null])
      expect(await wordsOf(answer)).toContain('This link has been used, or is too old')
    }
  })

  test('the link of a member: it signs in, and shows nothing of the group', async () => {
    const { cookie, path } = await openBooks(ben, club)
    expect(await seen(path, { cookie })).toEqual(NOT_YOURS)
    expect((await seen(path, { cookie })).words).not.toContain('Lunch club')
  })

  test('the books of another group, by a changed id in the address', async () => {
    const { cookie } = await openBooks(ada, club)
    for (const id of [other.group, crypto.randomUUID(), 'x', `${club.group}x`, "' or 1=1 --"])
      expect([id, await seen(`/groups/${encodeURIComponent(id)}`, { cookie })]).toEqual([id, NOT_YOURS])
    // A transfer of theirs is in nobody else's books, whatever group the address names.
    await pages.call('POST', '/issues', { amount: '1', to: ben })
    const group = { messenger: 'telegram', id: other.id }
    const { id } = (await pages.call('POST', '/transfers', { from: ben, amount: '1', group })) as {
      id: string
    }
    expect((await seen(`/groups/${other.group}/transfers/${id}`, { cookie })).status).toBe(403)
    expect((await seen(`/groups/${club.group}/transfers/${id}`, { cookie })).status).toBe(404)
  })

  test('of a former admin: within a minute it is shut', async () => {
    const { cookie, path } = await openBooks(ada, club)
    expect((await seen(path, { cookie })).status).toBe(200)
    await passes(61)
    const look = seen(path, { cookie })
    const asked = await takeQuestion()
    expect(asked).toMatchObject({
      kind: 'member',
      chat: club.id,
      person: { messenger: 'telegram', id: ada.id },
    })
    await tell(ada, club, false)
    expect(await look).toEqual(NOT_YOURS)
    // Nor does it matter that the session goes on.
    expect(await seen(path, { cookie })).toEqual(NOT_YOURS)
  })

  test('while the messenger tells nobody who the admins are', async () => {
    const { cookie, path } = await openBooks(ada, club)
    await tell(ada, club, null)
    const answer = await get(path, { cookie })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2'])
    expect(await wordsOf(answer)).toContain('We can’t see whether you are an admin')
    expect(await wordsOf(await get(path, { cookie, 'accept-language': 'zh' }))).toContain('暂时无法确认')
  })

  test('without a session, with one that has ended, and with one that nobody has begun', async () => {
    const path = `/groups/${club.group}`
    expect(await seen(path)).toEqual(SIGNED_OUT)
    const { cookie } = await openBooks(ada, club)
    expect((await seen(path, { cookie })).status).toBe(200)
    await pages.core.db.execute(sql`update sessions set expires_at = now()`)
    expect(await seen(path, { cookie })).toEqual(SIGNED_OUT)
    expect(await seen(path, { cookie: `session=${'x'.repeat(43)}` })).toEqual(SIGNED_OUT)
    // A program is answered as programs are.
    const answer = await fetch(pages.url + path, { headers: { accept: 'application/json' } })
    expect(await answer.json()).toMatchObject({ code: 'signed_out', status: 401 })
  })

  test('with a stolen cookie that has lost its host, or is sent to another one', async () => {
    const abroad = await openPages('https://pass.example.org')
    onTestFinished(abroad.close)
    const visitor = visitorOf(() => abroad)
    const chat = { messenger: 'telegram', id: '-1', title: 'Lunch club' }
    const path = `/groups/${await abroad.core.groups.meet(chat)}`
    await abroad.call('PUT', `/chats/telegram/-1/members/${ada.id}`, { admin: true, member: true })
    const { cookie } = await visitor.signIn(ada)
    const status = async (headers: Record<string, string>, at = visitor) =>
      (await at.get(path, headers)).status
    expect(cookie).toMatch(/^__Host-session=/)
    expect(await status({ cookie })).toBe(200)
    const bare = cookie.replace('__Host-', '')
    expect(await status({ cookie: bare })).toBe(401)
    expect(await status({ cookie: cookie.replace('__Host-', '__Secure-') })).toBe(401)
    // Here is another service.
    expect((await get(`/groups/${club.group}`, { cookie: bare })).status).toBe(401)
    expect((await get(`/groups/${club.group}`, { cookie })).status).toBe(401)
  })

  test('by a form on another site, whoever is signed in', async () => {
    const { cookie, path } = await openBooks(ada, club)
    for (const [address, form] of [
      [path, {}],
      [`${path}/rules`, { on: '' }],
      [`${path}/transfers/${crypto.randomUUID()}/notes`, { text: 'note' }],
      ['/session/end', {}],
      [await linkFor(ben, other), {}],
    ] as const) {
      for (const origin of ['https://evil.example', 'null', 'http://localhost']) {
        const answer = await post(address, form, { cookie, origin })
        expect([address, answer.status]).toEqual([address, 403])
        expect(await wordsOf(answer)).toContain('That came from another site')
      }
      const unsaid = await fetch(new URL(address, pages.url), { method: 'POST', headers: { cookie } })
      expect(unsaid.status).toBe(403)
    }
    expect((await seen(path, { cookie })).status).toBe(200)
  })
})

test('operators see every group, and are told where there is none', async () => {
  const { cookie } = await signIn(cleo)
  expect((await seen(`/groups/${club.group}`, { cookie })).status).toBe(200)
  expect((await seen(`/groups/${other.group}`, { cookie })).status).toBe(200)
  for (const id of [crypto.randomUUID(), 'x'])
    expect((await seen(`/groups/${id}`, { cookie })).status).toBe(404)
})

/** What the bot in Telegram is asked next. */
async function takeQuestion() {
  const { items } = (await pages.call('POST', '/deliveries/telegram/take', { seconds: 5 })) as {
    items: { kind: string }[]
  }
  return items.find(({ kind }) => kind === 'member')
}
