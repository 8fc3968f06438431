import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { decrypt, isGenuine } from '../../../bots/feishu/envelope.ts'
import { type Club, openClub } from '../../support/feishu/club.ts'
import type { Told } from '../../support/feishu/index.ts'
import { holdLedger } from '../../support/held-ledger.ts'

test('what Feishu’s documentation has encrypted and signed is read and believed', () => {
  // https://open.feishu.cn/document/server-docs/event-subscription-guide/event-subscription-configure-/encrypt-key-encryption-configuration-case
  expect(decrypt('P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=', 'test key')).toBe('hello world')
  expect(decrypt('P37w+VZImNgPEO1RBhJ6RtKl7n6zymIbEG1pReEzghk=', 'test keys')).toBeUndefined()
  expect(decrypt('short', 'test key')).toBeUndefined()
  const raw = Buffer.from('{"encrypt": "x"}')
  const none = { timestamp: undefined, nonce: undefined, signature: undefined }
  expect(isGenuine(raw, none, 'test key')).toBe(false)
})

describe('What Feishu tells the bot', () => {
  let club: Club
  beforeAll(async () => {
    club = await openClub()
  })
  afterAll(() => club?.close())
  afterEach(() => expect([...club.fake.breaches, ...club.fake.floods]).toEqual([]))

  /** Somebody's own transfer of 20 CREDIT, as Feishu would tell of it. */
  const sending = (said: Told) => JSON.stringify(said)

  describe('is believed only where it is encrypted and signed with the key, just now', () => {
    test('without a signature, with a wrong one, of another moment, or for another body, it is refused', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      const body = fake.encrypted(sending(fake.messageOf(ada, group, '转账 20')))
      const good = fake.signed(body)
      const header = (name: string, value: string) => ({
        ...good,
        headers: { ...good.headers, [name]: value },
      })
      const plain = { 'content-type': 'application/json' }
      const forged = {
        unsigned: { body, headers: plain },
        'wrongly signed': header('x-lark-signature', '0'.repeat(64)),
        'no hex': header('x-lark-signature', 'zz'),
        'signed by another key': fake.signed(body, Date.now(), 'another key'),
        stale: fake.signed(body, Date.now() - 6 * 60_000),
        'of the future': fake.signed(body, Date.now() + 6 * 60_000),
        'at no time': header('x-lark-request-timestamp', 'now'),
        'another nonce': header('x-lark-request-nonce', '1'),
        'changed body': { ...good, body: body.replace('{"', '{ "') },
        'another body': { ...good, body: fake.encrypted(sending(fake.messageOf(ada, group, '转账 90'))) },
        'not encrypted': fake.signed(sending(fake.messageOf(ada, group, '转账 20'))),
        'encrypted by another key': fake.signed(
          fake.encrypted(sending(fake.messageOf(ada, group, '转账 20')), 'another key'),
        ),
        'no JSON': fake.signed('encrypt'),
      }
      const statuses: [string, number | undefined][] = []
      for (const [name, delivery] of Object.entries(forged))
        statuses.push([name, (await fake.send(delivery)).status])
      expect(statuses).toEqual(Object.keys(forged).map((name) => [name, 401]))
      expect(fake.cards(group)).toEqual([])
      expect(await club.balance(ada)).toBe('100.00')
      expect((await fake.send(good)).status).toBe(200)
      await expect.poll(() => club.balance(ada)).toBe('80.00')
    })

    test('of another app, it is refused: its people have other ids', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      const said = fake.messageOf(ada, group, '转账 20')
      const other = { ...said, header: { ...said.header, app_id: 'cli_another' } }
      expect((await fake.push(other)).status).toBe(401)
      expect(await club.balance(ada)).toBe('100.00')
    })

    test('a replayed one has the first answer, and moves nothing', async () => {
      const { fake } = club
      const { ada, ben, group } = await club.pair()
      const card = await club.card(group, () => fake.says(ada, group, '转账 20'))
      const tap = fake.signed(fake.encrypted(JSON.stringify(fake.tapOf(ben, card, '领取'))))
      const first = (await fake.send(tap)).json
      const second = (await fake.send(tap)).json
      expect(second).toEqual(first)
      expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
    })

    test('the address is confirmed when it is entered, to whoever knows the key', async () => {
      const { fake } = club
      const challenge = JSON.stringify({ challenge: 'ajls384k', token: 'x', type: 'url_verification' })
      const plain = { 'content-type': 'application/json' }
      const answer = await fake.send({ body: fake.encrypted(challenge), headers: plain })
      expect(answer.json).toEqual({ challenge: 'ajls384k' })
      for (const delivery of [
        { body: challenge, headers: plain },
        { body: fake.encrypted(challenge, 'another key'), headers: plain },
        fake.signed(fake.encrypted(challenge), Date.now() - 6 * 60_000),
      ])
        expect((await fake.send(delivery)).status).toBe(401)
    })
  })

  test('a tap is answered in time while the ledger is slow; later the card, and a word in private, say what came of it', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const cy = await club.person('赵云')
    const card = await club.card(group, () => fake.says(ada, group, '转账 20'))
    const told = [ben, cy].map((user) => fake.texts(fake.privateChat(user)).length)
    const since = () => [ben, cy].map((user, i) => fake.texts(fake.privateChat(user)).slice(told[i]))
    const release = await holdLedger(club.service.database)
    const read = await Promise.all(
      [ben, cy].map((user) => fake.sendTap(card, fake.tapOf(user, card, '领取'))),
    )
    for (const one of read) expect(one).toContain('正在处理')
    expect(card.labels).toContain('领取')
    release()
    await club.reads(card, '已领取')
    const winner = card.text.includes(ben.openId) ? ben : cy
    expect(await club.balance(winner)).toBe('120.00')
    await expect.poll(() => since().flat()).toContain('20.00 CREDIT 已到账。')
    // That somebody was faster the card says by itself.
    const [loser] = [ben, cy].filter((user) => user !== winner)
    if (!loser) throw new Error('both have won')
    const chat = fake.privateChat(loser)
    expect(await club.answer(chat, () => fake.says(loser, chat, '余额'))).toContain('100.00 CREDIT')
    expect(since().flat().join('\n')).not.toContain('手慢了')
    expect(fake.late).toEqual([])
  })

  test('a message that takes longer than Feishu waits comes again, and is done once', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const release = await holdLedger(club.service.database)
    const said = fake.messageOf(ada, group, '转账 20')
    expect((await fake.push(said)).status).toBe(503)
    release()
    await fake.deliver(said)
    await fake.until(() => fake.cards(group)[0])
    expect(fake.cards(group)).toHaveLength(1)
    expect(await club.balance(ada)).toBe('80.00')
  })

  test('what comes twice, also at the same moment, does once what it says', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const said = fake.messageOf(ada, group, '转账 20')
    await Promise.all([fake.deliver(said), fake.deliver(said)])
    const card = await fake.until(() => fake.cards(group)[0])
    // Another process would be told it in another event.
    await fake.deliver({ ...said, header: { ...said.header, event_id: 'again' } })
    const tap = fake.tapOf(ben, card, '领取')
    const read = await Promise.all([fake.sendTap(card, tap), fake.sendTap(card, tap)])
    expect(new Set(read)).toEqual(new Set(['20.00 CREDIT 已到账。']))
    expect(fake.cards(group)).toHaveLength(1)
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
  })

  test('what comes again after a restart, or to another process, moves nothing', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const said = fake.messageOf(ada, group, '转账 20')
    await fake.deliver(said)
    const card = await fake.until(() => fake.cards(group)[0])
    const tap = fake.tapOf(ben, card, '领取')
    await fake.sendTap(card, tap)
    await club.restart()
    await fake.deliver(said)
    expect(await fake.sendTap(card, tap)).toBe('20.00 CREDIT 已到账。')
    const here = club.service.url
    const other = await club.another()
    await fake.deliver(said)
    expect(await fake.sendTap(card, tap)).toBe('20.00 CREDIT 已到账。')
    fake.tellAt(here)
    await other.close()
    expect(fake.cards(group)).toHaveLength(1)
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
  })

  test('what two processes are told at the same moment is posted once by both', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const here = club.service.url
    const other = await club.another()
    const told = [1, 2, 3, 4].map((amount) => fake.messageOf(ada, group, `转账 ${amount}`))
    await Promise.all(
      [here, other.url].flatMap((url) => {
        fake.tellAt(url)
        return told.map((one) => fake.deliver(one))
      }),
    )
    await fake.until(() => fake.cards(group).length >= told.length)
    fake.tellAt(here)
    await other.close()
    expect(fake.cards(group)).toHaveLength(told.length)
    expect(await club.balance(ada)).toBe('90.00')
    // Each process keeps the limit by itself, so both together may be told to wait.
    fake.floods.length = 0
  })

  test('in another order it does the same', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const [first, second] = [fake.messageOf(ada, group, '转账 1'), fake.messageOf(ada, group, '转账 2')]
    await fake.deliver(second)
    const card = await fake.until(() => fake.cards(group)[0])
    const late = fake.deliver(first)
    expect(await fake.taps(ben, card, '领取')).toBe('2.00 CREDIT 已到账。')
    await late
    await fake.until(() => fake.cards(group)[1])
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['97.00', '102.00'])
  })

  test('a message that waited for too long moves nothing by itself', async () => {
    const { fake } = club
    const { ada, group } = await club.pair()
    const old = { create_time: String(Date.now() - 10 * 60_000) }
    const asked = await club.other(group, () => fake.says(ada, group, '转账 20', old))
    expect(asked.text).toContain('10分钟前')
    expect(await club.balance(ada)).toBe('100.00')
    const card = await club.card(group, () => fake.taps(ada, asked, asked.labels[0] ?? ''))
    expect(card.text).toContain('20.00 CREDIT')
    expect(await club.balance(ada)).toBe('80.00')
  })

  test('a button that was never there presses nothing', async () => {
    const { fake } = club
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () => fake.says(ada, group, '转账 20'))
    const elsewhere = fake.group('别处', [ben])
    const tap = fake.tapOf(ben, card, '领取')
    const value = (tap.event.action as { value: Record<string, string> }).value
    const forge = (change: object, context: object = {}): Told => ({
      ...fake.told('card.action.trigger', {
        ...tap.event,
        action: { ...(tap.event.action as object), value: { ...value, ...change } },
        context: { ...(tap.event.context as object), ...context },
      }),
    })
    const id = value.press?.split(':')[1] ?? ''
    for (const one of [
      forge({ press: `cancel:${id}` }),
      forge({ chat: elsewhere.id }, { open_chat_id: elsewhere.id }),
      // As a card that was passed on has it.
      forge({}, { open_chat_id: elsewhere.id }),
      // As if it had been in private.
      forge({ chat: ben.openId }),
      forge({ proof: '' }),
      fake.told('card.action.trigger', { ...tap.event, action: { value: 'collect' } }),
    ])
      expect(await fake.sendTap(card, one)).toBe('这个按钮已失效。')
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '100.00'])
  })

  test('what can’t be read is logged without what it says, and answered, so that it doesn’t come for ever', async () => {
    const { fake } = club
    const before = club.log().length
    for (const one of [
      fake.told('im.message.receive_v1', { message: 'SECRET' }),
      fake.told('im.chat.member.user.added_v1', { users: 'SECRET' }),
      fake.told('card.action.trigger', { action: { value: 'SECRET' } }),
      fake.told('another.event_v1', { x: 'SECRET' }),
    ])
      expect((await fake.push(one)).status).toBe(200)
    const lines = club.log().slice(before).join()
    expect(lines).toContain('could not be read')
    expect(lines).not.toContain('SECRET')
  })

  describe('where a call fails', () => {
    test('a card whose answer was lost is posted once', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      fake.faults.failing.set('post', 1)
      const card = await club.card(group, () => fake.says(ada, group, '转账 20'))
      expect(await fake.taps(ada, card, '撤回')).toContain('20.00 CREDIT')
      expect(fake.cards(group)).toHaveLength(1)
      expect(await club.balance(ada)).toBe('100.00')
    })

    test('an access token that ended early is renewed', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      fake.tokens.clear()
      await club.card(group, () => fake.says(ada, group, '转账 20'))
    })

    test('a group that the bot was removed from holds no money: its sender has the card in private', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      group.hasBot = false
      const chat = fake.privateChat(ada)
      const card = await club.card(chat, () => fake.says(ada, group, '转账 20'))
      expect(card.text).toContain('20.00 CREDIT')
      // When it is back, what has become of its cards there is shown.
      group.hasBot = true
      await fake.deliver(fake.told('im.chat.member.bot.added_v1', { chat_id: group.id, name: group.title }))
    })

    test('what is said faster than Feishu takes it is said later', async () => {
      const { fake } = club
      const { ada, group } = await club.pair()
      const words = Array.from({ length: 12 }, (_, i) => `转账 ${i + 1}`)
      await Promise.all(words.map((one) => fake.says(ada, group, one)))
      await fake.until(() => fake.cards(group).length === words.length)
      expect(await club.balance(ada)).toBe('22.00')
    })
  })
})
