import type { Problem } from './api.ts'

/**
 * Why a call failed: a code of the service, or one of those that come from here: `unreachable`, `timeout`, and `unexpected_answer`, where
 * something else has answered than the service. A newer service may know more.
 */
export type ErrorCode = Problem['code'] | 'unreachable' | 'timeout' | 'unexpected_answer' | (string & {})

/** A call that failed. It holds nothing of what was sent: neither the token nor the code of a transfer. */
export class PassalongError extends Error {
  override readonly name = 'PassalongError'
  /** Stable: made to be compared with. */
  readonly code: ErrorCode
  /** The HTTP status; undefined where nothing was answered. */
  readonly status: number | undefined
  /** A sentence, in English; `message` is the same. */
  readonly detail: string
  /** What the sentence is made of: amounts are decimal strings. */
  readonly details: Readonly<Record<string, string | number>>
  /** With `payout_faulty`: what is wrong with it, by row. */
  readonly faults: NonNullable<Problem['faults']>
  /** After how many seconds to ask again, where that helps. */
  readonly retryAfter: number | undefined
  /** By which the operator finds the call in the service's log. */
  readonly requestId: string

  constructor(failure: Failure, options?: ErrorOptions) {
    super(failure.detail, options)
    this.code = failure.code
    this.status = failure.status
    this.detail = failure.detail
    this.details = failure.details ?? {}
    this.faults = failure.faults ?? []
    this.retryAfter = failure.retryAfter
    this.requestId = failure.requestId
  }
}

interface Failure extends Pick<Problem, 'detail' | 'details' | 'faults' | 'requestId'> {
  code: ErrorCode
  status?: number
  retryAfter?: number | undefined
}
