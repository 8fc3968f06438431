import { Agent, type IncomingMessage, request } from 'node:http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { callerOf } from '../../src/http/callers.ts'
import { MAX_PER_MINUTE } from '../../src/http/rate-limit.ts'
import { openPages, type PagesUnderTest } from '../support/pages.ts'
import { rootOf } from '../support/root.ts'

const PROXIES = '10.0.0.0/8,192.0.2.7,fd00::/8'

describe('Who calls', () => {
  test.each<[what: string, socket: string, told: string | undefined, caller: string]>([
    ['nobody in between', '203.0.113.5', undefined, '203.0.113.5'],
    ['nobody in between, whatever they claim', '203.0.113.5', '198.51.100.1', '203.0.113.5'],
    ['a proxy', '10.0.0.1', '203.0.113.5', '203.0.113.5'],
    ['a proxy, and something that was written in front', '10.0.0.1', '1.1.1.1, 203.0.113.5', '203.0.113.5'],
    ['two proxies', '10.0.0.1', '1.1.1.1,203.0.113.5, 192.0.2.7', '203.0.113.5'],
    ['a proxy behind one that nobody trusts', '10.0.0.1', '203.0.113.5, 192.0.2.8', '192.0.2.8'],
    ['a proxy that tells nothing', '10.0.0.1', undefined, '10.0.0.1'],
    ['a proxy that tells no address', '10.0.0.1', '203.0.113.5, unknown', '10.0.0.1'],
    ['a proxy that tells an empty address', '10.0.0.1', '203.0.113.5, ', '10.0.0.1'],
    ['a proxy that asks by itself', '10.0.0.1', '10.0.0.2', '10.0.0.2'],
    ['a proxy that tells ports', '10.0.0.1', '203.0.113.5:50123', '203.0.113.5'],
    ['a proxy that tells ports of IPv6', '10.0.0.1', '[2001:db8::5]:50123', '2001:0db8:0000:0000'],
    ['a proxy on a socket of both families', '::ffff:10.0.0.1', '203.0.113.5', '203.0.113.5'],
    ['nobody, on a socket of both families', '::ffff:203.0.113.5', undefined, '203.0.113.5'],
    ['a proxy by IPv6', 'fd00::1', '2001:db8:1:2:3:4:5:6', '2001:0db8:0001:0002'],
    ['a card of its own network', 'fe80::1%eth0', undefined, 'fe80:0000:0000:0000'],
    ['nobody, by the same 64 bits', '2001:db8:1:2:ffff::', undefined, '2001:0db8:0001:0002'],
    ['nobody, by other 64 bits', '2001:db8:1:3::1', undefined, '2001:0db8:0001:0003'],
    ['nobody, from this machine', '::1', undefined, '0000:0000:0000:0000'],
  ])('%s', (_what, remoteAddress, told, caller) => {
    const incoming = { socket: { remoteAddress }, headers: { 'x-forwarded-for': told } }
    const { trustedProxies } = readConfig({ TRUSTED_PROXIES: PROXIES })
    expect(callerOf(incoming as unknown as IncomingMessage, trustedProxies)).toBe(caller)
  })

  test('where no proxy is trusted, what a header tells is nothing', () => {
    const incoming = { socket: { remoteAddress: '10.0.0.1' }, headers: { 'x-forwarded-for': '203.0.113.5' } }
    expect(callerOf(incoming as unknown as IncomingMessage, readConfig({}).trustedProxies)).toBe('10.0.0.1')
  })
})

