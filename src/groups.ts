import { and, eq, inArray } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Database } from '../db/postgres.ts'
import { groups, transfers } from '../db/schema.ts'
import { newId } from './ids.ts'

/** A conversation of several people, named as its messenger names it. */
export interface Group {
  messenger: string
  id: string
  title: string | null
}

/** What a messenger tells of a group: a title of `undefined` leaves it as it was. */
export interface GroupIntroduction {
  messenger: string
  id: string
  title?: string | undefined
}

export interface Groups {
  /** The key of a group, which is made when it is met first; to write its title is for `learn`. */
  meet(group: GroupIntroduction): Promise<string>
  /** Writes the title that is told of a group that was met. Where it is no news there is nothing to wait for. */
  learn(group: GroupIntroduction): Promise<void> | undefined
  find(messenger: string, id: string): Promise<string | undefined>
  ofIds(groupIds: string[]): Promise<Map<string, Group>>
  /** The messenger has given the group another id; its history stays with it. */
  move(messenger: string, from: string, to: string): Promise<void>
}

export function openGroups(db: Database): Groups {
  const met = new LRUCache<string, { key: string; title: string | null }>({ max: 10_000 })

  async function find(messenger: string, id: string) {
    const [row] = await db
      .select({ key: groups.id, title: groups.title })
      .from(groups)
      .where(and(eq(groups.messenger, messenger), eq(groups.chat, id)))
    return row
  }

  async function make(messenger: string, id: string) {
    const [row] = await db
      .insert(groups)
      .values({ id: newId(), messenger, chat: id })
      // So that the row is answered also where somebody else has made it meanwhile.
      .onConflictDoUpdate({ target: [groups.messenger, groups.chat], set: { chat: id } })
      .returning({ key: groups.id, title: groups.title })
    if (!row) throw new Error('A group that was just written is not there.')
    return row
  }

  async function retitle(messenger: string, id: string, title: string) {
    const [row] = await db
      .update(groups)
      .set({ title })
      .where(and(eq(groups.messenger, messenger), eq(groups.chat, id)))
      .returning({ key: groups.id, title: groups.title })
    if (row) met.set(`${messenger}:${id}`, row)
  }

  return {
    async meet({ messenger, id }) {
      const name = `${messenger}:${id}`
      const known = met.get(name) ?? (await find(messenger, id)) ?? (await make(messenger, id))
      met.set(name, known)
      return known.key
    },
    learn({ messenger, id, title }) {
      const known = met.get(`${messenger}:${id}`)
      return title === undefined || title === known?.title ? undefined : retitle(messenger, id, title)
    },
    find: async (messenger, id) => (await find(messenger, id))?.key,
    async ofIds(groupIds) {
      if (groupIds.length === 0) return new Map()
      const rows = await db.select().from(groups).where(inArray(groups.id, groupIds))
      return new Map(
        rows.map((row) => [row.id, { messenger: row.messenger, id: row.chat, title: row.title }]),
      )
    },
    async move(messenger, from, to) {
      met.delete(`${messenger}:${from}`)
      met.delete(`${messenger}:${to}`)
      const [before, after] = await Promise.all([find(messenger, from), find(messenger, to)])
      if (!before) return
      if (!after) await db.update(groups).set({ chat: to }).where(eq(groups.id, before.key))
      // Somebody has sent under the new id already.
      else await db.update(transfers).set({ groupId: after.key }).where(eq(transfers.groupId, before.key))
    },
  }
}
