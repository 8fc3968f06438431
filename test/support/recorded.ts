import type { ViewWithCode } from '../../src/transfers/view.ts'

/** What was asked of the API, and all of the answer that a caller may build on. */
export interface Recorded {
  ask: string
  /** As it was sent, or how it began. */
  body?: string
  status: number
  headers: Record<string, string>
  answer?: unknown
}

/** Asks the API, keeps what is recorded, and answers the body. */
export type Ask = <T = ViewWithCode>(
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<T>

/**
 * An answer without the members that were added since it was recorded. What is missing, changed or in another order stays
 * to be seen.
 */
export function withoutAdditions(recorded: unknown, answered: unknown): unknown {
  if (Array.isArray(recorded) && Array.isArray(answered))
    return answered.map((one, index) => (index in recorded ? withoutAdditions(recorded[index], one) : one))
  if (!isObject(recorded) || !isObject(answered)) return answered
  return Object.fromEntries(
    Object.entries(answered).flatMap(([name, value]) =>
      name in recorded ? [[name, withoutAdditions(recorded[name], value)]] : [],
    ),
  )
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Text in which what differs from one run to the next has a name instead, given in the order of appearance. */
export function withStableNames(text: string): string {
  const names = new Map<string, string>()
  return text
    .replaceAll(TIME, 'TIME')
    .replaceAll(UUID, (id) => nameFor(id, 'ID'))
    .replaceAll(TICKET, (ticket) => nameFor(ticket, 'TICKET'))
    .replaceAll(CODE, (code) => nameFor(code, 'CODE'))
    .replaceAll(ENTRY, (entry) => nameFor(entry, 'ENTRY'))

  function nameFor(value: string, kind: string): string {
    const name =
      names.get(value) ?? `${kind}-${[...names.values()].filter((one) => one.startsWith(kind)).length + 1}`
    names.set(value, name)
    return name
  }
}

const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g
const UUID = /\b[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}\b/g
/** A cursor is the number of an entry, and a sweep may have written one meanwhile. */
const ENTRY = /(?<="next": "|[?&]cursor=)\d+/g
const TICKET = /(?<="ticket": ")[\w-]+/g
/** Also at the end of a link, and in a body, where the quotation marks are escaped. */
const CODE = /(?<=["/])[\w-]{30,31}(?=\\?")/g
