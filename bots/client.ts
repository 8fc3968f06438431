import { hc } from 'hono/client'
import type { Api } from '../src/api/app.ts'

/** The typed client of the API: what a bot knows of the core. */
export type ApiClient = ReturnType<typeof connectApi>

/**
 * @param url where the core listens; inside the core's own process any address will do
 * @param fetch how a request reaches it: over HTTP, or straight into the app
 */
export function connectApi(url: string, token: string, fetch: typeof globalThis.fetch = globalThis.fetch) {
  // Each by its name: the client makes its routes as they are asked for, so it has none to be spread.
  const {
    assets,
    chats,
    claims,
    deliveries,
    groups,
    issues,
    messengers,
    offers,
    people,
    requests,
    tickets,
    transfers,
  } = encoding(hc<Api>(url, { fetch, headers: { authorization: `Bearer ${token}` } }).v1)
  return {
    assets,
    chats,
    claims,
    deliveries,
    groups,
    issues,
    messengers,
    offers,
    people,
    requests,
    tickets,
    transfers,
    /** The QR picture of a transfer's link. */
    async picture(code: string, type: 'png' | 'svg' = 'png'): Promise<Uint8Array<ArrayBuffer>> {
      const response = await fetch(`${url}/c/${code}/qr.${type}`)
      if (!response.ok) throw new Error(`The picture of a transfer was answered with ${response.status}.`)
      return new Uint8Array(await response.arrayBuffer())
    },
  }
}

/** Has path parameters encoded: Hono's client puts them into the path as they are, and ids may hold a slash. */
function encoding<T extends object>(client: T): T {
  return new Proxy(client, {
    get(_, name) {
      const part: unknown = Reflect.get(client, name)
      return typeof part === 'function' ? encoding(part) : part
    },
    apply(_, self, [asked, ...rest]: [{ param?: Record<string, string> } | undefined]) {
      const named = Object.entries(asked?.param ?? {})
      const param = Object.fromEntries(named.map(([name, value]) => [name, encodeURIComponent(value)]))
      return Reflect.apply(client as () => unknown, self, [{ ...asked, param }, ...rest])
    },
  })
}

/** The core said no: `code` is stable, and `details` are what its sentence is made of. */
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
 * The body of an answer that went well.
 * @throws Refused where the core refused
 */
export async function body<T>(asked: Promise<Answer<T>>): Promise<T> {
  const answer = await asked
  if (answer.ok) return answer.status === 204 ? (undefined as T) : answer.json()
  throw new Refused((await answer.json()) as ConstructorParameters<typeof Refused>[0])
}

export type TransferView = Awaited<
  ReturnType<Awaited<ReturnType<ApiClient['transfers'][':id']['$get']>>['json']>
>
export type Offer = Awaited<ReturnType<Awaited<ReturnType<ApiClient['offers'][':id']['$get']>>['json']>>
export type Item = Omit<TransferView, 'code' | 'link'>
