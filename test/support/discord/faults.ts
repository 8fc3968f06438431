import type { HttpBindings } from '@hono/node-server'
import type { Context } from 'hono'

/** How the next calls to a route go wrong. */
export type Fault = {
  /** For how many calls (1). */
  times?: number
  /** Milliseconds before anything else happens; with neither `status` nor `cut` the call is only late. */
  delay?: number
  /** 429, or any 4xx or 5xx. */
  status?: number
  /** Seconds, for a 429 (1). */
  retryAfter?: number
  /** A 429 for all routes together. */
  global?: boolean
  /** Discord's error code and words, for a 4xx. */
  code?: number
  message?: string
  /** The connection is cut instead of an answer. */
  cut?: boolean
  /** The call takes effect, and only its answer goes wrong. */
  applied?: boolean
}

export class Faults {
  /** How all calls go wrong. */
  always: Fault | undefined
  #waiting: { pattern: string; left: number; fault: Fault }[] = []

  /** `pattern` is a method and a route, as `POST /channels/{channel_id}/messages` (names don't matter), or `*`. */
  add(pattern: string, fault: Fault): void {
    this.#waiting.push({ pattern: nameless(pattern), left: fault.times ?? 1, fault })
  }

  next(call: string): Fault | undefined {
    if (this.always) return this.always
    const found = this.#waiting.find(
      ({ pattern, left }) => left > 0 && (pattern === '*' || pattern === nameless(call)),
    )
    if (found) found.left -= 1
    return found?.fault
  }
}

function nameless(route: string): string {
  return route.replace(/\{\w+\}/g, '{}')
}

export function failed(c: Context<{ Bindings: HttpBindings }>, fault: Fault): Response {
  if (fault.cut) {
    c.env.incoming.socket.destroy()
    return c.body(null, 500)
  }
  const status = (fault.status ?? 500) as 400 | 429 | 500
  if (status !== 429)
    return c.json(
      { message: fault.message ?? `${status}: the fake was told to fail`, code: fault.code ?? 0 },
      status,
    )
  const seconds = fault.retryAfter ?? 1
  const scope = fault.global ? 'global' : 'user'
  // Discord rounds Retry-After up to whole seconds; it is exact here so that tests need not wait for a second.
  c.header('Retry-After', String(seconds))
  c.header('X-RateLimit-Scope', scope)
  if (fault.global) c.header('X-RateLimit-Global', 'true')
  else {
    c.header('X-RateLimit-Limit', '5')
    c.header('X-RateLimit-Remaining', '0')
    c.header('X-RateLimit-Reset', String(Date.now() / 1000 + seconds))
    c.header('X-RateLimit-Reset-After', String(seconds))
    c.header('X-RateLimit-Bucket', 'fake')
  }
  return c.json(
    { message: 'You are being rate limited.', retry_after: seconds, global: fault.global ?? false, code: 0 },
    429,
  )
}
