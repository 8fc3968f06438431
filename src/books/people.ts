import { and, eq, inArray, or, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { accounts, entries, firstNameOf, groups, identities, transfers } from '../../db/schema.ts'
import { isPartOf } from '../groups/groups.ts'
import { chooseIdentity, type KnownIdentity, lastSeenFirst, toKnown } from '../people/identity.ts'

/**
 * The people in a group's books who are called so in any messenger: by a handle, with or without `@`, or a first name, whatever its
 * case. Each person once, by the identity that is called so.
 */
export async function findPeopleInGroup(
  db: Database,
  root: { id: string },
  words: string,
): Promise<KnownIdentity[]> {
  const wanted = words
    .trim()
    .replace(/^[@＠]/, '')
    .toLowerCase()
  if (!wanted) return []
  const isCalled = or(
    sql`lower(${identities.handle}) = ${wanted}`,
    sql`${firstNameOf(identities.name)} = ${wanted}`,
    sql`lower(${identities.name}) = ${wanted}`,
  )
  const inGroup = db
    .select({ person: accounts.personId })
    .from(accounts)
    .innerJoin(entries, eq(entries.accountId, accounts.id))
    .innerJoin(transfers, eq(transfers.id, entries.transferId))
    .innerJoin(groups, eq(groups.id, transfers.groupId))
    .where(and(eq(accounts.personId, identities.personId), isPartOf(root.id)))
  const rows = await db
    .select()
    .from(identities)
    .where(and(isCalled, inArray(identities.personId, inGroup)))
    .orderBy(...lastSeenFirst)
    .limit(20)
  const people = Map.groupBy(rows.map(toKnown), ({ person }) => person)
  return [...people.values()].flatMap((known) => chooseIdentity(known) ?? [])
}
