import { eq, inArray, or, type SQL, sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Database } from '../../db/postgres.ts'
import { chats, groups } from '../../db/schema.ts'
import { atMost } from '../shared/at-most.ts'
import { newId } from '../shared/ids.ts'
import { keyOf } from '../shared/keys.ts'
import { isChat, moveChat } from './chats.ts'
import { openTreasuries, type Treasuries } from './treasuries.ts'

/** A chat in which a group meets, with its messenger's own id. */
export interface Chat {
  messenger: string
  id: string
  title: string | null
}

/** What a messenger reports of a chat; without a title the one that is stored stays. */
export interface ChatUpdate {
  messenger: string
  id: string
  title?: string | undefined
}

/**
 * Groups own the books and meet in chats. Where chats are joined, each keeps its own group, which says where a transfer was made, and
 * the books are those of their root.
 */
export interface Groups extends Treasuries {
  /** The id of a chat's own group, if anybody has met it. */
  recognise(chat: ChatUpdate): Promise<string | undefined>
  /** The id of a chat's own group. Both are made where they are missing. The title is not written: that is for `saveTitle`. */
  meet(chat: ChatUpdate): Promise<string>
  /** Writes the title of a chat that was met. @returns undefined where it has not changed, and there is nothing to wait for */
  saveTitle(chat: ChatUpdate): Promise<void> | undefined
  /** The id of a chat's own group, if the chat is known. */
  find(messenger: string, id: string): Promise<string | undefined>
  /** The group whose books, rules and treasury hold for a group: the one that it was joined to, or else the group itself. */
  rootOf(groupId: string): Promise<string>
  /** By group id, the chat that each group is shown by: the one in this messenger, or else the first that was made. */
  chatsOf(groupIds: string[], messenger?: string): Promise<Map<string, Chat>>
  /** All chats of the books of a root, the first that was made first. */
  chatsIn(root: string): Promise<Chat[]>
  /** Gives a chat another id, as its messenger did. Its group and the books stay the same. Doing it again changes nothing. */
  move(messenger: string, from: string, to: string): Promise<void>
}

/** Groups and chats are rows of the database; chats that were met are cached. */
export function openGroups(db: Database): Groups {
  const met = new LRUCache<string, { groupId: string; title: string | null }>(atMost(10_000))

  async function find(messenger: string, id: string) {
    const [row] = await db
      .select({ groupId: chats.groupId, title: chats.title })
      .from(chats)
      .where(isChat(messenger, id))
    return row
  }

  /**
   * One statement, so that no group without a chat stays behind where another process makes the chat at the same time. The
   * update changes nothing: with it an existing row is returned, too.
   */
  async function make(messenger: string, id: string) {
    const groupId = newId()
    const [row] = await db.execute<{ groupId: string; title: string | null }>(sql`
      with chat as (
        insert into chats (messenger, id, group_id) values (${messenger}, ${id}, ${groupId})
        on conflict (messenger, id) do update set id = excluded.id
        returning group_id, title
      ), made as (
        insert into groups (id) select group_id from chat where group_id = ${groupId}
      )
      select group_id as "groupId", title from chat`)
    if (!row) throw new Error('A chat that was just written is not there.')
    return row
  }

  async function retitle(messenger: string, id: string, title: string) {
    const [row] = await db
      .update(chats)
      .set({ title })
      .where(isChat(messenger, id))
      .returning({ groupId: chats.groupId, title: chats.title })
    if (row) met.set(keyOf({ messenger, id }), row)
  }

  async function recognise({ messenger, id }: ChatUpdate): Promise<string | undefined> {
    const name = keyOf({ messenger, id })
    const known = met.get(name) ?? (await find(messenger, id))
    if (known) met.set(name, known)
    return known?.groupId
  }

  return {
    recognise,
    async meet(chat) {
      const known = await recognise(chat)
      if (known) return known
      const made = await make(chat.messenger, chat.id)
      met.set(keyOf(chat), made)
      return made.groupId
    },
    saveTitle({ messenger, id, title }) {
      const known = met.get(keyOf({ messenger, id }))
      return title === undefined || title === known?.title ? undefined : retitle(messenger, id, title)
    },
    find: async (messenger, id) => (await find(messenger, id))?.groupId,
    ...openTreasuries(db),
    async rootOf(groupId) {
      const [row] = await db.select().from(groups).where(eq(groups.id, groupId))
      return row?.mergedInto ?? groupId
    },
    async chatsOf(groupIds, messenger = '') {
      if (groupIds.length === 0) return new Map()
      const rows = await db
        .selectDistinctOn([groups.id], {
          groupId: groups.id,
          messenger: chats.messenger,
          id: chats.id,
          title: chats.title,
        })
        .from(groups)
        .innerJoin(chats, eq(chats.groupId, sql`coalesce(${groups.movedInto}, ${groups.id})`))
        .where(inArray(groups.id, groupIds))
        .orderBy(
          groups.id,
          sql`${chats.messenger} <> ${messenger}`,
          chats.createdAt,
          chats.messenger,
          chats.id,
        )
      return new Map(rows.map(({ groupId, ...chat }) => [groupId, chat]))
    },
    chatsIn: (root) =>
      db
        .select({ messenger: chats.messenger, id: chats.id, title: chats.title })
        .from(chats)
        .innerJoin(groups, eq(groups.id, chats.groupId))
        .where(isPartOf(root))
        .orderBy(chats.createdAt, chats.messenger, chats.id),
    async move(messenger, from, to) {
      await moveChat(db, messenger, from, to)
      met.delete(keyOf({ messenger, id: from }))
      met.delete(keyOf({ messenger, id: to }))
    },
  }
}

/**
 * The condition for the rows of `groups` that make up the books of a root: the group itself, and those that were merged into
 * it.
 */
export const isPartOf = (groupId: string): SQL | undefined =>
  or(eq(groups.id, groupId), eq(groups.mergedInto, groupId))
