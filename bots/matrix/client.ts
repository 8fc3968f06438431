import { randomUUID } from 'node:crypto'
import { Undeliverable } from '../messenger.ts'
import { createQueues } from '../queues.ts'
import { createRetries } from '../retries.ts'
import type { MatrixSettings } from './index.ts'

/** https://spec.matrix.org/latest/client-server-api/ */
export interface MatrixClient {
  get<T>(path: string[], query?: Record<string, string>): Promise<T>
  put<T>(path: string[], body: object): Promise<T>
  post<T>(path: string[], body: object): Promise<T>
  /**
   * Asks for what has happened, and waits for it. Without retries.
   * @param since where the answer before has ended; undefined: what there is now
   */
  sync(since: string | undefined, filter: object, signal: AbortSignal): Promise<unknown>
  /**
   * Sends a message, after those that wait for the same room. @returns the event's id
   * @param transaction of several messages with the same one the homeserver sends one
   */
  send(room: string, content: object, transaction?: string): Promise<string>
  /** Uploads a picture. @returns its `mxc:` address */
  upload(png: Uint8Array<ArrayBuffer>): Promise<string>
  /** Who the bot is. Asked once, without retries. */
  whoAmI(): Promise<string>
  /** Drops all calls that wait; those that were sent are finished. */
  stop(): void
}

/** The homeserver refuses this very request: the bot isn't in the room, may not write there, there is no such thing. */
export class MatrixRefusal extends Undeliverable {
  status: number
  constructor(what: string, status: number, code: string) {
    super(`${what}: ${status} ${code}`)
    this.status = status
  }
}

/** The homeserver fails, has had too many calls, or doesn't take the access token. */
class MatrixError extends Error {
  override name = 'MatrixError'
  status: number
  /** How long to wait before the next try, in milliseconds; undefined where it hasn't had too many calls. */
  waitMs: number | undefined
  constructor(what: string, status: number, code: string, waitMs?: number) {
    super(`${what}: ${status} ${code}`)
    this.status = status
    this.waitMs = waitMs
  }
}

const API = '/_matrix/client/v3'
const TIMEOUT_MS = 20_000
/** How long the homeserver keeps a question about what has happened, in milliseconds. */
const POLL_MS = 30_000
const TOO_FAST_MS = 1000

export function createClient({ homeserver, accessToken }: MatrixSettings): MatrixClient {
  const end = new AbortController()
  const inOrder = createQueues()
  const retried = createRetries({
    signal: end.signal,
    isFinal: isBadToken,
    waitOf: (error) => (error instanceof MatrixError ? error.waitMs : undefined),
  })

  const request = <T>(
    what: string,
    path: string,
    init: RequestInit = {},
    signal = AbortSignal.timeout(TIMEOUT_MS),
  ) =>
    send<T>(what, `${homeserver}${path}`, {
      ...init,
      headers: { ...init.headers, authorization: `Bearer ${accessToken}` },
      signal,
    })

  const call = <T>(method: string, path: string[], query: Record<string, string>, body?: object) =>
    retried(() =>
      request<T>(nameOf(path), `${pathOf(path)}?${new URLSearchParams(query)}`, {
        method,
        ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      }),
    )

  return {
    get: (path, query = {}) => call('GET', path, query),
    put: (path, body) => call('PUT', path, {}, body),
    post: (path, body) => call('POST', path, {}, body),
    sync(since, filter, signal) {
      const query = new URLSearchParams({
        filter: JSON.stringify(filter),
        timeout: since === undefined ? '0' : String(POLL_MS),
        ...(since !== undefined && { since }),
      })
      const late = AbortSignal.timeout(POLL_MS + TIMEOUT_MS)
      return request('sync', `${API}/sync?${query}`, {}, AbortSignal.any([signal, late]))
    },
    send: (room, content, transaction = randomUUID()) =>
      inOrder(room, async () => {
        const path = ['rooms', room, 'send', 'm.room.message', transaction]
        const { event_id } = await call<{ event_id: string }>('PUT', path, {}, content)
        return event_id
      }),
    async upload(png) {
      const { content_uri } = await retried(() =>
        request<{ content_uri: string }>('upload', '/_matrix/media/v3/upload?filename=qr.png', {
          method: 'POST',
          headers: { 'content-type': 'image/png' },
          body: png,
        }),
      )
      return content_uri
    },
    async whoAmI() {
      const { user_id } = await request<{ user_id: string }>('whoami', `${API}/account/whoami`)
      return user_id
    },
    stop: () => end.abort(new Error('Matrix is being left.')),
  }
}

/** Whether the homeserver doesn't take the access token. */
export const isBadToken = (error: unknown): boolean => error instanceof MatrixError && error.status === 401

/** What stands for a call in errors: ids in a path are of no use there. */
const nameOf = ([first = '', , third = '']: string[]): string =>
  ['rooms', 'user'].includes(first) ? third : first

const pathOf = (path: string[]): string => [API, ...path.map(encodeURIComponent)].join('/')

/** @param what stands for the request in errors: what the homeserver says of it may repeat a message, which has codes */
async function send<T>(what: string, url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, init)
  const { status } = response
  if (response.ok) return (await response.json()) as T
  const { errcode, retry_after_ms: ms } = (await response.json().catch(() => ({}))) as {
    errcode?: unknown
    retry_after_ms?: unknown
  }
  const code = /^[A-Z\d_.]{1,60}$/.exec(String(errcode))?.[0] ?? ''
  if (status === 429) throw new MatrixError(what, status, code, waitIn(response, ms))
  if (status >= 500 || status === 401 || status === 408) throw new MatrixError(what, status, code)
  throw new MatrixRefusal(what, status, code)
}

/** https://spec.matrix.org/latest/client-server-api/#rate-limiting */
function waitIn({ headers }: Response, retryAfterMs: unknown): number {
  const told = Number(headers.get('retry-after') ?? Number.NaN) * 1000
  if (Number.isFinite(told)) return told
  return typeof retryAfterMs === 'number' && Number.isFinite(retryAfterMs) ? retryAfterMs : TOO_FAST_MS
}
