import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { audit } from '../../src/ledger/audit.ts'
import { type Client, newcomer, openTestCore, type Person } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
let client: Client
let ada: Person
let ben: Person
let open: { id: string; code: string }
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
  client = service.client
  ada = newcomer('Ada')
  ben = newcomer('Ben')
  await client.issue(ada, '100')
  open = await client.send(ada, '20', { to: ben })
})
afterAll(async () => {
  expect((await audit(service.core.db)).faults).toEqual([])
  await service.close()
})

const HUGE = 'x'.repeat(10_000)
const TURNED = 'Ada\u202Eben'
const UNSEEN = '\u200B\u200D\u2060'
const HTML = '<script>alert(1)</script>'
const SQL = "'; drop table entries; --"
const DEEP = `${'['.repeat(20_000)}${']'.repeat(20_000)}`

type Named = [what: string, value: unknown]
const HOSTILE: Named[] = [
  ['a huge word', HUGE],
  ['turned text', TURNED],
  ['nothing that shows', UNSEEN],
  ['HTML', HTML],
  ['SQL', SQL],
  ['a NUL', '\0'],
  ['a way up', '../..'],
  ['an encoded NUL', '%00'],
  ['digits of another kind', '𝟙'],
]
const EMPTY: Named[] = [
  ['nothing', ''],
  ['a blank', ' '],
]
const NUMBERS: Named[] = ['-1', '1e9', 'NaN', '0x10', 'Infinity', '20 30', '10 kB', '9'.repeat(80)].map(
  (text) => [text, text],
)
const NO_TEXT: Named[] = [0, -1, 1e9, true, [], {}, ['20'], { $gt: '' }].map((value) => [
  JSON.stringify(value),
  value,
])
const NULL: Named = ['null', null]

const send = (more: object) =>
  client.call('POST', '/v1/transfers', { from: ada, to: ben, amount: '1', ...more })
const claim = (more: object) => client.call('POST', '/v1/claims', { by: ben, ...more })

test.each([...EMPTY, ...HOSTILE, ...NUMBERS, ...NO_TEXT, NULL])(
  'an amount of %s moves nothing',
  (_what, amount) => expectRefused(send({ amount })),
)

test.each([...EMPTY, ...HOSTILE, ...NO_TEXT, NULL])('an asset of %s moves nothing', (_what, asset) =>
  expectRefused(send({ asset })),
)

test.each([...EMPTY, ...HOSTILE, ...NO_TEXT, NULL])(
  'a person with an id of %s moves nothing',
  async (_what, id) => {
    await expectRefused(send({ from: { ...ada, id } }))
    await expectRefused(claim({ transfer: open.id, by: { ...ben, id } }))
  },
)

test.each([...EMPTY, ...HOSTILE, ...NUMBERS, ...NO_TEXT, NULL])(
  'a messenger named %s moves nothing',
  (_what, messenger) => expectRefused(send({ from: { ...ada, messenger } })),
)

test.each([HOSTILE[0] as Named, ...NO_TEXT])('%s is no note', async (_what, text) => {
  await expectRefused(send({ note: text }))
  await expectRefused(client.call('POST', '/v1/issues', { to: ada, amount: '1', note: text }))
})

test.each([
  ['turned text', TURNED, 'Adaben'],
  ['nothing that shows', UNSEEN, null],
  ['a NUL', '\0', null],
  ['two lines', 'two\nlines', 'two lines'],
  ['a line separator', 'two\u2028lines', 'two lines'],
  ['a filler', '\u3164', null],
  ['a braille blank', '\u2800', null],
])('of %s a name, a note and a title keep what can be seen, in one line', async (_what, text, kept) => {
  const group = { messenger: 'telegram', id: `-${newcomer().id}`, title: text }
  const { status, body } = await send({ from: { ...ada, name: text }, note: text, group })
  expect(status).toBe(201)
  expect(body).toMatchObject({ note: kept, group: { title: kept } })
  expect((await client.transfer(String(body.id))).from?.name).toBe(kept ?? 'Ada')
  await client.cancel(String(body.id), { ...ada, name: 'Ada' })
})

test.each([
  ...EMPTY.slice(1),
  ...HOSTILE.slice(0, 3),
  ['a NUL', '\0'],
  ['two lines', 'two\nlines'],
  ['a line separator', 'two\u2028lines'],
  ...NO_TEXT,
  ['only a sign', '@'],
  ['an identity', 'telegram:1'],
  ['SQL', SQL],
])('%s is no handle that money can be for', async (_what, handle) => {
  await expectRefused(send({ to: { messenger: 'telegram', handle } }))
})

test.each([...EMPTY, ...HOSTILE, ...NUMBERS, ...NO_TEXT, NULL])(
  '%s is no code and no id',
  async (_what, word) => {
    await expectRefused(claim({ code: word }))
    await expectRefused(claim({ transfer: word }))
    await expectRefused(client.call('POST', '/v1/transfers/find', { code: word }))
    const path = `/v1/transfers/${encodeURIComponent(String(word).slice(0, 1000))}`
    await expectRefused(client.call('POST', `${path}/cancel`, { by: ada }))
  },
)

test.each([...EMPTY, ...HOSTILE.slice(0, 3), ['a NUL', '\0'], ['a letter é', 'é'], ...NO_TEXT, NULL])(
  '%s is no key',
  (_what, key) => expectRefused(send({ key })),
)

