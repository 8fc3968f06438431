import { createHash, createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Update } from 'telegraf/types'
import type { Log } from '../sentences.ts'

export const WEBHOOK_PATH = '/telegram/webhook'

/** What Telegram has to show; the same in every process that has the bot's token. */
export const webhookSecret = (token: string): string =>
  createHmac('sha256', token).update('webhook secret').digest('hex')

/**
 * The most bytes of an update. The longest text that answers the longest one, both of emoji that are written as `\ud83d\ude00`
 * and with hundreds of entities, have a fifth of that.
 */
const MOST_BYTES = 1024 * 1024

/**
 * Takes updates from Telegram. One that could not be handled is answered with 500, so that it comes again; one that can't be
 * read is let go, as nothing that is said after it in its chat would come before it is taken.
 */
export function createWebhook(secret: string, take: (update: Update) => Promise<void>, log: Log): Hono {
  const letGo = (c: Context, reason: string) => {
    const requestId = randomUUID()
    log.error({ requestId, reason, bytes: c.req.header('content-length') }, 'an update could not be read')
    return c.body(null, 200, { 'x-request-id': requestId })
  }
  const isKnown: MiddlewareHandler = async (c, next) => {
    const shown = c.req.header('x-telegram-bot-api-secret-token') ?? ''
    if (!timingSafeEqual(digest(shown), digest(secret))) return c.body(null, 401)
    await next()
  }
  const isReadable = bodyLimit({ maxSize: MOST_BYTES, onError: (c) => letGo(c, 'it is too large') })

  return new Hono().post(WEBHOOK_PATH, isKnown, isReadable, async (c) => {
    const update = await c.req.json<Update | null>().catch(() => null)
    if (typeof update?.update_id !== 'number') return letGo(c, 'it is no update')
    try {
      await take(update)
      return c.body(null, 200)
    } catch {
      return c.body(null, 500)
    }
  })
}

const digest = (text: string) => createHash('sha256').update(text).digest()
