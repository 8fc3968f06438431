import { LRUCache } from 'lru-cache'
import { atMost } from '../../src/shared/at-most.ts'
import { type Chat, cleanLabel, type Messenger, type Person } from '../messenger.ts'
import type { DingtalkClient } from './client.ts'

/** People as the company's directory tells of them. */
export interface Directory {
  /**
   * A person by their user id in the company, with their name where the app may read it; while many calls wait, at once and without
   * the name, which taps don't tell.
   */
  person(userId: string): Promise<Person>
  /** What they are called, however long that takes; undefined where the app may not read it. */
  nameOf(userId: string): Promise<string | undefined>
  /** Whether a person is an admin of the company, asked at this moment. Throws `Undeliverable` where the app may not read it. */
  isAdmin: Messenger['isAdmin']
}

/** From so many calls that wait on, names are looked up later. */
const MANY = 10
/** How long a name is kept, in milliseconds. */
const NAME_MS = 60 * 60_000

interface User {
  result: { name?: string; admin?: boolean }
}

/** https://open.dingtalk.com/document/orgapp/query-user-details */
export function openDirectory(client: DingtalkClient): Directory {
  const names = new LRUCache<string, Promise<string | undefined>>({ ...atMost(10_000), ttl: NAME_MS })
  const look = async (userid: string) =>
    (await client.callOlder<User>('/topapi/v2/user/get', { userid, language: 'zh_CN' })).result

  /** A name is for people's eyes alone: without it money finds its way all the same. */
  function nameOf(userId: string): Promise<string | undefined> {
    const known = names.get(userId)
    if (known) return known
    const name = look(userId).then(
      ({ name }) => name,
      () => {
        names.delete(userId)
        return undefined
      },
    )
    names.set(userId, name)
    return name
  }

  return {
    person: async (userId) =>
      personOf(userId, names.has(userId) || client.waiting() < MANY ? await nameOf(userId) : undefined),
    nameOf,
    isAdmin: async (_, { id }) => (await look(id)).admin === true,
  }
}

/** @param userId in the company, as `senderStaffId` and `userId` tell it; `senderId` is an id of another kind */
export const personOf = (userId: string, name: string | undefined): Person => ({
  messenger: 'dingtalk',
  id: userId,
  handle: null,
  name: cleanLabel(name),
})

const PRIVATE = 'user:'

/** The private chat of a person with the bot: it is reached by the person's id. */
export const privateChatOf = (userId: string): Chat => ({ id: PRIVATE + userId, kind: 'private' })

/** Whose private chat an id is of; undefined where it is a group's: those begin with `cid`. */
export const whoseChat = (chat: string): string | undefined =>
  chat.startsWith(PRIVATE) ? chat.slice(PRIVATE.length) : undefined
