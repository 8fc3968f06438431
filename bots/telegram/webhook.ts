import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import { Hono } from 'hono'
import type { Update } from 'telegraf/types'

export const WEBHOOK_PATH = '/telegram/webhook'

/** What Telegram has to show; the same in every process that has the bot's token. */
export const webhookSecret = (token: string): string =>
  createHmac('sha256', token).update('webhook secret').digest('hex')

/** Takes updates from Telegram; one that could not be handled is answered with 500, so that it comes again. */
export function createWebhook(secret: string, take: (update: Update) => Promise<void>): Hono {
  return new Hono().post(WEBHOOK_PATH, async (c) => {
    const shown = c.req.header('x-telegram-bot-api-secret-token') ?? ''
    if (!timingSafeEqual(digest(shown), digest(secret))) return c.body(null, 401)
    try {
      await take(await c.req.json<Update>())
      return c.body(null, 200)
    } catch {
      return c.body(null, 500)
    }
  })
}

const digest = (text: string) => createHash('sha256').update(text).digest()
