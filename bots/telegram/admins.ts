import { LRUCache } from 'lru-cache'
import type { Messenger } from '../messenger.ts'
import type { Client } from './client.ts'

/** In whose name Telegram shows what anonymous admins write. */
const GROUP_ANONYMOUS_BOT = '1087968824'

/** How long an answer of Telegram's is taken for the present, in milliseconds. */
const HELD_MS = 5000
/** How long it may take, in milliseconds: what others have said waits meanwhile. */
const PATIENCE_MS = 5000

/** Whether Telegram calls a person an admin of a group: its creator, an admin, or an anonymous one. */
export function openAdmins(client: Client): Messenger['isAdmin'] {
  const known = new LRUCache<string, Promise<Set<string>>>({ max: 1000, ttl: HELD_MS })

  async function ask(group: string): Promise<Set<string>> {
    const members = await client.call<{ user: { id: number } }[]>(
      'getChatAdministrators',
      { chat_id: Number(group) },
      AbortSignal.timeout(PATIENCE_MS),
    )
    return new Set(members.map(({ user }) => String(user.id)))
  }

  return async ({ id: group }, { id: person }) => {
    // Only who is an admin can write in the name of the group.
    if (person === GROUP_ANONYMOUS_BOT) return true
    const asked = known.get(group) ?? ask(group)
    known.set(group, asked, { noUpdateTTL: true })
    asked.catch(() => known.delete(group))
    return (await asked).has(person)
  }
}
