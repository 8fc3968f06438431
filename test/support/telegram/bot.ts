/** Small bots with the real telegraf, calls without one, and the people around them, for the fake's own tests. */
import { Telegraf } from 'telegraf'
import { expect, onTestFinished } from 'vitest'
import { type FakeTelegram, type FakeTelegramOptions, type Person, startFakeTelegram } from './index.ts'
import type { Json } from './wire.ts'

/** A fake for the test that runs, stopped when it ends; it must not have failed itself. */
export async function start(options?: FakeTelegramOptions): Promise<FakeTelegram> {
  const fake = await startFakeTelegram(options)
  onTestFinished(async () => {
    await fake.stop()
    expect(fake.breaches.filter((breach) => breach.includes('the fake'))).toEqual([])
  })
  return fake
}

/** A real telegraf bot. */
export function telegraf(fake: FakeTelegram): Telegraf {
  return new Telegraf(fake.token, { telegram: { apiRoot: fake.url, webhookReply: false } })
}

/** A real telegraf bot that polls. */
export async function polling(fake: FakeTelegram, setUp: (bot: Telegraf) => void): Promise<void> {
  const bot = telegraf(fake)
  setUp(bot)
  void bot.launch()
  await fake.until(() => fake.callsOf('getUpdates').length > 0)
  onTestFinished(() => bot.stop())
}

/** A call as our bot makes it: native fetch and FormData. */
export async function call(fake: FakeTelegram, method: string, params: Record<string, unknown>) {
  const form = new FormData()
  for (const [name, value] of Object.entries(params)) {
    if (value instanceof Blob) form.append(name, value, `${name}.png`)
    else form.append(name, typeof value === 'string' ? value : JSON.stringify(value))
  }
  const response = await fetch(`${fake.url}/bot${fake.token}/${method}`, { method: 'POST', body: form })
  return (await response.json()) as Json
}

export const COLLECT = { inline_keyboard: [[{ text: 'Collect', callback_data: 'collect:1' }]] }

export function startedUser(fake: FakeTelegram, first_name = 'Ada'): Person {
  const user = fake.user({ first_name, username: first_name.toLowerCase(), language_code: 'en' })
  user.starts()
  return user
}

export function button(fields: Record<string, unknown>) {
  return { inline_keyboard: [[{ text: 'x', ...fields }]] }
}

export function article(id: string) {
  return { type: 'article', id, title: 'title', input_message_content: { message_text: 'text' } }
}
