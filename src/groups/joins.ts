import { and, eq, isNull, or, sql } from 'drizzle-orm'
import type { Transaction } from '../../db/postgres.ts'
import { chats, groups, payouts } from '../../db/schema.ts'
import { gather } from '../payouts/gather.ts'
import type { Needs as PayoutNeeds } from '../payouts/needs.ts'
import type { IdentityUpdate, KnownIdentity } from '../people/identity.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import type { Chat, ChatUpdate } from './groups.ts'
import { findJoinCode, storeJoinCode, useJoinCode } from './join-codes.ts'

type Needs = Pick<
  PayoutNeeds,
  'db' | 'ledger' | 'assets' | 'secretKey' | 'people' | 'groups' | 'memberships' | 'trail'
>

/** What an admin wants done with a chat of theirs. */
interface Asked {
  chat: ChatUpdate
  by: IdentityUpdate
}

/**
 * Makes a code by which an admin of another chat joins that one to this one's group. It is good once, for ten minutes.
 * @throws Refusal `not_admin`, `admins_unknown`
 */
export async function makeJoinCode(needs: Needs, asked: Asked): Promise<{ code: string; expiresAt: Date }> {
  const { groupId, admin } = await adminOf(needs, asked)
  return needs.db.transaction(async (tx) => {
    await needs.groups.introduce([groupId], tx)
    return storeJoinCode(tx, { groupId, by: keyOf(admin) })
  })
}

/**
 * Joins a chat to the group of a code, with all chats that were joined to it: one book from then on, with the rules and the treasury of
 * that group. What the chat's own treasury has moves there.
 * @returns the chat that the group is shown by
 * @throws Refusal `join_code_unknown`, `join_other_money`, `already_joined`, `joined_elsewhere`, `payout_unfinished`, `not_admin`, `admins_unknown`
 */
export async function join(needs: Needs, { code: typed, ...asked }: Asked & { code: string }): Promise<Chat> {
  const { db, assets, people, memberships, groups: all, trail } = needs
  const { groupId, admin, chat } = await adminOf(needs, asked)
  const code = await findJoinCode(db, typed)
  const inviter = code && (await people.recognise(code.by))
  // Who was removed meanwhile invites nobody.
  if (!inviter || !(await memberships.isAdmin(code.groupId, inviter.person)))
    throw new Refusal('join_code_unknown')
  // Play money, and whoever is an admin where it is played with, stay among themselves.
  const { messenger } = await shownBy(all, code.groupId)
  if (assets.of(messenger) !== assets.of(chat.messenger)) throw new Refusal('join_other_money')
  const root = await db.transaction(async (tx) => {
    await lockChats(tx)
    const used = await useJoinCode(tx, typed)
    if (!used) throw new Refusal('join_code_unknown')
    const [own, root] = [await rootOf(tx, groupId), await rootOf(tx, used.groupId)]
    if (own === root) throw new Refusal('already_joined')
    if (own !== groupId) throw new Refusal('joined_elsewhere')
    await refuseUnfinished(tx, groupId)
    await all.introduce([groupId], tx)
    await tx
      .update(groups)
      .set({ mergedInto: root })
      .where(or(eq(groups.id, groupId), eq(groups.mergedInto, groupId)))
    const details = { chat, invitedBy: used.by }
    for (const one of [root, groupId])
      await trail.append({ groupId: one, by: keyOf(admin), what: 'join', details }, tx)
    return root
  })
  // The worker does what is left of it where this process ends here.
  await gather(needs, root)
  return shownBy(all, root)
}

/**
 * Parts a chat from the group that it was joined to: its books are its own again. Money stays where it is, in that group's treasury.
 * @returns the chat that the group is shown by which it has left
 * @throws Refusal `not_joined`, `not_admin`, `admins_unknown`
 */
export async function part(needs: Needs, asked: Asked): Promise<Chat> {
  const { db, groups: all, trail } = needs
  const { groupId, admin, chat } = await adminOf(needs, asked)
  const root = await db.transaction(async (tx) => {
    await lockChats(tx)
    const root = await rootOf(tx, groupId)
    if (root === groupId) throw new Refusal('not_joined')
    await tx.update(groups).set({ mergedInto: null }).where(eq(groups.id, groupId))
    await tx.update(groups).set({ mergedInto: groupId }).where(eq(groups.movedInto, groupId))
    for (const one of [root, groupId])
      await trail.append({ groupId: one, by: keyOf(admin), what: 'part', details: { chat } }, tx)
    return root
  })
  return shownBy(all, root)
}

/** The chat with its own group, and who acts, who has to be an admin there. */
async function adminOf(
  { people, groups, memberships }: Needs,
  { chat, by }: Asked,
): Promise<{ groupId: string; chat: Chat; admin: KnownIdentity }> {
  const [groupId, admin] = [await groups.recognise(chat), await people.recognise(by)]
  if (!(await memberships.isAdmin(groupId, admin.person))) throw new Refusal('not_admin')
  const { messenger, id, title } = chat
  const known = (await groups.chatsOf([groupId])).get(groupId) ?? { messenger, id, title: null }
  return { groupId, chat: { ...known, ...(title !== undefined && { title }) }, admin }
}

/** Lets one chat join, part, or move at a time, so that what is read here still holds when it is written. */
const lockChats = (tx: Transaction) => tx.execute(sql`lock table ${chats} in share row exclusive mode`)

async function rootOf(tx: Transaction, groupId: string): Promise<string> {
  const [row] = await tx.select().from(groups).where(eq(groups.id, groupId))
  return row?.mergedInto ?? groupId
}

/** A payout that is under way takes its money out of a treasury that would be empty. */
async function refuseUnfinished(tx: Transaction, groupId: string): Promise<void> {
  // Payouts of a group are noted under the same lock.
  await tx.select({ id: groups.id }).from(groups).where(eq(groups.id, groupId)).for('no key update')
  const unfinished = and(eq(payouts.groupId, groupId), isNull(payouts.madeAt))
  if ((await tx.$count(payouts, unfinished)) > 0) throw new Refusal('payout_unfinished')
}

async function shownBy(groups: Needs['groups'], groupId: string): Promise<Chat> {
  const chat = (await groups.chatsOf([groupId])).get(groupId)
  if (!chat) throw new Error('A group without a chat.')
  return chat
}

const keyOf = ({ messenger, id }: KnownIdentity): ExternalKey => ({ messenger, id })
