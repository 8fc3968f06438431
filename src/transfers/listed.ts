import { listNamed, type Member } from '../groups/lists.ts'
import type { Draft } from '../ledger/commands.ts'
import type { Request } from '../ledger/rows.ts'
import type { KnownIdentity } from '../people/identity.ts'
import { handleKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { findAnswer } from './idempotency.ts'
import type { Needs } from './needs.ts'

/**
 * Puts those on a list into a draft that is for them, as they are now: whoever is named by their id, and handles as they stand there, as
 * only the messenger tells who has one when they collect.
 * @param named the list's name, in any capitals, or its id
 * @param request one that was answered before is let through to its answer
 * @throws Refusal `not_admin`, `admins_unknown`, `list_unknown`, `list_empty`
 */
export async function nameListed(
  needs: Pick<Needs, 'db' | 'people' | 'groups' | 'memberships'>,
  draft: Draft,
  named: string,
  sender: KnownIdentity,
  request?: Request,
): Promise<void> {
  const { db, groups, memberships, people } = needs
  const { groupId } = draft
  if (!groupId) throw new Error('A list of no group.')
  if (request && (await findAnswer(db, request.client, request.key))) return
  // Names of lists may tell things: only admins hear of them.
  if (!(await memberships.isAdmin(groupId, sender.person))) throw new Refusal('not_admin')
  const { name, members } = await listNamed(db, await groups.rootOf(groupId), named)
  if (members.length === 0) throw new Refusal('list_empty', { name })
  // Whom nobody has met is written with it.
  const known = await Promise.all(members.flatMap((one) => ('id' in one ? people.recognise(one) : [])))
  draft.recipient = { kind: 'listed', list: name }
  draft.listed = {
    people: [...new Set(known.map(({ person }) => person))],
    handles: [...new Set(members.flatMap((one) => handleOf(one) ?? []))],
  }
}

const handleOf = (one: Member): string | undefined =>
  'handle' in one ? handleKey(one.messenger, one.handle) : undefined
