import type { Operations } from './api.ts'
import { PassalongError } from './error.ts'

/** How long a call is waited for, and how often it is tried again. */
export interface Limits {
  /** Milliseconds that one attempt may take: 30,000 where it is left out. */
  timeout?: number | undefined
  /** How often it is tried again at most, where the network or the service fails: 4 where it is left out. */
  retries?: number | undefined
}

/** Where the service is, and who calls it. */
export interface Settings extends Limits {
  /** Like `https://pass.example.org`. */
  url: string
  /** Made by `passalong token NAME`. Whoever has it can do what you can: it doesn't belong in a browser. */
  token: string
}

/** Of one call. */
export interface CallOptions extends Limits {
  /** Ends the call, its pauses included: it rejects with the signal's reason, and may have been carried out. */
  signal?: AbortSignal | undefined
}

/** An operation of the API, like `GET /v1/asks/{id}`. */
export type Operation = keyof Operations
/** What an operation takes. */
export type Input<O extends Operation> = Omit<Operations[O], 'answer'>
/** What an operation answers. */
export type Answer<O extends Operation> = Operations[O]['answer']

/**
 * Calls any operation. It is tried again where it looks, or has a key: then it is carried out once, however often it is asked for.
 * @throws PassalongError
 */
export type Request = <O extends Operation>(
  operation: O,
  input: Input<O>,
  options?: CallOptions,
) => Promise<Answer<O>>

/** @throws TypeError where the URL or the token is not of the right form */
export function createRequest(settings: Settings): Request {
  const root = rootOf(settings.url)
  const authorization = `Bearer ${checkedToken(settings.token)}`

  return async (operation, input, options = {}) => {
    const { path = {}, query = {}, body } = input as AnyInput
    const { signal } = options
    const timeout = options.timeout ?? settings.timeout ?? 30_000
    const retries = options.retries ?? settings.retries ?? 4
    const [method = '', template = ''] = operation.split(' ')
    const call: Call = {
      method,
      url: root + addressOf(template, path, query),
      requestId: crypto.randomUUID(),
      authorization,
      body: body === undefined ? undefined : JSON.stringify(body),
    }
    const attempts = method === 'GET' || hasKey(body) ? retries + 1 : 1
    for (let attempt = 1; ; attempt++)
      try {
        return (await send(call, timeout, signal)) as never
      } catch (error) {
        if (attempt >= attempts || !(error instanceof PassalongError) || !mayPass(error)) throw error
        await pause(secondsAfter(attempt, error.retryAfter), signal)
      }
  }
}

interface AnyInput {
  path?: Record<string, string | number>
  query?: Record<string, string | number | undefined>
  body?: { key?: string; items?: { key?: string }[] }
}

interface Call {
  method: string
  url: string
  requestId: string
  authorization: string
  body: string | undefined
}

/** Errors of `fetch` would tell what stands in a URL. */
function rootOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    throw new TypeError('The URL has to be where the service is, like https://pass.example.org.')
  return url.href.replace(/\/+$/, '')
}

/** Errors of `fetch` would tell a header that can't be sent. */
function checkedToken(token: string): string {
  if (!/^[\x21-\x7e]+$/.test(token))
    throw new TypeError(
      'The token has to be as `passalong token` has printed it, without blanks and line breaks.',
    )
  return token
}

function addressOf(template: string, path: object, query: object): string {
  const values = new Map<string, unknown>(Object.entries(path))
  const address = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    if (!values.get(name)) throw new TypeError(`It takes ${name}: ${template}`)
    return encodeURIComponent(String(values.get(name)))
  })
  const asked = Object.entries(query).filter(([, value]) => value !== undefined)
  return asked.length > 0 ? `${address}?${new URLSearchParams(asked)}` : address
}

/** Of a batch, each of its items has one. */
const hasKey = (body: AnyInput['body']): boolean =>
  body?.key !== undefined || (body?.items?.every(({ key }) => key !== undefined) ?? false)

async function send(
  { method, url, requestId, authorization, body }: Call,
  timeout: number,
  signal?: AbortSignal,
) {
  signal?.throwIfAborted()
  // Not AbortSignal.any: of a signal that lives long it would keep something of each call.
  const ending = new AbortController()
  const end = () => ending.abort()
  const timer = setTimeout(end, timeout)
  signal?.addEventListener('abort', end)
  try {
    const answer = await fetch(url, {
      method,
      headers: {
        authorization,
        'x-request-id': requestId,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body }),
      // A POST would be followed as a GET.
      redirect: 'manual',
      signal: ending.signal,
    })
    return answerOf(answer, await answer.text(), requestId)
  } catch (cause) {
    if (cause instanceof PassalongError) throw cause
    signal?.throwIfAborted()
    if (ending.signal.aborted)
      throw new PassalongError({
        code: 'timeout',
        detail: `Nothing was answered in ${timeout} ms.`,
        requestId,
      })
    const detail = `The service cannot be reached at ${new URL(url).origin}.`
    throw new PassalongError({ code: 'unreachable', detail, requestId }, { cause })
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', end)
  }
}

function answerOf({ ok, status, headers }: Response, text: string, requestId: string): unknown {
  const said = jsonOf(text)
  if (ok && (said !== undefined || status === 204)) return said
  const retryAfter = Number(headers.get('retry-after')) || undefined
  if (!ok && isProblem(said)) throw new PassalongError({ retryAfter, ...said, status })
  const detail = `What has answered, with status ${status}, is not the API of Passalong. Is the URL right?`
  throw new PassalongError({ code: 'unexpected_answer', detail, status, retryAfter, requestId })
}

/** No error, as that would tell some of the text. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const isProblem = (said: unknown): said is { code: string; detail: string; requestId: string } =>
  typeof said === 'object' && said !== null && 'code' in said && 'detail' in said && 'requestId' in said

/** Whether it may go well the next time: not what a code says that there has been enough of, for today. */
function mayPass({ code, status, retryAfter = 0 }: PassalongError): boolean {
  if (retryAfter > LONGEST_WAIT) return false
  if (status === 429) return code === 'too_many_requests' || code === 'unexpected_answer'
  return status === undefined || status >= 500
}

/** Seconds. Who is told to wait longer hears so at once. */
const LONGEST_WAIT = 60

/** Twice as many after each attempt, up to eight; never less than was asked for, and not all callers at once. */
const secondsAfter = (attempt: number, retryAfter = 0): number =>
  Math.max(retryAfter, Math.min(0.25 * 2 ** attempt, 8)) * (1 + Math.random() / 2)

const pause = (seconds: number, signal?: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const end = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end)
      resolve()
    }, seconds * 1000)
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end, { once: true })
  })
