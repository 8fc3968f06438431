import { and, eq, ne, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../db/postgres.ts'
import { groups, peopleLists, standingPayouts } from '../../db/schema.ts'
import { newId } from '../shared/ids.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { findList, isList, type Member, memberKey, type PeopleList } from './lists.ts'
import type { Trail } from './trail.ts'

interface Needs {
  db: Database
  trail: Pick<Trail, 'append'>
}

/** Which list of a group is to be changed, and by which admin. */
interface Change {
  /** A group that is merged into no other. */
  groupId: string
  by: ExternalKey
}

/** Makes a list, which the group's trail tells. @returns its id @throws Refusal `list_name_taken` */
export async function makeList(
  { db, trail }: Needs,
  { groupId, by, name, members }: Change & Omit<PeopleList, 'id'>,
): Promise<string> {
  const id = newId()
  await db.transaction(async (tx) => {
    await lockLists(tx, groupId)
    await refuseTaken(tx, groupId, id, name)
    await tx.insert(peopleLists).values({ id, groupId, name, members })
    await trail.append({ groupId, by, what: 'list_made', details: { name, members: members.length } }, tx)
  })
  return id
}

/** Gives a list another name, other members, or both. @throws Refusal `list_not_found`, `list_name_taken` */
export async function changeList(
  { db, trail }: Needs,
  { groupId, by, id, name, members }: Change & PeopleList,
): Promise<void> {
  await db.transaction(async (tx) => {
    await lockLists(tx, groupId)
    const before = await findList(tx, groupId, id)
    await refuseTaken(tx, groupId, id, name)
    const [added, removed] = [without(members, before.members), without(before.members, members)]
    if (name === before.name && added.length === 0 && removed.length === 0) return
    await tx.update(peopleLists).set({ name, members }).where(isList(groupId, id))
    const renamed = name === before.name ? {} : { from: before.name }
    const details = { name, ...renamed, added, removed }
    await trail.append({ groupId, by, what: 'list_changed', details }, tx)
  })
}

/** Deletes a list. @throws Refusal `list_not_found`, `list_in_use` by the group's rules or by a standing payout */
export async function deleteList(
  { db, trail }: Needs,
  { groupId, by, id }: Change & Pick<PeopleList, 'id'>,
): Promise<void> {
  await db.transaction(async (tx) => {
    await lockLists(tx, groupId)
    const { name } = await findList(tx, groupId, id)
    if (await isInUse(tx, groupId, id)) throw new Refusal('list_in_use', { name })
    await tx.delete(peopleLists).where(isList(groupId, id))
    await trail.append({ groupId, by, what: 'list_deleted', details: { name } }, tx)
  })
}

/** Rules are saved, and standing payouts are made, under the same lock: what uses a list now is all that there is. */
const lockLists = (tx: Transaction, groupId: string) =>
  tx.select({ id: groups.id }).from(groups).where(eq(groups.id, groupId)).for('no key update')

async function refuseTaken(tx: Transaction, groupId: string, id: string, name: string): Promise<void> {
  const isOther = and(eq(peopleLists.groupId, groupId), eq(peopleLists.name, name), ne(peopleLists.id, id))
  const [other] = await tx.select({ id: peopleLists.id }).from(peopleLists).where(isOther)
  if (other) throw new Refusal('list_name_taken', { name })
}

async function isInUse(tx: Transaction, groupId: string, id: string): Promise<boolean> {
  const [used] = await tx
    .select({
      byRules: sql<boolean>`coalesce(${groups.rules} -> 'senders' ->> 'list' = ${id}, false)`,
      byStanding: sql<boolean>`exists (select from ${standingPayouts} where list_id = ${id} and state <> 'ended')`,
    })
    .from(groups)
    .where(eq(groups.id, groupId))
  return used !== undefined && (used.byRules || used.byStanding)
}

function without(members: Member[], others: Member[]): Member[] {
  const keys = new Set(others.map(memberKey))
  return members.filter((one) => !keys.has(memberKey(one)))
}
