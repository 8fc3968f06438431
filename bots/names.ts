import { LRUCache } from 'lru-cache'
import { atMost } from '../src/shared/at-most.ts'
import { inTime } from './in-time.ts'
import { Undeliverable } from './messenger.ts'

/** What people and groups are called, in a messenger that has to be asked for it. Without a name money finds its way all the same: it goes by ids. */
export interface Names<T> {
  /** As far as it is known, or is told within a second. */
  soon(id: string): Promise<T | undefined>
  /** As far as it is known. */
  known(id: string): T | undefined
  /** However long it takes; undefined where the bot may not know it. */
  find(id: string): Promise<T | undefined>
  /** Notes what the messenger has told along with something else. */
  note(id: string, name: T): void
}

const PATIENCE_MS = 1000
/** How long a name is kept, in milliseconds. */
const KEPT_MS = 60 * 60_000
const MOST = 20_000

/** @param look asks the messenger, and throws `Undeliverable` where the bot may not know it */
export function openNames<T>(look: (id: string) => Promise<T | undefined>): Names<T> {
  const names = new LRUCache<string, { name: T | undefined }>({ ...atMost(MOST), ttl: KEPT_MS })
  const asked = new Map<string, Promise<T | undefined>>()

  async function ask(id: string): Promise<T | undefined> {
    try {
      const name = await look(id)
      names.set(id, { name })
      return name
    } catch (error) {
      if (error instanceof Undeliverable) names.set(id, { name: undefined })
      return undefined
    } finally {
      asked.delete(id)
    }
  }

  async function find(id: string): Promise<T | undefined> {
    const known = names.get(id)
    if (known) return known.name
    const answer = asked.get(id) ?? ask(id)
    asked.set(id, answer)
    return answer
  }

  return {
    soon: (id) => inTime(PATIENCE_MS, find(id)),
    known: (id) => names.get(id)?.name,
    find,
    note: (id, name) => void names.set(id, { name }),
  }
}
