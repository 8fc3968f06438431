import qrcode from 'qrcode'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { openPages, type PagesUnderTest } from '../support/pages.ts'
import { rootOf } from '../support/root.ts'

/** What anybody can send costs little, however it looks: these were tens of milliseconds each. */

let pages: PagesUnderTest
let code: string
beforeAll(async () => {
  pages = await openPages()
  code = (await pages.send({ from: { messenger: 'telegram', id: '1', name: 'Ada' } })).code
})
afterAll(() => pages.close())

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(pages.url + path, { headers, redirect: 'manual' })

test('a browser may name twenty languages; what it likes less than those is not looked at', async () => {
  const languageOf = async (asked: string) =>
    (await get(`/c/${code}`, { 'accept-language': asked })).headers.get('content-language')
  expect(await languageOf(`${'x,'.repeat(19)}zh`)).toBe('zh-Hans')
  expect(await languageOf(`${'x,'.repeat(20)}zh`)).toBe('en')
  expect(await languageOf(`${'x;q=0.1,'.repeat(1500)}zh`)).toBe('zh-Hans')
  expect(await languageOf('x,'.repeat(7500))).toBe('en')
})

test.each([
  ['/c/', 404],
  ['/nothing/', 404],
  ['/v1/nothing/', 401],
  ['/v1/people/telegram/', 401],
  ['/docs/', 404],
])(
  'an address under %s with thousands of broken escapes is not read escape by escape',
  async (path, status) => {
    const reads = (['decodeURI', 'decodeURIComponent'] as const).map((name) => vi.spyOn(globalThis, name))
    onTestFinished(() => reads.forEach((read) => read.mockRestore()))
    expect((await get(path + '%FFx'.repeat(3000))).status).toBe(status)
    expect(reads.flatMap((read) => read.mock.calls).length).toBeLessThan(20)
  },
)

test('a code in front of broken escapes is found all the same', async () => {
  for (const more of ['%FF', '%', '%E4%BD%A0%'])
    expect((await get(`/c/${code}${more}`)).headers.get('location')).toBe(`/c/${code}`)
  expect((await get(`/c/${code}%E3%80%82`)).headers.get('location')).toBe(`/c/${code}`)
})

test('hundreds of thousands of slashes behind a code are read once, whatever follows them', async () => {
  const site = rootOf(pages.core)
  const slashes = '/'.repeat(300_000)
  expect((await site.request(`/c/${code}${slashes}x`)).status).toBe(404)
  expect((await site.request(`/c/${code}${slashes}`)).headers.get('location')).toBe(`/c/${code}`)
})

test('the QR code of a link is drawn once for its page and its pictures', async () => {
  const { code } = await pages.send({ from: { messenger: 'telegram', id: '1' } })
  const drawn = vi.spyOn(qrcode, 'create')
  onTestFinished(() => drawn.mockRestore())
  for (const path of ['', '/qr.png', '', '/qr.png']) expect((await get(`/c/${code}${path}`)).status).toBe(200)
  expect(drawn).toHaveBeenCalledTimes(1)
})

test('no picture is drawn for a code that opens nothing', async () => {
  const drawn = vi.spyOn(qrcode, 'create')
  onTestFinished(() => drawn.mockRestore())
  for (const kind of ['png', 'svg']) expect((await get(`/c/${'A'.repeat(30)}/qr.${kind}`)).status).toBe(404)
  expect(drawn).not.toHaveBeenCalled()
})
