import { LRUCache } from 'lru-cache'
import { atMost } from '../src/shared/at-most.ts'

/** How often one sender can have the same recipient notified, and how often a recipient is notified in all. */
const BY_ONE = { max: 5, withinMs: 10 * 60_000 }
const IN_ALL = { max: 20, withinMs: 60 * 60_000 }

/**
 * Limits how often people are notified of transfers for them, by a mention on the card and by a private message.
 * @returns whether the recipient of a transfer may be notified. It is decided and counted once for a transfer, so that its
 * mention and its message have the same answer.
 */
export function openNoticeLimit() {
  const decided = new LRUCache<string, boolean>(atMost(10_000))
  const byOne = openWindow(BY_ONE)
  const inAll = openWindow(IN_ALL)

  return (transfer: string, sender: string, recipient: string): boolean => {
    const before = decided.get(transfer)
    if (before !== undefined) return before
    const pair = `${sender} ${recipient}`
    const isAllowed = !byOne.isFull(pair) && !inAll.isFull(recipient)
    decided.set(transfer, isAllowed)
    if (isAllowed) {
      byOne.count(pair)
      inAll.count(recipient)
    }
    return isAllowed
  }
}

/** A sliding window for each key: it is full after `max` counts within the last `withinMs`. */
function openWindow({ max, withinMs }: typeof BY_ONE) {
  const times = new LRUCache<string, number[]>({ ...atMost(50_000), ttl: withinMs })
  const recent = (key: string) => (times.get(key) ?? []).filter((at) => at > Date.now() - withinMs)
  return {
    isFull: (key: string) => recent(key).length >= max,
    count: (key: string) => void times.set(key, [...recent(key), Date.now()]),
  }
}
