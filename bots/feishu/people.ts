import { type Chat, cleanLabel, type Person } from '../messenger.ts'
import { openNames } from '../names.ts'
import { type FeishuClient, isPerson } from './client.ts'

/** What people and groups are called. */
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

export function openDirectory(client: FeishuClient): Directory {
  const names = openNames((id) => (isPerson(id) ? nameIn(client, id) : titleIn(client, id)))

  return {
    person: async (id) => personOf(id, await names.soon(id)),
    titleOf: async (chat) => cleanLabel(await names.soon(chat)),
    knownPerson: (id) => personOf(id, names.known(id)),
    nameOf: names.find,
    note: names.note,
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
