import type { KnownBlock, ModalView } from '@slack/types'
import { LRUCache } from 'lru-cache'
import { createChanges } from '../changes.ts'
import { Undeliverable } from '../messenger.ts'
import { createQueues } from '../queues.ts'
import { createRetries } from '../retries.ts'
import { openSlots, type Slots } from '../slots.ts'
import { parsed } from '../webhook.ts'
import { messageIn } from './ids.ts'
import type { Installations } from './installations.ts'

/** What a message shows, and in words where that can't be shown, as in a notification. */
export interface Content {
  text: string
  blocks: KnownBlock[]
}

/** A conversation, by Slack's own id, in private by the person's; in a thread by the message that it hangs on. */
export interface Address {
  workspace: string
  channel: string
  thread?: string | undefined
}

export interface SlackClient {
  /** Posts a message, after those that wait for the same conversation. @returns its id */
  post(to: Address, content: Content): Promise<string>
  /** Says something in a conversation that one person alone sees. */
  whisper(to: Address, user: string, content: Content): Promise<void>
  /** Changes what a message shows. Of several changes that wait for one message only the last is made. */
  redraw(workspace: string, message: string, content: Content): Promise<void>
  openForm(workspace: string, trigger: string, view: ModalView): Promise<void>
  /** Calls a method that answers something, as a bot in a workspace. */
  ask<T>(workspace: string, method: string, args: Record<string, string>): Promise<T>
  /**
   * Answers what somebody did, at the address that came with it.
   * @throws SlackRefusal where that has been used too often, or too late
   */
  respond(url: string, answer: Content & { replace_original: boolean }): Promise<void>
  /** Drops all calls that wait; those that were sent are finished. */
  stop(): void
}

/** Slack refuses this very request: the bot isn't in the channel, the message is gone. */
class SlackRefusal extends Undeliverable {
  code: string
  constructor(what: string, code: string) {
    super(`${what}: ${code}`)
    this.code = code
  }
}

/** Slack fails, has had too many calls, or doesn't take the token, which says nothing of what was to be done. */
class SlackError extends Error {
  override name = 'SlackError'
  code: string
  /** How long to wait before the next try, in milliseconds, where there were too many calls. */
  waitMs: number | undefined
  constructor(what: string, code: string, waitMs?: number) {
    super(`${what}: ${code}`)
    this.code = code
    this.waitMs = waitMs
  }
}

/**
 * How often each method may be called in a minute, for each workspace: https://docs.slack.dev/apis/web-api/rate-limits. It tells the least that a
 * method may have.
 */
const PER_MINUTE: Record<string, number> = {
  'chat.postMessage': 200,
  'chat.postEphemeral': 100,
  'chat.update': 50,
  'conversations.open': 50,
  'conversations.info': 50,
  'conversations.members': 100,
  'users.info': 100,
  'views.open': 100,
}
const MINUTE_MS = 60_050
/** One message a second may be posted in a conversation. */
const PER_CHANNEL = { slots: 1, heldMs: 1050 }
const MAX_CHANNELS = 10_000

const TIMEOUT_MS = 15_000

