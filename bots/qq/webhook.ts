import { Hono } from 'hono'
import { z } from 'zod'
import { inTime } from '../in-time.ts'
import type { Log } from '../log.ts'
import { openOnce } from '../once.ts'
import { limitBody, parsed, succeeds } from '../webhook.ts'
import type { Key } from './signature.ts'

/** Takes events. */
const WEBHOOK_PATH = '/qq/events'

/** https://bot.q.qq.com/wiki/develop/api-v2/dev-prepare/interface-framework/event-emit.html */
const Told = z.object({
  op: z.literal(0),
  /** The same, however often it comes. */
  id: z.string().min(1),
  t: z.string(),
  d: z.unknown(),
})
export type Told = z.output<typeof Told>

/** QQ asks so whether the address is ours when it is entered. */
const Asked = z.object({
  op: z.literal(13),
  d: z.object({ plain_token: z.string(), event_ts: z.string() }),
})

interface Sources {
  appId: string
  key: Key
  /** Rejects where it is to come again. */
  take(told: Told): Promise<void>
  log: Log
}

/** How long the answer waits for what is done, in milliseconds. QQ waits for three seconds; then it comes again, and shares the work of before. */
const PATIENCE_MS = 2000
/** For how long the same event is known, in milliseconds. QQ doesn't say for how long it tells one again. */
const KNOWN_MS = 24 * 60 * 60_000

/**
 * The route that QQ posts to. Whatever isn't signed of late by the bot's secret is refused, without a word why, but for the question whether the
 * address is ours. What isn't carried out is answered so, and comes again.
 */
export function createWebhook({ appId, key, take, log }: Sources): Hono {
  const once = openOnce<void>(KNOWN_MS)

  const isDone = async (told: Told): Promise<boolean> =>
    (await inTime(PATIENCE_MS, succeeds(once(told.id, () => take(told))))) ?? false

  return new Hono().post(WEBHOOK_PATH, limitBody(), async (c) => {
    const raw = new Uint8Array(await c.req.arrayBuffer())
    const proof = {
      timestamp: c.req.header('x-signature-timestamp'),
      signature: c.req.header('x-signature-ed25519'),
    }
    const isSigned = key.isGenuine(raw, proof)
    // Signed wrongly is another thing than not signed. Ids of people are those of one bot alone.
    if (!isSigned && proof.signature !== undefined) return c.body(null, 401)
    if ((c.req.header('x-bot-appid') ?? appId) !== appId) return c.body(null, 401)
    const said = parsed(raw)
    const { data: asked } = Asked.safeParse(said)
    if (asked) {
      const { plain_token } = asked.d
      const signature = key.answerTo(asked.d)
      return signature === undefined ? c.body(null, 401) : c.json({ plain_token, signature })
    }
    if (!isSigned) return c.body(null, 401)
    const { data: told, error } = Told.safeParse(said)
    if (!told) log.error({ messenger: 'qq', reason: error.message }, 'an event could not be read')
    return c.json({ op: 12, d: !told || (await isDone(told)) ? 0 : 1 })
  })
}
