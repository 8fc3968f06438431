import { setTimeout as sleep } from 'node:timers/promises'
import { LRUCache } from 'lru-cache'
import { type Chat, cleanLabel, type Person, Undeliverable } from '../messenger.ts'
import { type FeishuClient, isPerson } from './client.ts'

/** What people and groups are called. Without a name money finds its way all the same: it goes by ids. */
export interface Directory {
  /** A person by their id, with their name as far as it is known, or is told within a second. */
  person(id: string): Promise<Person>
  /** As `person`, at once. */
  knownPerson(id: string): Person
  /** What a group is called, as far as it is known, or is told within a second. */
  titleOf(chat: string): Promise<string | undefined>
  /** What they are called, however long that takes; undefined where the app may not read it. */
  nameOf(id: string): Promise<string | undefined>
  /** Notes a name that Feishu has told along with something else. */
  note(id: string, name: string): void
}

const PATIENCE_MS = 1000
/** How long a name is kept, in milliseconds. */
const NAME_MS = 60 * 60_000

export function openDirectory(client: FeishuClient): Directory {
  const names = new LRUCache<string, { name: string | undefined }>({ max: 20_000, ttl: NAME_MS })
  const asked = new Map<string, Promise<string | undefined>>()

  async function look(id: string): Promise<string | undefined> {
    try {
      const name = await (isPerson(id) ? nameIn(client, id) : titleIn(client, id))
      names.set(id, { name })
      return name
    } catch (error) {
      if (error instanceof Undeliverable) names.set(id, { name: undefined })
      return undefined
    } finally {
      asked.delete(id)
    }
  }

  async function nameOf(id: string): Promise<string | undefined> {
    const known = names.get(id)
    if (known) return known.name
    const looked = asked.get(id) ?? look(id)
    asked.set(id, looked)
    return looked
  }

  const soon = (id: string) => Promise.race([nameOf(id), sleep(PATIENCE_MS, undefined, { ref: false })])

  return {
    person: async (id) => personOf(id, await soon(id)),
    titleOf: async (chat) => cleanLabel(await soon(chat)),
    knownPerson: (id) => personOf(id, names.get(id)?.name),
    nameOf,
    note: (id, name) => void names.set(id, { name }),
  }
}

/** https://open.feishu.cn/document/server-docs/contact-v3/user/get */
async function nameIn(client: FeishuClient, id: string): Promise<string | undefined> {
  const path = `/contact/v3/users/${encodeURIComponent(id)}`
  const { data } = await client.get<{ data: { user?: { name?: string } } }>(path, { user_id_type: 'open_id' })
  return data.user?.name
}

/** https://open.feishu.cn/document/server-docs/group/chat/get-2 */
async function titleIn(client: FeishuClient, chat: string): Promise<string | undefined> {
  const { data } = await client.get<{ data: { name?: string } }>(`/im/v1/chats/${encodeURIComponent(chat)}`)
  return data.name
}

const personOf = (id: string, name: string | undefined): Person => ({
  messenger: 'feishu',
  id,
  handle: null,
  name: cleanLabel(name),
})

/** A chat by the id that messages are sent to: in private that is the person's own. */
export const chatOf = (id: string): Chat => ({ id, kind: isPerson(id) ? 'private' : 'group' })
