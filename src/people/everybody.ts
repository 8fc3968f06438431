import { and, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { chats, groups, identities } from '../../db/schema.ts'
import { groupPeople, partsOf } from '../books/source.ts'
import { isPartOf } from '../groups/groups.ts'
import { type KnownIdentity, lastSeenFirst, toKnown } from './identity.ts'

/**
 * Everybody who has ever sent or collected in a group: of each person the identity in its messengers, of several the one that was
 * seen last.
 */
export async function everybodyIn(db: Database, groupId: string): Promise<KnownIdentity[]> {
  const persons = sql`(
    select coalesce(kin.id, p.person_id) from ${groupPeople} p
    left join people linked on linked.id = p.person_id and linked.kin is not null
    left join people kin on kin.kin = linked.kin
    where group_id = any (${partsOf({ id: groupId })}) and state = 'open')`
  const rows = await db
    .selectDistinctOn([identities.personId])
    .from(identities)
    .where(and(sql`${identities.personId} in ${persons}`, inMessengersOf(groupId)))
    .orderBy(identities.personId, ...lastSeenFirst)
  return rows.map(toKnown)
}

/** The condition for identities in the messengers where a group meets. */
export const inMessengersOf = (groupId: string): SQL => sql`${identities.messenger} in (
  select ${chats.messenger} from ${chats} join ${groups} on ${groups.id} = ${chats.groupId} where ${isPartOf(groupId)})`
