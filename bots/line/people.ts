import { LRUCache } from 'lru-cache'
import { atMost } from '../../src/shared/at-most.ts'
import { type Chat, cleanLabel, type Person, Undeliverable } from '../messenger.ts'
import { openNames } from '../names.ts'
import type { LineClient } from './client.ts'
import { isRoom } from './events.ts'

/** What people and groups are called, and who is where. */
export interface Directory {
  /** A person in a chat, with name and language as far as they are known, or are told within a second. */
  person(id: string, chat: Chat): Promise<Person>
  /** As `person`, at once. */
  knownPerson(id: string): Person
  /** As `person`, however long it takes. */
  namedPerson(id: string, chat: Chat): Promise<Person>
  /** What a group is called, as far as it is known, or is told within a second. */
  titleOf(chat: Chat): Promise<string | undefined>
  /** Whether somebody is in a group. Throws `Undeliverable` where the bot isn't. */
  isMember(chat: Chat, id: string): Promise<boolean>
  /**
   * Whether somebody can be written to in private: they have added the bot as a friend, and not blocked it. To others LINE takes
   * messages, too, but nobody gets them.
   */
  isFriend(id: string): Promise<boolean>
}

interface Profile {
  displayName: string
  /** Told in private alone, and not of everybody. */
  language?: string
}

export function openDirectory(client: LineClient): Directory {
  /** In which group somebody was met last: their name is told to those who share one with them. */
  const metIn = new LRUCache<string, string>(atMost(20_000))
  const profiles = openNames((id) => {
    const group = metIn.get(id)
    return client.get<Profile>(group ? memberPath(group, id) : profilePath(id))
  })
  const titles = openNames(async (chat) => {
    const path = `/group/${encodeURIComponent(chat)}/summary`
    return (await client.get<{ groupName: string }>(path)).groupName
  })

  function meet(id: string, chat: Chat): void {
    if (chat.kind === 'group') metIn.set(id, chat.id)
  }

  return {
    async person(id, chat) {
      meet(id, chat)
      return personOf(id, await profiles.soon(id))
    },
    knownPerson: (id) => personOf(id, profiles.known(id)),
    async namedPerson(id, chat) {
      meet(id, chat)
      return personOf(id, await profiles.find(id))
    },
    // A room has no name.
    titleOf: async ({ id }) => (isRoom(id) ? undefined : cleanLabel(await titles.soon(id))),
    async isMember({ id: chat }, id) {
      if (await exists(client.get(memberPath(chat, id)))) return true
      await client.get(`${pathOf(chat)}/members/count`)
      return false
    },
    isFriend: (id) => exists(client.get(profilePath(id))),
  }
}

const profilePath = (id: string): string => `/profile/${encodeURIComponent(id)}`

const pathOf = (chat: string): string => `/${isRoom(chat) ? 'room' : 'group'}/${encodeURIComponent(chat)}`

const memberPath = (chat: string, id: string): string => `${pathOf(chat)}/member/${encodeURIComponent(id)}`

const exists = (asked: Promise<unknown>): Promise<boolean> =>
  asked.then(
    () => true,
    (error: unknown) => {
      if (error instanceof Undeliverable) return false
      throw error
    },
  )

const personOf = (id: string, profile: Profile | undefined): Person => ({
  messenger: 'line',
  id,
  handle: null,
  name: cleanLabel(profile?.displayName),
  ...(profile?.language && { language: profile.language }),
})
