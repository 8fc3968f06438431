import { type Context, Hono } from 'hono'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { atMost } from '../../src/shared/at-most.ts'
import { inTime } from '../in-time.ts'
import type { Log } from '../log.ts'
import { openOnce } from '../once.ts'
import { limitBody, parsed, succeeds } from '../webhook.ts'
import { isGenuine } from './signature.ts'

/** Where Slack posts to, as the app's manifest says. */
export const PATHS = {
  events: '/slack/events',
  commands: '/slack/commands',
  interactivity: '/slack/interactivity',
} as const

/** An event: https://docs.slack.dev/apis/events-api/#callback-field */
const Event = z.object({
  type: z.literal('event_callback'),
  team_id: z.string().min(1),
  event_id: z.string().min(1),
  /** In seconds since the epoch. */
  event_time: z.number().optional(),
  /** The workspaces in which the bot may know of it, one of them. */
  authorizations: z.array(z.object({ team_id: z.string().nullish() })).optional(),
  event: z.looseObject({ type: z.string() }),
})
export type Event = z.output<typeof Event>

/** Slack asks so whether the address is ours when it is entered: https://docs.slack.dev/reference/events/url_verification */
const Challenge = z.object({ type: z.literal('url_verification'), challenge: z.string().max(500) })
const Limited = z.object({ type: z.literal('app_rate_limited') })

interface Sources {
  signingSecret: string
  /** Whether the bot can take anything now. */
  isOpen(): boolean
  /** Ends when what it says is done; rejects where it is to come again. */
  takeEvent(event: Event): Promise<void>
  /** Takes a command, by its form. It isn't waited for. */
  takeCommand(form: Record<string, string>): void
  /** Takes a tap, a shortcut or a form. It isn't waited for. */
  takeInteraction(payload: unknown): void
  log: Log
}

/** How long the answer to an event waits for what is done, in milliseconds. Slack waits for three seconds; then it comes again, and shares the work of before. */
const PATIENCE_MS = 2500
/** For how long the same event is known, in milliseconds. The last of its three redeliveries comes after five minutes or an hour. */
const KNOWN_MS = 2 * 60 * 60_000
/** For how long a signature is good, in milliseconds. */
const SIGNED_MS = 11 * 60_000

/**
 * The routes that Slack posts to. Whatever is not signed of late is refused, without a word why. Commands and taps are acknowledged at once, and
 * answered after it; an event that isn't carried out is answered with 503, so that it comes again.
 */
export function createWebhook({ signingSecret, isOpen, log, ...take }: Sources): Hono {
  /** By the id of the event. */
  const once = openOnce<void>(KNOWN_MS)
  /** Signatures of what was taken: the same one again is a copy. */
  const seen = new LRUCache<string, true>({ ...atMost(50_000), ttl: SIGNED_MS })

  /** The bytes of a request, where Slack has signed them. */
  async function signed(c: Context): Promise<Buffer | undefined> {
    const raw = Buffer.from(await c.req.arrayBuffer())
    const proof = {
      timestamp: c.req.header('x-slack-request-timestamp'),
      signature: c.req.header('x-slack-signature'),
    }
    return isGenuine(raw, proof, signingSecret) ? raw : undefined
  }

  /** A route that acknowledges at once, and what then takes the form. */
  const acknowledge = (takeForm: (form: Record<string, string>) => void) => async (c: Context) => {
    const raw = await signed(c)
    if (!raw) return c.body(null, 401)
    if (!isOpen()) return c.body(null, 503)
    const signature = c.req.header('x-slack-signature') ?? ''
    if (!seen.has(signature)) {
      seen.set(signature, true)
      takeForm(Object.fromEntries(new URLSearchParams(raw.toString('utf8'))))
    }
    return c.body(null, 200)
  }

  async function answerEvent(c: Context) {
    const raw = await signed(c)
    if (!raw) return c.body(null, 401)
    const said = parsed(raw)
    const challenge = Challenge.safeParse(said)
    if (challenge.success) return c.json({ challenge: challenge.data.challenge })
    if (Limited.safeParse(said).success) {
      log.warn({ messenger: 'slack' }, 'Slack tells of no more than 30,000 events an hour; some are lost')
      return c.body(null, 200)
    }
    const event = Event.safeParse(said)
    if (!event.success) {
      log.error({ messenger: 'slack', reason: event.error.message }, 'an event could not be read')
      return c.body(null, 200)
    }
    if (!isOpen()) return c.body(null, 503)
    const done = once(event.data.event_id, () => take.takeEvent(event.data))
    const isDone = await inTime(PATIENCE_MS, succeeds(done))
    return c.body(null, isDone ? 200 : 503)
  }

  return new Hono()
    .post(PATHS.events, limitBody(), answerEvent)
    .post(PATHS.commands, limitBody(), acknowledge(take.takeCommand))
    .post(
      PATHS.interactivity,
      limitBody(),
      acknowledge(({ payload }) => take.takeInteraction(parsed(payload ?? ''))),
    )
}
