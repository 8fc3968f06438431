import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import qrcode from 'qrcode'
import { Telegraf } from 'telegraf'
import { afterEach, describe, expect, test } from 'vitest'
import type { Json } from './telegram/wire.ts'
import {
  type FakeTelegram,
  type FakeTelegramOptions,
  GROUP_ANONYMOUS_BOT,
  type InlineResult,
  type Message,
  type Person,
  startFakeTelegram,
} from './telegram.ts'

const stops: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

async function start(options?: FakeTelegramOptions): Promise<FakeTelegram> {
  const fake = await startFakeTelegram(options)
  stops.push(async () => {
    await fake.stop()
    expect(fake.breaches.filter((breach) => breach.includes('the fake'))).toEqual([])
  })
  return fake
}

/** A real telegraf bot. */
function telegraf(fake: FakeTelegram): Telegraf {
  return new Telegraf(fake.token, { telegram: { apiRoot: fake.url, webhookReply: false } })
}

/** … which polls. */
async function polling(fake: FakeTelegram, setUp: (bot: Telegraf) => void): Promise<void> {
  const bot = telegraf(fake)
  setUp(bot)
  void bot.launch()
  await fake.until(() => fake.callsOf('getUpdates').length > 0)
  stops.push(() => bot.stop())
}

/** A call as our bot makes it: native fetch and FormData. */
async function call(fake: FakeTelegram, method: string, params: Record<string, unknown>) {
  const form = new FormData()
  for (const [name, value] of Object.entries(params)) {
    if (value instanceof Blob) form.append(name, value, `${name}.png`)
    else form.append(name, typeof value === 'string' ? value : JSON.stringify(value))
  }
  const response = await fetch(`${fake.url}/bot${fake.token}/${method}`, { method: 'POST', body: form })
  return (await response.json()) as Json
}

const COLLECT = { inline_keyboard: [[{ text: 'Collect', callback_data: 'collect:1' }]] }

function startedUser(fake: FakeTelegram, first_name = 'Ada'): Person {
  const user = fake.user({ first_name, username: first_name.toLowerCase(), language_code: 'en' })
  user.starts()
  return user
}

