import { createHmac, timingSafeEqual } from 'node:crypto'
import { Hono } from 'hono'
import { inTime } from '../in-time.ts'
import type { Log } from '../log.ts'
import { openOnce } from '../once.ts'
import { limitBody, parsed, succeeds } from '../webhook.ts'
import { Event, Told } from './events.ts'

/** Takes events. */
const WEBHOOK_PATH = '/line/events'

interface Sources {
  channelSecret: string
  /** The id of the bot; undefined before LINE has told it. */
  own(): string | undefined
  /** Rejects where it is to come again. */
  take(event: Event): Promise<void>
  log: Log
}

/** How long the answer waits for what is done, in milliseconds. LINE waits for some two seconds; then it comes again, and shares the work of before. */
const PATIENCE_MS = 1000
/** For how long the same event is known, in milliseconds. LINE doesn't say for how long it tells one again. */
const KNOWN_MS = 24 * 60 * 60_000

/**
 * The route that LINE posts to. Whatever the channel's secret hasn't signed is refused, without a word why. What isn't carried out is
 * answered with 503, so that it comes again.
 */
export function createWebhook({ channelSecret, own, take, log }: Sources): Hono {
  const once = openOnce<void>(KNOWN_MS)

  async function takeAll(events: unknown[]): Promise<boolean> {
    const done = events.map(async (one) => {
      const { data: event, error } = Event.safeParse(one)
      if (event) return once(event.webhookEventId, () => take(event))
      log.error({ messenger: 'line', reason: error?.message }, 'an event could not be read')
    })
    return (await inTime(PATIENCE_MS, succeeds(Promise.all(done)))) ?? false
  }

  return new Hono().post(WEBHOOK_PATH, limitBody(), async (c) => {
    const raw = new Uint8Array(await c.req.arrayBuffer())
    if (!isGenuine(raw, c.req.header('x-line-signature'), channelSecret)) return c.body(null, 401)
    const { data: told, error } = Told.safeParse(parsed(raw))
    if (!told) {
      log.error({ messenger: 'line', reason: error.message }, 'what LINE tells could not be read')
      return c.body(null, 200)
    }
    const self = own()
    if (self === undefined) return c.body(null, 503)
    // Ids of people are those of the bot's own provider.
    if (told.destination !== self) return c.body(null, 401)
    return c.body(null, (await takeAll(told.events)) ? 200 : 503)
  })
}

/**
 * Whether whoever has sent these bytes knows the channel's secret. It counts the bytes as they came: JSON that is written anew may
 * differ from what was signed. https://developers.line.biz/en/docs/messaging-api/verify-webhook-signature/
 */
function isGenuine(raw: Uint8Array, signature: string | undefined, secret: string): boolean {
  const due = createHmac('sha256', secret).update(raw).digest()
  const given = Buffer.from(signature ?? '', 'base64')
  return given.length === due.length && timingSafeEqual(given, due)
}
