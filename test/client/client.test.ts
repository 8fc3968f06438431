import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect, promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { APP_VERBS } from '../../src/access/scopes.ts'
import { makeToken } from '../../src/access/tokens.ts'
import { CLIENT_TYPES, clientTypes } from '../../src/api/client-types.ts'
import type * as Client from '../../src/client/index.ts'
import { hasChromium, openBrowser } from '../support/browser.ts'
import { installClient } from '../support/client.ts'
import { listen } from '../support/listen.ts'
import { type OpenApi, operationsOf } from '../support/openapi.ts'
import { openPages, type PagesUnderTest } from '../support/pages.ts'
import { openProxy } from '../support/proxy.ts'

const shop = { messenger: 'app', id: 'shop' }
const ada = { messenger: 'telegram', id: '1', name: 'Ada' }
/** An address at which nothing listens. */
const nowhere = 'http://127.0.0.1:9'

let service: PagesUnderTest
let token: string
let installed: Awaited<ReturnType<typeof installClient>>
let client: typeof Client
let document: OpenApi
beforeAll(async () => {
  ;[service, installed] = await Promise.all([openPages(), installClient()])
  client = await installed.load()
  token = await makeToken(service.core.db, 'shop', { may: APP_VERBS, whom: { kind: 'own' } })
  await service.call('POST', '/issues', { to: shop, amount: '500' })
  document = (await (await fetch(`${service.url}/openapi.json`)).json()) as OpenApi
})
afterAll(async () => {
  await service.close()
  await installed.remove()
})

const at = (url: string, more: object = {}) => client.createClient({ url, token, ...more })

test('the package is what was compiled, and its README; nothing is installed with it', () => {
  const files = readdirSync(installed.place, { recursive: true, encoding: 'utf8' }).sort()
  const modules = ['api', 'client', 'error', 'index', 'methods', 'request', 'webhooks']
  const compiled = modules.flatMap((name) => [`dist/${name}.d.ts`, `dist/${name}.js`])
  expect(files).toEqual(['LICENSE', 'README.md', 'dist', ...compiled, 'package.json'])
  const { dependencies, peerDependencies } = JSON.parse(
    readFileSync(`${installed.place}/package.json`, 'utf8'),
  )
  expect([dependencies, peerDependencies]).toEqual([undefined, undefined])
})

test('its types are those of the OpenAPI document: where they are not, `npm run client` makes them', () => {
  expect(clientTypes(document as never)).toBe(readFileSync(CLIENT_TYPES, 'utf8'))
})

test('each operation that a token with limits may call has a method', () => {
  const source = readFileSync(new URL('../../src/client/client.ts', import.meta.url), 'utf8')
  const named = Array.from(source.matchAll(/\('((?:GET|POST|PUT|DELETE) [^']+)'\)/g), ([, place]) => place)
  const open = operationsOf(document).filter(({ operation }) => operation['x-scope'] !== 'all')
  expect(new Set(named)).toEqual(new Set(open.map(({ place }) => place)))
})

test('the examples of its README are typed right, and the first one works as it stands', async () => {
  const readme = readFileSync(join(installed.place, 'README.md'), 'utf8')
  const examples = Array.from(readme.matchAll(/^```ts\n(.*?)^```$/gms), ([, example = '']) => example)
  expect(examples.length).toBeGreaterThan(5)
  const node = 'declare const process: { env: Record<string, string | undefined> }\n'
  expect(await installed.compiled(node + examples.join('\n'))).toBe('')
  await writeFile(
    join(installed.folder, 'first.ts'),
    examples[0]?.replace('http://127.0.0.1:3000', service.url) ?? '',
  )
  const { stdout } = await promisify(execFile)(process.execPath, ['first.ts'], {
    cwd: installed.folder,
    env: { PASSALONG_TOKEN: token },
  })
  expect(stdout).toMatch(/^[\w-]{36} open http\S+ \[/)
})

/** What a program that runs in all places says of it. */
const WORKS = {
  state: 'cancelled',
  isListed: true,
  note: '晚饭 🍜',
  event: 'transfer.cancelled',
  failures: ['insufficient_funds', 'unreachable'],
  isForged: true,
}
const EVERYWHERE = fileURLToPath(new URL('everywhere.js', import.meta.url))

test('in Node it sends, takes back, lists page by page, says what is wrong, and verifies webhooks', async () => {
  const { everywhere } = await import(EVERYWHERE)
  expect(await everywhere(client, { url: service.url, token, nowhere })).toEqual(WORKS)
})

describe.skipIf(!hasChromium('the client'))('in a browser', () => {
  test('it does the same by way of a server of the page, and reaches no other', async () => {
    const files = join(installed.place, 'dist')
    const script = (path: string) =>
      new Response(readFileSync(path), { headers: { 'content-type': 'text/javascript' } })
    const site = await listen({
      fetch(request) {
        const { pathname } = new URL(request.url)
        if (pathname.startsWith('/v1/')) return passedOn(request)
        if (pathname === '/everywhere.js') return script(EVERYWHERE)
        if (pathname.startsWith('/client/')) return script(files + pathname.slice('/client'.length))
        return new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } })
      },
    })
    const browser = await openBrowser()
    onTestFinished(async () => {
      await browser.close()
      await site.close()
    })
    const page = await browser.newPage()
    await page.goto(site.url)
    const inPage = (given: object) =>
      page.evaluate(
        `Promise.all([import('/everywhere.js'), import('/client/index.js')]).then(([{ everywhere }, client]) => everywhere(client, ${JSON.stringify(given)}))`,
      )
    expect(await inPage({ url: site.url, token, nowhere: service.url })).toEqual(WORKS)
  })
})

