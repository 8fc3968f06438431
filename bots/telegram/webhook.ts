import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Update } from 'telegraf/types'
import type { Log } from '../log.ts'

export const WEBHOOK_PATH = '/telegram/webhook'

/** The secret that Telegram sends with each update; the same in every process that has the bot's token. */
export const webhookSecret = (token: string): string =>
  createHmac('sha256', token).update('webhook secret').digest('hex')

/**
 * The largest update that is read, in bytes: five times what the longest message with the longest quotation can have, in
 * emoji that are escaped as `\ud83d\ude00` and with hundreds of entities.
 */
const MAX_BYTES = 1024 * 1024

/**
 * The route that Telegram posts updates to. A failed update is answered with 500, so that Telegram sends it again. An
 * unreadable one is answered with 200 and logged: Telegram would send it for ever, and hold back its chat's next ones.
 * @param handle rejects where the update is to come again
 */
export function createWebhook(secret: string, handle: (update: Update) => Promise<void>, log: Log): Hono {
  const discard = (c: Context, reason: string) => {
    const requestId = randomUUID()
    log.error({ requestId, reason, bytes: c.req.header('content-length') }, 'an update could not be read')
    return c.body(null, 200, { 'x-request-id': requestId })
  }
  const isFromTelegram: MiddlewareHandler = async (c, next) => {
    const shown = c.req.header('x-telegram-bot-api-secret-token') ?? ''
    if (!timingSafeEqual(digest(shown), digest(secret))) return c.body(null, 401)
    await next()
  }
  const isReadable = bodyLimit({ maxSize: MAX_BYTES, onError: (c) => discard(c, 'it is too large') })

  return new Hono().post(WEBHOOK_PATH, isFromTelegram, isReadable, async (c) => {
    const update = await c.req.json<Update | null>().catch(() => null)
    if (typeof update?.update_id !== 'number') return discard(c, 'it is no update')
    try {
      await handle(update)
      return c.body(null, 200)
    } catch {
      return c.body(null, 500)
    }
  })
}

const digest = (text: string) => createHash('sha256').update(text).digest()
