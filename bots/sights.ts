import { LRUCache } from 'lru-cache'
import { atMost } from '../src/shared/at-most.ts'
import { type ApiClient, body } from './client.ts'
import type { Log } from './log.ts'
import type { Chat, Person } from './messenger.ts'

/** What was seen of somebody in a group, at that moment or before it. */
export interface Sight {
  what: 'there' | 'joined' | 'left'
  at: Date
}

/** The most that are told in one call. */
const MOST = 500

/**
 * Tells the core who was seen in which group: of each person once, until they come or go. While one call is under way, those who are seen
 * meanwhile wait for the next. Ends when it is told.
 */
export function openSights(api: ApiClient, messenger: string, log: Log) {
  /** What was told last. */
  const told = new LRUCache<string, string>(atMost(50_000))
  const waiting = new Map<string, (Sight & { id: string })[]>()
  const underWay = new Map<string, Promise<void>>()

  async function tell(chat: string): Promise<void> {
    for (let some = take(chat); some.length > 0; some = take(chat)) {
      const people = some.map(({ at, ...sight }) => ({ ...sight, at: at.toISOString() }))
      try {
        await body(
          api.chats[':messenger'][':chat'].seen.$post({ param: { messenger, chat }, json: { people } }),
        )
      } catch (error) {
        // They are told of when they are seen again.
        for (const { id } of some) told.delete(`${chat} ${id}`)
        log.warn({ err: error, messenger }, 'who is in a group could not be noted')
      }
    }
    underWay.delete(chat)
  }

  function take(chat: string) {
    const all = waiting.get(chat) ?? []
    waiting.delete(chat)
    if (all.length > MOST) waiting.set(chat, all.slice(MOST))
    return all.slice(0, MOST)
  }

  return async (
    { id: chat }: Chat,
    { id }: Pick<Person, 'id'>,
    sight: Partial<Sight> = {},
  ): Promise<void> => {
    const { what = 'there', at = new Date() } = sight
    const key = `${chat} ${id}`
    const before = told.get(key)
    const now = what === 'there' ? what : `${what} ${at.getTime()}`
    if (what === 'there' ? before && !before.startsWith('left') : before === now) return underWay.get(chat)
    told.set(key, now)
    waiting.set(chat, [...(waiting.get(chat) ?? []), { id, what, at }])
    const telling = underWay.get(chat) ?? tell(chat)
    underWay.set(chat, telling)
    return telling
  }
}
