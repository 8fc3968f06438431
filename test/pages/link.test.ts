import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPages, type PagesUnderTest, type Person } from '../support/pages.ts'
import { ada, ben, cleo, visitorOf, wordsOf } from '../support/visitor.ts'

let pages: PagesUnderTest
beforeAll(async () => {
  pages = await openPages(undefined, { OPERATORS: 'telegram:3' })
})
afterAll(() => pages.close())

const { get, post, signIn } = visitorOf(() => pages)

interface Made {
  link: string
  expiresAt: string
  isOperator: boolean
}
const makeLink = async (by: Person, to: unknown = 'statement', next?: string) =>
  (await pages.call('POST', '/links', { by, to, ...(next && { next }) })) as Made

describe('A link that signs in', () => {
  test('says whom it signs in, and until when, in the language of the browser, to nobody’s search engine', async () => {
    const { link, expiresAt } = await makeLink(ben)
    expect(link).toMatch(new RegExp(`^${pages.url}/session/[\\w-]{43}$`))
    const minutes = (Date.parse(expiresAt) - Date.now()) / 60_000
    expect(minutes).toBeGreaterThan(9)
    expect(minutes).toBeLessThan(10.1)
    const answer = await get(link)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('x-robots-tag')).toBe('noindex')
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('referrer-policy')).toBe('same-origin')
    expect(await wordsOf(answer)).toMatch(
      /Sign in as Ben \(@ben\) .*good once, until .* UTC.*signed in for 12 hours/,
    )
    expect(await wordsOf(await get(link, { 'accept-language': 'zh-CN' }))).toContain(
      '以 Ben (@ben) 的身份登录',
    )
  })

  test('is not used up by whoever looks at it: a preview, a scanner, a reader who comes back', async () => {
    const { link } = await makeLink(ben)
    for (let looks = 0; looks < 3; looks++) {
      const seen = await get(link)
      expect(seen.status).toBe(200)
      expect(seen.headers.get('set-cookie')).toBeNull()
      expect((await fetch(link, { method: 'HEAD' })).status).toBe(200)
    }
    expect((await post(link, {})).status).toBe(303)
  })

  test('signs in by its button, once, and leads where it was made for', async () => {
    const { link } = await makeLink(ben)
    const answer = await post(link, {})
    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/me')
    const set = answer.headers.get('set-cookie') ?? ''
    expect(set).toMatch(/^session=[\w-]{43}; Max-Age=43200; Path=\/; HttpOnly; SameSite=Lax$/)
    expect(link).not.toContain(set.slice(8, 51))
    const transfer = await pages.send({ from: ada })
    expect(await wordsOf(await get(transfer.link, { cookie: set.split(';')[0] ?? '' }))).toContain(
      'You are Ben',
    )

    for (const used of [await get(link), await post(link, {})]) {
      expect(used.status).toBe(410)
      expect(used.headers.get('set-cookie')).toBeNull()
      expect(await wordsOf(used)).toMatch(/This link has been used, or is too old.*\/history/)
    }
  })

  test('of two that press the button at the same moment, one is signed in', async () => {
    const { link } = await makeLink(ben)
    const answers = await Promise.all(Array.from({ length: 5 }, () => post(link, {})))
    expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 410)).toHaveLength(4)
  })

  test('is too old after ten minutes', async () => {
    const { link } = await makeLink(ben)
    await pages.core.db.execute(sql`update sessions set expires_at = expires_at - interval '600 seconds'`)
    expect((await get(link)).status).toBe(410)
    expect((await post(link, {})).status).toBe(410)
  })

  test('is no ticket and no session, and neither of these is a link', async () => {
    const { link } = await makeLink(ben)
    const secret = link.split('/').at(-1) ?? ''
    expect((await post('/session', { ticket: secret })).status).toBe(410)
    const transfer = await pages.send({ from: ada })
    expect(await wordsOf(await get(transfer.link, { cookie: `session=${secret}` }))).not.toContain('You are')
    expect((await post(`/session/${await pages.ticket(ben)}`, {})).status).toBe(410)
    const { cookie } = await signIn(ben)
    expect((await post(`/session/${cookie.split('=')[1]}`, {})).status).toBe(410)
    expect((await post(link, {})).status).toBe(303)
  })

  test('ends the session of whoever was signed in there before', async () => {
    const before = await signIn(cleo)
    await post((await makeLink(ben)).link, {}, before)
    const transfer = await pages.send({ from: ada })
    expect(await wordsOf(await get(transfer.link, before))).not.toContain('You are')
  })

  test('is pressed on its own page alone', async () => {
    const { link } = await makeLink(ben)
    for (const origin of ['https://evil.example', 'null']) {
      const answer = await post(link, {}, { origin })
      expect(answer.status).toBe(403)
      expect(answer.headers.get('set-cookie')).toBeNull()
    }
    expect((await post(link, {})).status).toBe(303)
  })

  test('leads to the books of the group of a chat, and to the page there that was asked for', async () => {
    const chat = { messenger: 'telegram', id: '-77', title: 'Lunch club' }
    const id = await pages.core.groups.meet(chat)
    for (const [next, path] of [
      [undefined, ''],
      ['/treasury', '/treasury'],
    ] as const)
      expect(
        (await post((await makeLink(ben, { group: chat }, next)).link, {})).headers.get('location'),
      ).toBe(`/groups/${id}${path}`)
    for (const next of ['//evil.example', 'evil', '/\\evil.example', '/ x'])
      await expect(makeLink(ben, 'statement', next)).rejects.toThrow('invalid_request')
  })

  test('leads to the operators’ pages for operators alone', async () => {
    expect((await makeLink(ben)).isOperator).toBe(false)
    await expect(makeLink(ben, 'operators')).rejects.toThrow('not_operator')
    expect((await makeLink(cleo)).isOperator).toBe(true)
    const { link } = await makeLink(cleo, 'operators')
    expect((await post(link, {})).headers.get('location')).toBe('/operators')
  })

  test('is stored as a hash, and stands in no line of the log', async () => {
    const { link } = await makeLink(ben)
    const secret = link.split('/').at(-1) ?? ''
    await get(link)
    await post(link, {}, { origin: 'https://evil.example' })
    await post(link, {})
    await post(link, {})
    const stored = await pages.core.db.execute(sql`select sessions::text as row from sessions`)
    for (const text of [...pages.log, JSON.stringify(stored), await pages.core.metrics.registry.metrics()])
      expect(text).not.toContain(secret)
  })
})
