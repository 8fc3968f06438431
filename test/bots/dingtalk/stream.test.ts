import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Club, openClub } from '../../support/dingtalk/club.ts'
import { MESSAGES, TAPS } from '../../support/dingtalk/index.ts'
import { holdLedger } from '../../support/held-ledger.ts'

describe('What DingTalk tells the bot', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub()
  })
  afterAll(() => club?.close())
  afterEach(() => expect([...club.fake.breaches, ...club.fake.floods, ...club.fake.late]).toEqual([]))

  test('a tap is answered in time while the ledger is slow, and the card says later what came of it', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () => fake.says(ada, group, '转账 20'))
    const release = await holdLedger(club.service.database)
    expect(await fake.sendTap(ben, card, fake.tapOf(ben, card, '领取'))).toBe(true)
    expect(card.notice(ben)).toBeUndefined()
    release()
    await fake.until(() => card.notice(ben))
    expect(card.notice(ben)).toBe('20.00 CREDIT 已到账。')
    await club.reads(card, '已领取')
    expect(await club.balance(ben)).toBe('120.00')
  })

  test('a tap and a message that come twice, also at the same moment, do once what they say', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const message = fake.frameOf('CALLBACK', MESSAGES, fake.messageOf(ada, group, ['转账 20']))
    await Promise.all([fake.deliver(message), fake.deliver(message)])
    const card = await fake.until(() => fake.cards(group)[0])
    // The same message in another frame, as another connection would have it.
    await fake.deliver({ ...message, headers: { ...message.headers, messageId: 'again' } })
    const tap = fake.tapOf(ben, card, '领取')
    await Promise.all([fake.sendTap(ben, card, tap), fake.sendTap(ben, card, tap)])
    await fake.sendTap(ben, card, tap)
    await fake.until(() => card.notice(ben))
    expect(card.notice(ben)).toBe('20.00 CREDIT 已到账。')
    expect(fake.cards(group)).toHaveLength(1)
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
  })

  test('what comes again after a restart has its first answer, and moves nothing', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const message = fake.frameOf('CALLBACK', MESSAGES, fake.messageOf(ada, group, ['转账 20']))
    await fake.deliver(message)
    const card = await fake.until(() => fake.cards(group)[0])
    const tap = fake.tapOf(ben, card, '领取')
    await fake.sendTap(ben, card, tap)
    await club.restart()
    await fake.deliver(message)
    await fake.sendTap(ben, card, tap)
    await fake.until(() => card.notice(ben))
    expect(card.notice(ben)).toBe('20.00 CREDIT 已到账。')
    expect(fake.cards(group)).toHaveLength(1)
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
  })

  test('in another order does the same: a tap before the card was noted, a message before an older one', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const [first, second] = ['转账 1', '转账 2'].map((words, index) =>
      fake.frameOf('CALLBACK', MESSAGES, {
        ...fake.messageOf(ada, group, [words]),
        createAt: Date.now() - 60_000 + index,
      }),
    ) as [ReturnType<typeof fake.frameOf>, ReturnType<typeof fake.frameOf>]
    await fake.deliver(second)
    const late = fake.deliver(first)
    // The older one may be shown first.
    const card = await fake.until(() => fake.cards(group).find(({ text }) => text.includes('2.00 CREDIT')))
    expect(await fake.taps(ben, card, '领取')).toBe('2.00 CREDIT 已到账。')
    await late
    await fake.until(() => fake.cards(group).length === 2)
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['97.00', '102.00'])
  })

  test('a message that waited for too long moves nothing by itself', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const old = { createAt: Date.now() - 10 * 60_000 }
    const asked = await club.card(group, () => fake.says(ada, group, '转账 20', old))
    expect(asked.text).toContain('10分钟前')
    expect(await club.balance(ada)).toBe('100.00')
    await fake.taps(ada, asked, asked.labels[0] ?? '')
    await expect.poll(() => club.balance(ada)).toBe('80.00')
  })

  describe('is not believed where it is forged', () => {
    test('a button that the card never had', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const [card, other] = [
        await club.card(group, () => fake.says(ada, group, '转账 20')),
        await club.card(group, () => fake.says(ada, group, '转账 5')),
      ]
      const frame = fake.tapOf(ben, card, '领取')
      const forge = (change: (data: { outTrackId: string; content: string }) => object) => ({
        ...fake.frameOf('CALLBACK', TAPS, change(JSON.parse(frame.data))),
      })
      const forged = [
        forge((data) => ({ ...data, outTrackId: other.id })),
        forge((data) => ({ ...data, content: data.content.replaceAll('collect:', 'cancel:') })),
        forge((data) => ({ ...data, content: data.content.replaceAll(group.id, 'cidAnother==') })),
        forge((data) => ({ ...data, content: '{}' })),
      ]
      for (const one of forged) {
        card.changeFor(ben.userId ?? '', { notice: '' })
        await fake.sendTap(ben, card, one)
        expect(card.notice(ben)).toBe('这个按钮已失效。')
      }
      expect([await club.balance(ada), await club.balance(ben)]).toEqual(['75.00', '100.00'])
    })

    test('a company that isn’t the one of these books: its people would be taken for others', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const card = await club.card(group, () => fake.says(ada, group, '转账 20'))
      const errors = club.errors().length
      const frame = fake.frameOf('CALLBACK', MESSAGES, {
        ...fake.messageOf(ada, group, ['转账 5']),
        chatbotCorpId: 'dingAnother',
      })
      await fake.deliver(frame)
      const tap = fake.tapOf(ben, card, '领取')
      await fake.sendTap(ben, card, {
        ...tap,
        data: JSON.stringify({ ...JSON.parse(tap.data), corpId: 'dingAnother' }),
      })
      expect(card.notice(ben)).toContain('所属企业的成员')
      expect(club.errors().slice(errors).join()).toContain('of another company')
      expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '100.00'])
    })

    test('what can’t be read is logged without what it says, and answered, so that it doesn’t come for ever', async () => {
      const { fake } = club
      const before = club.log().length
      for (const frame of [
        fake.frameOf('CALLBACK', MESSAGES, { conversationId: 'cid', text: { content: 'SECRET' } }),
        fake.frameOf('CALLBACK', TAPS, { outTrackId: 'x', content: 'SECRET' }),
      ])
        expect((await fake.deliver(frame)).code).toBe(200)
      const lines = club.log().slice(before).join()
      expect(lines).toContain('could not be read')
      expect(lines).not.toContain('SECRET')
    })
  })

  test('a lost connection is opened again, and what nobody has answered comes once', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () => fake.says(ada, group, '转账 20'))
    fake.deafen(true)
    const tap = fake.sendTap(ben, card, fake.tapOf(ben, card, '领取'))
    const said = fake.says(ada, group, '转账 7')
    fake.deafen(false)
    fake.cut()
    await said
    await fake.until(() => fake.cards(group).length === 2)
    await tap
    await expect.poll(() => club.balance(ben), { timeout: 20_000 }).toBe('120.00')
    expect(await club.balance(ada)).toBe('73.00')
    expect(fake.cards(group)).toHaveLength(2)
    expect(fake.streams.size).toBe(1)
    // Whether that tap was answered in time is up to when the connection was there again.
    fake.late.splice(0)
  })

  test('a connection that is announced to end is replaced before it does, and serves until then', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const [before] = fake.streams.keys()
    fake.announceEnd()
    await fake.until(() => fake.streams.size === 2)
    await club.card(group, () => fake.says(ada, group, '转账 1'))
    before?.terminate()
    await fake.until(() => fake.streams.size === 1)
    await club.card(group, () => fake.says(ada, group, '转账 2'))
    await sleep(100)
    expect(fake.streams.size).toBe(1)
  })

  test('two processes take what comes side by side, and a card is told once', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const other = await club.another()
    for (const words of ['转账 1', '转账 1', '转账 1', '转账 1'])
      await club.card(group, () => fake.says(ada, group, words))
    for (const card of fake.cards(group)) {
      const tap = fake.tapOf(ben, card, '领取')
      await Promise.all([fake.sendTap(ben, card, tap), fake.sendTap(ben, card, tap)])
    }
    await expect.poll(() => club.balance(ben)).toBe('104.00')
    await other.close()
    await fake.until(() => fake.streams.size === 1)
    expect(await club.balance(ada)).toBe('96.00')
  })

  describe('where a call fails', () => {
    test('a card whose answer was lost is posted once', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      fake.faults.failing.set('/v1.0/card/instances/createAndDeliver', 1)
      const card = await club.card(group, () => fake.says(ada, group, '转账 20'))
      await fake.taps(ada, card, '撤回')
      await club.reads(card, '已撤回')
      expect([...fake.cards(group), ...fake.cards(fake.privateChat(ada))]).toEqual([card])
      expect(await club.balance(ada)).toBe('100.00')
    })

    test('an access token that ended early is renewed', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      fake.endTokens()
      await club.card(group, () => fake.says(ada, group, '转账 20'))
    })

    test('a group that the bot was removed from holds no money: its sender has the card in private', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      group.hasBot = false
      const chat = fake.privateChat(ada)
      const card = await club.card(chat, () => fake.says(ada, group, '转账 20'))
      expect(card.text).toContain('20.00 CREDIT')
    })
  })
})
