import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ChatMessage } from '../../../bots/playground/chats.ts'
import { ownSiteOnly } from '../../../bots/playground/own-site.ts'
import {
  type Follower,
  has,
  noted,
  openPlayground,
  type PlaygroundUnderTest,
  said,
  seeded,
  statusOf,
} from '../../support/playground.ts'
import { scanned } from '../../support/scanned.ts'

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

  test('names no admins, as the messenger says itself who is one', async () => {
    await playground.say('ada', '/admins add @ben')
    await follower.until(said('Who is an admin of a group the messenger says itself'))
    await playground.say('ben', '/history')
    await follower.until(said('admins'))
  })

  test('links nobody, as all its people are of one messenger, and says so', async () => {
    await playground.say('ada', '/link', { kind: 'private' })
    const { text } = await follower.until(said('In your other messenger'))
    const [, code] = /\/link (\S+)/.exec(text ?? '') ?? []
    await playground.say('ben', `/link ${code}`, { kind: 'private' })
    await follower.until(said('these two would have several in playground'))
  })

  test('in private, where only its sender sees it, a card leads to the page by which it is passed on', async () => {
    await playground.say('ada', '/send 1 alone', { kind: 'private' })
    const card = await follower.until(noted('alone', 'private-ada'))
    expect(card.buttons.flat().map(({ label }) => label)).toEqual(['Collect', 'Pass it on', 'Cancel'])
    const opened = await playground.post(`messages/${card.id}/open`, { person: 'ada' })
    const { next } = (await opened.json()) as { next: string }
    const { code } = await playground.transferOf(card)
    expect(next).toBe(`/c/${code}/share`)
    await playground.press('ada', card, 'cancel')
  })

  test('passes along what opens by words, for who types them in private', async () => {
    await playground.say('ada', '/send 1 phrase riddle')
    const card = await follower.until(noted('riddle'))
    expect(card.buttons.flat().map(({ label }) => label)).toEqual(['Open link', 'Cancel'])
    const told = await follower.until(said('These open 1.00 PLAY'))
    expect(told.chat).toBe('private-ada')
    await playground.say('ben', told.text?.split('\n').at(-1) ?? '', { kind: 'private' })
    await follower.until(said('1.00 PLAY from Ada (@ada) is yours.'))
    await follower.until(({ messages }) => messages.get(card.id)?.card?.state === 'collected')
    // Others begin with what they had.
    await playground.say('ben', '/send 1 @ada thanks')
    expect(await playground.press('ada', await follower.until(noted('thanks')), 'collect')).toContain(
      'is yours',
    )
  })

  test('shares a sum out: each pays with a tap, and the card says who has', async () => {
    await playground.say('ada', '/split 30 me @ben @chen cinema')
    const card = await follower.until(noted('cinema'))
    expect(card.card).toMatchObject({ of: 'ask', amount: '20.00 PLAY', title: 'Ada (@ada) asks → 2 people' })
    expect(card.card?.status).toContain('▫️ 10.00 Ben (@ben)')
    const before = Number(follower.balances.ada)
    expect(await playground.press('ben', card, 'pay')).toBe('Paid: Ada (@ada) has your 10.00 PLAY.')
    await follower.until(({ messages }) => messages.get(card.id)?.card?.status.includes('✅ 10.00 Ben'))
    expect(await playground.press('ben', card, 'pay')).toBe('It is paid already.')
    await playground.press('chen', card, 'pay')
    await follower.until(({ messages }) => messages.get(card.id)?.card?.state === 'collected')
    await follower.until(has({ ada: `${(before + 20).toFixed(2)}` }))
    for (const person of ['ben', 'chen'] as const) {
      await playground.say(person, `/request 10 from @ada owed to ${person}`)
      await playground.press('ada', await follower.until(noted(`owed to ${person}`)), 'pay')
    }
    await follower.until(has({ ada: before.toFixed(2) }))
  })

  test('shares a red packet for members of the group with those who are in it', async () => {
    await playground.say('ben', '/red 8 2 equal members cake')
    const card = await follower.until(noted('cake'))
    expect(card.card?.status).toContain('For members of this group only.')
    expect(await playground.press('ada', card, 'collect')).toBe('4.00 PLAY is yours.')
    const { code } = await playground.transferOf(card)
    await expect(
      playground.client.collect(code, { messenger: 'playground', id: 'dora', handle: 'dora' }),
    ).rejects.toMatchObject({ code: 'members_only' })
    await playground.press('ben', card, 'cancel')
    await follower.until((now) => now.messages.get(card.id)?.card?.state === 'cancelled')
    await playground.say('ada', '/send 4 @ben back')
    await playground.press('ben', await follower.until(noted('back')), 'collect')
  })

  test('says of a red packet by lot when that is drawn, and gives who joins a number', async () => {
    await playground.say('ada', '/red 8 2 10m raffle')
    const card = await follower.until(noted('raffle'))
    expect(card.card?.isSettled).toBe(true)
    expect(await playground.press('ben', card, 'collect')).toContain('You are in, with number 1.')
    await follower.until((now) => now.messages.get(card.id)?.card?.status.includes('Joined so far: 1.'))
    await playground.press('ada', card, 'cancel')
    await follower.until((now) => now.messages.get(card.id)?.card?.state === 'cancelled')
  })

  test('shows the picture to pass on where it was asked for, and the plain code where it was not', async () => {
    for (const words of ['picture', '图片', '@ben Picture']) {
      await playground.say('ada', `/send 1 ${words}`)
      const card = await follower.until((now) =>
        [...now.messages.values()].findLast(({ card }) => card?.hasPicture && card.hasCode),
      )
      expect(card.card?.note).toBeNull()
      const path = `${playground.url}/playground/messages/${card.id}/card.png`
      const picture = Buffer.from(await (await fetch(path)).arrayBuffer())
      expect(await scanned(picture)).toBe((await playground.transferOf(card)).link)
      await playground.press('ada', card, 'cancel')
      await follower.until((now) => now.messages.get(card.id)?.card?.state === 'cancelled')
      expect((await fetch(path)).status).toBe(404)
    }
    await playground.say('ada', '/send 1 lunch picture')
    const plain = await follower.until(noted('lunch picture'))
    expect(plain.card).toMatchObject({ hasCode: true, hasPicture: false })
    await playground.press('ada', plain, 'cancel')
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

  test('gives back with a tap what somebody has collected, and its sender and the card say so', async () => {
    const balanceOf = (id: string) => playground.client.balance({ messenger: 'playground', id }, 'PLAY')
    const before = [await balanceOf('ada'), await balanceOf('ben')]
    await playground.say('ada', '/send 4 @ben gift')
    const card = await follower.until(noted('gift'))
    expect(await playground.press('ben', card, 'collect')).toBe('4.00 PLAY is yours.')
    const notice = await follower.until(said('You received 4.00 PLAY from Ada (@ada) (gift).'))
    expect(notice.buttons.flat().map(({ label }) => label)).toEqual(['Give back'])
    expect(await playground.press('chen', notice, 'refund')).not.toContain('4.00')
    const done = '↩️ 4.00 PLAY is back with Ada (@ada).'
    expect(await playground.press('ben', notice, 'refund')).toBe(done)
    await follower.until((now) => now.messages.get(notice.id)?.text === done)
    expect(await follower.until(said('Ben (@ben) has given back 4.00 PLAY (gift).'))).toMatchObject({
      chat: 'private-ada',
    })
    await follower.until((now) => now.messages.get(card.id)?.card?.status.includes('has given it back'))
    expect([await balanceOf('ada'), await balanceOf('ben')]).toEqual(before)
    await playground.say('ben', '/history', { kind: 'private' })
    const history = await follower.until(said('gives back what was sent before'))
    expect(history.chat).toBe('private-ben')
    const lines = history.text?.split('\n').filter((line) => line.includes('gift')) ?? []
    expect(lines[0]).toMatch(/−4\.00 PLAY → Ada.*gives back what was sent before$/)
    expect(lines[1]).toMatch(/\+4\.00 PLAY.*given back$/)
  })

  test('asks which of what was collected is to be given back, and takes a code', async () => {
    await playground.say('chen', '/send 2 @ben asked')
    const card = await follower.until(noted('asked'))
    const { code } = await playground.transferOf(card)
    expect(await playground.press('ben', card, 'collect')).toBe('2.00 PLAY is yours.')
    await playground.say('ben', '/refund')
    const asked = await follower.until(said('What do you want to give back?'))
    expect(asked.chat).toBe('private-ben')
    expect(asked.buttons.flat()[0]?.label).toBe('2.00 PLAY ← 陈晨 (@chen) · asked')
    await playground.say('ben', `/giveback ${code}`, { kind: 'private' })
    await follower.until(said('↩️ 2.00 PLAY is back with 陈晨 (@chen).'))
    expect(await playground.press('ben', asked, 'refund')).toBe('You have given it back already.')
    await playground.say('chen', `/退还 ${code}`, { kind: 'private' })
    await follower.until(said('只有领取的人可以退还。'))
  })

  test('lets the sender remind the one named, and give more time, which the cards show', async () => {
    await playground.say('chen', '/send 1 @ben slow')
    const card = await follower.until(noted('slow'))
    const own = await follower.until(noted('slow', 'private-ben'))
    const { code } = await playground.transferOf(card)
    await playground.say('ben', `/waiting ${code}`, { kind: 'private' })
    await follower.until(said('Only its sender can do that.'))
    await playground.say('chen', `/waiting ${code}`)
    const shown = await follower.until(said('1.00 PLAY · 陈晨 (@chen) → Ben (@ben)'))
    expect(shown.chat).toBe('private-chen')
    expect(shown.buttons.map((row) => row.map(({ label }) => label))).toEqual([
      ['提醒', '延长时间'],
      ['换领取码'],
      ['撤回'],
    ])
    expect(await playground.press('ben', shown, 'reminder')).toBe('This button has expired.')
    expect(await playground.press('chen', shown, 'reminder')).toBe('我会私聊提醒 Ben (@ben)。')
    const again = await follower.until((now) =>
      [...now.messages.values()].find(({ card }) => card?.hint?.includes('陈晨 (@chen) reminds you')),
    )
    expect(again).toMatchObject({ chat: 'private-ben', card: { state: 'open' } })
    expect(again.buttons.flat().map(({ label }) => label)).not.toContain('Cancel')
    expect(await playground.press('chen', shown, 'reminder')).toContain('60 分钟后')

    expect(await playground.press('chen', shown, 'extend')).toContain('已延长至')
    const ends = (id: string) => Date.parse(String(follower.messages.get(id)?.card?.expiresAt))
    for (const { id } of [card, own, again])
      await follower.until(() => ends(id) - Date.parse(card.at) > 47 * 3600_000)
    expect(await playground.press('chen', shown, 'extend')).toBe('已经延长过一次，不能再延长。')
    expect(await playground.press('ben', again, 'collect')).toBe('1.00 PLAY is yours.')
    await follower.until((now) => now.messages.get(again.id)?.card?.state === 'collected')
    expect(await playground.press('chen', shown, 'reminder')).toBe('太晚了，已经被领走了。')
  })

  test('asks the sender of several open ones which it is about', async () => {
    for (const note of ['one of two', 'two of two']) await playground.say('ben', `/send 1 ${note}`)
    await playground.say('ben', '/waiting', { kind: 'private' })
    const asked = await follower.until(said('These wait to be collected. Which one is it about?'))
    expect(asked.buttons.flat()[0]?.label).toBe('1.00 PLAY two of two')
    expect(await playground.press('ben', asked, 'manage')).toBe('Here you are.')
    await follower.until((now) => now.messages.get(asked.id)?.text?.includes('Goes back by itself:'))
    const changed = follower.messages.get(asked.id) as typeof asked
    expect(changed.buttons.map((row) => row.map(({ label }) => label))).toEqual([
      ['More time'],
      ['New code'],
      ['Cancel'],
    ])
    const { id, code } = await playground.client.transfer(
      String(changed.buttons[0]?.[0]?.data?.split(':')[1]),
    )
    expect(await playground.press('ben', changed, 'reissue')).toBe(
      'It has a new code. The one before is dead.',
    )
    expect((await playground.client.transfer(id)).code).not.toBe(code)
    await follower.until((now) => now.messages.get(asked.id)?.text?.includes('/collect …'))
    expect(await playground.press('ada', changed, 'reissue')).toBe('This button has expired.')
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
    const newest = await follower.until(
      said('Transfers of this group, newest first. Times are those of UTC.'),
    )
    expect(newest.text).toContain('small 11')
    expect(await playground.press('chen', newest, 'history:group')).toContain('群记录仅管理员可看')
    expect(await playground.press('ada', newest, 'history:group')).toBe('Here you are.')
    await follower.until((now) => now.messages.get(newest.id)?.text?.includes('· small 1\n'))
    expect(follower.messages.get(newest.id)?.text).not.toContain('small 2')
  })

  test('leads its admin to the books of the group by a button, whose link nobody reads', async () => {
    await playground.say('ada', '/history')
    const whispered = await follower.until(said('The books of this group are on pages for you'))
    expect(whispered.chat).toBe('private-ada')
    expect(whispered.buttons).toEqual([[{ label: 'Open the books', data: null }]])
    const path = `messages/${whispered.id}/open`
    const opened = await (await playground.post(path, { person: 'ada', link: 0 })).json()
    expect(opened).toEqual({
      ticket: expect.any(String),
      next: expect.stringMatching(/^\/session\/[\w-]{43}$/),
    })
    expect(follower.heard).not.toContain('/session/')
    expect((await playground.post(path, { person: 'ben', link: 0 })).status).toBe(404)
    expect((await playground.post(path, { person: 'ada', link: 1 })).status).toBe(404)
  })

  test('refuses a button that a message never had, and one in a chat of others', async () => {
    await playground.say('ben', '/send 2 for the taking', { kind: 'private' })
    const card = (await follower.until(noted('for the taking', 'private-ben'))) as ChatMessage
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