describe('a fake Telegram', () => {
  test('carries a conversation with a real telegraf bot that polls', async () => {
    const fake = await start()
    await polling(fake, (bot) => {
      bot.start((ctx) => ctx.reply(`Hello, ${ctx.from.first_name} (${ctx.payload})`))
      bot.command('send', async (ctx) => {
        const reply_parameters = { message_id: ctx.message.message_id }
        const text = `<b>20</b> for ${ctx.payload.split(' ')[1]}`
        await ctx.reply(text, { parse_mode: 'HTML', reply_parameters, reply_markup: COLLECT })
      })
      bot.action(/^collect:/, async (ctx) => {
        await ctx.editMessageText('collected')
        await ctx.answerCbQuery('You have it', { show_alert: true })
      })
    })
    const ada = fake.user({ first_name: 'Ada' })
    const ben = fake.user({ first_name: 'Ben', username: 'ben' })
    ada.opens('https://t.me/passalong_bot?start=abc-1')
    await fake.until(() => fake.messages(ada.chat).some(({ text }) => text === 'Hello, Ada (abc-1)'))

    const group = fake.group({ members: [ada, ben] })
    const command = ada.says(group, ['/send 20 ', ben, ' lunch'])
    const card = await fake.until(() => fake.messages(group)[1])
    expect(card.replyTo).toBe(command)
    expect([card.text, card.source, card.buttons]).toEqual([
      '20 for @ben',
      '<b>20</b> for @ben',
      [['Collect']],
    ])
    expect(await ben.taps(card, 'Collect')).toEqual({ text: 'You have it', isAlert: true })
    expect([card.text, card.buttons, card.edits]).toEqual(['collected', [], 1])
    expect(fake.breaches).toEqual([])
  })

  test('keeps the bytes of an upload, whose file_id can be sent again and whose bytes can be fetched', async () => {
    const fake = await start()
    const ada = startedUser(fake)
    const picture = await qrcode.toBuffer('https://pay.example/c/1')
    const sent = await call(fake, 'sendPhoto', {
      chat_id: ada.id,
      photo: new Blob([new Uint8Array(picture)]),
      caption: 'Collect until <tg-time unix="1800000000" format="r">tomorrow</tg-time>',
      parse_mode: 'HTML',
    })
    const { file_id, width } = sent.result.photo[0]
    expect(fake.messages(ada.chat).at(-1)?.photo?.equals(picture)).toBe(true)
    expect(width).toBe(picture.readUInt32BE(16))
    const bot = telegraf(fake)
    await bot.telegram.sendPhoto(ada.id, file_id)
    await bot.telegram.sendPhoto(ada.id, { source: picture })
    expect(
      fake
        .messages(ada.chat)
        .slice(-2)
        .every(({ photo }) => photo?.equals(picture)),
    ).toBe(true)
    const response = await fetch(await bot.telegram.getFileLink(file_id))
    expect(Buffer.from(await response.arrayBuffer()).equals(picture)).toBe(true)
    const attached = { type: 'photo', media: 'attach://qr', caption: 'new' }
    const { message_id } = sent.result
    const other = await qrcode.toBuffer('other')
    const qr = new Blob([new Uint8Array(other)])
    await call(fake, 'editMessageMedia', { chat_id: ada.id, message_id, media: attached, qr })
    expect(
      fake
        .messages(ada.chat)
        .find(({ id }) => id === message_id)
        ?.photo?.equals(other),
    ).toBe(true)
    expect(fake.breaches).toEqual([])
  })

  test('takes parameters as JSON, form or query', async () => {
    const fake = await start()
    const ada = startedUser(fake)
    const url = `${fake.url}/bot${fake.token}/sendMessage`
    const query = new URLSearchParams({
      chat_id: String(ada.id),
      text: '20',
      disable_notification: 'true',
      reply_markup: JSON.stringify(COLLECT),
    })
    const typed = { chat_id: ada.id, text: '20', disable_notification: true, reply_markup: COLLECT }
    const json = { method: 'POST', headers: { 'content-type': 'application/json' } }
    await fetch(`${url}?${query.toString()}`)
    await fetch(url, { method: 'POST', body: query })
    await fetch(url, { ...json, body: JSON.stringify(typed) })
    await fetch(url, { ...json, body: JSON.stringify({ ...typed, reply_markup: JSON.stringify(COLLECT) }) })
    await call(fake, 'sendMessage', typed)
    expect(fake.calls.map(({ params }) => params)).toEqual([typed, typed, typed, typed, typed])
    expect(fake.breaches).toEqual([])
  })

  test.each<[what: string, method: string, params: Record<string, unknown>, breach: RegExp]>([
    ['an unknown method', 'sendMoney', {}, /no such method/],
    ['an unknown field', 'sendMessage', { text: 'x', colour: 'red' }, /no field "colour"/],
    ['a missing field', 'sendMessage', {}, /required field "text"/],
    ['a wrong type', 'sendMessage', { text: 'x', disable_notification: 'yes' }, /no Boolean/],
    ['an empty text', 'sendMessage', { text: '<b> </b>', parse_mode: 'HTML' }, /0 characters, not 1-4096/],
    ['a text of 4097 characters', 'sendMessage', { text: 'x'.repeat(4097) }, /4097 characters/],
    [
      'a caption of 1025 characters',
      'sendPhoto',
      { photo: 'id', caption: 'x'.repeat(1025) },
      /1025 characters/,
    ],
    [
      'button data of 65 bytes',
      'sendMessage',
      { text: 'x', reply_markup: button({ callback_data: 'é'.repeat(32) + 'x' }) },
      /65 bytes, not 1-64/,
    ],
    [
      'a button that does nothing',
      'sendMessage',
      { text: 'x', reply_markup: button({}) },
      /Exactly one .* not none/,
    ],
    [
      'a button with a link to localhost',
      'sendMessage',
      { text: 'x', reply_markup: button({ url: 'http://localhost/c/1' }) },
      /Wrong HTTP URL/,
    ],
    [
      'an unknown field deep inside',
      'sendMessage',
      { text: 'x', reply_markup: button({ callback_data: 'x', colour: 1 }) },
      /inline_keyboard\[0\]\[0\]: there is no field "colour"/,
    ],
    [
      'an edit of nothing',
      'editMessageText',
      { text: 'x', chat_id: undefined },
      /"inline_message_id" is missing/,
    ],
    [
      'a toast of 201 characters',
      'answerCallbackQuery',
      { callback_query_id: '1', text: 'x'.repeat(201), chat_id: undefined },
      /201 characters/,
    ],
    [
      'a command with a capital',
      'setMyCommands',
      { commands: [{ command: 'Send', description: 'x' }], chat_id: undefined },
      /a-z, 0-9 and _/,
    ],
    [
      'commands for zh-hans',
      'setMyCommands',
      { commands: [], language_code: 'zh-hans', chat_id: undefined },
      /two letters/,
    ],
    [
      '51 inline results',
      'answerInlineQuery',
      {
        inline_query_id: '1',
        results: Array.from({ length: 51 }, (_, i) => article(`${i}`)),
        chat_id: undefined,
      },
      /51 items, not 0-50/,
    ],
    [
      'a result id of 65 bytes',
      'answerInlineQuery',
      { inline_query_id: '1', results: [article('x'.repeat(65))], chat_id: undefined },
      /65 bytes/,
    ],
    [
      'an unescaped ampersand',
      'sendMessage',
      { text: 'fish & chips', parse_mode: 'HTML' },
      /can't parse entities: Unescaped "&" at byte offset 5/,
    ],
    [
      'an unescaped less-than',
      'sendMessage',
      { text: '1 < 2', parse_mode: 'HTML' },
      /can't parse entities: Unsupported start tag ""/,
    ],
    [
      'a tag that Telegram lacks',
      'sendMessage',
      { text: '<p>x</p>', parse_mode: 'HTML' },
      /Unsupported start tag "p"/,
    ],
    [
      'tags that cross',
      'sendMessage',
      { text: '<b><i>x</b></i>', parse_mode: 'HTML' },
      /expected "<\/i>", found "<\/b>"/,
    ],
    [
      'bold in code',
      'sendMessage',
      { text: '<code><b>x</b></code>', parse_mode: 'HTML' },
      /code entity can't contain a bold/,
    ],
    [
      'a wrong date format',
      'sendMessage',
      { text: '<tg-time unix="1" format="rt">x</tg-time>', parse_mode: 'HTML' },
      /date-time format "rt"/,
    ],
    [
      'an upload that nothing names',
      'sendMessage',
      { text: 'x', qr: new Blob(['x']) },
      /"qr" belongs to nothing/,
    ],
  ])('sees %s', async (_, method, params, breach) => {
    const fake = await start()
    const ada = startedUser(fake)
    const { chat_id, ...rest } = { chat_id: ada.id, ...params }
    const answer = await call(fake, method, chat_id === undefined ? rest : { chat_id, ...rest })
    expect(answer.ok).toBe(false)
    expect(fake.breaches.join('\n')).toMatch(breach)
  })

  test('accepts what is just within the limits', async () => {
    const fake = await start()
    const ada = startedUser(fake)
    const reply_markup = button({ callback_data: 'é'.repeat(32) })
    const photo = new Blob([new Uint8Array(await qrcode.toBuffer('x'))])
    await call(fake, 'sendMessage', { chat_id: ada.id, text: '👍'.repeat(4096), reply_markup })
    await call(fake, 'sendPhoto', { chat_id: ada.id, photo, caption: 'x'.repeat(1024) })
    const code =
      '<pre><code class="language-ts">let x</code></pre><blockquote expandable><u>y</u></blockquote>'
    const { result } = await call(fake, 'sendMessage', { chat_id: ada.id, text: code, parse_mode: 'HTML' })
    expect(result.entities).toEqual([
      { type: 'pre', offset: 0, length: 5, language: 'ts' },
      { type: 'expandable_blockquote', offset: 5, length: 1 },
      { type: 'underline', offset: 5, length: 1 },
    ])
    expect(fake.messages(ada.chat)).toHaveLength(4)
    expect(fake.breaches).toEqual([])
  })

  test('counts a caption after its markup is parsed, and finds the entities', async () => {
    const fake = await start()
    const ada = startedUser(fake)
    const caption = `<b>${'x'.repeat(1000)}</b> &lt;3 <a href="https://pay.example/?a=1&amp;b=2">link</a> /help @ben`
    const photo = new Blob([new Uint8Array(await qrcode.toBuffer('x'))])
    const { result } = await call(fake, 'sendPhoto', { chat_id: ada.id, photo, caption, parse_mode: 'HTML' })
    expect(result.caption.length).toBe(1019)
    expect(result.caption_entities).toEqual([
      { type: 'bold', offset: 0, length: 1000 },
      { type: 'text_link', url: 'https://pay.example/?a=1&b=2', offset: 1004, length: 4 },
      { type: 'bot_command', offset: 1009, length: 5 },
      { type: 'mention', offset: 1015, length: 4 },
    ])
    expect(fake.breaches).toEqual([])
  })

  test('answers 401 to a wrong token', async () => {
    const fake = await start()
    const stranger = new Telegraf('1:wrong', { telegram: { apiRoot: fake.url } })
    await expect(stranger.telegram.getMe()).rejects.toThrow('401: Unauthorized')
  })

  test('lets the bot write only to people who pressed Start and did not block it', async () => {
    const fake = await start()
    const ada = fake.user({ first_name: 'Ada' })
    const { telegram } = telegraf(fake)
    await expect(telegram.sendMessage(ada.id, 'hi')).rejects.toThrow('400: Bad Request: chat not found')
    ada.says(fake.group({ members: [ada] }), '/help')
    await expect(telegram.sendMessage(ada.id, 'hi')).rejects.toThrow(
      "403: Forbidden: bot can't initiate conversation",
    )
    ada.starts()
    await telegram.sendMessage(ada.id, 'hi')
    ada.blocks()
    await expect(telegram.sendMessage(ada.id, 'hi')).rejects.toThrow(
      '403: Forbidden: bot was blocked by the user',
    )
    expect(fake.breaches).toEqual([])
  })

  test('refuses edits that change nothing, and of messages that are gone', async () => {
    const fake = await start()
    const ada = startedUser(fake)
    const { telegram } = telegraf(fake)
    const { message_id } = await telegram.sendMessage(ada.id, 'open', { reply_markup: COLLECT })
    const edit = (text: string) =>
      telegram.editMessageText(ada.id, message_id, undefined, text, { reply_markup: COLLECT })
    await expect(edit('open')).rejects.toThrow('400: Bad Request: message is not modified')
    await edit('collected')
    const caption = telegram.editMessageCaption(ada.id, message_id, undefined, 'x')
    await expect(caption).rejects.toThrow('there is no caption in the message to edit')
    await telegram.deleteMessage(ada.id, message_id)
    await expect(edit('again')).rejects.toThrow('400: Bad Request: message to edit not found')
  })

  test('answers 429 to the 21st message within a minute in a group and to the 31st within a second in all', async () => {
    const window = {
      enabled: true,
      group: { calls: 20, windowMs: 1500 },
      overall: { calls: 30, windowMs: 400 },
    }
    const fake = await start({ limits: window })
    const group = fake.group()
    const send = (chat_id: number) => call(fake, 'sendMessage', { chat_id, text: 'x' })
    for (let i = 0; i < 20; i++) expect((await send(group.id)).ok).toBe(true)
    expect(await send(group.id)).toEqual({
      ok: false,
      error_code: 429,
      description: 'Too Many Requests: retry after 2',
      parameters: { retry_after: 2 },
    })
    await fake.until(async () => (await send(group.id)).ok)
    const people = Array.from({ length: 40 }, (_, i) => startedUser(fake, `user${i}`))
    const sent = await Promise.all(people.map((person) => send(person.id)))
    expect(sent.some(({ error_code }) => error_code === 429)).toBe(true)
    expect(new Set(fake.floods.map(({ over }) => over))).toEqual(new Set(['group', 'overall']))
    expect(fake.messages(group)).toHaveLength(21)
    fake.limits.enabled = false
    for (let i = 0; i < 25; i++) expect((await send(group.id)).ok).toBe(true)
  })

  test('ends the first poller with 409 when a second one comes, and any while a webhook is set', async () => {
    const fake = await start()
    const poll = () => call(fake, 'getUpdates', { timeout: 20 })
    const first = poll()
    await fake.until(() => fake.callsOf('getUpdates').length === 1)
    const second = poll()
    expect((await first).description).toMatch(/^Conflict: terminated by other getUpdates request/)
    await fake.until(() => fake.callsOf('getUpdates').length === 2)
    await call(fake, 'setWebhook', { url: 'http://127.0.0.1:9/' })
    expect((await second).description).toBe('Conflict: terminated by setWebhook request')
    expect((await poll()).error_code).toBe(409)
  })

  test('repeats an update when the answer to a poll got lost', async () => {
    const fake = await start()
    fake.failNext('getUpdates', { loseAnswer: true })
    fake.user({ first_name: 'Ada' }).starts()
    await expect(call(fake, 'getUpdates', { offset: 0 })).rejects.toThrow()
    const again = await call(fake, 'getUpdates', { offset: 0 })
    const offset = again.result[0].update_id + 1
    expect((await call(fake, 'getUpdates', { offset })).result).toEqual([])
    fake.repeatUpdate()
    expect((await call(fake, 'getUpdates', { offset })).result).toEqual(again.result)
    expect((await call(fake, 'getUpdates', { offset })).result).toEqual([])
  })

  test('posts updates to a webhook with its secret, again when not taken, and does what is answered', async () => {
    const fake = await start({ delivery: { webhookRetryMs: 20 } })
    const ada = startedUser(fake)
    const reply = { method: 'sendMessage', chat_id: ada.id, text: 'by the way' }
    const got: { secret: unknown; id: number }[] = []
    const server = createServer(async (request, response) => {
      const body = (await request.toArray()).join('')
      got.push({ secret: request.headers['x-telegram-bot-api-secret-token'], id: JSON.parse(body).update_id })
      if (got.length === 1) response.writeHead(500).end()
      else response.end(got.length === 3 ? JSON.stringify(reply) : '')
    })
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    stops.push(() => void server.close())
    const { port } = server.address() as AddressInfo
    await telegraf(fake).telegram.setWebhook(`http://127.0.0.1:${port}/`, { secret_token: 's3cret' })
    ada.says(ada.chat, '/help')
    await fake.until(() => fake.messages(ada.chat).at(-1)?.text === 'by the way')
    expect(got.map(({ secret }) => secret)).toEqual(['s3cret', 's3cret', 's3cret'])
    const [first, again, next] = got.map(({ id }) => id)
    expect([again, next]).toEqual([first, Number(first) + 1])
    expect(fake.pendingUpdates).toBe(0)
    expect(fake.breaches).toEqual([])
  })

  test('fails on demand: with an answer, slowly, without an answer, or after having done it', async () => {
    const fake = await start()
    const ada = startedUser(fake)
    const send = () => call(fake, 'sendMessage', { chat_id: ada.id, text: 'x' })
    fake.failNext('sendMessage', { status: 500, times: 2 })
    expect([(await send()).error_code, (await send()).error_code, (await send()).ok]).toEqual([
      500,
      500,
      true,
    ])
    fake.failNext('sendMessage', { delayMs: 50 })
    expect((await send()).ok).toBe(true)
    fake.failNext('sendMessage', { dropConnection: true })
    await expect(send()).rejects.toThrow()
    const before = fake.messages(ada.chat).length
    fake.failNext('sendMessage', { loseAnswer: true })
    await expect(send()).rejects.toThrow()
    expect(fake.messages(ada.chat).length).toBe(before + 1)
  })

  test('shows a bot in privacy mode only what is addressed to it, unless it is an admin', async () => {
    const fake = await start()
    const ada = fake.user({ first_name: 'Ada' })
    const group = fake.group({ members: [ada] })
    const { result } = await call(fake, 'sendMessage', { chat_id: group.id, text: 'hi' })
    const fromBot = fake.messages(group)[0]
    expect(fromBot?.id).toBe(result.message_id)
    const seen = async () => {
      const updates = (await call(fake, 'getUpdates', { offset: 0 })).result
      const id = updates.at(-1)?.update_id ?? 0
      await call(fake, 'getUpdates', { offset: id + 1 })
      return (updates as Json[]).map(({ message }) => message?.text ?? 'service')
    }
    ada.says(group, 'good morning')
    ada.says(group, '/help')
    ada.says(group, '/help@other_bot')
    ada.says(group, '/help@passalong_bot')
    ada.says(group, 'ask @passalong_bot')
    if (fromBot) ada.says(group, 'yes', { replyTo: fromBot })
    expect(await seen()).toEqual(['/help', '/help@passalong_bot', 'ask @passalong_bot', 'yes'])
    fake.addsBot(group, ada, 'administrator')
    ada.says(group, 'good evening')
    expect(await seen()).toEqual(['service', 'good evening'])
    fake.kicksBot(group, ada)
    ada.says(group, '/help')
    expect(await seen()).toEqual(['service'])
    const refused = await call(fake, 'sendMessage', { chat_id: group.id, text: 'hi' })
    expect(refused.description).toBe('Forbidden: bot was kicked from the supergroup chat')
  })

  test('hides anonymous admins behind GroupAnonymousBot, and tells admins by their rights', async () => {
    const fake = await start()
    const ada = fake.user({ first_name: 'Ada' })
    const ben = fake.user({ first_name: 'Ben' })
    const cy = fake.user({ first_name: 'Cy' })
    const group = fake.group({ creator: ada, anonymousAdmins: [ben], members: [cy] })
    const { from, extra } = ben.says(group, '/history')
    expect(from).toEqual(GROUP_ANONYMOUS_BOT)
    expect(extra.sender_chat.id).toBe(group.id)
    const admins = (await call(fake, 'getChatAdministrators', { chat_id: group.id })).result as Json[]
    expect(admins.map(({ status, is_anonymous }) => [status, is_anonymous])).toEqual([
      ['creator', false],
      ['administrator', true],
    ])
    const { telegram } = telegraf(fake)
    expect((await telegram.getChatMember(group.id, cy.id)).status).toBe('member')
    expect((await telegram.getChatMember(group.id, GROUP_ANONYMOUS_BOT.id)).status).toBe('left')
    expect(fake.breaches).toEqual([])
  })

  test('moves a group to a supergroup and says where it went', async () => {
    const fake = await start()
    const ada = fake.user({ first_name: 'Ada' })
    const group = fake.group({ type: 'group', creator: ada })
    const supergroup = fake.migrate(group)
    const refused = await call(fake, 'sendMessage', { chat_id: group.id, text: 'x' })
    expect(refused.description).toBe('Bad Request: group chat was upgraded to a supergroup chat')
    expect(refused.parameters).toEqual({ migrate_to_chat_id: supergroup.id })
    const updates = (await call(fake, 'getUpdates', {})).result as Json[]
    expect(updates.map(({ message }) => message.migrate_to_chat_id ?? message.migrate_from_chat_id)).toEqual([
      supergroup.id,
      group.id,
    ])
    expect(supergroup.members.get(ada.id)?.status).toBe('creator')
  })

  test('keeps topics apart, and shows a plain message in one as a reply to its beginning', async () => {
    const fake = await start()
    const ada = fake.user({ first_name: 'Ada' })
    const forum = fake.group({ isForum: true, members: [ada] })
    const topic = fake.topic(forum, 'Lunch')
    ada.says(forum, '/help', { topic })
    const { message } = (await call(fake, 'getUpdates', {})).result.at(-1)
    expect([message.message_thread_id, message.is_topic_message]).toEqual([topic.id, true])
    expect(message.reply_to_message.forum_topic_created.name).toBe('Lunch')
    await call(fake, 'sendMessage', { chat_id: forum.id, message_thread_id: topic.id, text: 'here' })
    expect(fake.messages(forum).at(-1)?.topic).toBe(topic)
    const lost = await call(fake, 'sendMessage', { chat_id: forum.id, message_thread_id: 999, text: 'x' })
    expect(lost.description).toBe('Bad Request: message thread not found')
  })

  test('carries inline mode, with feedback and without, and edits what was chosen', async () => {
    const fake = await start()
    const chosen: unknown[] = []
    await polling(fake, (bot) => {
      bot.on('inline_query', (ctx) => {
        const input_message_content = { message_text: `20 ${ctx.inlineQuery.chat_type}` }
        const result = {
          type: 'article',
          id: 'r1',
          title: 'Send 20',
          input_message_content,
          reply_markup: COLLECT,
        }
        return ctx.answerInlineQuery([result as never], { is_personal: true, cache_time: 60 })
      })
      bot.on('chosen_inline_result', (ctx) => void chosen.push(ctx.chosenInlineResult.inline_message_id))
      bot.action('collect:1', async (ctx) => {
        await ctx.editMessageText(`collected in ${ctx.inlineMessageId}`)
        await ctx.answerCbQuery('yours')
      })
    })
    const [ada, ben] = [fake.user({ first_name: 'Ada' }), fake.user({ first_name: 'Ben' })]
    const chat = fake.privateChat(ada, ben)
    const { results } = await ada.types('20 lunch', { chat })
    expect(results.map(({ title, query }) => [title, query])).toEqual([['Send 20', '20 lunch']])
    const first = ada.chooses(results[0] as InlineResult, chat)
    expect((await ben.taps(first, 'Collect')).text).toBe('yours')
    expect(first.text).toBe(`collected in ${first.inlineId}`)
    expect(chosen).toEqual([])
    fake.botFather.inlineFeedback = true
    const second = ada.chooses(results[0] as InlineResult, chat)
    await fake.until(() => chosen.length > 0)
    expect(chosen).toEqual([second.inlineId])
    await ada.types('20 lunch', { chat })
    await ben.types('20 lunch', { chat })
    expect(fake.callsOf('answerInlineQuery')).toHaveLength(2)
    expect(fake.breaches).toEqual([])
  })

  test('carries guest messages into chats that the bot is not in', async () => {
    const fake = await start()
    const [ada, ben] = [fake.user({ first_name: 'Ada' }), fake.user({ first_name: 'Ben' })]
    const chat = fake.group({ bot: 'absent', members: [ada, ben] })
    ada.says(chat, '@passalong_bot 20 lunch')
    const [{ guest_message }] = (await call(fake, 'getUpdates', {})).result
    const result = { ...article('r1'), reply_markup: COLLECT }
    const answer = { guest_query_id: guest_message.guest_query_id, result }
    const { result: sent } = await call(fake, 'answerGuestQuery', answer)
    const card = fake.messages(chat).at(-1)
    expect([card?.text, card?.inlineId]).toEqual(['text', sent.inline_message_id])
    expect((await call(fake, 'answerGuestQuery', answer)).description).toMatch(/query is too old/)
    expect(fake.breaches).toEqual([])
  })

  test('takes an answer to a tap once, and not too late', async () => {
    const fake = await start({ patience: { tapMs: 100 } })
    const ada = startedUser(fake)
    await call(fake, 'sendMessage', { chat_id: ada.id, text: 'x', reply_markup: COLLECT })
    const card = fake.messages(ada.chat).at(-1) as Message
    const tapped = ada.taps(card, 'Collect')
    const { callback_query } = (await call(fake, 'getUpdates', {})).result.at(-1)
    const answer = () =>
      call(fake, 'answerCallbackQuery', { callback_query_id: callback_query.id, text: 'ok' })
    expect((await answer()).ok).toBe(true)
    expect(await tapped).toEqual({ text: 'ok', isAlert: false })
    expect((await answer()).description).toMatch(/query is too old/)
    await expect(ada.taps(card, 'Collect')).rejects.toThrow(
      'the bot did not answer the tap on "Collect" of Ada',
    )
  })

  test('shows each person the commands of their scope and language', async () => {
    const fake = await start()
    const [ada, ben] = [
      fake.user({ first_name: 'Ada', language_code: 'de' }),
      fake.user({ first_name: 'Ben' }),
    ]
    const group = fake.group({ admins: [ada], members: [ben] })
    const { telegram } = telegraf(fake)
    const all = [{ command: 'send', description: 'send' }]
    const german = [{ command: 'history', description: 'Verlauf' }]
    await telegram.setMyCommands(all, { scope: { type: 'all_group_chats' } })
    await telegram.setMyCommands(german, { scope: { type: 'all_chat_administrators' }, language_code: 'de' })
    expect(fake.commandsFor(ada, group)).toEqual(german)
    expect(fake.commandsFor(ben, group)).toEqual(all)
    expect(fake.commandsFor(ben, ben.chat)).toEqual([])
    expect(await telegram.getMyCommands({ scope: { type: 'all_group_chats' } })).toEqual(all)
    expect(fake.breaches).toEqual([])
  })

  test('tells the last calls when a wait was in vain', async () => {
    const fake = await start()
    await call(fake, 'sendMessage', { chat_id: 1, text: 'lost' })
    const waited = fake.until(() => false, { timeoutMs: 30 })
    await expect(waited).rejects.toThrow(/sendMessage 400 Bad Request: chat not found .*"lost"/)
  })
})

function button(fields: Record<string, unknown>) {
  return { inline_keyboard: [[{ text: 'x', ...fields }]] }
}

function article(id: string) {
  return { type: 'article', id, title: 'title', input_message_content: { message_text: 'text' } }
}
