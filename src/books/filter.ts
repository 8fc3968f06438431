import { transferState } from '../../db/schema.ts'
import type { TransferState } from '../ledger/commands.ts'
import { cleanText } from '../shared/text.ts'
import { isDay } from '../shared/zones.ts'

/**
 * What a transfer is to its group: out of its treasury, or into it; between people, what gives another one back, what answers an ask,
 * a red packet, or none of these. The first that holds is its kind.
 */
export const KINDS = ['transfer', 'packet', 'payment', 'refund', 'contribution', 'payout'] as const
export type Kind = (typeof KINDS)[number]

/** Which of a group's transfers are meant: those for which all of this holds. */
export interface Filter {
  /** A person's id: they, or who was ever one with them, have sent it, have collected of it, or it is for them. */
  person?: string | undefined
  state?: TransferState | undefined
  asset?: string | undefined
  /** The first and the last day on which it was sent, in the group's time zone: `2026-11-26`. */
  from?: string | undefined
  to?: string | undefined
  kind?: Kind | undefined
  /** Words of its note, in any order; the last one may be the beginning of a word. */
  words?: string | undefined
}

/** A filter with moments as well: `since` is included, `until` is not. */
export interface Wanted extends Filter {
  since?: Date | undefined
  until?: Date | undefined
}

/** A transfer's id: the page of those that were sent before it, or after it. */
export type Cursor = { before: string } | { after: string }

/** A filtered view, as its address tells it. */
export interface Asked {
  filter: Filter
  cursor: Cursor | undefined
  /** What was typed for a person, to be looked up by `findPeopleInGroup`. */
  called: string | undefined
  /** The parts of the address that can't be understood. */
  wrong: { name: string; value: string }[]
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/
const MAX_WORDS = 200
const SEARCHABLE = /[\p{L}\p{N}\p{So}]/u

/** How each part of a filter is read; `undefined`: it can't be understood. */
const PARTS: { [Name in keyof Required<Filter>]: (typed: string) => Filter[Name] } = {
  person: (typed) => (UUID.test(typed) ? typed : undefined),
  state: oneOf(transferState.enumValues),
  asset: (typed) => (typed.length <= 20 && cleanText(typed) === typed ? typed : undefined),
  from: (typed) => (isDay(typed) ? typed : undefined),
  to: (typed) => (isDay(typed) ? typed : undefined),
  kind: oneOf(KINDS),
  words: (typed) => {
    const words = cleanText(typed, MAX_WORDS)
    return words && SEARCHABLE.test(words) ? words : undefined
  },
}

/** Reads a filter, and a place in it, from an address. Parts that are left empty, as forms do, are not there. */
export function readFilter(query: URLSearchParams): Asked {
  const asked: Asked = { filter: {}, cursor: undefined, called: undefined, wrong: [] }
  const seen = new Set<string>()
  for (const [name, value] of query) {
    const typed = value.trim()
    if (!typed) continue
    if (seen.has(name) || !readPart(asked, name, typed)) asked.wrong.push({ name, value })
    seen.add(name)
  }
  const { from, to } = asked.filter
  if (from && to && from > to) asked.wrong.push({ name: 'to', value: to })
  return asked
}

/** The address of a filtered view: `state=open&from=2026-11-01`; empty where nothing is filtered. */
export function writeFilter(filter: Filter, cursor?: Cursor): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries({ ...filter, ...cursor })) if (value) query.set(name, value)
  return query.toString()
}

function readPart(asked: Asked, name: string, typed: string): boolean {
  if (name === 'before' || name === 'after') {
    if (asked.cursor || !UUID.test(typed)) return false
    asked.cursor = name === 'before' ? { before: typed } : { after: typed }
    return true
  }
  if (!isPart(name)) return false
  const value = PARTS[name](typed)
  if (value !== undefined) Object.assign(asked.filter, { [name]: value })
  else if (name === 'person') asked.called = cleanText(typed, MAX_WORDS)
  return value !== undefined || name === 'person'
}

const isPart = (name: string): name is keyof Filter => Object.hasOwn(PARTS, name)

function oneOf<const Value extends string>(values: readonly Value[]) {
  return (typed: string): Value | undefined => values.find((value) => value === typed)
}
