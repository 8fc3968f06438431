import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import PQueue from 'p-queue'

/**
 * 30 messages a second, 20 a minute in a group, and for long no more than one a second in another chat:
 * https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
 */
const OVERALL = { slots: 30, heldMs: 1050 }
const GROUP = { slots: 20, heldMs: 60_050 }
const OTHER = { slots: 30, heldMs: 30_000 }

/** What people wait for leaves before what merely changes. */
export const URGENT = 1
export const ORDINARY = 0

type Task<T> = () => Promise<T>

/** Lets messages leave no faster than Telegram takes them. */
export interface Pace {
  /** One at a time in a chat, so that nothing overtakes; a task may ask for several turns overall. */
  inChat<T>(chat: string, priority: number, task: Task<T>, signal?: AbortSignal): Promise<T>
  overall<T>(priority: number, task: Task<T>, signal?: AbortSignal): Promise<T>
  /** Lets go of all that waits. */
  stop(): void
}

export function createPace(): Pace {
  const all = openSlots(OVERALL)
  const chats = new LRUCache<string, { slots: Slots; line: PQueue }>({ max: 10_000 })

  function chatOf(id: string) {
    const known = chats.get(id)
    if (known) return known
    const isGroup = id.startsWith('-')
    const chat = { slots: openSlots(isGroup ? GROUP : OTHER), line: new PQueue({ concurrency: 1 }) }
    chats.set(id, chat)
    return chat
  }

  return {
    inChat(id, priority, task, signal) {
      const { slots, line } = chatOf(id)
      return slots.use(priority, () => line.add(task), signal)
    },
    overall: all.use,
    stop() {
      for (const { slots, line } of chats.values()) for (const queue of [slots, line]) queue.clear()
      all.clear()
    },
  }
}

type Slots = ReturnType<typeof openSlots>

/**
 * So many tasks, each in a slot that is free again only a while after the task's end. However long each is on its way,
 * no more of them than there are slots arrive within that while.
 */
function openSlots({ slots, heldMs }: typeof OVERALL) {
  const queue = new PQueue({ concurrency: slots })

  const use = <T>(priority: number, task: Task<T>, signal?: AbortSignal): Promise<T> =>
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

  return { use, clear: () => queue.clear() }
}
