import { sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import type { Chat } from '../groups/groups.ts'

/** A group as operators see it in the list of all. */
export interface GroupSeen {
  id: string
  chats: Chat[]
  transfers: number
  /** When something was last sent there. */
  lastAt: Date | null
}

/** Groups that are joined to no other, those where something was sent last first. @param words in the title of a chat */
export async function groupsSeen(
  db: Database,
  words: string,
  { limit, offset }: { limit: number; offset: number },
): Promise<{ items: GroupSeen[]; isMore: boolean }> {
  const rows = await db.execute<Omit<GroupSeen, 'lastAt'> & { lastAt: string | null }>(sql`
    with part as (
      select coalesce(merged_into, id) as root, g.id, (
        select created_at from transfers t where t.group_id = g.id order by t.created_at desc limit 1) as last_at
      from groups g
    ), page as (
      select root, max(last_at) as last_at from part
      where ${words === '' ? sql`true` : sql`root in (select p.root from part p join chats c on c.group_id = p.id where strpos(lower(c.title), lower(${words})) > 0)`}
      group by root order by max(last_at) desc nulls last, root desc limit ${limit + 1} offset ${offset}
    )
    select root as id, last_at as "lastAt", (
        select count(*)::int from part join transfers t on t.group_id = part.id where part.root = page.root) as transfers, (
        select json_agg(json_build_object('messenger', c.messenger, 'id', c.id, 'title', c.title) order by c.created_at)
        from part join chats c on c.group_id = part.id where part.root = page.root) as chats
    from page order by last_at desc nulls last, root desc`)
  const items = rows.slice(0, limit).map(({ id, chats, transfers, lastAt }) => ({
    id,
    chats: chats ?? [],
    transfers,
    lastAt: lastAt === null ? null : new Date(lastAt),
  }))
  return { items, isMore: rows.length > limit }
}
