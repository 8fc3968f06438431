import { eq } from 'drizzle-orm'
import { chats, groups } from '../../db/schema.ts'
import type { Target } from '../delivery/cards.ts'
import { isPartOf } from '../groups/groups.ts'
import type { Needs } from './needs.ts'
import type { Plan } from './plan.ts'

/** Where the card of a payout is posted: in each chat of its group, in the group's language, or else the admin's. */
export async function targetsIn(
  { db, rules }: Pick<Needs, 'db' | 'rules'>,
  { groupId: root, by }: Pick<Plan, 'groupId' | 'by'>,
): Promise<{ target: Target; groupId: string }[]> {
  const { language = by.language ?? 'en' } = await rules.of(root)
  const rows = await db
    .select({ messenger: chats.messenger, chat: chats.id, groupId: chats.groupId })
    .from(groups)
    .innerJoin(chats, eq(chats.groupId, groups.id))
    .where(isPartOf(root))
    .orderBy(chats.createdAt)
  return rows.map(({ groupId, ...chat }) => ({ target: { ...chat, language }, groupId }))
}
