import { and, eq, inArray, ne, or, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../db/postgres.ts'
import { chats, groups, memberships } from '../../db/schema.ts'

/**
 * Gives a chat another id, as its messenger did. Where there is already a chat with that id, the two groups become one. Doing it
 * again changes nothing.
 */
export async function moveChat(db: Database, messenger: string, from: string, to: string): Promise<void> {
  if (from === to) return
  await db.transaction(async (tx) => {
    // Allows one move at a time and no new chats, so that what is read here still holds when it is written.
    await tx.execute(sql`lock table ${chats} in share row exclusive mode`)
    const rows = await tx
      .select()
      .from(chats)
      .where(or(isChat(messenger, from), isChat(messenger, to)))
      .orderBy(chats.createdAt, chats.id)
    const before = rows.find(({ id }) => id === from)
    const after = rows.find(({ id }) => id === to)
    if (!before) return
    const [older = before, younger = older] = rows
    if (after) {
      await merge(tx, older.groupId, younger.groupId)
      await tx.delete(chats).where(isChat(messenger, to))
    }
    const title = after?.title ?? before.title
    const { createdAt } = older
    await tx.update(chats).set({ id: to, title, createdAt }).where(isChat(messenger, from))
    // Who was there before still is.
    await tx.execute(sql`
      insert into ${memberships} as m (messenger, chat, identity, checked_at, since)
      select messenger, ${to}, identity, 'epoch', since from ${memberships} where messenger = ${messenger} and chat = ${from} and since is not null
      on conflict (messenger, chat, identity) do update set since = least(m.since, excluded.since)`)
  })
}

/**
 * Makes the younger group, whose chat is gone, a part of the older one, with all that became a part of it before. Where one of them
 * was joined to others, the other one is from now on, too. Transfers keep their group ids.
 */
async function merge(tx: Transaction, older: string, younger: string): Promise<void> {
  if (older === younger) return
  const both = [older, younger]
  const rows = await tx.select().from(groups).where(inArray(groups.id, both)).orderBy(groups.id)
  const root = rows.find(({ mergedInto }) => mergedInto)?.mergedInto ?? older
  await tx
    .update(groups)
    .set({ mergedInto: root })
    .where(and(or(inArray(groups.id, both), inArray(groups.mergedInto, both)), ne(groups.id, root)))
  await tx
    .update(groups)
    .set({ mergedInto: root, movedInto: older })
    .where(or(eq(groups.id, younger), eq(groups.movedInto, younger)))
  await tx.update(chats).set({ groupId: older }).where(eq(chats.groupId, younger))
}

/** The condition for one row of `chats`. */
export const isChat = (messenger: string, id: string) => and(eq(chats.messenger, messenger), eq(chats.id, id))