describe('Who asks too often', () => {
  let pages: PagesUnderTest
  let code: string
  const agent = new Agent({ keepAlive: true, maxSockets: 20 })
  beforeAll(async () => {
    pages = await openPages(undefined, { TRUSTED_PROXIES: '127.0.0.1' })
    code = (await pages.send({ from: { messenger: 'telegram', id: '1', name: 'Ada' } })).code
    // Another address in front of each: a limit by what can be made up would be none.
    const statuses = await Promise.all(
      Array.from({ length: MAX_PER_MINUTE }, (_, index) =>
        askAs(`1.2.${index >> 8}.${index & 255}, 203.0.113.5`, '/docs', 'HEAD'),
      ),
    )
    expect(new Set(statuses)).toEqual(new Set([200]))
  }, 60_000)
  afterAll(() => {
    agent.destroy()
    return pages.close()
  })

  function askAs(forwardedFor: string, path: string, method: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const headers = { 'x-forwarded-for': forwardedFor }
      request(pages.url + path, { method, agent, headers }, (answer) => {
        answer.resume().on('end', () => resolve(answer.statusCode))
      })
        .on('error', reject)
        .end()
    })
  }
  const ask = (path: string, headers: Record<string, string>, method = 'GET') =>
    fetch(pages.url + path, { method, headers: { 'x-forwarded-for': '203.0.113.5', ...headers } })

  test.each([
    ['GET', '/c/CODE'],
    ['POST', '/c/CODE'],
    ['GET', '/c/CODE/qr.png'],
    ['GET', '/c/CODE/qr.svg'],
    ['GET', '/c/short'],
    ['GET', '/p/short/over'],
    ['POST', '/at/short'],
    ['POST', '/session'],
    ['POST', '/session/end'],
    ['GET', '/docs'],
    ['GET', '/docs/assets/swagger-ui-bundle.js'],
    ['GET', '/openapi.json'],
    ['POST', '/playground/say'],
  ])('is refused at %s %s: a browser in words, a program by a problem', async (method, place) => {
    const path = place.replace('CODE', code)
    for (const [language, said] of [
      ['en', 'Try again in a moment.'],
      ['zh-CN', '请稍后再试。'],
    ] as const) {
      const accept = { accept: 'text/html,*/*;q=0.8', 'accept-language': language }
      const browser = await ask(path, accept, method)
      expect(browser.status).toBe(429)
      expectSeconds(browser.headers.get('retry-after'))
      expect(browser.headers.get('content-security-policy')).toContain("default-src 'none'")
      expect(await browser.text()).toContain(said)
    }
    const program = await ask(path, {}, method)
    expect(program.status).toBe(429)
    expect(program.headers.get('content-type')).toBe('application/problem+json')
    const { code: problem, retryAfter } = (await program.json()) as { code: string; retryAfter: number }
    expect(problem).toBe('too_many_requests')
    expect(program.headers.get('retry-after')).toBe(String(retryAfter))
    expectSeconds(String(retryAfter))
  })

  test.each([
    ['another address', '203.0.113.6'],
    ['that address, as somebody else tells it', '203.0.113.5, 203.0.113.6'],
  ])('hurts nobody at %s', async (_what, forwardedFor) => {
    for (const path of [`/c/${code}`, `/c/${code}/qr.png`, '/docs', '/openapi.json'])
      expect([path, await askAs(forwardedFor, path, 'GET')]).toEqual([path, 200])
  })

  test('is still told what costs nothing, and served by the API with a token', async () => {
    for (const path of ['/', '/style.css', '/healthz', '/readyz', '/metrics'])
      expect([path, (await ask(path, {})).status]).toEqual([path, 200])
    expect((await ask('/v1/assets?messenger=telegram', {})).status).toBe(401)
    expect(await pages.balance({ messenger: 'telegram', id: '1' })).toBe('0.00')
  })
})

test('what asks inside the process, as its bots do, has no limit', async () => {
  const pages = await openPages()
  try {
    const root = rootOf(pages.core)
    for (let asked = 0; asked < MAX_PER_MINUTE; asked++) await root.request('/docs', { method: 'HEAD' })
    expect((await root.request('/docs')).status).toBe(200)
  } finally {
    await pages.close()
  }
})

/** What is left of the minute, which is more than any other 429 says. */
function expectSeconds(seconds: string | null) {
  expect(seconds).toMatch(/^\d+$/)
  expect(Number(seconds)).toBeGreaterThan(1)
  expect(Number(seconds)).toBeLessThanOrEqual(60)
}
