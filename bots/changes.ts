import { createQueues } from './queues.ts'

/**
 * Changes messages, each one change after the other. Of several changes that wait for one message only the last is made.
 * @param make makes a change; `latest` gives what is to be shown, to be called as late as may be: what comes after it waits for a change
 * of its own
 */
export function createChanges<T>(make: (message: string, latest: () => T) => Promise<void>) {
  const inOrder = createQueues()
  const waiting = new Map<string, { shown: T; made: Promise<void> }>()

  return (message: string, shown: T): Promise<void> => {
    const known = waiting.get(message)
    if (known) {
      known.shown = shown
      return known.made
    }
    const change = { shown, made: Promise.resolve() }
    waiting.set(message, change)
    const leave = () => waiting.get(message) === change && waiting.delete(message)
    const latest = () => {
      leave()
      return change.shown
    }
    change.made = inOrder(message, () => make(message, latest).finally(leave))
    return change.made
  }
}
