import { and, eq, inArray, notExists, or, type SQL, sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/pg-core'
import type { Database } from '../../db/postgres.ts'
import { chats, firstNameOf, groups, identities } from '../../db/schema.ts'
import { isPartOf } from '../groups/groups.ts'
import { chooseIdentity, type KnownIdentity, lastSeenFirst, toKnown } from '../people/identity.ts'
import { isInBooks } from './source.ts'

/**
 * The people in a group's books who are called so: by a handle, with or without `@`, or a first name, whatever its case. Each person
 * once, by the identity that is called so.
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
  return peopleInGroup(db, root, isCalled)
}

/** Somebody in a group's books. @param person their id */
export async function findPersonInGroup(
  db: Database,
  root: { id: string },
  person: string,
): Promise<KnownIdentity | undefined> {
  return (await peopleInGroup(db, root, eq(identities.personId, person)))[0]
}

/**
 * Who somebody is in other messengers is no matter of the group's, as long as they are somebody in one of its own, or were before they
 * were unlinked.
 */
async function peopleInGroup(
  db: Database,
  root: { id: string },
  which: SQL | undefined,
): Promise<KnownIdentity[]> {
  const messengers = db
    .select({ messenger: chats.messenger })
    .from(chats)
    .innerJoin(groups, eq(groups.id, chats.groupId))
    .where(isPartOf(root.id))
  const own = alias(identities, 'own')
  const isSomebodyThere = db
    .select()
    .from(own)
    .where(
      and(
        sql`${own.personId} in (select kin_of(${identities.personId}))`,
        inArray(own.messenger, messengers),
      ),
    )
  const rows = await db
    .select()
    .from(identities)
    .where(
      and(
        which,
        or(inArray(identities.messenger, messengers), notExists(isSomebodyThere)),
        isInBooks(root, sql`identities.person_id`),
      ),
    )
    .orderBy(...lastSeenFirst)
    .limit(20)
  const people = Map.groupBy(rows.map(toKnown), ({ person }) => person)
  return [...people.values()].flatMap((known) => chooseIdentity(known) ?? [])
}
