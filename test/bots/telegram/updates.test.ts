import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { WEBHOOK_PATH, webhookSecret } from '../../../bots/telegram/webhook.ts'
import { connect } from '../../../db/postgres.ts'
import { PUBLIC_URL, startTestService } from '../../support/service.ts'
import {
  type Club,
  called,
  cardsOf,
  identityOf,
  type Mode,
  openClub,
  transferOf,
} from '../../support/telegram/club.ts'
import { type InlineResult, type Person, startFakeTelegram } from '../../support/telegram/index.ts'

const MODES: Mode[] = ['polling', 'webhook']

const openOwn = async (mode: Mode): Promise<Club> => {
  const club = await openClub(mode)
  onTestFinished(() => club.close())
  return club
}

describe.each(MODES)('An update by %s', (mode) => {
  let club: Club
  let errorsBefore = 0
  beforeAll(async () => {
    club = await openClub(mode)
  })
  beforeEach(() => {
    errorsBefore = club.errors().length
  })
  afterAll(() => club?.close())
  /** Lines of this test. */
  const errors = () => club.errors().slice(errorsBefore)

  test('of every kind is heard', async () => {
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () => ada.says(group, '/send 1'))
    expect((await ben.taps(card, 'Collect')).text).toBe('1.00 CREDIT is yours.')
    club.fake.botFather.inlineFeedback = true
    const chat = club.fake.privateChat(ada, ben)
    const { results } = await ada.types('2', { chat })
    await club.reads(ada.chooses(results[0] as InlineResult, chat), 'Goes back by itself')
    const elsewhere = club.fake.group({ bot: 'absent', members: [ada, ben] })
    const asGuest = () => ada.says(elsewhere, `@${club.fake.bot.username} 3`)
    expect((await club.answer(elsewhere, asGuest)).text).toContain('3.00 CREDIT')
    const away = await club.card(group, () => ada.says(group, '/send 4'))
    const { code } = await club.service.client.transfer(transferOf(away))
    club.fake.kicksBot(group, ada)
    await club.service.client.collect(code, identityOf(ben))
    await club.fake.until(() => refused(club, 403) > 0)
    club.fake.addsBot(group, ada)
    await club.reads(away, `✅ ${called(ben)} has collected it.`)
  })

  test('that comes again changes nothing and is answered once', async () => {
    const { ada, ben, group } = await club.pair()
    const settled = async (act: () => unknown) => {
      await act()
      await sleep(300)
    }
    const card = await club.card(group, () => ada.says(group, '/send 20'))
    await settled(() => club.fake.repeatUpdate())
    const { code } = await club.service.client.transfer(transferOf(card))
    await club.answer(ben.chat, () => ben.says(ben.chat, `/collect ${code}`))
    await settled(() => club.fake.repeatUpdate())
    await club.answer(ben.chat, () => ben.says(ben.chat, '/balance'))
    await settled(() => club.fake.repeatUpdate())
    await ada.taps(await club.card(group, () => ada.says(group, '/send 5')), 'Cancel')
    await settled(() => club.fake.repeatUpdate())
    expect([await club.balance(ada), await club.balance(ben)]).toEqual(['80.00', '120.00'])
    expect(club.fake.messages(group).filter(({ photo }) => photo)).toHaveLength(2)
    expect(said(club, ben, 'You have').length).toBe(1)
    expect(errors()).toEqual([])
  })

  test('that comes again after a restart moves nothing and posts no second card', async () => {
    const ada = await club.person('Ada')
    const group = club.fake.group({ creator: ada })
    const card = await club.card(group, () => ada.says(group, '/send 20'))
    await club.restart(() => club.fake.repeatUpdate())
    const help = await club.answer(group, () => ada.says(group, '/help'))
    expect(help.text).toContain('/send')
    expect(club.fake.messages(group).filter(({ photo }) => photo)).toEqual([card])
    expect(await club.balance(ada)).toBe('80.00')
  })

  test('said while the bot was away is answered when it is back', async () => {
    const ada = await club.person('Ada')
    const group = club.fake.group({ creator: ada })
    await club.restart(() => ada.says(group, '/send 20'))
    const card = await club.fake.until(() => club.fake.messages(group)[1])
    expect(card.text).toContain('20.00 CREDIT')
    expect(await club.balance(ada)).toBe('80.00')
  })

  test('whose handler fails is logged without its words, and what comes after it is heard', async () => {
    const ada = await club.person('Ada')
    // Neither the answer nor the words about its failure leave, and nothing tries again by itself.
    club.fake.failNext('sendMessage', { status: 401, description: 'Unauthorized', times: 2 })
    ada.says(ada.chat, '/collect my secret words')
    await club.fake.until(() => errors().some((line) => line.includes('could not be handled')))
    const help = await club.answer(ada.chat, () => ada.says(ada.chat, '/help'))
    expect(help.text).toBeTruthy()
    const error = errors().find((line) => line.includes('could not be handled'))
    expect(error).toMatch(/"update":\d+/)
    expect(error).not.toContain('secret')
    // Telegram sends again what a webhook didn't take.
    if (mode === 'webhook') await club.fake.until(() => said(club, ada, 'Nothing opens by').length === 1)
  })

  test('whose answer Telegram has to wait for holds up no tap and no notice elsewhere', async () => {
    const [ada, ben] = await Promise.all([club.person('Ada'), club.person('Ben')])
    const [busy, group] = [0, 1].map(() => club.fake.group({ creator: ada, members: [ben] }))
    if (!busy || !group) throw new Error('two groups were expected')
    const card = await club.card(group, () => ada.says(group, '/send 20'))
    const other = await club.card(busy, () => ada.says(busy, '/send 5'))
    club.fake.failNext('sendMessage', { status: 429, parameters: { retry_after: 8 } })
    ada.says(busy, '/help')
    await club.fake.until(() => refused(club, 429) === 1)
    await ben.taps(other, 'Collect')
    await club.fake.until(() => said(club, ada, `${called(ben)} has collected your 5.00`).length === 1)
    expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
    await club.fake.until(() => said(club, ada, `${called(ben)} has collected your 20.00`).length === 1)
    // The busy group rests: its answer waits there, and its card behind it.
    expect(club.fake.messages(busy).some(({ text }) => text.includes('What I can do'))).toBe(false)
    expect(other.text).toContain('Whoever taps')
    await club.fake.until(() => other.text.includes('✅ Ben'), { timeoutMs: 20_000 })
  })

  test('that meets broken books is answered plainly, and nothing moves', async () => {
    const { ada, ben, group } = await club.pair()
    const card = await club.card(group, () => ada.says(group, '/send 20'))
    const { db, close } = connect(club.service.database)
    try {
      await db.execute(sql`alter table entries rename to entries_away`)
      const answer = await club.answer(group, () => ada.says(group, '/send 30'))
      expect(answer.text).toBe('Something went wrong on our side. Nothing is lost: try again in a moment.')
      expect((await ben.taps(card, 'Collect')).text).toContain('Something went wrong on our side')
      await db.execute(sql`alter table entries_away rename to entries`)
    } finally {
      await close()
    }
    expect((await ben.taps(card, 'Collect')).text).toBe('20.00 CREDIT is yours.')
    expect(await club.balance(ada)).toBe('80.00')
    expect(errors().length).toBeGreaterThan(0)
  })
})

