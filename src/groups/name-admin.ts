import type { Database } from '../../db/postgres.ts'
import type { IdentityUpdate, KnownIdentity } from '../people/identity.ts'
import type { People } from '../people/people.ts'
import { Refusal } from '../shared/refusal.ts'
import type { ChatUpdate, Groups } from './groups.ts'
import type { Memberships } from './memberships.ts'
import type { Trail } from './trail.ts'

interface Needs {
  db: Database
  people: Pick<People, 'recognise' | 'introduce' | 'find'>
  groups: Groups
  memberships: Memberships
  trail: Trail
}

/**
 * Names somebody an admin of a chat, or takes that back, for one of its admins: where a messenger tells no admins of its groups, those
 * whom it calls admins are the first. It stands in the group's trail.
 * @throws Refusal `not_admin`, `admins_unknown`
 */
export async function nameAdmin(
  needs: Needs,
  { chat, by, who, isNamed }: { chat: ChatUpdate; by: IdentityUpdate; who: IdentityUpdate; isNamed: boolean },
): Promise<void> {
  const { db, people, groups, memberships, trail } = needs
  const groupId = await groups.rootOf(await groups.recognise(chat))
  const [admin, named] = [await people.recognise(by), await people.recognise(who)]
  if (!(await memberships.isAdmin(groupId, admin.person))) throw new Refusal('not_admin')
  await db.transaction(async (tx) => {
    await groups.introduce([groupId], tx)
    await people.introduce([named.person], tx)
    const seat = { messenger: chat.messenger, chat: chat.id, id: who.id }
    if (!(await memberships.name(seat, isNamed, tx))) return
    const details = { who: { messenger: who.messenger, id: who.id } }
    const what = isNamed ? 'admin_named' : 'admin_unnamed'
    await trail.append({ groupId, by: { messenger: admin.messenger, id: admin.id }, what, details }, tx)
  })
}

/** Those who were named admins of a chat. */
export async function namedAdmins(
  { memberships, people }: Pick<Needs, 'memberships' | 'people'>,
  chat: { messenger: string; id: string },
): Promise<KnownIdentity[]> {
  const ids = await memberships.namedIn(chat)
  const known = await Promise.all(ids.map((id) => people.find(chat.messenger, id)))
  return known.filter((one) => one !== undefined)
}
