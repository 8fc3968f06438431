import { randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { sql } from 'drizzle-orm'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChatMessage } from '../../../bots/playground/chats.ts'
import { ownSiteOnly } from '../../../bots/playground/own-site.ts'
import { page } from '../../../bots/playground/page.ts'
import { texts } from '../../../bots/texts/index.ts'
import { connect } from '../../../db/postgres.ts'
import { audit } from '../../../src/ledger/audit.ts'
import { type Follower, openPlayground, type PlaygroundUnderTest } from '../../support/playground.ts'
import { newcomer } from '../../support/service.ts'

const seeded = { ada: '100.00', ben: '100.00', chen: '100.00' }
const noted = (note: string) => (follower: Follower) =>
  [...follower.messages.values()].find(({ card }) => card?.note === note)
const said = (text: string) => (follower: Follower) =>
  [...follower.messages.values()].find((message) => message.by === 'bot' && message.text?.includes(text))
const has = (balances: Record<string, string>) => (follower: Follower) =>
  Object.entries(balances).every(([who, amount]) => follower.balances[who] === amount)

describe('The playground', () => {
  let playground: PlaygroundUnderTest
  let follower: Follower

  beforeAll(async () => {
    playground = await openPlayground()
    follower = await playground.follow()
    await follower.until(has(seeded))
  })

  afterAll(() => playground?.close())

  test('passes money along from card to button, tells the sender in private, and draws the card anew', async () => {
    await playground.say('ada', '/send 20 @ben lunch')
    const card = await follower.until(noted('lunch'))
    expect(card).toMatchObject({
      chat: 'lunch-club',
      by: 'bot',
      card: { amount: '20.00 PLAY', title: 'Ada (@ada) → Ben (@ben)' },
    })
    await follower.until(has({ ada: '80.00' }))

    const own = await follower.until((now) =>
      [...now.messages.values()].find(({ chat, card }) => chat === 'private-ben' && card?.note === 'lunch'),
    )
    expect(own.card).toMatchObject({ state: 'open', hint: expect.stringContaining('/notices off') })
    expect(await playground.press('chen', card, 'collect')).toBe('这是给别人的。')
    expect(await playground.press('ben', card, 'collect')).toBe('20.00 PLAY is yours.')
    await follower.until(has({ ada: '80.00', ben: '120.00', chen: '100.00' }))
    expect(await follower.until(said('Ben (@ben) has collected your 20.00 PLAY (lunch)'))).toMatchObject({
      chat: 'private-ada',
    })
    for (const { id } of [card, own])
      await follower.until((now) => now.messages.get(id)?.card?.state === 'collected')
    expect(follower.messages.get(card.id)).toMatchObject({ buttons: [[]] })
    expect(await playground.press('ben', card, 'collect')).toContain('already')
  })

  test('hears an utterance once, however often it is sent', async () => {
    const key = randomUUID()
    const before = follower.balances
    const sent = Array.from({ length: 5 }, () => playground.say('chen', '/send 1 twice', { key }))
    for (const answer of await Promise.all(sent)) expect(answer.status).toBe(204)
    await playground.say('chen', '/send 1 twice', { key })
    await follower.until((now) => now.balances.chen !== before.chen)
    await playground.say('chen', 'done')
    await follower.until((now) => [...now.messages.values()].some(({ text }) => text === 'done'))
    const all = [...follower.messages.values()]
    expect(all.filter(({ card }) => card?.note === 'twice')).toHaveLength(1)
    expect(all.filter(({ text }) => text === '/send 1 twice')).toHaveLength(1)
    expect(Number(follower.balances.chen)).toBe(Number(before.chen) - 1)
  })

  test('knows a mention by the id behind it, and an answer as meant for the one who is answered', async () => {
    await playground.say('ben', '/send 1 @陈晨 by name')
    expect(await follower.until(noted('by name'))).toMatchObject({
      card: { title: 'Ben (@ben) → 陈晨 (@chen)' },
    })
    await playground.say('ada', 'who wants tea?')
    const question = await follower.until((now) =>
      [...now.messages.values()].find(({ text }) => text === 'who wants tea?'),
    )
    await playground.say('ben', '/send 1 tea', { replyTo: question.id })
    expect(await follower.until(noted('tea'))).toMatchObject({ card: { title: 'Ben (@ben) → Ada (@ada)' } })
  })

  test('says what was understood, what is wrong, and what works', async () => {
    await playground.say('ada', '/send twenty @ben books')
    const answer = await follower.until(said('"twenty" is not an amount'))
    expect(answer.text).toContain('Understood: amount twenty, to Ben (@ben), note "books".')
    expect(answer.text).toContain('/send 20 @friend lunch')
  })

  test('answers in private what is no command, and in the group only commands', async () => {
    const count = () =>
      [...follower.messages.values()].filter(({ by, chat }) => by === 'bot' && chat === 'lunch-club').length
    const before = count()
    await playground.say('chen', '你好')
    await playground.say('chen', '你好', { kind: 'private' })
    expect(await follower.until(said('我能做的事'))).toMatchObject({ chat: 'private-chen' })
    expect(count()).toBe(before)
    await playground.say('chen', '／BALANCE', { kind: 'private' })
    await follower.until(said('你的余额'))
  })

  test('shows what a link opens as often as it is opened', async () => {
    await playground.say('ada', '/send 3 opened')
    const { code } = await playground.transferOf(await follower.until(noted('opened')))
    const shown = () =>
      [...follower.messages.values()].filter(
        ({ chat, card }) => chat === 'private-ben' && card?.note === 'opened',
      )
    for (const times of [1, 2]) {
      await playground.say('ben', `/start ${code}`, { kind: 'private' })
      await follower.until(() => shown().length === times)
    }
  })

  test('turns the pages of a history where it stands', async () => {
    for (let count = 1; count <= 11; count++) await playground.say('ada', `/send 0.01 small ${count}`)
    await playground.say('ada', '/history')
    const newest = await follower.until(said('Transfers of this group, newest first. Times are UTC.'))
    expect(newest.text).toContain('small 11')
    expect(await playground.press('chen', newest, 'history:group')).toContain('群记录仅管理员可看')
    expect(await playground.press('ada', newest, 'history:group')).toBe('Here you are.')
    await follower.until((now) => now.messages.get(newest.id)?.text?.includes('· small 1\n'))
    expect(follower.messages.get(newest.id)?.text).not.toContain('small 2')
  })

  test('refuses a button that a message never had, and one in a chat of others', async () => {
    await playground.say('ben', '/send 2 for the taking', { kind: 'private' })
    const card = (await follower.until(noted('for the taking'))) as ChatMessage
    await playground.say('ada', 'nothing to press here')
    const plain = await follower.until((now) =>
      [...now.messages.values()].find(({ text }) => text === 'nothing to press here'),
    )
    const data = `collect:${card.card?.transfer}`
    const stale = 'This button has expired.'
    for (const message of [plain.id, randomUUID(), card.id]) {
      const answer = await playground.post('press', { person: 'ada', message, data, key: randomUUID() })
      expect(await answer.json()).toEqual({ toast: stale })
    }
    expect(follower.messages.get(card.id)).toMatchObject({ card: { state: 'open' } })
  })

  test('lets nothing act that comes from another site', async () => {
    const before = follower.messages.size
    const utterance = { person: 'ada', kind: 'group', text: '/send 50 stolen', key: randomUUID() }
    const own = new URL(playground.url).origin
    const headers: [Record<string, string>, number][] = [
      [{ origin: 'https://evil.example' }, 403],
      [{ origin: 'null' }, 403],
      [{ origin: 'http://127.0.0.1:1' }, 403],
      [{ 'sec-fetch-site': 'cross-site' }, 403],
      [{ 'sec-fetch-site': 'same-site', origin: own }, 403],
      [{ 'content-type': 'text/plain' }, 415],
      [{ 'content-type': 'application/x-www-form-urlencoded', origin: own }, 415],
    ]
    for (const path of ['say', 'press', `messages/${randomUUID()}/open`])
      for (const [sent, status] of headers)
        expect([path, sent, (await playground.post(path, utterance, sent)).status]).toEqual([
          path,
          sent,
          status,
        ])
    // DNS that was bent: the name is another site's, the address ours.
    const bent = { host: 'evil.example', origin: 'http://evil.example', 'sec-fetch-site': 'same-origin' }
    expect(await statusOf(playground.url, 'POST', '/playground/say', bent, JSON.stringify(utterance))).toBe(
      403,
    )
    expect(await statusOf(playground.url, 'GET', '/playground/events', bent)).toBe(403)
    expect(follower.messages.size).toBe(before)
    expect((await playground.post('say', { ...utterance, text: 'mine' }, { origin: own })).status).toBe(204)
  })

  test('refuses what is malformed, and what nobody of the playground says', async () => {
    const fine = { person: 'ada', kind: 'group', text: 'fine', key: randomUUID() }
    const wrong = [
      { ...fine, person: 'mallory' },
      { ...fine, kind: 'private-ben' },
      { ...fine, text: ' ' },
      { ...fine, text: 'x'.repeat(2001) },
      { ...fine, key: 'k' },
      { ...fine, extra: true },
      [],
    ]
    for (const body of wrong) expect((await playground.post('say', body)).status).toBe(400)
    const half = await fetch(`${playground.url}/playground/say`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"person":',
    })
    expect(half.status).toBe(400)
  })

  test('keeps its own files to itself, and codes out of the page and the log', async () => {
    await playground.say('ada', '/send 1 secret')
    const { code } = await playground.transferOf(await follower.until(noted('secret')))
    const page = await fetch(`${playground.url}/?start=${code}`)
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await page.text()).not.toContain(code)
    expect((await fetch(`${playground.url}/playground/client.js`)).status).toBe(200)
    for (const path of ['index.ts', '..%2findex.ts', '%2e%2e/index.ts', ''])
      expect((await fetch(`${playground.url}/playground/${path}`)).status).toBe(404)
    expect(playground.log.join('')).not.toContain(code)
  })

  test('a follower who comes late gets all there is', async () => {
    const late = await playground.follow()
    await late.until((now) => now.messages.size > 0)
    expect(late.messages).toEqual(follower.messages)
    expect(late.balances).toEqual(follower.balances)
  })
})

