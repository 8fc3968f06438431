import { eq, getTableColumns, sql } from 'drizzle-orm'
import { asks } from '../../db/schema.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import { Refusal } from '../shared/refusal.ts'
import type { Needs } from './needs.ts'

/** An ask with who made it as the person who they are now. */
export const ASK_COLUMNS = { ...getTableColumns(asks), madeBy: sql<string>`person_of(${asks.madeBy})` }

/**
 * An ask that can still be paid, for who asked.
 * @throws Refusal `ask_not_found`, `not_asker`, `ask_paid`, `ask_ended`, `ask_expired`
 */
export async function askOf(
  { db, people }: Pick<Needs, 'db' | 'people'>,
  askId: string,
  by: IdentityUpdate,
): Promise<typeof asks.$inferSelect> {
  const { person } = await people.recognise(by)
  const [found] = await db
    .select({ asked: ASK_COLUMNS, isOver: sql<boolean>`${asks.expiresAt} <= clock_timestamp()` })
    .from(asks)
    .where(eq(asks.id, askId))
  if (!found) throw new Refusal('ask_not_found')
  const { asked, isOver } = found
  if (asked.madeBy !== person) throw new Refusal('not_asker')
  if (asked.paid === asked.total) throw new Refusal('ask_paid')
  if (asked.endedAt) throw new Refusal('ask_ended')
  if (isOver) throw new Refusal('ask_expired')
  return asked
}
