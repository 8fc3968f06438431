import { createHash, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { masked } from '../../../bots/playground/mask.ts'
import { texts } from '../../../bots/texts/index.ts'
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
import { newcomer } from '../../support/service.ts'

test('the hash of a draw is shown whole; what is shorter, longer or in capitals might be a code', () => {
  const hash = createHash('sha256').update('seed').digest('hex')
  expect(masked(`Lots: ${hash}.`)).toBe(`Lots: ${hash}.`)
  for (const text of [hash.slice(1), `${hash}a`, hash.toUpperCase(), `x_${hash}`])
    expect(masked(text)).toBe('…')
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

  // Hundreds of sentences, one after the other.
  test('holds no code and no link of a transfer, however one is typed, pasted or opened', {
    timeout: 120_000,
  }, async () => {
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
    const privately = await follower.until(noted('in private', 'private-ada'))
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