export function createClient(apiRoot: string, installations: Installations): SlackClient {
  const end = new AbortController()
  const methods = new LRUCache<string, Slots>({ max: MAX_CHANNELS })
  const channels = new LRUCache<string, Slots>({ max: MAX_CHANNELS })
  const inOrder = createQueues()
  const retried = createRetries({ signal: end.signal, isFinal: isBadToken, waitOf })

  function slotsOf(
    known: LRUCache<string, Slots>,
    key: string,
    limit: Parameters<typeof openSlots>[0],
  ): Slots {
    const slots = known.get(key) ?? openSlots(limit)
    known.set(key, slots)
    return slots
  }

  /**
   * @param make makes the arguments, as late as may be
   * @param channel where it posts to, if it does
   */
  function call<T>(
    workspace: string,
    method: string,
    make: () => Record<string, string>,
    channel?: string,
  ): Promise<T> {
    const attempt = async () => {
      const installation = await installations.of(workspace)
      if (!installation) throw new Undeliverable('the workspace has not installed the app')
      return request<T>(method, `${apiRoot}/${method}`, {
        method: 'POST',
        headers: { authorization: `Bearer ${installation.token}` },
        body: new URLSearchParams(make()),
      }).catch((error: unknown) => {
        if (isBadToken(error)) installations.drop(workspace)
        throw error
      })
    }
    const slots = PER_MINUTE[method]
    const limits = [
      ...(channel === undefined ? [] : [slotsOf(channels, `${workspace} ${channel}`, PER_CHANNEL)]),
      ...(slots ? [slotsOf(methods, `${workspace} ${method}`, { slots, heldMs: MINUTE_MS })] : []),
    ]
    const limited = limits.reduceRight<() => Promise<T>>(
      (task, limit) => () => limit.use(0, task, end.signal),
      attempt,
    )
    return retried(limited)
  }

  const redraw = createChanges<Content>(async (key, latest) => {
    const [workspace = '', message = ''] = key.split(' ')
    const [channel = '', ts = ''] = message.split(':')
    await call(workspace, 'chat.update', () => ({ channel, ts, ...shown(latest()) }))
  })

  return {
    post: ({ workspace, channel, thread }, content) =>
      inOrder(`${workspace} ${channel}`, async () => {
        const place = { channel, ...(thread && { thread_ts: thread }), ...NO_PREVIEWS }
        const post = (what: Content) =>
          call<{ channel: string; ts: string }>(
            workspace,
            'chat.postMessage',
            () => ({ ...place, ...shown(what) }),
            channel,
          )
        const posted = await post(content).catch((error: unknown) => {
          const plain = withoutPictures(content)
          // Slack refuses a message whose picture it can't fetch.
          if (!(error instanceof SlackRefusal && error.code === 'invalid_blocks') || !plain) throw error
          return post(plain)
        })
        return messageIn(posted.channel, posted.ts)
      }),
    async whisper({ workspace, channel, thread }, user, content) {
      const args = { channel, user, ...(thread && { thread_ts: thread }), ...shown(content) }
      await call(workspace, 'chat.postEphemeral', () => args)
    },
    redraw: (workspace, message, content) => redraw(`${workspace} ${message}`, content),
    async openForm(workspace, trigger_id, view) {
      await call(workspace, 'views.open', () => ({ trigger_id, view: JSON.stringify(view) }))
    },
    ask: (workspace, method, args) => call(workspace, method, () => args),
    respond: (url, { text, blocks, replace_original }) =>
      retried(() =>
        request('response_url', url, {
          method: 'POST',
          headers: { 'content-type': 'application/json; charset=utf-8' },
          body: JSON.stringify({ response_type: 'ephemeral', replace_original, text, blocks }),
        }),
      ),
    stop() {
      end.abort(new Error('Slack is being left.'))
      for (const slots of [...methods.values(), ...channels.values()]) slots.clear()
    },
  }
}

/** Slack would fetch each link that a card has. */
const NO_PREVIEWS = { unfurl_links: 'false', unfurl_media: 'false' }

const shown = ({ text, blocks }: Content) => ({ text, blocks: JSON.stringify(blocks) })

function withoutPictures({ text, blocks }: Content): Content | undefined {
  const others = blocks.filter(({ type }) => type !== 'image')
  return others.length < blocks.length ? { text, blocks: others } : undefined
}

/**
 * Makes a call, without retries. What Slack says of a failed one isn't logged, but for its code: it may repeat a message.
 * @param what stands for the request in errors
 */
export async function request<T>(what: string, url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
  const text = await response.text()
  if (response.status === 429)
    throw new SlackError(what, '429', Number(response.headers.get('retry-after') ?? 1) * 1000)
  if (response.status >= 500) throw new SlackError(what, String(response.status))
  const answer = parsed(text) as { ok: boolean; error?: string } | undefined
  // Addresses for answers say `ok`, or in a word why not.
  if (response.ok && (answer?.ok || text === 'ok')) return answer as T
  const code = answer?.error ?? (/^\w{1,40}$/.test(text) ? text : String(response.status))
  throw TEMPORARY.has(code) || BAD_TOKEN.has(code) ? new SlackError(what, code) : new SlackRefusal(what, code)
}

/** https://docs.slack.dev/reference/methods/chat.postMessage, and the pages of the other methods, list the codes of errors. */
const TEMPORARY = new Set([
  'fatal_error',
  'internal_error',
  'ratelimited',
  'rate_limited',
  'request_timeout',
  'service_unavailable',
])
const BAD_TOKEN = new Set([
  'account_inactive',
  'invalid_auth',
  'not_authed',
  'token_expired',
  'token_revoked',
])

/** Whether Slack says that it doesn't know a token. */
export const isBadToken = (error: unknown): boolean =>
  error instanceof SlackError && BAD_TOKEN.has(error.code)

const waitOf = (error: unknown): number | undefined =>
  error instanceof SlackError ? error.waitMs : undefined
