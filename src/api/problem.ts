import { randomUUID } from 'node:crypto'
import type { Context } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Logger } from 'pino'
import { OutcomeUnknown } from '../ledger/ledger.ts'
import { Refusal } from '../refusal.ts'

/** An RFC 9457 problem document. `code` is stable; `details` are what its sentence is made of. */
export interface Problem {
  type: string
  title: string
  status: number
  detail: string
  code: string
  details?: Record<string, string | number>
  requestId: string
}

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
      },
    })
  }

/** The same for one of many, whose answer stands beside the others'. */
export function problemOf(log: Logger, error: unknown, requestId: string): Problem {
  const problem = describe(error, requestId)
  if (problem.status >= 500) log.error({ err: error, requestId }, problem.title)
  return problem
}

function describe(error: unknown, requestId: string): Problem {
  if (error instanceof Refusal)
    return {
      ...problem(error.status, error.code, error.message, requestId),
      ...(Object.keys(error.details).length > 0 && { details: error.details }),
    }
  // Half a JSON document, or a body that is too large: hono's own words for what the caller did.
  if (error instanceof HTTPException && error.status < 500)
    return describe(new Refusal('invalid_request', { problem: error.message.slice(0, 200) }), requestId)
  if (error instanceof OutcomeUnknown)
    return problem(
      503,
      'outcome_unknown',
      'The connection to the books broke at the last moment. Ask again with the same key: it moves no money twice.',
      requestId,
    )
  return problem(
    500,
    'internal_error',
    'Something went wrong on our side. Ask again with the same key, and tell the operator the request id.',
    requestId,
  )
}

const problem = (status: number, code: string, detail: string, requestId: string): Problem => ({
  type: `urn:passalong:${code}`,
  title: code.replaceAll('_', ' '),
  status,
  detail,
  code,
  requestId,
})
