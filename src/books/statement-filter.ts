import { type Asked, readFilter, writeFilter } from './filter.ts'
import type { LineCursor, StatementFilter } from './statement.ts'

/** A filtered statement, as its address tells it. */
export interface AskedStatement extends Pick<Asked, 'wrong'> {
  filter: StatementFilter
  cursor: LineCursor | undefined
}

/** Reads a filter of a statement, and a place in it, from an address: as for books, as far as a statement has such parts. */
export function readStatementFilter(query: URLSearchParams): AskedStatement {
  const rest = new URLSearchParams(query)
  const cursor = takeCursor(rest, 'before') ?? takeCursor(rest, 'after')
  const { filter, wrong, cursor: otherCursor } = readFilter(rest)
  const { asset, from, to, ...others } = filter
  const unknown = Object.keys({ ...others, ...otherCursor })
  return {
    filter: { asset, from, to },
    cursor,
    wrong: [...wrong, ...unknown.map((name) => ({ name, value: rest.get(name) ?? '' }))],
  }
}

/** The address of a filtered statement; empty where nothing is filtered. */
export function writeStatementFilter(filter: StatementFilter, cursor?: LineCursor): string {
  const query = new URLSearchParams(writeFilter(filter))
  for (const [name, id] of Object.entries(cursor ?? {})) query.set(name, String(id))
  return query.toString()
}

/** Takes the id of an entry out of an address. What is none stays, and is found there. */
function takeCursor(query: URLSearchParams, name: 'before' | 'after'): LineCursor | undefined {
  const typed = query.get(name) ?? ''
  if (!/^\d{1,18}$/.test(typed)) return undefined
  query.delete(name)
  return name === 'before' ? { before: BigInt(typed) } : { after: BigInt(typed) }
}
