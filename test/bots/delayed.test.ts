import { setTimeout as sleep } from 'node:timers/promises'
import { loadImage } from '@napi-rs/canvas'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { test as inDiscord } from '../support/discord/club.ts'
import { type Club, identityOf, type Mode, openClub } from '../support/telegram/club.ts'
import { type Chat, type Message, type Person } from '../support/telegram/index.ts'

const MODES: Mode[] = ['polling', 'webhook']
const MINUTE = 60_000
const ago = (milliseconds: number) => new Date(Date.now() - milliseconds)

describe.each(MODES)('A command that is hours old, by %s,', (mode) => {
  let club: Club
  beforeAll(async () => {
    club = await openClub(mode)
  })
  afterAll(() => club?.close())
  afterEach(() => expect([...club.fake.breaches, ...club.fake.floods, ...club.errors()]).toEqual([]))

  const late = (chat: Chat, person: Person, words: string) =>
    club.answer(chat, () => person.says(chat, words, { at: ago(180 * MINUTE) }))
  const dataOf = (message: Message): string => message.keyboard[0]?.[0]?.callback_data

  test('sends nothing, and is asked back with a button for its sender alone', async () => {
    const { ada, ben, group } = await club.pair()
    const question = await late(group, ada, `/send 20 @${ben.json.username} lunch`)
    expect(question.text).toBe(
      `You wrote this 3 hours ago, while I was away: 20.00 CREDIT to @${ben.json.username} (lunch). Nothing has moved.\nThe button works for 10 minutes.`,
    )
    expect(question.buttons).toEqual([['Send it now']])
    const make = dataOf(question)
    expect((await ben.taps(question, 'Send it now')).text).toBe('Only the one who wrote it can send it.')
    expect(await club.balance(ada)).toBe('100.00')

    club.fake.failNext('sendPhoto', { delayMs: 1500 })
    const card = await club.card(group, () =>
      Promise.all([ada.taps(question, 'Send it now'), ada.taps(question, 'Send it now')]),
    )
    expect(card.text).toContain('lunch')
    expect(card.replyTo).toBe(question)
    await club.reads(question, '✅ Sent: 20.00 CREDIT')
    expect(question.buttons).toEqual([])
    expect((await ada.taps(question, make, { stale: true })).text).toBe('This button has expired.')
    expect(club.pictures(group)).toEqual([card])
    expect(await club.balance(ada)).toBe('80.00')
    expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
    expect((await ada.taps(question, make, { stale: true })).text).toBe('This button has expired.')
    expect(club.pictures(group)).toEqual([card])
  })

  test('has the picture that it asked for, once it is confirmed', async () => {
    const { ada, group } = await club.pair()
    const question = await late(group, ada, '/send 20 picture')
    expect(question.text).toContain('20.00 CREDIT to whoever taps first.')
    const card = await club.card(group, () => ada.taps(question, 'Send it now'))
    expect((await loadImage(card.photo ?? '')).width).toBe(1080)
  })

  test('and was cancelled before its card was posted brings no card any more', async () => {
    const { ada, group } = await club.pair()
    const question = await late(group, ada, '/send 20')
    const place = { chat: String(group.id), message: String(question.id) }
    const path = `/v1/offers/${dataOf(question).slice('make:'.length)}/make`
    const by = identityOf(ada)
    const { id } = await club.service.client.post<{ id: string }>(path, { by, place })
    await club.service.client.cancel(id, by)
    expect((await ada.taps(question, 'Send it now')).text).toContain('Cancelled')
    await club.reads(question, 'Cancelled')
    expect([question.buttons, club.pictures(group)]).toEqual([[], []])
  })

  test('is asked back in Chinese, and for whoever taps first', async () => {
    const chen = await club.person('Chen', { language: 'zh-hans' })
    const question = await late(chen.chat, chen, '/send 20')
    expect(question.text).toBe(
      '这是你3小时前写的，当时我不在线：20.00 CREDIT 先点先得。什么都没有发出。\n按钮 10 分钟内有效。',
    )
    const card = await club.card(chen.chat, () => chen.taps(question, '现在发送'))
    expect(card.buttons.flat()).toContain('领取')
  })

  test('is refused as it would be anyway', async () => {
    const { ada, group } = await club.pair()
    expect((await late(group, ada, '/send 1000')).text).toContain('You have 100.00 CREDIT')
    expect((await late(group, ada, '/send')).text).toContain('How much?')
    expect((await late(ada.chat, ada, '/collect')).text).toContain('Write the code')
    expect((await late(ada.chat, ada, '/balance')).text).toContain('100.00 CREDIT')
  })

  test('brings as many questions as it was said, and neither a card nor money moves', async () => {
    const { ada, group } = await club.pair()
    for (let i = 0; i < 3; i++) await late(group, ada, '/send 20')
    expect(club.pictures(group)).toEqual([])
    const ids = club.fake.messages(group).flatMap((message) => dataOf(message) ?? [])
    expect(new Set(ids).size).toBe(3)
    expect(await club.balance(ada)).toBe('100.00')
  })

  test('and comes twice can be sent once', async () => {
    const { ada, group } = await club.pair()
    const question = await late(group, ada, '/send 20')
    await club.restart(() => club.fake.repeatUpdate())
    const again = await club.fake.until(() =>
      club.fake
        .messages(group)
        .find((message) => message !== question && dataOf(message) === dataOf(question)),
    )
    await club.card(group, () => ada.taps(question, 'Send it now'))
    expect((await ada.taps(again, 'Send it now')).text).toBe('This button has expired.')
    expect(await club.balance(ada)).toBe('80.00')
  })

  test('collects nothing, and shows what its code opens', async () => {
    const { ada, ben } = await club.pair()
    const { code } = await club.service.client.send(identityOf(ada), '20')
    const card = await club.card(ben.chat, () =>
      ben.says(ben.chat, `/collect ${code}`, { at: ago(180 * MINUTE) }),
    )
    expect(card.buttons.flat()).toContain('Collect')
    expect(await club.balance(ben)).toBe('100.00')
    expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
  })

  test('cancels nothing, and asks which', async () => {
    const { ada } = await club.pair()
    expect((await late(ada.chat, ada, '/cancel')).text).toBe('Nothing of yours is waiting to be collected.')
    const { code } = await club.service.client.send(identityOf(ada), '20')
    for (const words of ['/cancel', `/cancel ${code}`]) {
      const question = await late(ada.chat, ada, words)
      expect(question.text).toBe(
        'You wrote this 3 hours ago, while I was away. Nothing was cancelled. What shall I take back?',
      )
      expect(question.buttons).toEqual([['Cancel 20.00 CREDIT']])
    }
    expect(await club.balance(ada)).toBe('80.00')
    expect((await ada.taps(club.last(ada.chat), 'Cancel 20.00 CREDIT')).text).toContain('Cancelled.')
    expect(await club.balance(ada)).toBe('100.00')
  })

  test('is carried out where it waited for some minutes only', async () => {
    const { ada, group } = await club.pair()
    await club.card(group, () => ada.says(group, '/send 20', { at: ago(4 * MINUTE) }))
    expect(await club.balance(ada)).toBe('80.00')
  })

  test('is not asked back where it was carried out in time and only comes again', async () => {
    const { ada, ben, group } = await club.pair()
    const at = ago(5 * MINUTE - 4000)
    const card = await club.card(group, () => ada.says(group, '/send 20', { at }))
    await club.restart(async () => {
      await sleep(at.getTime() + 5 * MINUTE - Date.now() + 100)
      club.fake.repeatUpdate()
    })
    const { code } = await club.service.client.send(identityOf(ada), '5')
    const then = ago(5 * MINUTE - 4000)
    const collected = await club.answer(ben.chat, () => ben.says(ben.chat, `/collect ${code}`, { at: then }))
    expect(collected.text).toContain('is yours')
    await club.restart(async () => {
      await sleep(then.getTime() + 5 * MINUTE - Date.now() + 100)
      club.fake.repeatUpdate()
    })
    await club.fake.until(() => club.fake.messages(ben.chat).filter(({ text }) => text === collected.text)[1])
    expect((await club.answer(group, () => ada.says(group, '/help'))).text).toContain('/send')
    expect(club.pictures(group)).toEqual([card])
    expect(club.fake.messages(group).some(({ text }) => text.includes('You wrote this'))).toBe(false)
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['75.00', '105.00'])
  })

  test('of who calls the bot as a guest is asked back in private', async () => {
    const [ada, ben] = await Promise.all([club.person('Ada'), club.person('Ben')])
    const chat = club.fake.group({ bot: 'absent', members: [ada, ben] })
    const words = `@${club.fake.bot.username} 20 lunch`
    const question = await club.answer(ada.chat, () => ada.says(chat, words, { at: ago(180 * MINUTE) }))
    expect(question.text).toContain('You wrote this 3 hours ago')
    expect(await club.balance(ada)).toBe('100.00')
    await club.card(ada.chat, () => ada.taps(question, 'Send it now'))
    expect(await club.balance(ada)).toBe('80.00')
  })
})