describe('The webhook', () => {
  let club: Club
  let ada: Person
  let errorsBefore = 0
  beforeAll(async () => {
    club = await openClub('webhook')
    ada = await club.person('Ada')
  })
  beforeEach(() => {
    errorsBefore = club.errors().length
  })
  afterAll(() => club?.close())
  /** Lines of this test. */
  const errors = () => club.errors().slice(errorsBefore)
  let updates = 0
  /** An id that no update has had. */
  const update_id = () => ++updates

  const secret = () => webhookSecret(club.fake.token)
  /** An update as Telegram posts it. */
  const post = (update: object | string, shown = secret(), to = club.service) =>
    fetch(to.url + WEBHOOK_PATH, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        ...(shown && { 'x-telegram-bot-api-secret-token': shown }),
      },
      body: typeof update === 'string' ? update : JSON.stringify(update),
    })
  const command = (who: Person, text: string, more: object = {}) => ({
    message_id: 900_000 + Math.floor(Math.random() * 100_000),
    date: 1_800_000_000,
    from: who.json,
    chat: { id: who.id, type: 'private', first_name: who.json.first_name },
    text,
    entities: [{ type: 'bot_command', offset: 0, length: text.split(' ')[0]?.length }],
    ...more,
  })

  test('takes only what comes with its secret, and only new messages of people', async () => {
    const message = command(ada, '/send 5')
    for (const wrong of ['', 'x', secret().toUpperCase(), `${secret()}0`])
      expect((await post({ update_id: update_id(), message }, wrong)).status).toBe(401)
    const edited_message = { ...command(ada, '/send 7'), edit_date: 1_800_000_001 }
    expect((await post({ update_id: update_id(), edited_message })).status).toBe(200)
    const sent = club.fake.callsOf('sendMessage').length
    const by = { id: 9, is_bot: true, first_name: 'Other', username: 'other_bot' }
    const origin = { type: 'user', date: 1, sender_user: { ...by, is_bot: false } }
    for (const more of [{ forward_origin: origin }, { via_bot: by }, { from: by }])
      expect((await post({ update_id: update_id(), message: command(ada, '/send 7', more) })).status).toBe(
        200,
      )
    expect(await club.balance(ada)).toBe('100.00')
    expect(club.fake.callsOf('sendMessage')).toHaveLength(sent)
    expect((await post({ update_id: update_id(), message })).status).toBe(200)
    expect(await club.balance(ada)).toBe('95.00')
    const [set] = club.fake.callsOf('setWebhook')
    expect(set?.params).toMatchObject({ url: PUBLIC_URL + WEBHOOK_PATH, secret_token: secret() })
    expect(set?.params.allowed_updates).not.toContain('edited_message')
  })

  test('takes the longest message that answers another one', async () => {
    const text = 'Я'.repeat(4096)
    const entities = Array.from({ length: 100 }, (_, i) => ({
      offset: 10 * i,
      length: 2,
      type: 'custom_emoji',
      custom_emoji_id: '5368324170671202286',
    }))
    const chat = ada.chat.toJson()
    const first = { message_id: 77_001, date: 1, chat, from: ada.json, text, entities }
    const message = { ...first, message_id: 77_002, reply_to_message: first }
    // As Telegram writes it.
    const body = JSON.stringify({ update_id: update_id(), message }).replace(
      /[^\0-\x7f]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    expect(body.length).toBeGreaterThan(64 * 1024)
    const answer = await club.answer(ada.chat, async () => expect((await post(body)).status).toBe(200))
    expect(answer.text).toContain('What I can do')
  })

  test('lets go an update that fails each time, and hears what comes after it', async () => {
    const message = { message_id: 77_001, date: 1, chat: ada.chat.toJson(), from: ada.json, text: 5 }
    const broken = JSON.stringify({ update_id: update_id(), message })
    const answers = [await post(broken), await post(broken), await post(broken)]
    expect(answers.map(({ status }) => status)).toEqual([500, 500, 200])
    expect(errors().at(-1)).toContain('was let go')
    expect((await club.answer(ada.chat, () => ada.says(ada.chat, '/help'))).text).toContain('What I can do')
  })

  test('takes a guest’s message without any words', async () => {
    const { text: _, entities: __, ...message } = command(ada, '')
    const guest_message = { ...message, guest_query_id: '1', photo: [] }
    expect((await post({ update_id: update_id(), guest_message })).status).toBe(200)
    expect(club.fake.callsOf('answerGuestQuery')).toHaveLength(1)
    expect(errors()).toEqual([])
  })

  test.each([
    ['is no JSON', '{"update_id": 1, "message": {"text": "my secret'],
    ['is no update', '{"secret": 1}'],
    ['is nothing', 'null'],
    // Last, as its connection ends with it.
    ['is larger than any', `{"update_id": 1, "secret": "${'x'.repeat(1024 * 1024)}"}`],
  ])('lets go what %s, and logs it under a request id without its words', async (_what, body) => {
    const { status, headers } = await post(body)
    expect(status).toBe(200)
    const [error, ...more] = errors()
    expect(more).toEqual([])
    expect(error).toContain('could not be read')
    expect(error).toContain(`"requestId":"${headers.get('x-request-id')}"`)
    expect(error).not.toContain('secret')
  })

  test('may be taken by several processes side by side', async () => {
    const club = await openOwn('webhook')
    const [ada, ben] = await Promise.all([club.person('Ada'), club.person('Ben')])
    const other = await club.another()
    const first = { update_id: update_id(), message: command(ada, '/send 5') }
    expect((await post(first, secret(), club.service)).status).toBe(200)
    // The answer got lost, and Telegram asks the other one.
    expect((await post(first, secret(), other)).status).toBe(200)
    const cards = club.fake.messages(ada.chat).filter(({ photo }) => photo)
    expect(cards).toHaveLength(1)
    expect(await club.balance(ada)).toBe('95.00')
    const [card] = cards
    if (!card) throw new Error('no card')
    expect(await cardsOf(club.service, transferOf(card))).toHaveLength(1)
    const { code } = await club.service.client.transfer(transferOf(card))
    await club.card(ben.chat, () => ben.starts(code))
    await ben.taps(club.fake.messages(ben.chat).at(-1) ?? card, 'Collect')
    await club.reads(card, '✅ Ben')
  })
})

