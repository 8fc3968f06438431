import { eq } from 'drizzle-orm'
import { chats, groups } from '../../db/schema.ts'
import type { Target } from '../delivery/cards.ts'
import { isPartOf } from '../groups/groups.ts'
import type { Needs } from './needs.ts'
import type { Plan } from './plan.ts'

/**
 * Has the cards of a payout posted: one for all of many, in each chat of the group; or one for each item. To be called before the payout
 * is noted.
 * @param card where each item has its card; what needs approvals is shown in the group's other chats as well
 */
export async function postCards(
  needs: Pick<Needs, 'db' | 'rules' | 'deliveries'>,
  plan: Plan,
  { id, transferIds, card }: { id: string; transferIds: string[]; card: Target | undefined },
): Promise<void> {
  const { deliveries } = needs
  const all = await chatsOf(needs, plan)
  if (!card && transferIds.length > 1) return deliveries.toPostPayout(id, all.map(targetIn))
  const others = all.filter(({ groupId }) => !card || (plan.approvals > 0 && groupId !== plan.madeIn))
  for (const transferId of transferIds) {
    if (card) await deliveries.toPost(transferId, card)
    for (const chat of others) await deliveries.alsoPost(transferId, targetIn(chat))
  }
}

type GroupChat = Target & { groupId: string }

const targetIn = ({ messenger, chat, language }: GroupChat): Target => ({ messenger, chat, language })

/** The chats of a group, with the language of what is posted there: the group's, or else that of whoever has asked for it. */
async function chatsOf(
  { db, rules }: Pick<Needs, 'db' | 'rules'>,
  { groupId: root, by }: Plan,
): Promise<GroupChat[]> {
  const { language = by.language ?? 'en' } = await rules.of(root)
  const rows = await db
    .select({ messenger: chats.messenger, chat: chats.id, groupId: chats.groupId })
    .from(groups)
    .innerJoin(chats, eq(chats.groupId, groups.id))
    .where(isPartOf(root))
    .orderBy(chats.createdAt)
  return rows.map((row) => ({ ...row, language }))
}
