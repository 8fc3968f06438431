import { setTimeout as sleep } from 'node:timers/promises'
import PQueue from 'p-queue'

/** A limit of so many tasks in a while. */
export interface Slots {
  /**
   * Runs a task when a slot is free; of those that wait, the one of the highest priority first.
   * @param signal ends the waiting, not the task: the promise is rejected with its reason
   */
  use<T>(priority: number, task: () => Promise<T>, signal?: AbortSignal): Promise<T>
  /** How many tasks wait. */
  waiting(): number
  /** Drops all tasks that wait. */
  clear(): void
}

/**
 * A queue whose slots stay taken for `heldMs` after a task has ended. Counting from the start of a task would let more
 * messages than the limit arrive within that time, as some take longer on their way than others.
 */
export function openSlots({ slots, heldMs }: { slots: number; heldMs: number }): Slots {
  const queue = new PQueue({ concurrency: slots })

  const use: Slots['use'] = (priority, task, signal) =>
    new Promise((resolve, reject) => {
      const giveUp = () => reject(signal?.reason)
      signal?.addEventListener('abort', giveUp, { once: true })
      const occupy = async () => {
        if (signal?.aborted) return
        await task().then(resolve, reject)
        signal?.removeEventListener('abort', giveUp)
        await sleep(heldMs, undefined, { ref: false })
      }
      queue.add(occupy, { priority }).catch(reject)
    })

  return { use, waiting: () => queue.size, clear: () => queue.clear() }
}
