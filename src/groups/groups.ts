import { eq, inArray, or, type SQL, sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import { v5 } from 'uuid'
import type { Database, Transaction } from '../../db/postgres.ts'
import { chats, groups } from '../../db/schema.ts'
import { atMost } from '../shared/at-most.ts'
import { type ExternalKey, keyOf } from '../shared/keys.ts'
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
  /**
   * The id of a chat's own group; of a chat that nobody has met yet, the one that it will have. Nothing is written: a refused request leaves
   * nothing behind.
   */
  recognise(chat: ChatUpdate): Promise<string>
  /** By which chat a group was recognised in this process that is not written yet. */
  expected(groupId: string): ExternalKey | undefined
  /**
   * Writes those of these groups, with their chats, that were recognised in this process and are not written yet; the ledger does so for each
   * group where it makes a transfer. Their titles are not written: that is for `saveTitle`.
   * @param within the transaction of what they are written for, which may still be refused
   * @returns undefined where there are none, and nothing to wait for
   */
  introduce(groupIds: readonly string[], within?: Transaction): Promise<unknown> | undefined
  /** Recognises the group of a chat, and introduces it. */
  meet(chat: ChatUpdate): Promise<string>
  /** Writes the title of a chat that was introduced. @returns undefined where it has not changed, and there is nothing to wait for */
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
  /** By group, the chats that were recognised and are not written yet. */
  const strangers = new LRUCache<string, ExternalKey>(atMost(10_000))

  async function find(messenger: string, id: string) {
    const [row] = await db
      .select({ groupId: chats.groupId, title: chats.title })
      .from(chats)
      .where(isChat(messenger, id))
    return row
  }

  async function recognise({ messenger, id }: ChatUpdate): Promise<string> {
    const name = keyOf({ messenger, id })
    const known = met.get(name)
    if (known) return known.groupId
    // A chat that has got another id has kept its group: what has its former id now is another one.
    for (let turn = 0; ; turn++) {
      const groupId = v5(`${name} ${turn}`, GROUPS)
      // One statement: the chat may be made at this moment, with this group.
      const [row] = await db.execute<{ groupId: string | null; title: string | null; isTaken: boolean }>(sql`
        select group_id as "groupId", title, exists (select from groups where id = ${groupId}) as "isTaken"
        from (select) one left join chats on messenger = ${messenger} and id = ${id}`)
      if (row?.groupId) {
        met.set(name, { groupId: row.groupId, title: row.title })
        strangers.delete(row.groupId)
        return row.groupId
      }
      if (row?.isTaken) continue
      strangers.set(groupId, { messenger, id })
      return groupId
    }
  }

  function introduce(
    groupIds: readonly string[],
    within: Pick<Database, 'execute'> = db,
  ): Promise<unknown> | undefined {
    // In a fixed order, so that no two processes deadlock.
    const some = [...new Set(groupIds)].sort().flatMap((groupId) => {
      const chat = strangers.get(groupId)
      return chat ? { groupId, ...chat } : []
    })
    return some.length > 0 ? write(some, within) : undefined
  }

  /**
   * One statement for each, so that no group without a chat stays behind where another process makes the chat at the same time. Where the chat
   * has another group by now, as one that was moved there has, the group becomes a part of that.
   */
  async function write(
    some: (ExternalKey & { groupId: string })[],
    within: Pick<Database, 'execute'>,
  ): Promise<void> {
    for (const { groupId, messenger, id } of some) {
      // The update changes nothing: with it an existing row is returned, too.
      await within.execute(sql`
        with chat as (
          insert into chats (messenger, id, group_id) values (${messenger}, ${id}, ${groupId})
          on conflict (messenger, id) do update set id = excluded.id
          returning group_id
        )
        insert into groups (id, merged_into, moved_into)
        select ${groupId}::uuid, coalesce(root.merged_into, other.group_id), other.group_id
        from chat left join chat other on other.group_id <> ${groupId} left join groups root on root.id = other.group_id
        on conflict (id) do nothing`)
      // What is written in a transaction may still be taken back.
      if (within === db) strangers.delete(groupId)
    }
  }

  async function retitle(messenger: string, id: string, title: string) {
    const [row] = await db
      .update(chats)
      .set({ title })
      .where(isChat(messenger, id))
      .returning({ groupId: chats.groupId, title: chats.title })
    if (row) met.set(keyOf({ messenger, id }), row)
  }

  return {
    recognise,
    expected: (groupId) => strangers.get(groupId),
    introduce,
    async meet(chat) {
      const groupId = await recognise(chat)
      await introduce([groupId])
      return groupId
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

/** Never to be changed. */
const GROUPS = '7d1e0c54-9a3b-4f0e-8c62-5b9f1a2e7d30'
