import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { holdLedger } from '../../support/held-ledger.ts'
import { type Club, openClub } from '../../support/line/club.ts'
import type { Event } from '../../support/line/index.ts'

describe('What LINE tells the bot', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub()
  })
  afterAll(() => club?.close())
  afterEach(() => expect(club.breaches()).toEqual([]))

  test('is believed only where the channel’s secret has signed these very bytes, and for this bot', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const body = fake.bodyOf([fake.textOf(ada, group, 'send 20')])
    const good = fake.signed(body)
    const { 'content-type': type } = good.headers as { 'content-type': string }
    const forged = {
      unsigned: { body, headers: { 'content-type': type } },
      'wrongly signed': { ...good, headers: { ...good.headers, 'x-line-signature': 'A'.repeat(44) } },
      'no base64': { ...good, headers: { ...good.headers, 'x-line-signature': '!' } },
      'signed by another secret': fake.signed(body, 'f'.repeat(32)),
      'changed body': { ...good, body: body.replace('{"', '{ "') },
      'another body': { ...good, body: fake.bodyOf([fake.textOf(ada, group, 'send 90')]) },
      'for another bot': fake.signed(fake.bodyOf([fake.textOf(ada, group, 'send 20')], `U${'0'.repeat(32)}`)),
    }
    const statuses: [string, number | undefined][] = []
    for (const [name, delivery] of Object.entries(forged)) statuses.push([name, await fake.send(delivery)])
    expect(statuses).toEqual(Object.keys(forged).map((name) => [name, 401]))
    expect(fake.cards(group)).toEqual([])
    // Replayed, it moves nothing more.
    expect([await fake.send(good), await fake.send(good)]).toEqual([200, 200])
    await fake.until(() => fake.cards(group)[0])
    expect(await club.balance(ada)).toBe('80.00')
    expect(fake.cards(group)).toHaveLength(1)
  })

  test('no event at all is taken, as when the address is checked; several are', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    expect(await fake.push()).toBe(200)
    expect(await fake.push(fake.textOf(ada, group, 'send 1'), fake.textOf(ben, group, 'send 2'))).toBe(200)
    await fake.until(() => fake.cards(group).length === 2)
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['99.00', '98.00'])
  })

  test('what takes longer than LINE waits is answered in time, comes again, and is done once', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () => fake.says(ada, group, 'send 20'))
    const release = await holdLedger(club.service.database)
    const said = fake.textOf(ada, group, 'send 5')
    const tap = fake.tapOf(ben, card, 'Collect')
    const alone = fake.textOf(ben, fake.privateChat(ben), 'send 1')
    const loading = fake.callsOf('loading').length
    expect(await Promise.all([said, tap, alone].map((one) => fake.push(one)))).toEqual([503, 503, 503])
    // In private one sees that the answer is on its way.
    expect(fake.callsOf('loading')).toHaveLength(loading + 1)
    release()
    const again = (event: Event) => fake.deliver({ ...event, deliveryContext: { isRedelivery: true } })
    await Promise.all([again(said), again(tap), again(alone)])
    await fake.until(() => fake.cards(group)[1])
    await fake.until(() => fake.texts(group).includes('Ben: 20.00 CREDIT is yours.'))
    expect(fake.cards(group)).toHaveLength(2)
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['75.00', '119.00'])
  })

  test('what comes again, also after a restart and to another process, moves nothing, and its card is posted once', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const said = fake.textOf(ada, group, 'send 20')
    await Promise.all([fake.deliver(said), fake.deliver(said)])
    const card = await fake.until(() => fake.cards(group)[0])
    const tap = fake.tapOf(ben, card, 'Collect')
    await Promise.all([fake.deliver(tap), fake.deliver(tap)])
    await fake.until(() => fake.texts(group)[0])
    const again = (event: Event) => fake.deliver({ ...event, deliveryContext: { isRedelivery: true } })
    await club.restart()
    for (const one of [said, tap]) await again(one)
    const here = club.service.url
    const other = await club.another()
    for (const one of [said, tap]) await again(one)
    fake.tellAt(here)
    await other.close()
    expect(fake.cards(group)).toHaveLength(1)
    // Nor is what came of the tap said again.
    expect(fake.texts(group)).toEqual(['Ben: 20.00 CREDIT is yours.'])
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
  })

  test('what comes again once it can no longer be answered is pushed, once by all processes', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const help = fake.textOf(ada, group, 'help', { event: { timestamp: Date.now() - 2 * 60_000 } })
    fake.tokens.delete(String(help.replyToken))
    const again = { ...help, deliveryContext: { isRedelivery: true } }
    await fake.deliver(again)
    await fake.until(() => fake.texts(group)[0])
    const pushes = fake.callsOf('push').length
    const here = club.service.url
    const other = await club.another()
    await fake.deliver(again)
    await fake.until(() => fake.callsOf('push').length > pushes)
    fake.tellAt(here)
    await other.close()
    expect(fake.texts(group)).toHaveLength(1)
  })

  test('in another order it does the same; a message that waited for too long moves nothing by itself', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const [first, second] = [fake.textOf(ada, group, 'send 1'), fake.textOf(ada, group, 'send 2')]
    await fake.deliver(second)
    const card = await fake.until(() => fake.cards(group)[0])
    const late = fake.deliver(first)
    expect(await fake.taps(ben, card, 'Collect')).toContain('2.00 CREDIT is yours.')
    await late
    await fake.until(() => fake.cards(group)[1])
    const event = { timestamp: Date.now() - 10 * 60_000 }
    const asked = await club.other(group, () => fake.says(ada, group, 'send 20', { event }))
    expect(asked.text).toContain('10 minutes ago')
    expect(await club.balance(ada)).toBe('97.00')
    await club.card(group, () => fake.deliver(fake.tapOf(ada, asked, asked.labels[0] ?? '')))
    expect(await club.balance(ada)).toBe('77.00')
  })

  test('a button that was never there presses nothing, nor one that somebody has passed on', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () => fake.says(ada, group, 'send 20'))
    const elsewhere = fake.group('Elsewhere', [ben])
    const data = card.buttons[0]?.data ?? ''
    const value = JSON.parse(data) as Record<string, string>
    const changed = (change: object) => JSON.stringify({ ...value, ...change })
    const tap = (chat: typeof group, forged: string) =>
      fake.eventOf('postback', chat, ben, { postback: { data: forged } })
    for (const one of [
      tap(elsewhere, data),
      tap(fake.privateChat(ben), data),
      tap(elsewhere, changed({ chat: elsewhere.id })),
      tap(group, changed({ press: value.press?.replace('collect', 'cancel') })),
      tap(group, changed({ proof: '' })),
      tap(group, 'collect'),
    ])
      await fake.deliver(one)
    await fake.until(() => fake.texts(group).length + fake.texts(elsewhere).length > 1)
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '100.00'])
    expect(new Set(fake.texts(group))).toEqual(new Set(['This button has expired.']))
  })

  test('what another service is to answer, and what can’t be read, is left; the log says no word of it', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    expect(await fake.push(fake.textOf(ada, group, 'send 20', { event: { mode: 'standby' } }))).toBe(200)
    const before = club.log().length
    const raw = (events: unknown) =>
      fake.send(fake.signed(JSON.stringify({ destination: fake.bot.id, events })))
    const good = fake.textOf(ada, group, 'x')
    for (const events of [['SECRET'], [{ ...good, webhookEventId: 'x1', message: 'SECRET' }], 'SECRET'])
      expect(await raw(events)).toBe(200)
    expect(await fake.send(fake.signed('SECRET'))).toBe(200)
    const lines = club.log().slice(before).join()
    expect(lines).toContain('could not be read')
    expect(lines).not.toContain('SECRET')
    expect(await club.balance(ada)).toBe('100.00')
  })

  describe('where a call fails', () => {
    test('an answer that comes too late, or a second time, is pushed instead', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      for (const [words, answered] of [
        ['send 20', '20.00 CREDIT'],
        ['help', '/send'],
      ] as const) {
        const said = fake.textOf(ada, group, words)
        fake.tokens.delete(String(said.replyToken))
        const before = group.messages.length
        await fake.deliver(said)
        expect((await fake.until(() => group.messages[before])).text).toContain(answered)
      }
      const chat = fake.privateChat(ada)
      // The card, and besides it the words.
      const before = chat.messages.length
      await fake.says(ada, chat, 'send 5 passphrase')
      await fake.until(() => chat.messages.length >= before + 2)
    })

    test('a card whose answer was lost is there once, answered or pushed', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const done = (kind: string, times: number) => {
        const before = fake.callsOf(kind).length
        return () => fake.until(() => fake.callsOf(kind).length >= before + times)
      }
      const again = done('reply', 2)
      fake.faults.lost.set('reply', 1)
      await club.card(group, () => fake.says(ada, group, 'send 20'))
      await again()
      const pushed = done('push', 2)
      fake.faults.lost.set('push', 1)
      const late = fake.textOf(ada, group, 'send 5')
      fake.tokens.delete(String(late.replyToken))
      const card = await club.card(group, () => fake.deliver(late))
      await pushed()
      expect(await fake.taps(ben, card, 'Collect')).toContain('5.00 CREDIT is yours.')
      await club.answer(group, () => fake.says(ada, group, 'help'))
      // Nor has its sender been sent it, as if the group couldn't be written to.
      expect([fake.cards(group).length, fake.cards(fake.privateChat(ada)).length]).toEqual([2, 0])
    })

    test('a group that the bot was removed from holds no money: its sender has the card in their own chat', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      group.hasBot = false
      const said = fake.textOf(ada, group, 'send 20')
      fake.tokens.delete(String(said.replyToken))
      const chat = fake.privateChat(ada)
      expect((await club.card(chat, () => fake.deliver(said))).text).toContain('20.00 CREDIT')
      ada.isFriend = false
      const next = fake.textOf(ada, group, 'send 30')
      fake.tokens.delete(String(next.replyToken))
      await fake.deliver(next)
      await expect.poll(() => club.balance(ada)).toBe('80.00')
    })
  })
})