describe('The bot at its start', () => {
  const start = async (environment: Record<string, string>) => {
    const service = await startTestService({ roles: 'api,worker,telegram', environment })
    onTestFinished(() => service.close())
    return service
  }
  const fakeTelegram = async () => {
    const fake = await startFakeTelegram()
    onTestFinished(() => fake.stop())
    return fake
  }

  test('tries again by itself while Telegram cannot be reached; the pages are served meanwhile', async () => {
    const fake = await fakeTelegram()
    fake.failNext('getMe', { dropConnection: true })
    fake.failNext('getMe', { status: 409, times: 2 })
    const service = await start({ TELEGRAM_BOT_TOKEN: fake.token, TELEGRAM_API_ROOT: fake.url })
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
    await fake.until(() => fake.callsOf('getUpdates').length > 0, { timeoutMs: 20_000 })
    expect(fake.callsOf('getUpdates')[0]?.params.allowed_updates).not.toContain('edited_message')
    expect(service.log.some((line) => line.includes('Telegram cannot be reached'))).toBe(true)
    expect(fake.breaches).toEqual([])
  })

  test('says in one line that the token is wrong, and does not say the token', async () => {
    const fake = await fakeTelegram()
    const token = '7000000001:AAwrongwrongwrongwrongwrongwrong'
    const service = await start({ TELEGRAM_BOT_TOKEN: token, TELEGRAM_API_ROOT: fake.url, PUBLIC_URL })
    await fake.until(() => service.log.some((line) => line.includes('TELEGRAM_BOT_TOKEN')))
    await sleep(500)
    const loud = service.log.filter((line) => !line.includes('"level":"info"'))
    expect(loud).toHaveLength(1)
    expect(service.log.join('\n')).not.toContain('AAwrong')
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
  })

  test('says what is to be set at BotFather', async () => {
    const fake = await fakeTelegram()
    fake.botFather.inline = false
    const service = await start({ TELEGRAM_BOT_TOKEN: fake.token, TELEGRAM_API_ROOT: fake.url })
    await fake.until(() => service.log.some((line) => line.includes('/setinline')))
    expect(service.log.some((line) => line.includes('inline mode is off'))).toBe(true)
    const other = await fakeTelegram()
    const inline = await start({ TELEGRAM_BOT_TOKEN: other.token, TELEGRAM_API_ROOT: other.url })
    await other.until(() => inline.log.some((line) => line.includes('/setinlinefeedback')))
  })

  test('goes on polling when another process has taken its turn', async () => {
    const fake = await fakeTelegram()
    const service = await start({ TELEGRAM_BOT_TOKEN: fake.token, TELEGRAM_API_ROOT: fake.url })
    await fake.until(() => fake.callsOf('getUpdates').length > 0)
    await fetch(`${fake.url}/bot${fake.token}/getUpdates?timeout=0`)
    await fake.until(() => service.log.some((line) => line.includes('polling Telegram was interrupted')))
    const ada = fake.user({ first_name: 'Ada' })
    ada.starts()
    await fake.until(() => fake.messages(ada.chat).length === 2, { timeoutMs: 10_000 })
  })

  test.each(['http://127.0.0.1:3000', 'http://nas:3000'])(
    'posts cards without a picture or a button that lead nowhere, but with what to type, where links lead to %s',
    async (address) => {
      const fake = await fakeTelegram()
      const service = await start({
        TELEGRAM_BOT_TOKEN: fake.token,
        TELEGRAM_API_ROOT: fake.url,
        PUBLIC_URL: address,
      })
      const [ada, ben] = [fake.user({ first_name: 'Ada' }), fake.user({ first_name: 'Ben' })]
      await service.client.issue(identityOf(ada), '100')
      ada.says(ada.chat, '/send 20')
      const card = await fake.until(() => fake.messages(ada.chat).find(({ keyboard }) => keyboard.length > 0))
      expect(card.buttons.flat()).toEqual(['Collect', 'Cancel'])
      expect(card.photo).toBeUndefined()
      const [link, line = ''] = card.text.split('\n').slice(-2)
      expect(link).toBe(`${address}/c/${line.replace('/collect ', '')}`)
      // Neither is a link that an app makes.
      expect(card.entities.filter(({ type }) => type === 'code')).toHaveLength(2)
      expect(card.entities.some(({ type }) => type === 'url')).toBe(false)
      // Passed on, it is shown; typed, it collects.
      ben.forwards(card, ben.chat)
      await fake.until(() =>
        fake.messages(ben.chat).some(({ buttons }) => buttons.flat().includes('Collect')),
      )
      ben.says(ben.chat, line)
      await fake.until(() => fake.messages(ben.chat).some(({ text }) => text.endsWith('is yours.')))
      expect(fake.breaches).toEqual([])
    },
  )

  test('and all the while tells its log no code and no token', async () => {
    const club = await openOwn('polling')
    const [ada, ben] = await Promise.all([club.person('Ada'), club.person('Ben')])
    const card = await club.card(ada.chat, () => ada.says(ada.chat, '/send 20'))
    const { code } = await club.service.client.transfer(transferOf(card))
    club.fake.failNext('sendPhoto', { status: 401 })
    club.fake.failNext('sendMessage', { status: 401 })
    ben.starts(code)
    await club.fake.until(() => club.errors().length > 0)
    const log = club.service.log.join('\n')
    expect(log).not.toContain(code)
    expect(log).not.toContain(club.fake.token.split(':')[1])
  })
})

const refused = (club: Club, status: number) =>
  club.fake.calls.filter((call) => call.status === status).length

const said = (club: Club, to: Person, words: string) =>
  club.fake
    .messages(to.chat)
    .filter(
      ({ from, text }) =>
        from.id === club.fake.bot.id && text.startsWith('You have') === (words === 'You have'),
    )
    .filter(({ text }) => text.includes(words))
