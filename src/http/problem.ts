import { randomUUID } from 'node:crypto'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Logger } from 'pino'
import { isUnavailable } from '../../db/unavailable.ts'
import { OutcomeUnknown } from '../ledger/ledger.ts'
import { PayoutFaulty } from '../payouts/pay.ts'
import type { Fault } from '../payouts/plan.ts'
import { CLOSED } from '../shared/closed.ts'
import { type FailureCode, PROBLEMS, type ProblemCode, Refusal } from '../shared/refusal.ts'
import { short } from '../shared/text.ts'
import { givenRequestId } from './request-id.ts'

/** A problem document (RFC 9457). `code` is stable; `details` are the values in its sentence. */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code: ProblemCode
  details?: Record<string, string | number>
  /** What is wrong with a payout, item by item; `row` counts from 1, `null` is the payout as a whole. */
  faults?: { row: number | null; code: ProblemCode; detail: string }[]
  /** Seconds. The header `Retry-After` says the same, but an item of a batch has no header. */
  retryAfter?: number
  requestId: string
}

/** After how many seconds to retry, by status: a peak is over, or a connection to the database is back. */
export const RETRY_AFTER: Readonly<Record<number, number>> = { 429: 1, 503: 2 }

/** Codes that routes share: of amounts, of transfers that are over, of everything that moves money. */
export const CODES = {
  amount: [
    'unknown_asset',
    'asset_unclear',
    'invalid_amount',
    'amount_ambiguous',
    'too_many_decimals',
    'amount_too_small',
    'too_many_shares',
  ],
  closed: ['transfer_not_found', ...CLOSED],
  moves: ['key_reused', 'outcome_unknown'],
} as const satisfies Record<string, readonly ProblemCode[]>

/**
 * The id of a request, for the log and the caller: the one that the caller sent, or a new one. Only failed requests get one, as
 * another header would make every answer slower.
 */
export function requestIdOf(c: Context): string {
  const id: string = c.get('requestId') ?? givenRequestId(c.req.header('x-request-id')) ?? randomUUID()
  c.set('requestId', id)
  return id
}

/** Answers an error with its problem document. An error that isn't a refusal is logged, and nothing of it is shown. */
export const answerProblem =
  (log: Logger) =>
  (error: unknown, c: Context): Response => {
    const requestId = requestIdOf(c)
    const problem = problemOf(log, error, requestId)
    // Not by `c.body`, which makes a `Headers` object: there can be very many refusals at once.
    return new Response(JSON.stringify(problem), {
      status: problem.status,
      headers: {
        'content-type': 'application/problem+json',
        'x-request-id': requestId,
        ...(problem.code === 'unauthorized' && { 'www-authenticate': 'Bearer' }),
        ...(problem.retryAfter !== undefined && { 'retry-after': String(problem.retryAfter) }),
        // Closed, as new connections are accepted one by one: so fast retries can't overload the process.
        ...(closes(problem) && { connection: 'close' }),
      },
    })
  }

/** Whether so much is asked that whoever asks has to connect anew. */
const closes = ({ status, code }: Problem) => status === 429 || code === 'overloaded'

/** The problem document of an error, which is logged where its status is 500 or more. */
export function problemOf(log: Logger, error: unknown, requestId: string): Problem {
  const problem = describe(error, requestId)
  // That it is overloaded is logged where it begins.
  if (problem.status >= 500 && problem.code !== 'overloaded')
    log.error({ err: error, requestId }, problem.title)
  const retryAfter = (error instanceof Refusal && error.retryAfter) || RETRY_AFTER[problem.status]
  return retryAfter ? { ...problem, retryAfter } : problem
}

function describe(error: unknown, requestId: string): Problem {
  if (error instanceof Refusal)
    return {
      ...problem(error.code, requestId, error.message),
      ...(Object.keys(error.details).length > 0 && { details: error.details }),
      ...(error instanceof PayoutFaulty && { faults: error.faults.map(faultShown) }),
    }
  // Hono's own refusals, such as of malformed JSON.
  if (error instanceof HTTPException && error.status < 500)
    return describe(new Refusal('invalid_request', { problem: short(error.message, 200) }), requestId)
  return problem(failureOf(error), requestId)
}

const faultShown = ({ row, code, details }: Fault) => ({
  row,
  code,
  detail: new Refusal(code, details).message,
})

/** The code of an error that is not the caller's fault. */
function failureOf(error: unknown): FailureCode {
  if (error instanceof OutcomeUnknown) return 'outcome_unknown'
  return isUnavailable(error) ? 'unavailable' : 'internal_error'
}

/** Makes a problem document. @param detail by default the code's own sentence */
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
