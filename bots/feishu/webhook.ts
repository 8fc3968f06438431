import { Hono } from 'hono'
import { z } from 'zod'
import { inTime } from '../in-time.ts'
import type { Log } from '../log.ts'
import { openOnce } from '../once.ts'
import { limitBody, parsed } from '../webhook.ts'
import { decrypt, isGenuine } from './envelope.ts'

/** Takes events, and the callbacks of buttons. */
const WEBHOOK_PATH = '/feishu/events'

/** An event, or a callback: https://open.feishu.cn/document/server-docs/event-subscription-guide/event-subscriptions/overview */
const Told = z.object({
  schema: z.literal('2.0'),
  header: z.object({
    event_id: z.string().min(1),
    event_type: z.string(),
    app_id: z.string(),
    /** In milliseconds since the epoch; of callbacks in microseconds. */
    create_time: z.coerce.number().optional(),
  }),
  event: z.unknown(),
})
export type Told = z.output<typeof Told>

/** Feishu asks so whether the address is ours when it is entered. It doesn't sign that. */
const Challenge = z.object({ type: z.literal('url_verification'), challenge: z.string() })

interface Sources {
  appId: string
  encryptKey: string
  /** @returns the answer; rejects where it is to come again */
  take(told: Told): Promise<object>
  log: Log
}

/** How long the answer waits for what is done, in milliseconds. Feishu waits for three seconds; then it comes again, and shares the work of before. */
const PATIENCE_MS = 2500
/** For how long the same event is known, in milliseconds. The last of its four redeliveries comes after seven hours. */
const KNOWN_MS = 8 * 60 * 60_000

/**
 * The route that Feishu posts to. Whatever is not encrypted, or not signed of late, by the encrypt key is refused, without a word why: an
 * answer that told it would help to guess. What isn't carried out is answered with 503, so that it comes again.
 */
export function createWebhook({ appId, encryptKey, take, log }: Sources): Hono {
  const once = openOnce<object>(KNOWN_MS)

  return new Hono().post(WEBHOOK_PATH, limitBody(), async (c) => {
    const raw = new Uint8Array(await c.req.arrayBuffer())
    const proof = {
      timestamp: c.req.header('x-lark-request-timestamp'),
      nonce: c.req.header('x-lark-request-nonce'),
      signature: c.req.header('x-lark-signature'),
    }
    const isSigned = isGenuine(raw, proof, encryptKey)
    // Signed wrongly is another thing than not signed.
    if (!isSigned && proof.signature !== undefined) return c.body(null, 401)
    const said = opened(raw, encryptKey)
    const challenge = Challenge.safeParse(said)
    if (challenge.success) return c.json({ challenge: challenge.data.challenge })
    if (!isSigned || said === undefined) return c.body(null, 401)
    const told = Told.safeParse(said)
    if (!told.success) {
      log.error({ messenger: 'feishu', reason: told.error.message }, 'an event could not be read')
      return c.json({})
    }
    // People's ids are those of one app alone.
    if (told.data.header.app_id !== appId) return c.body(null, 401)
    const answer = await inTime(
      PATIENCE_MS,
      once(told.data.header.event_id, () => take(told.data)).catch(() => undefined),
    )
    return answer ? c.json(answer) : c.body(null, 503)
  })
}

const Encrypted = z.object({ encrypt: z.string() })

/** What an encrypted body says; undefined where it is none, or of another key. */
function opened(raw: Uint8Array, key: string): unknown {
  const { data } = Encrypted.safeParse(parsed(raw))
  const text = data && decrypt(data.encrypt, key)
  return text === undefined ? undefined : parsed(text)
}
