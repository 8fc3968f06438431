import { openAccessToken } from '../access-token.ts'
import { Undeliverable } from '../messenger.ts'
import { createRetries } from '../retries.ts'
import { openSlots } from '../slots.ts'

const API = 'https://api.dingtalk.com'
/** Pictures, and what is told of people, are known to the older one of the two APIs alone. */
const OLDER_API = 'https://oapi.dingtalk.com'

/** A company has 20 calls a second of each kind at least; all together stay below that. */
const LIMIT = { slots: 18, heldMs: 1050 }
const TIMEOUT_MS = 15_000
/** An access token is renewed so long before it ends, in milliseconds. */
const EARLIER_MS = 5 * 60_000

/** What somebody waits for goes before the redraw of cards. */
const ANSWER = 1
export const REDRAW = 0

export interface DingtalkClient {
  /**
   * Calls the API, no faster than its limits allow. Temporary failures are retried.
   * @throws DingtalkRefusal where a retry is of no use, DingtalkError or a network error otherwise
   */
  call<T = unknown>(method: 'POST' | 'PUT', path: string, json: object, priority?: number): Promise<T>
  /** Calls the older API, which answers refusals with 200. Throws as `call`. */
  callOlder<T>(path: string, json: object): Promise<T>
  /** How many calls wait for the limits. */
  waiting(): number
  /** Uploads a picture. @returns the id by which cards show it */
  upload(png: Uint8Array<ArrayBuffer>): Promise<string>
  /**
   * Asks for the address of a Stream, with a ticket that opens it once, within 90 seconds.
   * https://opensource.dingtalk.com/developerpedia/docs/learn/stream/protocol
   */
  openStream(topics: readonly string[]): Promise<{ endpoint: string; ticket: string }>
  /** Answers a message at the address that came along with it, without retries: also somebody who has no id in the company. */
  reply(webhook: string, text: string): Promise<void>
  /** Asks for a new access token, without retries. */
  ping(): Promise<void>
  /** Drops all calls that wait; those that were sent are finished. */
  stop(): void
}

/** DingTalk refuses this very request: the bot isn't in the group, the person isn't of the company, the card is gone. */
export class DingtalkRefusal extends Undeliverable {
  status: number
  code: string

  constructor(path: string, { status, code, message }: Failure) {
    super(`${path}: ${code} ${message}`)
    this.status = status
    this.code = code
  }
}

/** DingTalk fails, has had too many calls, or doesn't take the access token. */
class DingtalkError extends Error {
  override name = 'DingtalkError'
  code: string

  constructor(path: string, { status, code, message }: Failure) {
    super(`${path}: ${status} ${code} ${message}`)
    this.code = code
  }
}

interface Failure {
  status: number
  code: string
  message: string
}

export function createClient({
  clientId,
  clientSecret,
  apiRoot,
}: {
  clientId: string
  clientSecret: string
  apiRoot: string | undefined
}): DingtalkClient {
  const api = apiRoot ?? API
  const older = apiRoot ?? OLDER_API
  const limit = openSlots(LIMIT)
  const end = new AbortController()
  const retried = createRetries({
    signal: end.signal,
    waitOf: (error) => (isTooFast(error) ? LIMIT.heldMs : undefined),
  })

  const post = (json: object) => ({
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(json),
  })

  async function fetchToken() {
    const credentials = { appKey: clientId, appSecret: clientSecret }
    const path = '/v1.0/oauth2/accessToken'
    const { accessToken, expireIn } = await request<{ accessToken: string; expireIn: number }>(
      path,
      api + path,
      post(credentials),
    ).catch((error: unknown) => {
      // It says nothing of what was to be sent, so that has to wait.
      throw error instanceof DingtalkRefusal ? new DingtalkError(path, error) : error
    })
    return { value: accessToken, until: Date.now() + expireIn * 1000 - EARLIER_MS }
  }

  const token = openAccessToken(fetchToken, isBadToken)

  /** @param send makes one attempt with a token */
  const within = <T>(priority: number, send: (token: string) => Promise<T>): Promise<T> =>
    retried(() => limit.use(priority, () => token.use(send), end.signal))

  return {
    call: (method, path, json, priority = ANSWER) =>
      within(priority, (token) => {
        const { headers, body } = post(json)
        return request(path, api + path, {
          method,
          headers: { ...headers, 'x-acs-dingtalk-access-token': token },
          body,
        })
      }),
    callOlder: (path, json) =>
      within(ANSWER, (token) => request(path, `${older}${path}?access_token=${token}`, post(json))),
    waiting: limit.waiting,
    upload: (png) =>
      within(ANSWER, async (token) => {
        const body = new FormData()
        body.append('media', new Blob([png], { type: 'image/png' }), 'qr.png')
        const path = '/media/upload'
        const url = `${older}${path}?access_token=${token}&type=image`
        return (await request<{ media_id: string }>(path, url, { method: 'POST', body })).media_id
      }),
    openStream(topics) {
      const path = '/v1.0/gateway/connections/open'
      const subscriptions = topics.map((topic) => ({ type: 'CALLBACK', topic }))
      return request(path, api + path, post({ clientId, clientSecret, subscriptions, ua: 'passalong' }))
    },
    async reply(webhook, content) {
      await request('sessionWebhook', webhook, post({ msgtype: 'text', text: { content } }))
    },
    ping: token.renew,
    stop() {
      end.abort(new Error('DingTalk is being left.'))
      limit.clear()
    },
  }
}

/** @param path stands for the address in errors, as that has secrets */
async function request<T>(path: string, url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
  const { status } = response
  const answer = (await response.json().catch(() => ({}))) as Record<string, unknown>
  const { errcode = 0, errmsg } = answer
  if (response.ok && errcode === 0 && answer.success !== false) return answer as T
  const failure = {
    status,
    code: String(errcode || (answer.code ?? '')),
    message: String(errmsg ?? answer.message ?? ''),
  }
  throw isTemporary(failure) ? new DingtalkError(path, failure) : new DingtalkRefusal(path, failure)
}

/** Codes of the older API are numbers: https://open.dingtalk.com/document/orgapp/server-api-error-codes-1 */
const isTemporary = (failure: Failure): boolean =>
  failure.status >= 500 ||
  failure.status === 429 ||
  TOO_FAST.test(failure.code) ||
  BAD_TOKEN.test(failure.code) ||
  failure.code === '-1'

const TOO_FAST = /QpsLimit|Throttling|^900(0[2-6]|18)$/i
const BAD_TOKEN = /^(InvalidAuthentication|40014|42001)$/

const isTooFast = (error: unknown): error is DingtalkError =>
  error instanceof DingtalkError && TOO_FAST.test(error.code)

const isBadToken = (error: unknown) => error instanceof DingtalkError && BAD_TOKEN.test(error.code)

/** Whether DingTalk doesn't know the app, or its secret. */
export const isBadSecret = (error: unknown): boolean =>
  error instanceof DingtalkRefusal && [400, 401, 403].includes(error.status)
