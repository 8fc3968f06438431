// The judge of how fast the bot writes: https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
import { ApiError } from './wire.ts'

/** Sliding windows; a test makes `windowMs` shorter so that it needn't last minutes. */
export interface Limits {
  /** False: everything is admitted. */
  enabled: boolean
  /** Messages sent and edited in all chats together: 30 a second. */
  overall: { calls: number; windowMs: number }
  /** Messages sent and edited in one group: 20 a minute. */
  group: { calls: number; windowMs: number }
}

export const OFFICIAL_LIMITS: Limits = {
  enabled: true,
  overall: { calls: 30, windowMs: 1000 },
  group: { calls: 20, windowMs: 60_000 },
}

/** One call that came too fast and was answered 429. */
export interface Flood {
  method: string
  /** Absent for inline messages, which are in no chat that the bot knows. */
  chatId?: number
  over: 'overall' | 'group'
  /** Milliseconds since the epoch. */
  at: number
  /** Seconds. */
  retryAfter: number
}

export class FloodJudge {
  readonly limits: Limits
  readonly floods: Flood[] = []
  readonly #overall: number[] = []
  readonly #groups = new Map<number, number[]>()

  constructor(limits: Limits) {
    this.limits = limits
  }

  /** Counts a call that writes a message; throws the 429 if it comes too fast. @param chatId a group's, or none */
  admit(method: string, chatId?: number): void {
    if (!this.limits.enabled || !/^(send|edit|copy|forward)(?!ChatAction)/.test(method)) return
    const now = Date.now()
    const isGroup = chatId !== undefined && chatId < 0
    const inGroup = isGroup ? (this.#groups.get(chatId) ?? []) : []
    if (isGroup) this.#groups.set(chatId, inGroup)
    for (const over of ['overall', 'group'] as const) {
      const { calls, windowMs } = this.limits[over]
      const times = over === 'overall' ? this.#overall : inGroup
      while ((times[0] ?? now) <= now - windowMs) times.shift()
      if (times.length < calls) continue
      const free = (times[times.length - calls] as number) + windowMs
      const retryAfter = Math.max(1, Math.ceil((free - now) / 1000))
      this.floods.push({ method, over, at: now, retryAfter, ...(chatId !== undefined && { chatId }) })
      throw new ApiError(429, `Too Many Requests: retry after ${retryAfter}`, { retry_after: retryAfter })
    }
    this.#overall.push(now)
    inGroup.push(now)
  }
}
