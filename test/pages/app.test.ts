import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPages, type PagesUnderTest } from '../support/pages.ts'
import { ada, ben, visitorOf, wordsOf } from '../support/visitor.ts'

let pages: PagesUnderTest
beforeAll(async () => {
  pages = await openPages()
})
afterAll(() => pages.close())

const { get, post, signIn } = visitorOf(() => pages)

describe('Languages', () => {
  test.each([
    ['zh-CN,zh;q=0.9,en;q=0.8', 'zh-Hans', '等待领取'],
    ['zh-hans', 'zh-Hans', '等待领取'],
    ['de;q=0.9, zh-TW;q=0.8, en;q=0.5', 'zh-Hans', '等待领取'],
    ['en-GB', 'en', 'Waiting to be collected'],
    ['de', 'en', 'Waiting to be collected'],
    ['zh;q=0, *', 'en', 'Waiting to be collected'],
    ['@@;;q=x,,__proto__', 'en', 'Waiting to be collected'],
  ])('%s is answered in %s', async (asked, language, said) => {
    const transfer = await pages.send({ from: ada })
    const answer = await get(transfer.link, { 'accept-language': asked })
    expect(answer.headers.get('content-language')).toBe(language)
    const page = await answer.text()
    expect(page).toContain(`<html lang="${language}" dir="ltr">`)
    expect(page).toContain(said)
    expect(page).not.toMatch(/\{\{|undefined|\[object/)
    expect(page).toContain(`<time datetime="${transfer.expiresAt}">`)
  })
})

describe('Who runs it', () => {
  test('asks whether it lives, whether it is ready, and how it does, and no code is in the answer', async () => {
    const transfer = await pages.send({ from: ada })
    await get(transfer.link)
    expect(await (await get('/healthz')).text()).toBe('ok')
    expect((await get('/readyz')).status).toBe(200)
    const answer = await get('/metrics')
    const metrics = await answer.text()
    expect(answer.headers.get('content-type')).toContain('text/plain')
    expect(metrics).toContain('route="/c/:code"')
    expect(metrics).not.toContain(transfer.code)
  })

  test('shows the metrics to nobody else, where METRICS_TOKEN says so', async () => {
    const token = 'c0ffee00'.repeat(4)
    const guarded = await openPages(undefined, { METRICS_TOKEN: token })
    const ask = (authorization?: string) =>
      fetch(`${guarded.url}/metrics`, { headers: authorization ? { authorization } : {} })
    for (const wrong of [undefined, token, `Bearer ${token.slice(1)}`, `Bearer ${token}x`, 'Bearer ']) {
      const answer = await ask(wrong)
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
      expect(await answer.text()).not.toContain('passalong_')
    }
    expect(await (await ask(`Bearer ${token}`)).text()).toContain('passalong_')
    expect((await fetch(`${guarded.url}/healthz`)).status).toBe(200)
    await guarded.close()
  })

  test('is told that it is not ready where the database is gone, though it lives', async () => {
    const cutOff = await openPages()
    await cutOff.core.close()
    const ready = await fetch(`${cutOff.url}/readyz`)
    expect(ready.status).toBe(503)
    expect(Number(ready.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await ready.text()).toBe('the database does not answer')
    expect((await fetch(`${cutOff.url}/healthz`)).status).toBe(200)
    await cutOff.close()
  })

  test('finds a failure by its number, and the page and the log tell no more than that', async () => {
    const transfer = await pages.send({ from: ada })
    const { cookie } = await signIn(ben)
    await pages.core.db.execute(sql`alter table sessions rename to lost`)
    const answer = await get(transfer.link, { cookie })
    await pages.core.db.execute(sql`alter table lost rename to sessions`)
    expect(answer.status).toBe(500)
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
    const words = await wordsOf(answer)
    const id = answer.headers.get('x-request-id') ?? ''
    expect(words).toContain('Something went wrong on our side')
    expect(words).toContain(id)
    expect(words).not.toMatch(/relation|select|sessions/)
    expect(pages.log.join('')).toContain(id)
    expect(pages.log.join('')).not.toContain(transfer.code)
    expect(pages.log.join('')).not.toContain(cookie.replace('session=', ''))
  })
})

describe('Everything else', () => {
  test('the start page says what this is and where the docs are', async () => {
    const page = await (await get('/')).text()
    expect(page).toContain('Pass money along in any chat.')
    expect(page).toContain('href="/docs"')
  })

  test('an address with nothing at it is answered in words to a browser, and by a problem to a program', async () => {
    const browser = await get('/nothing')
    expect(browser.status).toBe(404)
    expect(browser.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await wordsOf(browser)).toContain('There is nothing here')
    const program = await get('/nothing', { accept: '*/*' })
    expect(program.status).toBe(404)
    expect(program.headers.get('content-type')).toBe('application/problem+json')
    for (const answer of [browser, program]) expect(answer.headers.get('vary')).toContain('Accept')
  })

  test.each([
    ['/style.css', 'text/css; charset=utf-8'],
    ['/letter.css', 'text/css; charset=utf-8'],
    ['/books.css', 'text/css; charset=utf-8'],
    ['/rows.js', 'text/javascript; charset=utf-8'],
    ['/live.js', 'text/javascript; charset=utf-8'],
    ['/icon.svg', 'image/svg+xml'],
    ['/docs/assets/swagger-ui.css', 'text/css; charset=utf-8'],
    ['/docs/assets/swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
    ['/docs/assets/docs.css', 'text/css; charset=utf-8'],
    ['/docs/assets/docs.js', 'text/javascript; charset=utf-8'],
  ])('%s is served with its type, and not again where it is known', async (path, type) => {
    const answer = await get(path)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe(type)
    expect((await answer.text()).length).toBeGreaterThan(100)
    const again = await get(path, { 'if-none-match': answer.headers.get('etag') ?? '' })
    expect(again.status).toBe(304)
  })

  test.each([
    ['/groups/x/treasury/pay-many', 500_000, 401],
    ['/groups/x/treasury/pay-many', 1_100_000, 400],
    ['/operators/issues', 500_000, 401],
    ['/me', 5000, 400],
    ['/c/x', 5000, 400],
    ['/p/x', 5000, 400],
    ['/at/x', 5000, 400],
  ])(
    'a form to %s of %i bytes is answered with %i: pages with lists of people take much',
    async (path, bytes, status) => {
      expect((await post(path, { text: 'x'.repeat(bytes) })).status).toBe(status)
    },
  )

  test('the docs name no other host', async () => {
    const answer = await get('/docs')
    expect(answer.headers.get('content-security-policy')).toContain("connect-src 'self'")
    expect(await answer.text()).not.toMatch(/https?:\/\//)
  })
})
