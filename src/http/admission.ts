import type { Context, MiddlewareHandler } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Grant } from '../access/scopes.ts'
import type { Core } from '../core.ts'
import { Refusal } from '../shared/refusal.ts'

/**
 * The client whose bearer token a request carries, and what it may do.
 * @throws Refusal `unauthorized`, `token_ended`
 */
export async function grantOf(core: Core, c: Context): Promise<Grant> {
  const token = /^Bearer ([\w-]{20,200})$/i.exec(c.req.header('authorization') ?? '')?.[1]
  const grant = token && (await core.tokens.grantOf(token))
  if (!grant) throw new Refusal('unauthorized')
  return grant
}

/** The most bytes of a request's body. */
export const MAX_BYTES = 64 * 1024
/** The most bytes of the body of a batch. */
export const MAX_BATCH_BYTES = 1024 * 1024

/**
 * Refuses a larger body with `invalid_request`. `Content-Length` is trusted, as the server reads no further than it says; counting
 * the bytes would cost a stream.
 */
export function limitBody(mostBytes: number): MiddlewareHandler {
  const tooLarge = () => {
    throw new Refusal('invalid_request', { problem: `more than ${mostBytes} bytes` })
  }
  const counted = bodyLimit({ maxSize: mostBytes, onError: tooLarge })
  return (c, next) => {
    const length = c.req.header('content-length')
    if (length === undefined || c.req.header('transfer-encoding') !== undefined) return counted(c, next)
    return Number(length) > mostBytes ? tooLarge() : next()
  }
}
