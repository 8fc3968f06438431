import { personOwner } from '../ledger/accounts.ts'
import type { Actor } from '../ledger/commands.ts'
import type { KnownIdentity } from '../people/identity.ts'
import { handleKey } from '../shared/keys.ts'
import type { Needs } from './needs.ts'

/**
 * Who acts, as the rules want to know them.
 * @param handle what the messenger says with this very request, if it does; the one that we last saw may have changed hands
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
