import qrcode from 'qrcode'
import { Telegraf } from 'telegraf'
import { describe, expect, test } from 'vitest'
import { article, button, COLLECT, call, start, startedUser, telegraf } from './bot.ts'

describe('a fake Telegram', () => {
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

  test('answers 429 to the 21st message within a minute in a group and to the 31st within a second in all', async () => {
    // In windows that a slow machine doesn't outlast; they are over when the test says so.
    const window = {
      enabled: true,
      group: { calls: 20, windowMs: 60_000 },
      overall: { calls: 1000, windowMs: 60_000 },
    }
    const fake = await start({ limits: window })
    const group = fake.group()
    const send = (chat_id: number) => call(fake, 'sendMessage', { chat_id, text: 'x' })
    for (let i = 0; i < 20; i++) expect((await send(group.id)).ok).toBe(true)
    expect(await send(group.id)).toEqual({
      ok: false,
      error_code: 429,
      description: expect.stringMatching(/^Too Many Requests: retry after [1-6]?\d$/),
      parameters: { retry_after: expect.any(Number) },
    })
    fake.limits.group.windowMs = 1
    await fake.until(async () => (await send(group.id)).ok)
    fake.limits.overall.calls = 30
    const people = Array.from({ length: 40 }, (_, i) => startedUser(fake, `user${i}`))
    const sent = await Promise.all(people.map((person) => send(person.id)))
    expect(sent.some(({ error_code }) => error_code === 429)).toBe(true)
    expect(new Set(fake.floods.map(({ over }) => over))).toEqual(new Set(['group', 'overall']))
    expect(fake.messages(group)).toHaveLength(21)
    fake.limits.enabled = false
    for (let i = 0; i < 25; i++) expect((await send(group.id)).ok).toBe(true)
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

  test('tells the last calls when a wait was in vain', async () => {
    const fake = await start()
    await call(fake, 'sendMessage', { chat_id: 1, text: 'lost' })
    const waited = fake.until(() => false, { timeoutMs: 30 })
    await expect(waited).rejects.toThrow(/sendMessage 400 Bad Request: chat not found .*"lost"/)
  })
})
