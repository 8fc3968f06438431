import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect } from 'vitest'
import { identityOf, test } from '../../support/discord/club.ts'

const CALLBACK = 'POST /interactions/{id}/{token}/callback'
const ORIGINAL = 'PATCH /webhooks/{id}/{token}/messages/@original'

/** In which something would have happened that must not. */
const A_WHILE_MS = 500

describe('Over a bad line to Discord', () => {
  test('what was asked while the connection was cut is answered after the resume', async ({
    fake,
    club,
    ada,
    balance,
  }) => {
    let sent = 0
    for (const cut of [
      () => fake.gateway.dropConnections(),
      () => fake.gateway.askToReconnect(),
      () => fake.gateway.invalidateSessions(true),
    ]) {
      const { resume, identify } = fake.gateway.seen
      cut()
      await fake.until(() => fake.gateway.connected === 0)
      const { message } = await ada.slash(club.channel(), 'send', { amount: '1' }).answer()
      expect(message.lines).toContain('## 1.00 CREDIT')
      expect(fake.gateway.seen).toMatchObject({ identify, resume: resume + 1 })
      expect(await balance(ada)).toBe(`${100 - ++sent}.00`)
    }
  })

  test('a session that is no more is followed by a new one, and cards of before go on', async ({
    fake,
    club,
    ada,
    ben,
    told,
  }) => {
    const sent = await ada.slash(club.channel(), 'send', { amount: '1' }).answer()
    const { identify } = fake.gateway.seen
    fake.gateway.invalidateSessions()
    // discord.js identifies once in 5 seconds.
    await fake.until(() => fake.gateway.connected === 1 && fake.gateway.seen.identify === identify + 1, {
      within: 15_000,
    })
    await told(ben.taps(sent.message, 'Collect'))
    await fake.until(() => sent.message.text.includes('Ben (@ben) has collected it'))
  })

  test('an interaction that comes twice moves money once and is answered once', async ({
    fake,
    service,
    club,
    ada,
    ben,
    told,
    balance,
  }) => {
    const sent = await ada.slash(club.channel(), 'send', { amount: '10' }).answer()
    fake.repeatLastInteraction()
    const refused = () =>
      fake.calls.filter(({ route, status }) => route.endsWith('/callback') && status === 400)
    await fake.until(() => refused().length === 1)
    const tap = ben.taps(sent.message, 'Collect')
    fake.repeatLastInteraction()
    await told(tap)
    await fake.until(() => refused().length === 2)
    await sleep(A_WHILE_MS)
    expect(
      fake.messages(club.channel()).filter(({ content }) => content === '10.00 CREDIT 已到账。'),
    ).toHaveLength(1)
    expect(fake.messages(club.channel()).filter(({ componentsV2 }) => componentsV2)).toHaveLength(1)
    expect([await balance(ada), await balance(ben)]).toEqual(['90.00', '110.00'])
    expect((await service.client.history(identityOf(ada))).items).toHaveLength(2)
  })

  test('a message that comes twice is answered once', async ({ fake, club: _, ada }) => {
    const hello = ada.dm('hello')
    const answers = () =>
      fake.messages(ada.privateChannel).filter(({ text }) => text.startsWith('What I can do'))
    await fake.until(() => answers().length === 1)
    fake.repeatMessage(hello)
    ada.dm('hello again')
    await fake.until(() => answers().length === 2)
    await sleep(A_WHILE_MS)
    expect(answers()).toHaveLength(2)
  })

  test('an acknowledgement whose answer is lost counts, and the command goes on', async ({
    fake,
    club,
    ada,
    ben,
    told,
    balance,
  }) => {
    fake.failNext(CALLBACK, { cut: true, applied: true })
    const sent = await ada.slash(club.channel(), 'send', { amount: '10' }).answer()
    expect(sent.message.lines).toContain('## 10.00 CREDIT')
    fake.failNext(CALLBACK, { cut: true, applied: true })
    expect((await told(ben.taps(sent.message, 'Collect'))).text).toBe('10.00 CREDIT 已到账。')
    expect([await balance(ada), await balance(ben)]).toEqual(['90.00', '110.00'])
  })

  test('what Discord took for unanswered moves nothing', async ({ fake, service, club, ada, balance }) => {
    fake.failNext(CALLBACK, { delay: 2000 })
    const before = fake.calls.length
    const late = ada.slash(club.channel(), 'send', { amount: '10' })
    await fake.until(() => fake.calls.slice(before).some(({ route }) => route.endsWith('/callback')))
    fake.passTime(3100)
    await fake.until(() => service.log.some((line) => line.includes('came too late to be answered')))
    await sleep(A_WHILE_MS)
    expect(late.acknowledged).toBeUndefined()
    expect(await balance(ada)).toBe('100.00')
    expect((await service.client.history(identityOf(ada))).items).toHaveLength(1)
  })

  test('a card is posted although Discord asks to wait, fails, or hangs up', async ({ fake, club, ada }) => {
    for (const fault of [
      { status: 429, retryAfter: 0.05 },
      { status: 503 },
      { cut: true },
      { cut: true, applied: true },
      { delay: 100 },
    ]) {
      fake.failNext(ORIGINAL, fault)
      const { message } = await ada.slash(club.channel(), 'send', { amount: '1' }).answer()
      expect(message.lines).toContain('## 1.00 CREDIT')
    }
    expect(fake.messages(club.channel())).toHaveLength(5)
  })

  test('a notice is told although Discord fails for a while', async ({ fake, club, ada, ben, told }) => {
    const { message } = await ada.slash(club.channel(), 'send', { amount: '7' }).answer()
    fake.failNext('POST /users/@me/channels', { status: 429, retryAfter: 0.05 })
    fake.failNext('POST /channels/{id}/messages', { cut: true })
    await told(ben.taps(message, 'Collect'))
    await fake.until(() =>
      fake
        .messages(ada.privateChannel)
        .some(({ text }) => text === '✅ Ben (@ben) has collected your 7.00 CREDIT.'),
    )
  })
})