describe('A command that is hours old, in private at Discord,', () => {
  inDiscord('sends nothing, and is asked back with a button', async ({ fake, club: _, ada, balance }) => {
    ada.dm('/send 20 lunch', ago(180 * MINUTE))
    const question = await fake.until(() =>
      fake.messages(ada.privateChannel).find(({ text }) => text.includes('You wrote this 3 hours ago')),
    )
    if (!question) throw new Error('no question')
    expect(question.text).toContain('20.00 CREDIT to whoever taps first (lunch). Nothing has moved.')
    expect(await balance(ada)).toBe('100.00')
    const presses = [ada.taps(question, 'Send it now'), ada.taps(question, 'Send it now')]
    await Promise.all(presses.map((press) => press.answer()))
    const cards = () => fake.messages(ada.privateChannel).filter(({ componentsV2 }) => componentsV2)
    await fake.until(() => cards().length > 0)
    await fake.until(() =>
      fake.messages(ada.privateChannel).some(({ text }) => text.startsWith('✅ Sent: 20.00 CREDIT')),
    )
    expect(cards()).toHaveLength(1)
    expect(await balance(ada)).toBe('80.00')
    await ada.taps(cards()[0] ?? question, 'Cancel').answer()
    await fake.until(() => cards()[0]?.text.includes('Cancelled'))
    expect(await balance(ada)).toBe('100.00')
  })

  inDiscord('collects and cancels nothing', async ({ fake, service, club: _, ada, ben, balance }) => {
    const identity = ({ id }: { id: string }) => ({ messenger: 'discord', id })
    const { code, link } = await service.client.send(identity(ben), '20')
    ada.dm(`/collect ${code}`, ago(180 * MINUTE))
    await fake.until(() => fake.messages(ada.privateChannel).some(({ text }) => text.includes(link)))
    expect(await balance(ada)).toBe('100.00')
    await service.client.send(identity(ada), '1')
    ada.dm('/cancel', ago(180 * MINUTE))
    const question = await fake.until(() =>
      fake.messages(ada.privateChannel).find(({ text }) => text.includes('Nothing was cancelled')),
    )
    expect(question?.buttons.map(({ label }) => label)).toEqual(['Cancel 1.00 CREDIT'])
    expect(await balance(ada)).toBe('99.00')
  })
})
