import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { contentOf, staticContent } from '../../src/shared/static-content.ts'
import { openPages, type PagesUnderTest } from '../support/pages.ts'

let pages: PagesUnderTest
beforeAll(async () => {
  pages = await openPages()
})
afterAll(() => pages.close())

const decoders = { br: brotliDecompressSync, gzip: gunzipSync, identity: (bytes: Buffer) => bytes }

describe.each([
  '/style.css',
  '/letter.css',
  '/live.js',
  '/icon.svg',
  '/docs',
  '/docs/assets/swagger-ui.css',
  '/docs/assets/swagger-ui-bundle.js',
  '/docs/assets/docs.css',
  '/docs/assets/docs.js',
  '/openapi.json',
])('%s', (path) => {
  /** By `fetch`, which would decompress: not its body, but its headers are looked at. */
  const ask = (taken: string, method = 'GET', headers: Record<string, string> = {}) =>
    fetch(pages.url + path, { method, headers: { 'accept-encoding': taken, ...headers } })

  test.each([
    ['gzip, deflate, br, zstd', 'br'],
    ['gzip, br;q=0', 'gzip'],
    ['GZIP', 'gzip'],
    ['deflate', null],
    ['identity', null],
    ['gzip;q=0', null],
  ])('comes to who takes %s as %s, whole, and not again where it is known', async (taken, coding) => {
    const answer = await ask(taken)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-encoding')).toBe(coding)
    expect(answer.headers.get('vary')).toBe('Accept-Encoding')
    expect(await answer.text()).toBe(await (await ask('identity')).text())

    const known = answer.headers.get('etag') ?? ''
    for (const method of ['GET', 'HEAD']) {
      const again = await ask(taken, method, { 'if-none-match': `"another", W/${known}` })
      expect([method, again.status]).toEqual([method, 304])
      expect([again.headers.get('etag'), again.headers.get('vary')]).toEqual([known, 'Accept-Encoding'])
    }
    const otherwise = coding ? 'identity' : 'gzip'
    expect((await ask(otherwise, 'GET', { 'if-none-match': known })).status).toBe(200)
  })

  test('tells its length and its type also where only its headers are asked for', async () => {
    const [whole, head] = [await ask('identity'), await ask('identity', 'HEAD')]
    const { byteLength } = await whole.arrayBuffer()
    expect(await head.text()).toBe('')
    for (const name of ['content-type', 'etag', 'cache-control', 'vary'])
      expect([name, head.headers.get(name)]).toEqual([name, whole.headers.get(name)])
    for (const answer of [whole, head]) expect(answer.headers.get('content-length')).toBe(String(byteLength))
  })
})

test('content is compressed once a coding, also for those who ask meanwhile, and the very same bytes go out', async () => {
  const content = contentOf(Buffer.from('a page '.repeat(1000)))
  for (const coding of ['br', 'gzip', 'identity'] as const) {
    const [first, second] = await Promise.all([content.in(coding), content.in(coding)])
    expect(second).toBe(first)
    expect(await content.in(coding)).toBe(first)
    expect(decoders[coding](Buffer.from(first)).toString()).toBe('a page '.repeat(1000))
  }
})

test('content is made when it is first asked for, and once', async () => {
  let made = 0
  const make = () => `made ${++made} times`
  const app = new Hono().get('/', ...staticContent('text/plain', make))
  expect(made).toBe(0)
  for (const method of ['HEAD', 'GET', 'GET']) await app.request('/', { method })
  expect(await (await app.request('/')).text()).toBe('made 1 times')
})
