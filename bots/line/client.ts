import { Undeliverable } from '../messenger.ts'
import { createRetries } from '../retries.ts'
import { openSlots } from '../slots.ts'
import type { FlexMessage, TextMessage } from './card.ts'

export type LineMessage = FlexMessage | TextMessage

export interface LineClient {
  /**
   * Answers an event, which costs nothing.
   * @throws SpentToken where that has been answered, or it is too late to
   */
  reply(token: string, message: LineMessage): Promise<void>
  /**
   * Writes to a person, or in a group; each who reads it counts against what may be sent in a month.
   * @param key a UUID: of several with the same one within a day LINE sends one
   */
  push(to: string, message: LineMessage, key: string): Promise<void>
  get<T>(path: string): Promise<T>
  /** Shows somebody in their private chat that an answer is on its way, until it is there. */
  showLoading(person: string): Promise<void>
  /** Who the bot is. Asked once, without retries. */
  whoAmI(): Promise<{ userId: string; basicId: string }>
  /** Drops all calls that wait; those that were sent are finished. */
  stop(): void
}

/** LINE refuses this very request: the bot isn't in the group, nobody has that id, there is nothing left to send this month. */
class LineRefusal extends Undeliverable {
  constructor(what: string, status: number, why = '') {
    super(`${what}: ${status}${why}`)
  }
}

/** A reply token that was used, or is too old. */
export class SpentToken extends Error {
  override name = 'SpentToken'
}

/** LINE fails, has had too many calls, or doesn't take the access token. */
class LineError extends Error {
  override name = 'LineError'
  status: number
  constructor(what: string, status: number) {
    super(`${what}: ${status}`)
    this.status = status
  }
}

/** LINE takes 100 calls of the strictest kind a second: https://developers.line.biz/en/reference/messaging-api/#rate-limits */
const LIMIT = { slots: 95, heldMs: 1000 }
const TIMEOUT_MS = 15_000
const TOO_FAST_MS = 1000

export function createClient({ accessToken, apiRoot }: { accessToken: string; apiRoot: string }): LineClient {
  const limit = openSlots(LIMIT)
  const end = new AbortController()
  const retried = createRetries({
    signal: end.signal,
    isFinal: (error) => error instanceof SpentToken,
    waitOf: (error) => (isTooFast(error) ? TOO_FAST_MS : undefined),
  })

  /** @param path after `/v2/bot` */
  function request<T>(what: string, path: string, init: RequestInit = {}): Promise<T> {
    const attempt = () =>
      send<T>(what, `${apiRoot}/v2/bot${path}`, {
        ...init,
        headers: { ...init.headers, authorization: `Bearer ${accessToken}` },
      })
    return limit.use(0, attempt, end.signal)
  }

  return {
    async reply(replyToken, message) {
      let mayBeSent = false
      await retried(async () => {
        try {
          await request('reply', '/message/reply', json({ replyToken, messages: [message] }))
        } catch (error) {
          if (error instanceof SpentToken && mayBeSent) return
          // Its answer was lost: where the token isn't taken again, that one has used it.
          mayBeSent ||= !isTooFast(error)
          throw error
        }
      })
    },
    async push(to, message, key) {
      const { headers, ...init } = json({ to, messages: [message] })
      const asked = { ...init, headers: { ...headers, 'x-line-retry-key': key } }
      await retried(() => request('push', '/message/push', asked))
    },
    get: (path) => retried(() => request('get', path)),
    async showLoading(chatId) {
      await request('loading', '/chat/loading/start', json({ chatId, loadingSeconds: 5 }))
    },
    whoAmI: () => request('info', '/info'),
    stop() {
      end.abort(new Error('LINE is being left.'))
      limit.clear()
    },
  }
}

/** Whether LINE doesn't take the channel's access token. */
export const isBadToken = (error: unknown): boolean => error instanceof LineError && error.status === 401

const isTooFast = (error: unknown): boolean => error instanceof LineError && error.status === 429

const json = (body: object) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
})

/** @param what stands for the request in errors: what LINE says of it may repeat a message, which has codes */
async function send<T>(what: string, url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
  const { status } = response
  // An attempt before was taken: https://developers.line.biz/en/docs/messaging-api/retrying-api-request/
  if (response.ok || (what === 'push' && status === 409)) return (await response.json()) as T
  const { message = '' } = (await response.json().catch(() => ({}))) as { message?: string }
  if (status === 400 && /reply token/i.test(message)) throw new SpentToken()
  if (status === 429 && /monthly/i.test(message))
    throw new LineRefusal(what, status, ', this month’s are used up')
  if (status >= 500 || status === 401 || status === 408 || status === 429) throw new LineError(what, status)
  throw new LineRefusal(what, status)
}