describe('What everybody reads', () => {
  let playground: PlaygroundUnderTest
  let follower: Follower
  const giver = newcomer('Ada')

  beforeAll(async () => {
    playground = await openPlayground()
    follower = await playground.follow()
    await follower.until(has(seeded))
    await playground.client.issue(giver, '100')
  })
  afterAll(() => playground?.close())

  /** Waits until all that was said before is answered. */
  async function settled() {
    const last = `that was ${randomUUID().slice(0, 8)}`
    await playground.say('ada', last)
    await follower.until((now) => [...now.messages.values()].some(({ text }) => text === last))
  }

  test('holds no code and no link of a transfer, however one is typed, pasted or opened', async () => {
    const real = await playground.client.send(giver, '20')
    await playground.say('ada', '/send 3 @ben for the test')
    const play = await playground.transferOf(await follower.until(noted('for the test')))
    const secrets: string[] = []
    for (const { code, link } of [real, play]) {
      const percent = `%${code.charCodeAt(15).toString(16)}`
      const encoded = code.slice(0, 15) + percent + code.slice(16)
      const torn = `${code.slice(0, 15)}\u200b\u2060${code.slice(15)}`
      const stuck = `xX9${code}xX9`
      secrets.push(code.slice(8), link, torn, encoded, code.slice(0, 15), code.slice(16))
      for (const secret of [code, link, encoded, torn, stuck, `${playground.url}/?start=${code}`])
        for (const text of [
          secret,
          `look: ${secret}, be quick! (${secret}) "${secret}." ${secret}。`,
          `/start ${secret}`,
          `/cancel ${secret}`,
          `/cancel my ${secret}`,
          `/send ${secret}`,
          `/send 0.01 ${secret}`,
          `/send 0.01 @chen ${secret} for you`,
          `/send 0.01 @${secret}`,
          `/send ${secret} 20 @ben`,
          `/balance ${secret}`,
          `/sned ${secret}`,
          `/${secret}`,
          `/collect my ${secret}`,
          `/collect ${secret}`,
        ])
          for (const kind of ['group', 'private']) await playground.say('ada', text, { kind })
    }
    // What is noted in the books is told again.
    for (const { code } of [real, play]) {
      await playground.say('ada', `/send 0.01 ${code}`)
      await playground.say('ada', `/send 0.01 @${code}`)
    }
    for (const kind of ['group', 'private'])
      for (const text of ['/history', '/cancel']) await playground.say('ada', text, { kind })
    await playground.say('chen', `/collect ${real.code}`, { kind: 'private' })
    await settled()
    const late = await playground.follow()
    await late.until((now) => now.messages.size > 0)

    expect(late.heard).toContain('/start …')
    expect(late.heard).toContain('look: …, be quick!')
    // A handle is told in small letters.
    for (const { heard } of [follower, late])
      for (const secret of secrets) expect(heard.toLowerCase()).not.toContain(secret.toLowerCase())
    expect(await playground.client.transfer(real.id)).toMatchObject({ state: 'open' })
    expect(await playground.client.get(`/v1/transfers/${real.id}/cards`)).toEqual({ items: [] })
    for (const { card } of late.messages.values()) expect(card?.amount ?? 'PLAY').toContain('PLAY')
    for (const line of playground.log) for (const secret of secrets) expect(line).not.toContain(secret)
  })

  test('leaves words, numbers and links that hold no code as they are', async () => {
    const plain = [
      '@ben @陈晨 hello',
      'hahahahahahahahahahahahahahaha',
      'NOOOOOOOOOOOOOOOOOOOOOOOOOOOO',
      'Donaudampfschifffahrtsgesellschaft!',
      '1234567890 123456789 https://example.org/a/menu?day=friday',
      '今天中午我请大家吃饭，一人二十块，先点先得，谁先点就归谁',
    ]
    for (const text of plain) await playground.say('ben', text)
    await settled()
    const all = [...follower.messages.values()].map(({ text }) => text)
    for (const text of plain) expect(all).toContain(text)
  })

  test('tells who opens what is not dealt in here why nothing is shown', async () => {
    const { id, code, link } = await playground.client.send(giver, '5')
    for (const [text, chat] of [
      [`/start ${code}`, 'group'],
      [`/start ${link}`, 'private'],
      [link, 'private'],
      [code, 'private'],
      [`/cancel ${code}`, 'group'],
    ] as const) {
      const before = follower.messages.size
      await playground.say('ben', text, { kind: chat })
      await follower.until((now) => now.messages.size >= before + 2)
      const answer = [...follower.messages.values()].at(-1)
      expect([text, answer?.by, answer?.text, answer?.card]).toEqual([
        text,
        'bot',
        'It is CREDIT, and people here don’t deal in that. Collect it in a messenger where they do.',
        null,
      ])
    }
    await playground.say('chen', `/start ${code}`, { kind: 'private' })
    await follower.until(said('这是 CREDIT，这里不使用它'))
    expect(await playground.client.get(`/v1/transfers/${id}/cards`)).toEqual({ items: [] })
  })

  test('a card keeps its picture and its link to itself: they are asked for by its message, by whom it is shown to', async () => {
    await playground.say('ada', '/send 4 pictured')
    const message = await follower.until(noted('pictured'))
    const { code, link } = await playground.transferOf(message)
    const path = `/playground/messages/${message.id}/qr.svg`
    const picture = await fetch(playground.url + path)
    expect(picture.status).toBe(200)
    expect(picture.headers.get('content-type')).toBe('image/svg+xml')
    expect(picture.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(await picture.text()).toContain(link)
    expect(await statusOf(playground.url, 'GET', path, { host: 'evil.example' })).toBe(403)

    const open = (person: string, id: string) => playground.post(`messages/${id}/open`, { person })
    const opened = await (await open('ben', message.id)).json()
    expect(opened).toEqual({ ticket: expect.any(String), next: `/c/${code}` })
    expect((await open('mallory', message.id)).status).toBe(400)
    await playground.say('ada', '/send 4 in private', { kind: 'private' })
    const privately = await follower.until(noted('in private'))
    expect((await open('ben', privately.id)).status).toBe(404)
    expect((await open('ada', privately.id)).status).toBe(200)

    await playground.press('ada', message, 'cancel')
    await follower.until((now) => now.messages.get(message.id)?.card?.state === 'cancelled')
    for (const id of [message.id, randomUUID()]) {
      expect((await fetch(`${playground.url}/playground/messages/${id}/qr.svg`)).status).toBe(404)
      expect((await open('ben', id)).status).toBe(404)
    }
  })
})

describe('In the group', () => {
  test('what concerns one alone is told in private, with a word in the group that says so', async () => {
    const playground = await openPlayground()
    try {
      const follower = await playground.follow()
      await follower.until(has(seeded))
      for (const note of ['tea', 'cake']) await playground.say('ben', `/send 1 @ada ${note}`)
      const inGroup = () =>
        [...follower.messages.values()].filter(({ by, chat }) => by === 'bot' && chat === 'lunch-club')
      for (const [text, words] of [
        ['/balance', 'You have 98.00 PLAY'],
        ['/start', 'Hello, Ben!'],
        ['/cancel', 'Several are waiting to be collected.'],
      ] as const) {
        await playground.say('ben', text)
        expect(await follower.until(said(words))).toMatchObject({ chat: 'private-ben' })
        expect(inGroup().at(-1)?.text).toBe(texts('en')('group.inPrivate'))
      }
      const choice = await follower.until(said('Several are waiting'))
      expect(await playground.press('ben', choice, 'cancel')).toContain('is back with you')
      await playground.say('chen', '/balance')
      await follower.until(said('你的余额 100.00 PLAY'))
      expect(inGroup().at(-1)?.text).toBe(texts('zh-Hans')('group.inPrivate'))
      // What all may read is said to all, as in other messengers.
      await playground.say('chen', '/help')
      expect(await follower.until(said('我能做的事'))).toMatchObject({ chat: 'lunch-club' })
    } finally {
      await playground.close()
    }
  })
})

describe('A playground that is started again', () => {
  let playground: PlaygroundUnderTest
  beforeAll(async () => {
    playground = await openPlayground()
  })
  afterAll(() => playground?.close())

  const faults = async () => {
    const { db, close } = connect(playground.database)
    return audit(db)
      .then((found) => found.faults)
      .finally(close)
  }

  test('has empty chats, takes back what hung in them, and gives whoever has less than at first the rest', async () => {
    const before = await playground.follow()
    await before.until(has(seeded))
    const key = randomUUID()
    await playground.say('ada', '/send 20 @ben lunch', { key })
    const lost = await before.until(noted('lunch'))
    await playground.say('ben', '/send 5.5 tea')
    const tea = await before.until(noted('tea'))
    await playground.press('chen', tea, 'collect')
    await before.until((now) => now.messages.get(tea.id)?.card?.state === 'collected')
    // More than one page of a history.
    const ada = { messenger: 'playground', id: 'ada' }
    const items = Array.from({ length: 101 }, () => ({ amount: '0.01', from: ada }))
    await playground.client.post('/v1/transfers:batch', { items })
    expect(await playground.client.balance(ada, 'PLAY')).toBe('78.99')

    await playground.restart()
    const after = await playground.follow()
    const again = { ada: '100.00', ben: '100.00', chen: '105.50' }
    await after.until(has(again))
    await after.until((now) => now.messages.size > 0)
    expect(after.run).not.toBe(before.run)
    expect([...after.messages.values()].filter(({ chat }) => chat === 'lunch-club')).toMatchObject([
      { by: 'ben' },
    ])
    expect(await playground.client.transfer(lost.card?.transfer ?? '')).toMatchObject({ state: 'cancelled' })

    // The same utterance once more is the same transfer, and its card shows that it is over.
    await playground.say('ada', '/send 20 @ben lunch', { key })
    const card = await after.until(noted('lunch'))
    expect(card.card?.transfer).toBe(lost.card?.transfer)
    expect(card.id).not.toBe(lost.id)
    await after.until((now) => now.messages.get(card.id)?.card?.state === 'cancelled')
    expect(after.balances).toEqual(again)

    // The cards of the first run, in the group and in Ben's chat, can't be drawn anew and are not tried again; one of this run is.
    await playground.say('ada', '/send 20 @ben supper')
    const supper = await after.until(noted('supper'))
    await playground.press('ben', supper, 'collect')
    await after.until((now) => now.messages.get(supper.id)?.card?.state === 'collected')
    await after.until(has({ ada: '80.00', ben: '120.00', chen: '105.50' }))
    await expect.poll(() => playground.log.filter((line) => line.includes('cannot be made'))).toHaveLength(2)
    expect(await faults()).toEqual([])
  })

  test('takes from nobody, and gives nothing to who has enough', async () => {
    await playground.restart()
    const follower = await playground.follow()
    const now = { ada: '100.00', ben: '120.00', chen: '105.50' }
    await follower.until(has(now))
    const newest = async () => {
      const of = ['ada', 'ben', 'chen'].map((id) =>
        playground.client.history({ messenger: 'playground', id }),
      )
      return (await Promise.all(of)).map(({ items }) => items[0]?.transfer.id)
    }
    const before = await newest()
    await playground.restart()
    await (await playground.follow()).until(has(now))
    expect(await newest()).toEqual(before)
    expect(await faults()).toEqual([])
  })

  test('hears nobody until that is done: nothing that is said now is taken back', async () => {
    const { db, close } = connect(playground.database)
    const early = await db.transaction(async (tx) => {
      await tx.execute(sql`lock table accounts in access exclusive mode`)
      await playground.restart()
      return playground.say('ada', '/send 1 early')
    })
    await close()
    await (await playground.follow()).until(has({ ada: '100.00' }))
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '2'])
    expect((await playground.say('ada', '/send 1 late')).status).toBe(204)
  })

  test('asks back what answers a message that is gone: nobody knows any more whom it is for', async () => {
    const follower = await playground.follow()
    await playground.say('ada', '/send 1 for whom', { replyTo: randomUUID() })
    await follower.until(said('You answered a message that no person wrote.'))
    expect(noted('for whom')(follower)).toBeUndefined()
  })
})

