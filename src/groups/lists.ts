import { and, asc, eq, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { identities, peopleLists } from '../../db/schema.ts'
import { type KnownIdentity, lastSeenFirst, toKnown } from '../people/identity.ts'
import { type ExternalKey, handleKey, keyOf } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { asTyped } from '../shared/text.ts'

/** A list of people that a group keeps: for payouts, or of those who may send. */
export interface PeopleList {
  id: string
  name: string
  members: Member[]
}

/** Somebody on a list: by their id, or whoever has a handle. */
export type Member = ExternalKey | { messenger: string; handle: string }

/** The lists of a group, by name. @param groupId of a group that is merged into no other */
export const listsOf = (db: Database, groupId: string): Promise<PeopleList[]> =>
  db
    .select(columns)
    .from(peopleLists)
    .where(eq(peopleLists.groupId, groupId))
    .orderBy(asc(sql`lower(${peopleLists.name})`), asc(peopleLists.id))

/** One list of a group. @throws Refusal `list_not_found` */
export async function findList(
  db: Pick<Database, 'select'>,
  groupId: string,
  id: string,
): Promise<PeopleList> {
  const [list] = await db.select(columns).from(peopleLists).where(isList(groupId, id))
  if (!list) throw new Refusal('list_not_found')
  return list
}

/** A list by its name, in any capitals, or by its id. @throws Refusal `list_unknown`, which tells the names that there are */
export async function listNamed(db: Database, groupId: string, named: string): Promise<PeopleList> {
  const lists = await listsOf(db, groupId)
  const same = (a: string, b: string) => a.trim().toLowerCase() === b.trim().toLowerCase()
  const list =
    lists.find(({ name }) => name === named) ??
    lists.find(({ name, id }) => same(name, named) || id === named)
  if (list) return list
  throw new Refusal('list_unknown', {
    name: asTyped(named),
    names: lists.map(({ name }) => name).join(', ') || '–',
  })
}

/** The ids of the persons on a list, as far as they are known; none where there is no such list. */
export async function membersOf(db: Database, listId: string): Promise<Set<string>> {
  const [list] = await db.select(columns).from(peopleLists).where(eq(peopleLists.id, listId))
  const known = await findMembers(db, list?.members ?? [])
  return new Set(known.flatMap((one) => one?.person ?? []))
}

/** Who the members of a list are, in their order; `undefined` where we have not met them. */
export async function findMembers(db: Database, members: Member[]): Promise<(KnownIdentity | undefined)[]> {
  const asked = sql`jsonb_to_recordset(${JSON.stringify(members)}::jsonb) asked (messenger text, id text, handle text)`
  const handle = sql`lower(${identities.handle})`
  const [byId, byHandle] = await Promise.all(
    [
      sql`(${identities.messenger}, ${identities.id}) in (select messenger, id from ${asked})`,
      sql`(${identities.messenger}, ${handle}) in (select messenger, lower(handle) from ${asked})`,
    ].map((isAsked) =>
      db
        .select()
        .from(identities)
        .where(isAsked)
        .orderBy(...lastSeenFirst),
    ),
  )
  const known = new Map<string, KnownIdentity>()
  for (const one of (byId ?? []).map(toKnown)) known.set(memberKey(one), one)
  for (const one of (byHandle ?? []).map(toKnown))
    if (one.handle) known.set(memberKey({ messenger: one.messenger, handle: one.handle }), one)
  return members.map((one) => known.get(memberKey(one)))
}

/** One string for a member: `telegram:123456789`, or `telegram:@ada`. */
export const memberKey = (one: Member): string =>
  'id' in one ? keyOf(one) : handleKey(one.messenger, `@${one.handle}`)

const columns = {
  id: peopleLists.id,
  name: peopleLists.name,
  members: sql<Member[]>`${peopleLists.members}`,
}

/** The condition for one list of a group. */
export const isList = (groupId: string, id: string) =>
  and(eq(peopleLists.id, id), eq(peopleLists.groupId, groupId))
