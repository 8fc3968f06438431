import { LRUCache } from 'lru-cache'
import { openAccessToken } from '../access-token.ts'
import { createChanges } from '../changes.ts'
import { Undeliverable } from '../messenger.ts'
import { createQueues } from '../queues.ts'
import { createRetries } from '../retries.ts'
import { openSlots, type Slots } from '../slots.ts'
import type { FeishuSettings } from './index.ts'

/** What a message shows: https://open.feishu.cn/document/server-docs/im-v1/message-content-description/create_json */
export type Content = { msg_type: 'interactive' | 'post'; content: object }

/** Where a message goes: a person's private chat by their id, a group by its own; in a thread as an answer to one of its messages. */
export interface Address {
  chat: string
  thread?: string | undefined
}

export interface FeishuClient {
  /**
   * Posts a message, after those that wait for the same chat. @returns its id
   * @param uuid of several posts with the same one within an hour Feishu makes one; 50 characters at most
   */
  post(to: Address, content: Content, uuid: string): Promise<string>
  /** Changes what a card shows. Of several changes that wait for one message only the last is made. */
  redraw(message: string, card: object): Promise<void>
  /** Uploads a picture. @returns the key by which cards show it */
  upload(png: Uint8Array<ArrayBuffer>): Promise<string>
  get<T>(path: string, query?: Record<string, string>): Promise<T>
  /** Asks for a new access token, without retries. */
  ping(): Promise<void>
  /** Drops all calls that wait; those that were sent are finished. */
  stop(): void
}

/** Feishu refuses this very request: the bot isn't in the group, may not write to somebody, the message is gone. */
class FeishuRefusal extends Undeliverable {
  code: number
  constructor(what: string, { code }: Failure) {
    super(`${what}: ${code}`)
    this.code = code
  }
}

/** Feishu fails, has had too many calls, or doesn't take the access token. */
class FeishuError extends Error {
  override name = 'FeishuError'
  failure: Failure
  constructor(what: string, failure: Failure) {
    super(`${what}: ${failure.status} ${failure.code}`)
    this.failure = failure
  }
}

/** Feishu doesn't know the app, or its secret. */
export class UnknownApp extends Error {
  override name = 'UnknownApp'
}

interface Failure {
  status: number
  code: number
  /** How long to wait before the next try, in milliseconds. */
  waitMs: number
}

/**
 * Each kind of call may be made 50 times a second and 1,000 times a minute; five messages a second go to one person or group, and five
 * changes to one message. https://open.feishu.cn/document/server-docs/im-v1/message/create
 */
const PER_SECOND = { slots: 45, heldMs: 1050 }
const PER_MINUTE = { slots: 980, heldMs: 60_050 }
const PER_PLACE = { slots: 5, heldMs: 1050 }
const MAX_PLACES = 10_000

const TIMEOUT_MS = 15_000
/** An access token is renewed so long before it ends, in milliseconds. In its last half hour Feishu gives a new one. */
const EARLIER_MS = 10 * 60_000