test.each([
  ['nothing', ''],
  ['half a document', '{"amount": "1", "from": {"messenger": "telegr'],
  ['no JSON', 'amount=1&from=ada'],
  ['a list', '[]'],
  ['null', 'null'],
  ['a number', '20'],
  ['a very deep document', DEEP],
  ['a very deep field', `{"amount": ${DEEP}}`],
  ['a document of 100 kB', JSON.stringify({ note: 'x'.repeat(100_000) })],
  ['a field twice', '{"amount":"1","amount":"2","from":{}}'],
  ['a prototype', '{"__proto__": {"amount": "1"}, "constructor": {}}'],
])('a body of %s is refused', async (_what, body) => {
  for (const path of ['/v1/transfers', '/v1/claims', '/v1/issues'])
    await expectRefused(client.call('POST', path, body))
})

test('a parameter that is given twice is refused, and not guessed at', async () => {
  await expectRefused(client.call('GET', '/v1/assets?messenger=telegram&messenger=discord'))
})

test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data', ''])(
  'a body that says it is %j is refused',
  async (type) => {
    const body = { from: ada, amount: '1' }
    await expectRefused(client.call('POST', '/v1/transfers', body, { 'content-type': type }))
  },
)

test.each([
  ['/v1/transfers', () => ({ from: ada, amount: '1', state: 'collected' })],
  ['/v1/transfers', () => ({ from: { ...ada, person: 'x' }, amount: '1' })],
  ['/v1/transfers', () => ({ from: ada, amount: '1', [TURNED + HUGE]: 1 })],
  ['/v1/claims', () => ({ code: open.code, by: ben, amount: '1' })],
  ['/v1/claims', () => ({ code: open.code, transfer: open.id, by: ben })],
  ['/v1/claims', () => ({ by: ben })],
  ['/v1/issues', () => ({ to: ada, from: ada, amount: '1' })],
  ['/v1/issues', () => ({ amount: '1' })],
])('fields at %s that it does not know, or that exclude each other, are refused', (path, body) =>
  expectRefused(client.call('POST', path, body())),
)

test.each([
  '/v1/people/telegram/1/history?limit=0',
  '/v1/people/telegram/1/history?limit=101',
  '/v1/people/telegram/1/history?limit=NaN',
  '/v1/people/telegram/1/history?cursor=-1',
  '/v1/people/telegram/1/history?cursor=1e9',
  '/v1/people/telegram/1/history?cursor=%27%20or%201%3D1',
  '/v1/people/telegram/1/history?state=stolen',
  '/v1/people/telegram/%00/balances',
  `/v1/people/telegram/${encodeURIComponent(HTML)}/balances`,
  '/v1/groups/telegram/-1/history?since=yesterday',
  '/v1/groups/telegram/-1/history?until=2026-13-01T00:00:00Z',
  '/v1/groups/telegram/-1/history?cursor=1',
  '/v1/groups/telegram/-1/history?asset=%00',
  '/v1/transfers/%E0%A4%A',
  '/v1/assets',
])('GET %s is refused', (path) => expectRefused(client.call('GET', path)))

test.each([
  ['chat', 'huge', HUGE],
  ['chat', 'a NUL', '\0'],
  ['message', 'nothing', ''],
  ['language', 'turned text', TURNED],
  ['language', 'no language', '--'],
  ['drawn', 'no state', 'gone'],
])('a card whose %s is %s is refused', (field, _what, value) => {
  const card = { messenger: 'telegram', chat: '1', message: '2', language: 'en', drawn: 'open' }
  return expectRefused(client.call('POST', `/v1/transfers/${open.id}/cards`, { ...card, [field]: value }))
})

test.each([
  ...EMPTY,
  ...HOSTILE,
  ...NO_TEXT,
  NULL,
  ['a script', 'javascript:alert(1)'],
  ['data', 'data:text/html,hi'],
  ['another host without a protocol', '//evil.example/'],
  ['the same by a backslash', '/\\evil.example/'],
  ['no host', 'https://'],
  ['no host but a path', 'https:///c'],
  ['two words', 'https://t.me/a b'],
])('a messenger whose link is %s is refused', (_what, link) =>
  expectRefused(client.call('PUT', '/v1/messengers/telegram', { title: 'Telegram', link })),
)

test.each([...EMPTY, ...NO_TEXT, NULL])('a messenger whose title is %s is refused', (_what, title) =>
  expectRefused(client.call('PUT', '/v1/messengers/telegram', { title, link: 'https://t.me/bot' })),
)

test('what is harmless in spite of its looks is kept as it is, and told as data', async () => {
  const name = `${HTML} ${SQL}`
  const note = `<b>${SQL}</b> 👩‍👩‍👧 ${'é'.repeat(100)}`
  const sent = await client.call('POST', '/v1/transfers', { from: { ...ada, name }, amount: '1', note })
  expect(sent.status).toBe(201)
  expect(sent.headers.get('content-type')).toBe('application/json')
  expect(sent.body).toMatchObject({ note, from: { name } })
})

/** A no that is meant, in the form of all noes, after which the books are as they were. */
async function expectRefused(
  asked: Promise<{ status: number; text: string; headers: Headers; body: unknown }>,
) {
  const before = await books()
  const { status, text, headers, body } = await asked
  expect(body).toMatchObject({ code: expect.stringMatching(/^[a-z_]+$/), status, detail: expect.any(String) })
  expect([400, 404, 422]).toContain(status)
  expect(headers.get('content-type')).toBe('application/problem+json')
  // Whoever shows it may be misled by marks, or flooded.
  expect(text).not.toMatch(/[\u200B-\u200F\u2028-\u202E\u2060-\u2069\uFEFF\0]|\\u0000/)
  expect(text.length).toBeLessThan(1000)
  expect(await books()).toEqual(before)
}

/** All that money is: every row of it. */
const books = () =>
  service.core.db.execute(sql`
    select (select json_agg(one order by id) from accounts one) as accounts,
      (select json_agg(one order by id) from transfers one) as transfers,
      (select json_agg(one order by id) from entries one) as entries`)
