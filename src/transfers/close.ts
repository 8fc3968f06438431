import type { Request } from '../ledger/rows.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import { saveLabels } from '../people/labels.ts'
import { actorOf } from './actor.ts'
import type { ReadTransfer } from './find.ts'
import type { Needs } from './needs.ts'

/** A cancel or a decline. */
export interface Close {
  /** The id of the transfer. */
  id: string
  by: IdentityUpdate
  request?: Request | undefined
}

/** What `close` is handed. */
export type CloseNeeds = Pick<Needs, 'ledger' | 'assets' | 'people' | 'groups' | 'transfers' | 'log'>

/** Ends an open transfer: the money that is left goes back to the sender. @throws Refusal as `cancel` and `decline` do */
export async function close(
  needs: CloseNeeds,
  how: 'cancel' | 'decline',
  { id, by, request }: Close,
): Promise<ReadTransfer> {
  const actor = actorOf(needs, await needs.people.meet(by), by.handle)
  const { transfer } = await needs.ledger.submit({ do: how, which: { id }, by: actor }, request)
  await saveLabels(needs, [by])
  return needs.transfers.withClaims(transfer)
}
