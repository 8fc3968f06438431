import { randomUUID } from 'node:crypto'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Logger } from 'pino'
import { isUnavailable } from '../../db/unavailable.ts'
import { OutcomeUnknown } from '../ledger/ledger.ts'
import { CLOSED } from '../shared/closed.ts'
import { type FailureCode, PROBLEMS, type ProblemCode, Refusal } from '../shared/refusal.ts'

/** An RFC 9457 problem document. `code` is stable; `details` are what its sentence is made of. */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code: ProblemCode
  details?: Record<string, string | number>
  /** Seconds: also what the header `Retry-After` says, but one of many in a batch has no header. */
  retryAfter?: number
  requestId: string
}

/** In how many seconds it is worth asking again: a crowd has passed, a connection to the database is there again. */
export const RETRY_AFTER: Readonly<Record<number, number>> = { 429: 1, 503: 2 }

/** Codes that come together: of what reads an amount, of a transfer that came to its end, of all that moves money. */
export const CODES = {
  amount: [
    'unknown_asset',
    'asset_unclear',
    'invalid_amount',
    'amount_ambiguous',
    'too_many_decimals',
    'amount_too_small',
  ],
  closed: ['transfer_not_found', ...CLOSED],
  moves: ['key_reused', 'too_many_requests', 'outcome_unknown'],
} as const satisfies Record<string, readonly ProblemCode[]>

/**
 * Names a request where something has to be told of it: by the caller's own id, or by a new one. Answers that went well
 * carry none, as a header more costs each of them.
 */
export function requestIdOf(c: Context): string {
  const given = c.req.header('x-request-id')
  const id: string = c.get('requestId') ?? (given && /^[\w-]{8,255}$/.test(given) ? given : randomUUID())
  c.set('requestId', id)
  return id
}

/** Turns what was thrown into a problem document. What isn't a refusal is logged, and told nothing of. */
export const answerProblem =
  (log: Logger) =>
  (error: unknown, c: Context): Response => {
    const requestId = requestIdOf(c)
    const problem = problemOf(log, error, requestId)
    // Not by `c.body`, which makes an object of headers where there is more than one: a crowd's refusals are many.
    return new Response(JSON.stringify(problem), {
      status: problem.status,
      headers: {
        'content-type': 'application/problem+json',
        'x-request-id': requestId,
        ...(problem.code === 'unauthorized' && { 'www-authenticate': 'Bearer' }),
        ...(problem.retryAfter !== undefined && { 'retry-after': String(problem.retryAfter) }),
        // New connections are let in one by one: who asks again and again can't keep the process from its work.
        ...(problem.status === 429 && { connection: 'close' }),
      },
    })
  }

/** The same for one of many, whose answer stands beside the others'. */
export function problemOf(log: Logger, error: unknown, requestId: string): Problem {
  const problem = describe(error, requestId)
  if (problem.status >= 500) log.error({ err: error, requestId }, problem.title)
  const retryAfter = (error instanceof Refusal && error.retryAfter) || RETRY_AFTER[problem.status]
  return retryAfter ? { ...problem, retryAfter } : problem
}

function describe(error: unknown, requestId: string): Problem {
  if (error instanceof Refusal)
    return {
      ...problem(error.code, requestId, error.message),
      ...(Object.keys(error.details).length > 0 && { details: error.details }),
    }
  // Half a JSON document, or a body that is too large: hono's own words for what the caller did.
  if (error instanceof HTTPException && error.status < 500)
    return describe(new Refusal('invalid_request', { problem: error.message.slice(0, 200) }), requestId)
  return problem(failureOf(error), requestId)
}

/** The code of what is no fault of the caller's. */
function failureOf(error: unknown): FailureCode {
  if (error instanceof OutcomeUnknown) return 'outcome_unknown'
  return isUnavailable(error) ? 'unavailable' : 'internal_error'
}

/** A problem document; its detail is the code's own sentence where there is no better one. */
export const problem = (
  code: ProblemCode,
  requestId: string,
  detail: string = PROBLEMS[code][1],
): Problem => ({
  type: `urn:passalong:${code}`,
  title: code.replaceAll('_', ' '),
  status: PROBLEMS[code][0],
  detail,
  code,
  requestId,
})