test('Without its role there is no playground.', async () => {
  const service = await openPlayground({ env: { ROLES: 'api,worker' } })
  try {
    expect((await service.say('ada', 'hello')).status).toBe(404)
    expect((await fetch(`${service.url}/playground/events`)).status).toBe(404)
    expect((await fetch(`${service.url}/playground/client.js`)).status).toBe(404)
    expect(await (await fetch(service.url)).text()).not.toContain('phone')
  } finally {
    await service.close()
  }
})

test('The public address is let in, and so is this machine by its number; other names are not.', async () => {
  const app = new Hono().use(ownSiteOnly(() => 'https://play.example.org')).all('/', (c) => c.text('in'))
  const statusAt = async (url: string, init?: RequestInit) => (await app.request(url, init)).status
  for (const url of [
    'https://play.example.org',
    'http://127.0.0.1:3000',
    'http://[::1]:3000',
    'http://localhost',
  ])
    expect([url, await statusAt(url)]).toEqual([url, 200])
  for (const url of ['https://evil.example', 'http://127.0.0.1.evil.example', 'http://play.example.org:81'])
    expect([url, await statusAt(url)]).toEqual([url, 403])
  // A proxy speaks HTTPS for us: the origin says so, the request doesn't.
  const headers = { origin: 'https://play.example.org', 'content-type': 'application/json' }
  expect(await statusAt('http://play.example.org', { method: 'POST', headers })).toBe(200)
})

