import { LRUCache } from 'lru-cache'
import PQueue from 'p-queue'
import { atMost } from '../../src/shared/at-most.ts'
import { openSlots, type Slots } from '../slots.ts'

/**
 * Telegram's limits: 30 messages a second in all, 20 a minute in a group, and in the long run one a second in any other
 * chat. https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
 */
const OVERALL = { slots: 30, heldMs: 1050 }
const GROUP = { slots: 20, heldMs: 60_050 }
const OTHER = { slots: 30, heldMs: 30_000 }

/** New messages, which somebody waits for, are sent before edits. */
export const NEW_MESSAGE = 1
export const EDIT = 0

type Task<T> = () => Promise<T>

/** Sends messages no faster than Telegram's limits allow. */
export interface RateLimiter {
  /**
   * Runs a task under the limit of its chat, after all others of that chat that have begun; the task itself may call
   * `overall` several times.
   * @param signal ends the waiting, not the task: the promise is rejected with its reason
   */
  inChat<T>(chat: string, priority: number, task: Task<T>, signal?: AbortSignal): Promise<T>
  /** Runs a task under the limit of the whole bot. */
  overall<T>(priority: number, task: Task<T>, signal?: AbortSignal): Promise<T>
  /** Drops all tasks that wait. */
  stop(): void
}

export function createRateLimiter(): RateLimiter {
  const all = openSlots(OVERALL)
  const chats = new LRUCache<string, { slots: Slots; queue: PQueue }>(atMost(10_000))

  function chatOf(id: string) {
    const known = chats.get(id)
    if (known) return known
    const isGroup = id.startsWith('-')
    const chat = { slots: openSlots(isGroup ? GROUP : OTHER), queue: new PQueue({ concurrency: 1 }) }
    chats.set(id, chat)
    return chat
  }

  return {
    inChat(id, priority, task, signal) {
      const { slots, queue } = chatOf(id)
      return slots.use(priority, () => queue.add(task), signal)
    },
    overall: all.use,
    stop() {
      for (const { slots, queue } of chats.values()) for (const one of [slots, queue]) one.clear()
      all.clear()
    },
  }
}
