import type { Request } from '../ledger/rows.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import { learn } from '../people/labels.ts'
import { actorOf } from './actor.ts'
import type { ReadTransfer } from './find.ts'
import type { Needs } from './needs.ts'

export interface Close {
  /** The transfer's. */
  id: string
  by: IdentityUpdate
  request?: Request | undefined
}

export type CloseNeeds = Pick<Needs, 'ledger' | 'assets' | 'people' | 'groups' | 'transfers' | 'log'>

/** Ends a transfer that nobody has collected: the money is back with its sender. Who may do so is for the rules to say. */
export async function close(
  needs: CloseNeeds,
  how: 'cancel' | 'decline',
  { id, by, request }: Close,
): Promise<ReadTransfer> {
  const actor = actorOf(needs, await needs.people.meet(by), by.handle)
  const { transfer } = await needs.ledger.submit({ do: how, which: { id }, by: actor }, request)
  await learn(needs, [by])
  return needs.transfers.withClaims(transfer)
}
