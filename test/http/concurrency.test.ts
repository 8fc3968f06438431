import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { makeToken } from '../../src/access/tokens.ts'
import { createApi } from '../../src/api/app.ts'
import { MAX_CONCURRENT, MAX_CONCURRENT_PER_TOKEN } from '../../src/http/concurrency.ts'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { openPages, type PagesUnderTest } from '../support/pages.ts'
import { type Client, clientOf } from '../support/service.ts'

let pages: PagesUnderTest
let client: Client
let transfer: ViewWithCode
beforeAll(async () => {
  pages = await openPages()
  client = await another('crowd')
  transfer = await pages.send({ from: { messenger: 'telegram', id: '1', name: 'Ada' } })
})
afterAll(() => pages.close())

const clientWith = (token: string): Client => clientOf((path, init) => fetch(pages.url + path, init), token)
const another = async (name: string): Promise<Client> => clientWith(await makeToken(pages.core.db, name))
const look = (by = client) => by.call<ViewWithCode>('GET', `/v1/transfers/${transfer.id}`)
const get = (path: string, headers = {}) => fetch(pages.url + path, { headers })

test('what is more than can be answered soon is refused at once, and the rest is answered, as are those inside', async () => {
  expect((await look()).status).toBe(200)
  const free = await holdTransfers()
  const more = 200
  const refused: Awaited<ReturnType<typeof look>>[] = []
  const enough = Promise.withResolvers<void>()
  const others = await Promise.all(['other', 'third'].map(another))
  const crowd = Array.from({ length: MAX_CONCURRENT + more }, async (_, index) => {
    const answer = await look([client, ...others][index % 3])
    if (answer.status === 503 && refused.push(answer) === more) enough.resolve()
    return answer
  })
  // None of those that are admitted can be answered before the table is free.
  await enough.promise
  for (const { headers, body } of refused) {
    expect([headers.get('retry-after'), headers.get('connection')]).toEqual(['2', 'close'])
    expect(body).toMatchObject({ code: 'overloaded', status: 503, retryAfter: 2 })
  }
  for (const path of ['/healthz', '/metrics', '/style.css', '/docs'])
    expect([path, (await get(path)).status]).toEqual([path, 200])
  for (const path of [`/c/${transfer.code}`, `/c/${transfer.code}/qr.png`]) {
    const page = await get(path, { accept: 'text/html', 'accept-language': 'zh' })
    expect([path, page.status, page.headers.get('retry-after')]).toEqual([path, 503, '2'])
    expect(await page.text()).toContain('请稍后再试。')
  }
  const authorization = `Bearer ${pages.core.tokens.inProcess('telegram')}`
  const inside = createApi(pages.core).request('/v1/assets?messenger=telegram', {
    headers: { authorization },
  })
  expect((await inside).status).toBe(200)

  await free()
  const admitted = (await Promise.all(crowd)).filter(({ status }) => status !== 503)
  expect(admitted).toHaveLength(MAX_CONCURRENT)
  for (const { status, body } of admitted) expect([status, body.id]).toEqual([200, transfer.id])
  expect((await look()).status).toBe(200)
  expect((await get(`/c/${transfer.code}`)).status).toBe(200)
})

test('who asks more at once than one token may leaves room for all others', async () => {
  const free = await holdTransfers()
  const more = 20
  let refused = 0
  const enough = Promise.withResolvers<void>()
  // Tokens that are looked up nowhere: that would wait for a connection, which all wait for the table here.
  const greedy = clientWith(pages.core.tokens.inProcess('greedy'))
  const calm = clientWith(pages.core.tokens.inProcess('calm'))
  const crowd = Array.from({ length: MAX_CONCURRENT_PER_TOKEN + more }, async () => {
    const { status, headers, body } = await look(greedy)
    if (status === 200) return
    expect([status, headers.get('retry-after')]).toEqual([429, '1'])
    expect(body).toMatchObject({ code: 'too_many_requests' })
    if (++refused === more) enough.resolve()
  })
  await enough.promise
  expect((await calm.call('GET', '/v1/assets?messenger=telegram')).status).toBe(200)
  await free()
  await Promise.all(crowd)
  expect(refused).toBe(more)
  expect((await look(greedy)).status).toBe(200)
  const told = await (await get('/metrics')).text()
  expect(told).toContain(`passalong_http_requests_refused_total{limit="token"} ${more}`)
  expect(told).toContain('passalong_http_requests_under_way 0')
})

test('who waits for deliveries keeps nobody out', async () => {
  const polls = Array.from({ length: MAX_CONCURRENT + 1 }, () =>
    client.call('POST', '/v1/deliveries/quiet/take', { seconds: 3 }),
  )
  const answers = await Promise.all([...polls, ...Array.from({ length: 100 }, () => look())])
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
})

test('who sends a form slowly keeps nobody out', async () => {
  const { port } = new URL(pages.url)
  const slow = Array.from({ length: MAX_CONCURRENT }, () => connect(Number(port), '127.0.0.1'))
  onTestFinished(() => slow.forEach((socket) => void socket.destroy()))
  await Promise.all(slow.map(beginForm))
  expect((await get(`/c/${transfer.code}`)).status).toBe(200)
  expect((await look()).status).toBe(200)
})

/** Sends all of a form but its fields; ends when the server waits for those. */
async function beginForm(socket: Socket) {
  await once(socket, 'connect')
  const heads = ['host: 127.0.0.1', `origin: ${pages.url}`, 'content-length: 50', 'expect: 100-continue']
  socket.write(
    `POST /session HTTP/1.1\r\n${heads.join('\r\n')}\r\ncontent-type: application/x-www-form-urlencoded\r\n\r\n`,
  )
  const [answer] = await once(socket, 'data')
  expect(String(answer)).toContain('100 Continue')
}

/** Keeps all that look at transfers waiting until the answer is called. */
async function holdTransfers(): Promise<() => Promise<void>> {
  const held = Promise.withResolvers<void>()
  const free = Promise.withResolvers<void>()
  const holding = pages.core.db.transaction(async (tx) => {
    await tx.execute(sql`lock table transfers in access exclusive mode`)
    held.resolve()
    await free.promise
  })
  await held.promise
  onTestFinished(() => free.resolve())
  return () => {
    free.resolve()
    return holding
  }
}