export function createClient({ appId, appSecret, apiRoot }: FeishuSettings): FeishuClient {
  const end = new AbortController()
  const kinds = new Map<string, Slots[]>()
  const places = new LRUCache<string, Slots>({ max: MAX_PLACES })
  const inOrder = createQueues()
  const retried = createRetries({
    signal: end.signal,
    isFinal: (error) => error instanceof UnknownApp,
    waitOf: (error) => (isTooFast(error) ? error.failure.waitMs : undefined),
  })

  async function fetchToken() {
    const what = 'tenant_access_token'
    const { tenant_access_token: value, expire } = await request<{
      tenant_access_token: string
      expire: number
    }>(what, `${apiRoot}/open-apis/auth/v3/tenant_access_token/internal`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: JSON.stringify({ app_id: appId, app_secret: appSecret }),
    }).catch((error: unknown) => {
      // It says nothing of what was to be sent, so that has to wait.
      throw error instanceof FeishuRefusal ? new UnknownApp(error.message) : error
    })
    return { value, until: Date.now() + expire * 1000 - EARLIER_MS }
  }

  const token = openAccessToken(fetchToken, isBadToken)

  function limitsOf(kind: string): Slots[] {
    const known = kinds.get(kind) ?? [openSlots(PER_MINUTE), openSlots(PER_SECOND)]
    kinds.set(kind, known)
    return known
  }

  function limitOf(place: string): Slots {
    const known = places.get(place) ?? openSlots(PER_PLACE)
    places.set(place, known)
    return known
  }

  /**
   * @param kind of the call, as limits count it
   * @param make makes the request, as late as may be
   * @param place the chat or the message that it writes to, if it does
   */
  function call<T>(kind: string, url: string, make: () => RequestInit, place?: string): Promise<T> {
    const attempt = () =>
      token.use((used) => {
        const init = make()
        const headers = { ...init.headers, authorization: `Bearer ${used}` }
        return request<T>(kind, `${apiRoot}/open-apis${url}`, { ...init, headers })
      })
    const limits = [...(place === undefined ? [] : [limitOf(place)]), ...limitsOf(kind)]
    const limited = limits.reduceRight<() => Promise<T>>(
      (task, slots) => () => slots.use(0, task, end.signal),
      attempt,
    )
    return retried(limited)
  }

  async function send(
    { chat, thread }: Address,
    { msg_type, content }: Content,
    uuid: string,
  ): Promise<string> {
    const message = { msg_type, content: JSON.stringify(content), uuid }
    const path = '/im/v1/messages'
    const { data } = await (thread === undefined
      ? call<Posted>(
          'post',
          `${path}?receive_id_type=${isPerson(chat) ? 'open_id' : 'chat_id'}`,
          () => json('POST', { receive_id: chat, ...message }),
          chat,
        )
      : call<Posted>(
          'reply',
          `${path}/${encodeURIComponent(thread)}/reply`,
          () => json('POST', { reply_in_thread: true, ...message }),
          chat,
        ))
    return data.message_id
  }

  const redraw = createChanges<object>((message, latest) =>
    call<void>(
      'patch',
      `/im/v1/messages/${encodeURIComponent(message)}`,
      () => json('PATCH', { content: JSON.stringify(latest()) }),
      message,
    ),
  )

  return {
    post: (to, content, uuid) =>
      inOrder(to.chat, () =>
        send(to, content, uuid).catch((error: unknown) => {
          // The message that is answered may be gone: the chat itself is next.
          if (!(error instanceof FeishuRefusal) || to.thread === undefined) throw error
          return send({ chat: to.chat }, content, uuid)
        }),
      ),
    redraw,
    async upload(png) {
      const body = new FormData()
      body.append('image_type', 'message')
      body.append('image', new Blob([png], { type: 'image/png' }), 'qr.png')
      const make = () => ({ method: 'POST', body })
      const { data } = await call<{ data: { image_key: string } }>('upload', '/im/v1/images', make)
      return data.image_key
    },
    get(path, query = {}) {
      const search = new URLSearchParams(query)
      const [, kind = ''] = path.split('/', 2)
      return call(kind, `${path}?${search}`, () => ({ method: 'GET' }))
    },
    ping: token.renew,
    stop() {
      end.abort(new Error('Feishu is being left.'))
      for (const slots of [...[...kinds.values()].flat(), ...places.values()]) slots.clear()
    },
  }
}

interface Posted {
  data: { message_id: string }
}

/** Whether an id is that of a person: https://open.feishu.cn/document/home/user-identity-introduction/open-id */
export const isPerson = (id: string): boolean => id.startsWith('ou_')

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' }

const json = (method: string, body: object): RequestInit => ({
  method,
  headers: JSON_TYPE,
  body: JSON.stringify(body),
})

/** @param what stands for the request in errors: what Feishu says of it may repeat a message, which has codes */
async function request<T>(what: string, url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
  const answer = (await response.json().catch(() => ({}))) as { code?: number }
  if (response.ok && answer.code === 0) return answer as T
  const reset = Number(response.headers.get('x-ogw-ratelimit-reset'))
  const failure = {
    status: response.status,
    code: answer.code ?? -1,
    waitMs: reset > 0 ? reset * 1000 : PER_PLACE.heldMs,
  }
  const isTemporary =
    failure.status >= 500 ||
    failure.status === 429 ||
    failure.code < 0 ||
    TOO_FAST.has(failure.code) ||
    BAD_TOKEN.has(failure.code)
  throw isTemporary ? new FeishuError(what, failure) : new FeishuRefusal(what, failure)
}

/** https://open.feishu.cn/document/server-docs/api-call-guide/generic-error-code; 230020 is a limit of messages. */
const TOO_FAST = new Set([99991400, 230020])
const BAD_TOKEN = new Set([99991661, 99991663])

const isTooFast = (error: unknown): error is FeishuError =>
  error instanceof FeishuError && (error.failure.status === 429 || TOO_FAST.has(error.failure.code))

const isBadToken = (error: unknown): boolean =>
  error instanceof FeishuError && BAD_TOKEN.has(error.failure.code)