test.each([
  ['http://127.0.0.1:3000', true],
  ['http://127.1.2.3', true],
  ['http://localhost:3000', true],
  ['http://pass.localhost', true],
  ['http://0.0.0.0:3000', true],
  ['http://[::]:3000', true],
  ['http://[::1]:3000', true],
  ['http://192.168.1.5:3000', false],
  ['http://[fd00::1]:3000', false],
  ['https://pass.example.org', false],
  ['https://127.example.org', false],
  ['https://localhost.example.org', false],
])('Where links lead to %s, the page says that they open on this machine only: %s', async (url, isSaid) => {
  const saysIn = async (language: string, words: string) =>
    String(await page(language, url)).includes(`<p>${words}</p>`)
  expect(
    await saysIn('en', 'Links and QR codes open on this machine only. For phones, set PUBLIC_URL.'),
  ).toBe(isSaid)
  expect(await saysIn('zh-CN', '链接和二维码只能在这台电脑上打开。要用手机扫码，请设置 PUBLIC_URL。')).toBe(
    isSaid,
  )
})

test('The page knows where the links lead: to where it listens, unless PUBLIC_URL says otherwise.', async () => {
  const env = { HOST: '127.0.0.1' }
  for (const [set, isSaid] of [
    [env, true],
    [{ ...env, PUBLIC_URL: 'https://pass.example.org' }, false],
  ] as const) {
    const playground = await openPlayground({ env: set })
    expect(
      (await (await fetch(playground.url)).text()).includes(
        '<p>Links and QR codes open on this machine only.',
      ),
    ).toBe(isSaid)
    await playground.close()
  }
})

/** Sends what `fetch` won't: a Host of one's own. */
function statusOf(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: string,
): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL(path, url), {
      method,
      headers: { 'content-type': 'application/json', ...headers },
    })
    sent.on('response', (response) => {
      response.destroy()
      resolve(response.statusCode)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
