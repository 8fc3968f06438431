import { personOwner } from '../ledger/accounts.ts'
import type { Actor } from '../ledger/commands.ts'
import type { KnownIdentity } from '../people/identity.ts'
import { handleKey } from '../shared/keys.ts'
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
