import { hc } from 'hono/client'
import type { Api } from '../src/api/app.ts'

/** The typed client of the API, the bots' only way to the core. */
export type ApiClient = ReturnType<typeof connectApi>

/**
 * Connects to the API.
 * @param url of the core; inside the core's own process it may be any
 * @param fetch sends a request: over HTTP, or by a call of the app
 */
export function connectApi(url: string, token: string, fetch: typeof globalThis.fetch = globalThis.fetch) {
  // Named one by one: Hono's client is a proxy that makes routes on access, so spreading it gives nothing.
  const {
    asks,
    assets,
    chats,
    claims,
    deliveries,
    feedback,
    groups,
    'identity-links': identityLinks,
    issues,
    links,
    messengers,
    offers,
    payouts,
    people,
    requests,
    tickets,
    transfers,
  } = encoding(hc<Api>(url, { fetch, headers: { authorization: `Bearer ${token}` } }).v1)
  return {
    asks,
    assets,
    chats,
    claims,
    deliveries,
    feedback,
    groups,
    'identity-links': identityLinks,
    issues,
    links,
    messengers,
    offers,
    payouts,
    people,
    requests,
    tickets,
    transfers,
    /** The QR code of a transfer's link, or the picture to pass on, as the bytes of an image. */
    async picture(
      code: string,
      file: 'qr.png' | 'qr.svg' | 'card.png',
      language: string,
    ): Promise<Uint8Array<ArrayBuffer>> {
      const response = await fetch(`${url}/c/${code}/${file}`, { headers: { 'accept-language': language } })
      if (!response.ok) throw new Error(`The picture of a transfer was answered with ${response.status}.`)
      return new Uint8Array(await response.arrayBuffer())
    },
  }
}

/** Encodes path parameters: Hono's client puts them into the path as they are, and ids may hold a slash. */
function encoding<T extends object>(client: T): T {
  return new Proxy(client, {
    get(_, name) {
      const part: unknown = Reflect.get(client, name)
      return typeof part === 'function' ? encoding(part) : part
    },
    apply(_, self, [options, ...rest]: [{ param?: Record<string, string> } | undefined]) {
      const named = Object.entries(options?.param ?? {})
      const param = Object.fromEntries(named.map(([name, value]) => [name, encodeURIComponent(value)]))
      return Reflect.apply(client as () => unknown, self, [{ ...options, param }, ...rest])
    },
  })
}

/** A refusal of the core. `code` is stable; `details` are put into the sentence that people read. */
export class Refused extends Error {
  override name = 'Refused'
  code: string
  details: Record<string, string | number>

  constructor(problem: { code: string; detail: string; details?: Record<string, string | number> }) {
    super(problem.detail)
    this.code = problem.code
    this.details = problem.details ?? {}
  }
}

interface Answer<T> {
  ok: boolean
  status: number
  json(): Promise<T>
}

/**
 * The body of a successful answer; undefined where it has none.
 * @throws Refused where the core has refused the request
 */
export async function body<T>(request: Promise<Answer<T>>): Promise<T> {
  const answer = await request
  if (answer.ok) return answer.status === 204 ? (undefined as T) : answer.json()
  throw new Refused((await answer.json()) as ConstructorParameters<typeof Refused>[0])
}

/** A transfer with its code and link. */
export type TransferView = Awaited<
  ReturnType<Awaited<ReturnType<ApiClient['transfers'][':id']['$get']>>['json']>
>
/** A transfer that is made when somebody confirms or taps it. */
export type Offer = Awaited<ReturnType<Awaited<ReturnType<ApiClient['offers'][':id']['$get']>>['json']>>
/** A payment out of a treasury to many. */
export type PayoutView = Awaited<ReturnType<Awaited<ReturnType<ApiClient['payouts'][':id']['$get']>>['json']>>
/** What somebody asks others for. */
export type AskView = Awaited<ReturnType<Awaited<ReturnType<ApiClient['asks'][':id']['$get']>>['json']>>
/** A transfer as histories show it. */
export type AskerView = Awaited<
  ReturnType<Awaited<ReturnType<ApiClient['transfers'][':id']['askers']['$get']>>['json']>
>['items'][number]

export type Item = Omit<TransferView, 'code' | 'link'>
/** A group's rules, with what they can be of. */
export type RulesOfGroup = Awaited<
  ReturnType<Awaited<ReturnType<ApiClient['groups'][':messenger'][':id']['rules']['$get']>>['json']>
>
export type Rules = RulesOfGroup['rules']
/** What rules would have refused. */
export type Rehearsal = Awaited<
  ReturnType<
    Awaited<ReturnType<ApiClient['groups'][':messenger'][':id']['rules']['rehearse']['$post']>>['json']
  >
>
