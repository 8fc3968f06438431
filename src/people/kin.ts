import { eq, inArray } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { identities, people } from '../../db/schema.ts'
import { type KnownIdentity, lastSeenFirst, toKnown } from './identity.ts'

/** All identities of one person, the last seen first. */
export interface Named {
  known: KnownIdentity[]
  /** What they have in common with those who were ever one with them. */
  kin: string | null
}

/**
 * Adds, after all identities of each person, those of who was ever one with them: in a messenger where a person has none any more, they
 * go by the one that they had, as nobody there may learn who they are elsewhere.
 */
export async function withKin(db: Database, named: Named[]): Promise<KnownIdentity[][]> {
  const kins = new Set(named.flatMap(({ kin }) => kin ?? []))
  if (kins.size === 0) return named.map(({ known }) => known)
  const rows = await db
    .select({ identity: identities, kin: people.kin })
    .from(people)
    .innerJoin(identities, eq(identities.personId, people.id))
    .where(inArray(people.kin, [...kins]))
    .orderBy(...lastSeenFirst)
  return named.map(({ known, kin }) => {
    const [own] = known
    if (!own || kin === null) return known
    const others = rows.filter((row) => row.kin === kin && row.identity.personId !== own.person)
    return [...known, ...others.map(({ identity }) => ({ ...toKnown(identity), person: own.person }))]
  })
}
