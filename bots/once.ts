import { LRUCache } from 'lru-cache'
import { atMost } from '../src/shared/at-most.ts'

/** The most that is known at once. */
const MOST = 50_000

/**
 * Does what a messenger tells once, however often it tells it: whoever comes again shares the work, and has its answer. What has failed
 * is done anew.
 * @param knownMs for how long that is known, in milliseconds: as long as the messenger may tell it again
 */
export function openOnce<T>(knownMs: number): (id: string, work: () => Promise<T>) => Promise<T> {
  const taken = new LRUCache<string, Promise<T>>({ ...atMost(MOST), ttl: knownMs })
  return (id, work) => {
    const before = taken.get(id)
    if (before) return before
    const done = Promise.resolve().then(work)
    taken.set(id, done)
    done.catch(() => taken.delete(id))
    return done
  }
}
