import { desc, eq, inArray, isNotNull, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { accounts, entries, groups as groupRows, transfers } from '../../db/schema.ts'
import type { Groups } from './groups.ts'

/** Of this many newest entries of a person. */
const LATELY = 500

/** The groups, each the root of its chats, in which a person has lately sent or collected. */
export async function groupsOfLate(
  db: Database,
  groups: Pick<Groups, 'chatsOf'>,
  person: string,
): Promise<{ id: string; title: string | null }[]> {
  const theirs = db.select({ id: accounts.id }).from(accounts).where(eq(accounts.personId, person))
  const lately = db
    .select({ transfer: entries.transferId })
    .from(entries)
    .where(inArray(entries.accountId, theirs))
    .orderBy(desc(entries.id))
    .limit(LATELY)
    .as('lately')
  const rows = await db
    .selectDistinct({ root: sql<string>`coalesce(${groupRows.mergedInto}, ${groupRows.id})` })
    .from(lately)
    .innerJoin(transfers, eq(transfers.id, lately.transfer))
    .innerJoin(groupRows, eq(groupRows.id, transfers.groupId))
    .where(isNotNull(transfers.groupId))
  const shown = await groups.chatsOf(rows.map(({ root }) => root))
  return rows.map(({ root }) => ({ id: root, title: shown.get(root)?.title ?? null }))
}
