import { openAccessToken } from '../access-token.ts'
import { Undeliverable } from '../messenger.ts'
import { createRetries } from '../retries.ts'

export interface WechatClient {
  /**
   * Calls the API. Temporary failures are retried.
   * @throws WechatRefusal where a retry is of no use
   */
  call<T = unknown>(path: string, json: object): Promise<T>
  /** Uploads a picture. @returns the id by which messages show it, for three days */
  upload(png: Uint8Array<ArrayBuffer>): Promise<string>
  /** Asks for an access token, without retries. */
  ping(): Promise<void>
  /** Drops all calls that wait; those that were sent are finished. */
  stop(): void
}

/** WeChat refuses this very request: the person can't be written to any more, the account has no right to it. */
class WechatRefusal extends Undeliverable {
  code: number
  constructor(path: string, code: number) {
    super(`${path}: ${code}`)
    this.code = code
  }
}

/** WeChat fails, or doesn't take the access token. */
class WechatError extends Error {
  override name = 'WechatError'
  code: number
  constructor(path: string, code: number) {
    super(`${path}: ${code}`)
    this.code = code
  }
}

/** https://developers.weixin.qq.com/doc/offiaccount/Getting_Started/Global_Return_Code.html */
const BAD_TOKEN = new Set([40001, 40014, 42001])
/** Busy, and too many calls in a minute. */
const TEMPORARY = new Set([-1, 45011])
/** An AppID or AppSecret that doesn't exist, or is frozen, and an address that isn't on the account's list. */
const NOT_OURS = new Set([40013, 40125, 40164, 40243, 41002, 41004])

const TIMEOUT_MS = 15_000
/** An access token is renewed so long before it ends, in milliseconds. */
const EARLIER_MS = 5 * 60_000

/** Whether WeChat doesn't take the account's AppID and AppSecret, or not from this address. */
export const isNotOurs = (error: unknown): boolean => error instanceof WechatError && NOT_OURS.has(error.code)

export function createClient({
  appId,
  appSecret,
  apiRoot,
}: {
  appId: string
  appSecret: string
  apiRoot: string
}): WechatClient {
  const end = new AbortController()
  const retried = createRetries({ signal: end.signal, isFinal: isNotOurs })

  const post = (json: object): RequestInit => ({
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(json),
  })

  // This kind leaves a token that another process has taken as it is.
  const token = openAccessToken(async () => {
    const path = '/cgi-bin/stable_token'
    const asked = post({ grant_type: 'client_credential', appid: appId, secret: appSecret })
    const { access_token: value, expires_in: seconds } = await request<Token>(
      path,
      apiRoot + path,
      asked,
    ).catch((error: unknown) => {
      // It says nothing of what was to be sent, so that has to wait.
      throw error instanceof WechatRefusal ? new WechatError(path, error.code) : error
    })
    return { value, until: Date.now() + seconds * 1000 - EARLIER_MS }
  }, isBadToken)

  const within = <T>(path: string, init: () => RequestInit, query = ''): Promise<T> =>
    retried(() =>
      token.use((used) => request<T>(path, `${apiRoot}${path}?access_token=${used}${query}`, init())),
    )

  return {
    call: (path, json) => within(path, () => post(json)),
    async upload(png) {
      const body = () => {
        const form = new FormData()
        form.append('media', new Blob([png], { type: 'image/png' }), 'qr.png')
        return { method: 'POST', body: form }
      }
      return (await within<{ media_id: string }>('/cgi-bin/media/upload', body, '&type=image')).media_id
    },
    ping: token.renew,
    stop() {
      end.abort(new Error('WeChat is being left.'))
    },
  }
}

const isBadToken = (error: unknown): boolean => error instanceof WechatError && BAD_TOKEN.has(error.code)

interface Token {
  access_token: string
  expires_in: number
}

/** What WeChat says of a refusal may repeat a message, which has codes, so that its number alone is told. */
async function request<T>(path: string, url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (!response.ok) throw new WechatError(path, response.status)
  const answer = (await response.json()) as T & { errcode?: number }
  const { errcode = 0 } = answer
  if (errcode === 0) return answer
  throw BAD_TOKEN.has(errcode) || TEMPORARY.has(errcode)
    ? new WechatError(path, errcode)
    : new WechatRefusal(path, errcode)
}
