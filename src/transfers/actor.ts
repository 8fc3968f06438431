import { eq } from 'drizzle-orm'
import { payouts } from '../../db/schema.ts'
import { groupOwner, personOwner } from '../ledger/accounts.ts'
import type { Actor } from '../ledger/commands.ts'
import type { IdentityUpdate, KnownIdentity } from '../people/identity.ts'
import { handleKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import type { ReadTransfer } from './find.ts'
import type { Needs } from './needs.ts'

/**
 * Who acts, in the ledger's terms.
 * @param handle the one that the messenger reports with this request, if it does: the stored one may be somebody else's by now
 */
export const actorOf = (
  { assets }: Pick<Needs, 'assets'>,
  { person, messenger }: KnownIdentity,
  handle?: string | null,
): Actor => ({
  owner: personOwner(person),
  ...(handle !== undefined && { handle: handle && handleKey(messenger, handle) }),
  assets: assets.codesOf(messenger),
})

/**
 * An admin who acts for the group whose treasury has made a payout.
 * @throws Refusal `payout_not_found`, `not_admin`, `admins_unknown`
 */
export async function treasurerOf(
  needs: Pick<Needs, 'db' | 'assets' | 'people' | 'memberships'>,
  by: IdentityUpdate,
  payoutId: string,
): Promise<{ actor: Actor; groupId: string }> {
  const [payout] = await needs.db.select().from(payouts).where(eq(payouts.id, payoutId))
  if (!payout) throw new Refusal('payout_not_found')
  const { groupId } = payout
  const known = await needs.people.recognise(by)
  if (!(await needs.memberships.isAdmin(groupId, known.person))) throw new Refusal('not_admin')
  return { actor: { ...actorOf(needs, known), owner: groupOwner(groupId) }, groupId }
}

/** What `asSender` is handed. */
export type SenderNeeds = Pick<Needs, 'db' | 'assets' | 'people' | 'memberships' | 'trail'>

/**
 * Who acts as the sender of a transfer: whoever asks; of one that a treasury has paid, an admin of its group, and then `note` writes what was
 * done into the group's trail.
 * @throws Refusal `payout_not_found`, `not_admin`, `admins_unknown`
 */
export async function asSender(
  needs: SenderNeeds,
  { id, payoutId }: ReadTransfer,
  by: IdentityUpdate,
): Promise<{ actor: Actor; note(what: string): Promise<void> }> {
  if (!payoutId)
    return { actor: actorOf(needs, await needs.people.recognise(by), by.handle), note: async () => {} }
  const { actor, groupId } = await treasurerOf(needs, by, payoutId)
  const details = { payout: payoutId, transfer: id }
  return { actor, note: (what) => needs.trail.append({ groupId, by, what, details }) }
}
