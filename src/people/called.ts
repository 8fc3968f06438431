import { and, desc, eq, inArray, or, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { accounts, entries, firstNameOf, groups, identities, transfers } from '../../db/schema.ts'
import { isPartOf } from '../groups/groups.ts'
import { type KnownIdentity, toKnown } from './identity.ts'

const MAX_CALLED = 10
/** People of this many newest transfers of a group count as being in it. */
const LATELY = 500

/**
 * Up to ten people who have lately sent or collected in a group, and whose handle or first name is `word`, whatever its
 * case.
 */
export async function findCalled(
  db: Database,
  messenger: string,
  word: string,
  groupId: string,
): Promise<KnownIdentity[]> {
  const wanted = word.toLowerCase()
  const lately = db
    .select({ id: transfers.id })
    .from(transfers)
    .where(eq(transfers.groupId, groups.id))
    .orderBy(desc(transfers.createdAt), desc(transfers.id))
    .limit(LATELY)
    .as('lately')
  const inGroup = db
    .select({ person: accounts.personId })
    .from(groups)
    .crossJoinLateral(lately)
    .innerJoin(entries, eq(entries.transferId, lately.id))
    .innerJoin(accounts, eq(accounts.id, entries.accountId))
    .where(isPartOf(groupId))
  const isCalled = or(
    sql`lower(${identities.handle}) = ${wanted}`,
    sql`${firstNameOf(identities.name)} = ${wanted}`,
  )
  const rows = await db
    .select()
    .from(identities)
    .where(and(eq(identities.messenger, messenger), isCalled, inArray(identities.personId, inGroup)))
    .limit(MAX_CALLED)
  return rows.map(toKnown)
}
