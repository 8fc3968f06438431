import { openAccessToken } from '../access-token.ts'
import { Undeliverable } from '../messenger.ts'
import { createRetries } from '../retries.ts'
import type { QqSettings } from './index.ts'

/** What a message answers: one of a person, or an event. */
export type Source = { msg_id: string } | { event_id: string }

/** Where to: a person's private chat with the bot, or a group. */
export type Place = { user: string } | { group: string }

export interface QqClient {
  /**
   * Answers in a chat.
   * @param turn which answer to the same source it is: of several with the same one QQ sends one
   */
  answer(to: Place, source: Source, turn: number, content: Content): Promise<void>
  /** Has QQ fetch a picture for somebody. @returns what a message shows it by */
  fetchPicture(user: string, url: string): Promise<string>
  /** Asks for a new access token, without retries. */
  ping(): Promise<void>
  /** Drops all calls that wait; those that were sent are finished. */
  stop(): void
}

/** https://bot.q.qq.com/wiki/develop/api-v2/server-inter/message/send-receive/send.html */
type Content =
  | { msg_type: 0; content: string }
  | { msg_type: 7; content: string; media: { file_info: string } }

/** QQ refuses this very request: it is too late to answer, or that was done too often. */
class QqRefusal extends Undeliverable {
  code: number
  constructor(what: string, code: number, why = '') {
    super(`${what}: ${code}${why}`)
    this.code = code
  }
}

/** QQ fails, has had too many calls, or doesn't take the access token. */
class QqError extends Error {
  override name = 'QqError'
  isBadToken: boolean
  constructor(what: string, status: number, code: number) {
    super(`${what}: ${status} ${code}`)
    this.isBadToken = status === 401
  }
}

/** QQ doesn't know the bot, or its secret. */
export class UnknownBot extends Error {
  override name = 'UnknownBot'
}

const TIMEOUT_MS = 15_000
/** An access token is renewed so long before it ends, in milliseconds. In its last minute QQ gives a new one. */
const EARLIER_MS = 50_000
/** Who answers twice in the same turn is told so: the first one has arrived. */
const DUPLICATE = 40054005
/** A message with a link to a site that was not entered for the bot. */
const NO_SUCH_LINKS = new Set([304003, 40054010])

export function createClient({ appId, appSecret, apiRoot }: QqSettings): QqClient {
  const end = new AbortController()
  const retried = createRetries({
    signal: end.signal,
    isFinal: (error) => error instanceof UnknownBot,
  })
  const tokenRoot = apiRoot.endsWith('.qq.com') ? 'https://bots.qq.com' : apiRoot

  const token = openAccessToken(async () => {
    const what = 'getAppAccessToken'
    const asked = json({ appId, clientSecret: appSecret })
    const answer = await request<{ access_token?: string; expires_in?: number | string }>(
      what,
      `${tokenRoot}/app/${what}`,
      asked,
    )
    if (!answer.access_token) throw new UnknownBot()
    return { value: answer.access_token, until: Date.now() + Number(answer.expires_in) * 1000 - EARLIER_MS }
  }, isBadToken)

  const post = <T>(what: string, path: string, body: object): Promise<T> =>
    retried(() =>
      token.use((used) => {
        const { headers, ...init } = json(body)
        return request<T>(what, apiRoot + path, {
          ...init,
          headers: { ...headers, authorization: `QQBot ${used}` },
        })
      }),
    )

  return {
    async answer(to, source, turn, content) {
      const path = 'user' in to ? `/v2/users/${to.user}` : `/v2/groups/${to.group}`
      try {
        await post('messages', `${path}/messages`, { ...content, ...source, msg_seq: turn })
      } catch (error) {
        if (!(error instanceof QqRefusal && error.code === DUPLICATE)) throw error
      }
    },
    async fetchPicture(user, url) {
      // Sent by that call itself it would count as a message that answers none.
      const asked = { file_type: 1, url, srv_send_msg: false }
      return (await post<{ file_info: string }>('files', `/v2/users/${user}/files`, asked)).file_info
    },
    ping: token.renew,
    stop: () => end.abort(new Error('QQ is being left.')),
  }
}

const isBadToken = (error: unknown): boolean => error instanceof QqError && error.isBadToken

const json = (body: object) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

/** @param what stands for the request in errors: what QQ says of it may repeat a message, which has codes */
async function request<T>(what: string, url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
  const { status } = response
  if (response.ok) return (await response.json()) as T
  const { code = 0, err_code } = (await response.json().catch(() => ({}))) as {
    code?: number
    err_code?: number
  }
  const why = err_code ?? code
  if (status >= 500 || status === 401 || status === 408 || status === 429)
    throw new QqError(what, status, why)
  throw new QqRefusal(what, why, NO_SUCH_LINKS.has(why) ? NO_LINKS : '')
}

const NO_LINKS = ', links to PUBLIC_URL are not entered at https://q.qq.com, 开发设置 → 消息URL配置'
