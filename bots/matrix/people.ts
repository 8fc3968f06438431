import { cleanLabel, type Person } from '../messenger.ts'
import { type Names, openNames } from '../names.ts'
import type { MatrixClient } from './client.ts'

/** What people and rooms are called. */
export interface Directory {
  /** Somebody, with their name as far as it is known, or is told within a second. */
  person(id: string): Promise<Person>
  /** What a room is called, as far as it is known, or is told within a second. */
  titleOf(room: string): Promise<string | undefined>
  /** Notes a name that a room's state tells. */
  note(
    event: { type: string; state_key?: string | undefined; content: Record<string, unknown> },
    room: string,
  ): void
}

export function openDirectory(client: MatrixClient): Directory {
  const names: Names<string> = openNames(async (id) => {
    const { displayname } = await client.get<{ displayname?: string }>(['profile', id, 'displayname'])
    return displayname
  })
  const titles: Names<string> = openNames(async (room) => {
    const { name } = await client.get<{ name?: string }>(['rooms', room, 'state', 'm.room.name', ''])
    return name
  })

  return {
    person: async (id) => personOf(id, await names.soon(id)),
    titleOf: async (room) => cleanLabel(await titles.soon(room)),
    note({ type, state_key: key, content }, room) {
      if (type === 'm.room.member' && key && typeof content.displayname === 'string')
        names.note(key, content.displayname)
      if (type === 'm.room.name' && typeof content.name === 'string') titles.note(room, content.name)
    },
  }
}

/** Somebody by their id, with the name that they have chosen. */
const personOf = (id: string, name?: string): Person => ({
  messenger: 'matrix',
  id,
  handle: null,
  name: cleanLabel(name) ?? localOf(id),
})

/** The part of an id between `@` and its homeserver. */
export const localOf = (id: string): string => id.slice(1, id.indexOf(':'))
