import { and, eq, or, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { firstNameOf, identities } from '../../db/schema.ts'
import type { Trail } from '../groups/trail.ts'
import type { Hold } from '../ledger/commands.ts'
import { type KnownIdentity, lastSeenFirst, toKnown } from '../people/identity.ts'
import type { People } from '../people/people.ts'
import { type ExternalKey, keyOf, readKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { asTyped } from '../shared/text.ts'

const MOST_FOUND = 20

/**
 * People by what somebody knows of them: `telegram:123456789`, an id alone, a handle with or without `@`, a name or a first name,
 * whatever its case. Each person once, by the identity that fits.
 */
export async function findPeople(db: Database, words: string): Promise<KnownIdentity[]> {
  const wanted = words.trim()
  const key = readKey(wanted)
  const name = wanted.toLowerCase()
  const isMeant = or(
    key && and(eq(identities.messenger, key.messenger), eq(identities.id, key.id)),
    eq(identities.id, wanted),
    hasHandle(wanted),
    sql`${firstNameOf(identities.name)} = ${name}`,
    sql`lower(${identities.name}) = ${name}`,
  )
  const rows = await db
    .select()
    .from(identities)
    .where(isMeant)
    .orderBy(...lastSeenFirst)
    .limit(MOST_FOUND)
  return [...new Map(rows.map((row) => [row.personId, toKnown(row)])).values()]
}

/** The one whom a row of a list names: as `telegram:123456789`, or `@ada`. @throws Refusal `unknown_person`, `person_unclear` */
export async function keyNamed(db: Database, typed: string): Promise<string> {
  if (!/^[@＠]/.test(typed)) return typed
  const found = await db.select().from(identities).where(hasHandle(typed)).limit(2)
  const [first, another] = found
  if (!first) throw new Refusal('unknown_person', { typed: asTyped(typed) })
  if (another) throw new Refusal('person_unclear', { typed: asTyped(typed) })
  return keyOf(first)
}

const hasHandle = (typed: string) =>
  sql`lower(${identities.handle}) = ${typed.replace(/^[@＠]/, '').toLowerCase()}`

/** All identities of a person, the last seen first. @param person their id */
export const identitiesOf = async (db: Database, person: string): Promise<KnownIdentity[]> =>
  (
    await db
      .select()
      .from(identities)
      .where(eq(identities.personId, person))
      .orderBy(...lastSeenFirst)
  ).map(toKnown)

/** Stops somebody from sending, or from everything, or lets them go on; the operators' trail says who did it, and why. */
export async function hold(
  { db, people, trail }: { db: Database; people: Pick<People, 'setHold'>; trail: Pick<Trail, 'append'> },
  { whose, hold, reason, by }: { whose: KnownIdentity; hold: Hold | null; reason: string; by: ExternalKey },
): Promise<void> {
  await db.transaction(async (tx) => {
    await people.setHold(whose.person, hold, tx)
    const details = { person: keyOf(whose), hold, reason }
    await trail.append({ groupId: null, by, what: 'hold', details }, tx)
  })
}
