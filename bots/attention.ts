import { LRUCache } from 'lru-cache'

/** How often one sender may have us disturb one recipient, and how often anybody is disturbed in all. */
const BY_ONE = { most: 5, withinMs: 10 * 60_000 }
const IN_ALL = { most: 20, withinMs: 60 * 60_000 }

/**
 * Whether somebody may be disturbed because a transfer is for them: by a mention on its card, and by a word in private.
 * Decided once for a transfer, and counted once, whichever of the two comes first.
 */
export function openAttention() {
  const decided = new LRUCache<string, boolean>({ max: 10_000 })
  const byOne = openWindow(BY_ONE)
  const inAll = openWindow(IN_ALL)

  return (transfer: string, sender: string, recipient: string): boolean => {
    const before = decided.get(transfer)
    if (before !== undefined) return before
    const pair = `${sender} ${recipient}`
    const may = !byOne.isFull(pair) && !inAll.isFull(recipient)
    decided.set(transfer, may)
    if (may) {
      byOne.count(pair)
      inAll.count(recipient)
    }
    return may
  }
}

/** So many times within the last while, by name. */
function openWindow({ most, withinMs }: typeof BY_ONE) {
  const times = new LRUCache<string, number[]>({ max: 50_000, ttl: withinMs })
  const recent = (name: string) => (times.get(name) ?? []).filter((at) => at > Date.now() - withinMs)
  return {
    isFull: (name: string) => recent(name).length >= most,
    count: (name: string) => void times.set(name, [...recent(name), Date.now()]),
  }
}