async function passedOn(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url)
  const { method } = request
  const headers = {
    authorization: request.headers.get('authorization') ?? '',
    'content-type': 'application/json',
  }
  const body = method === 'GET' ? null : await request.text()
  return fetch(service.url + pathname + search, { method, headers, body })
}

const balance = async () => (await at(service.url).people.balances(shop)).balances[0]?.amount

describe('where something fails', () => {
  /** Gives these answers one after the other, and then those of the service; tells what it was asked. */
  async function behind(...answers: Response[]) {
    const asked: { at: number; id: string | null; body: { key?: string } }[] = []
    const front = await listen({
      async fetch(request) {
        const body = await request.clone().text()
        asked.push({
          at: Date.now(),
          id: request.headers.get('x-request-id'),
          body: JSON.parse(body || '{}'),
        })
        return answers.shift() ?? passedOn(request)
      },
    })
    onTestFinished(front.close)
    return { url: front.url, asked }
  }

  const problem = (status: number, code: string, headers: Record<string, string> = {}) =>
    new Response(JSON.stringify({ status, code, detail: `${code}.`, requestId: 'r' }), { status, headers })

  async function failureOf(call: Promise<unknown>) {
    const failure = await call.then(
      () => undefined,
      (error) => error,
    )
    expect(failure).toBeInstanceOf(client.PassalongError)
    return failure as InstanceType<typeof client.PassalongError>
  }

  test('a transfer whose answer was lost is asked for again with the same key, and its money moved once', async () => {
    const [proxy, had] = [await openProxy(new URL(service.url)), await balance()]
    onTestFinished(proxy.close)
    const cut = proxy.cutAt(/^POST \/v1\/transfers /, true)
    const { amount } = await at(proxy.url).transfers.create({ from: shop, amount: '7' })
    await cut
    expect([amount, Number(had) - Number(await balance())]).toEqual(['7.00', 7])
  })

  test('what has no key is not asked for again, unless it only looks', async () => {
    const proxy = await openProxy(new URL(service.url))
    onTestFinished(proxy.close)
    const passalong = at(proxy.url)
    const { id } = await passalong.asks.create({ by: shop, amount: '1' })
    const cut = proxy.cutAt(/^POST /, true)
    const { code, requestId } = await failureOf(passalong.asks.end(id, { by: shop }))
    expect([code, requestId]).toEqual(['unreachable', expect.stringMatching(/^[\w-]{36}$/)])
    await cut
    void proxy.cutAt(/^GET /, true)
    expect((await passalong.asks.get(id)).state).toBe('ended')
  })

  test('each of a batch gets a key of its own, and what the caller has named is kept', async () => {
    const { url, asked } = await behind()
    const [mine, other] = [
      { from: shop, amount: '1', key: 'mine' },
      { from: shop, amount: '1' },
    ]
    const made = await at(url).transfers.createMany([mine, other, other])
    const ids = made.map((one) => ('transfer' in one ? one.transfer.id : one.problem.code))
    expect(new Set(ids).size).toBe(3)
    const [{ body }] = asked as unknown as [{ body: { items: { key: string }[] } }]
    const { items } = body
    expect([items[0]?.key, new Set(items.map(({ key }) => key)).size]).toEqual(['mine', 3])
    await at(url).transfers.create({ ...other, key: 'mine-as-well' })
    expect(asked[1]?.body.key).toBe('mine-as-well')
  })

  test('it waits for as long as it is asked to, and says it is the same request', async () => {
    const { url, asked } = await behind(problem(503, 'overloaded', { 'retry-after': '1' }))
    await at(url).transfers.create({ from: shop, amount: '1' })
    const [first, second] = asked as [(typeof asked)[0], (typeof asked)[0]]
    expect(second.at - first.at).toBeGreaterThanOrEqual(1000)
    expect([second.id, second.body]).toEqual([first.id, first.body])
    expect([asked.length, first.body.key]).toEqual([2, expect.stringMatching(/^[\w-]{36}$/)])
  })

  test.each([
    ['what is refused', problem(409, 'insufficient_funds'), 'insufficient_funds'],
    ['that there was enough of it for today', problem(429, 'phrase_paused'), 'phrase_paused'],
    ['to come in an hour', problem(503, 'unavailable', { 'retry-after': '3600' }), 'unavailable'],
    ['what it does not understand', new Response('hello'), 'unexpected_answer'],
    ['to go elsewhere', new Response(null, { status: 301, headers: { location: '/' } }), 'unexpected_answer'],
  ])('told %s it does not ask again', async (_what, answer, code) => {
    const { url, asked } = await behind(answer)
    const failure = await failureOf(at(url).transfers.create({ from: shop, amount: '1' }))
    expect([failure.code, failure.status, asked.length]).toEqual([code, answer.status, 1])
  })

  test('it gives up after as many attempts as it may make, and tells what the last one was answered', async () => {
    const { url, asked } = await behind(
      ...[1, 2].map(() => new Response('<h1>Bad gateway</h1>', { status: 502 })),
    )
    const { code, status } = await failureOf(at(url, { retries: 1 }).people.balances(shop))
    expect([code, status, asked.length]).toEqual(['unexpected_answer', 502, 2])
  })

  test('a signal ends it, also in a pause', async () => {
    // Longer than a test may take.
    const { url, asked } = await behind(problem(503, 'unavailable', { 'retry-after': '60' }))
    const [ending, reason] = [new AbortController(), new Error('enough')]
    const call = at(url).people.balances(shop, {}, { signal: ending.signal })
    await expect.poll(() => asked.length).toBe(1)
    ending.abort(reason)
    await expect(call).rejects.toBe(reason)
    await expect(at(url).people.balances(shop, {}, { signal: ending.signal })).rejects.toBe(reason)
    expect(asked.length).toBe(1)
  })

  test('an error tells code, status, details and request, and neither the token nor a code', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const { port } = silent.address() as { port: number }
    const { code } = await at(service.url).transfers.create({ from: shop, amount: '1' })
    const { url } = await behind(new Response(`"${code}`))
    const dear = await failureOf(at(service.url).transfers.create({ from: shop, amount: '1000' }))
    expect(dear).toMatchObject({
      code: 'insufficient_funds',
      status: 409,
      details: { amount: '1000.00', asset: 'CREDIT' },
      message: dear.detail,
      requestId: expect.stringMatching(/^[\w-]{36}$/),
    })
    const failures = await Promise.all([
      failureOf(at(service.url).claims.create({ code, by: ada })),
      failureOf(at(nowhere, { retries: 0 }).claims.create({ code, by: shop })),
      failureOf(
        at(`http://127.0.0.1:${port}`, { retries: 0, timeout: 20 }).claims.create({ code, by: shop }),
      ),
      failureOf(at(url).claims.create({ code, by: shop })),
    ])
    expect(failures.map((failure) => failure.code)).toEqual([
      'not_allowed_by_token',
      'unreachable',
      'timeout',
      'unexpected_answer',
    ])
    const wrong = [
      { token: `${token}\n` },
      { token: '' },
      { url: `https://me:${token}@pass.example.org` },
      { url: token },
    ]
    const thrown = wrong.map((one) => {
      try {
        return at(service.url, one)
      } catch (error) {
        return error
      }
    })
    expect(thrown).toEqual(wrong.map(() => expect.any(TypeError)))
    for (const one of [...failures, ...thrown, dear, at(service.url)]) {
      expect(inspect(one, { depth: null, showHidden: true })).not.toContain(token)
      expect(inspect(one, { depth: null, showHidden: true })).not.toContain(code)
    }
  })
})

// https://github.com/standard-webhooks/standard-webhooks/blob/main/libraries/javascript/src/webhook.test.ts
describe('a webhook', () => {
  const [secret, other] = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'whsec_c2VjcmV0']
  const SENT = 1_614_265_330
  const body = '{"test": 2432232314}'
  const headers = {
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': String(SENT),
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  }
  const event = { test: 2432232314, id: headers['webhook-id'] }
  const noisy = `v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,abc v1,? ${headers['webhook-signature']}`

  const verifiedAt = (seconds: number, changes: object) => {
    vi.useFakeTimers({ toFake: ['Date'], now: seconds * 1000 })
    onTestFinished(() => void vi.useRealTimers())
    return client.verifyWebhook({ secret, headers, body, ...changes })
  }

  test.each([
    ['as the scheme has it', SENT, {}],
    ['with a secret without its prefix', SENT, { secret: secret.slice(6) }],
    ['by one of two secrets, while one takes the place of the other', SENT, { secret: [other, secret] }],
    [
      'with several signatures, of other secrets and versions',
      SENT,
      { headers: { ...headers, 'webhook-signature': noisy } },
    ],
    ['with headers as fetch has them', SENT, { headers: new Headers(headers) }],
    [
      'with headers in other letters',
      SENT,
      {
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
        ),
      },
    ],
    ['with a body of bytes', SENT, { body: Buffer.from(body) }],
    ['after five minutes', SENT + 300, {}],
    ['by a clock that is five minutes late', SENT - 300, {}],
  ])('is taken %s', async (_what, seconds, changes) => {
    expect(await verifiedAt(seconds, changes)).toEqual(event)
  })

  test.each([
    ['without an id', SENT, { headers: { ...headers, 'webhook-id': undefined } }],
    ['without a time', SENT, { headers: { ...headers, 'webhook-timestamp': undefined } }],
    ['without a signature', SENT, { headers: { ...headers, 'webhook-signature': undefined } }],
    ['with a time that is none', SENT, { headers: { ...headers, 'webhook-timestamp': `${SENT}x` } }],
    ['with another time', SENT, { headers: { ...headers, 'webhook-timestamp': String(SENT + 1) } }],
    ['with another id', SENT, { headers: { ...headers, 'webhook-id': 'msg_2' } }],
    ['with a part of its signature', SENT, { headers: { ...headers, 'webhook-signature': 'v1,g0hM9SsE' } }],
    ['with an empty signature', SENT, { headers: { ...headers, 'webhook-signature': 'v1,' } }],
    [
      'with its signature as another version',
      SENT,
      { headers: { ...headers, 'webhook-signature': headers['webhook-signature'].replace('v1', 'v2') } },
    ],
    ['with another body', SENT, { body: `${body} ` }],
    ['by another secret', SENT, { secret: other }],
    ['after more than five minutes', SENT + 301, {}],
    ['from more than five minutes ahead', SENT - 301, {}],
  ])('is refused %s', async (_what, seconds, changes) => {
    await expect(verifiedAt(seconds, changes)).rejects.toBeInstanceOf(client.WebhookError)
  })

  test.each([
    ['an empty secret', { secret: 'whsec_' }],
    ['a secret that is not base64', { secret: 'whsec_my-password!' }],
    ['a body that was parsed', { body: JSON.parse(body) }],
  ])('can not be verified with %s, and is told so without telling the secret', async (_what, changes) => {
    const failure = await verifiedAt(SENT, changes).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(TypeError)
    expect(inspect(failure)).not.toContain('my-password')
  })
})
