import { saveLabels } from '../people/labels.ts'
import { actorOf } from './actor.ts'
import type { Close, CloseNeeds } from './close.ts'
import type { ReadTransfer } from './find.ts'

/**
 * The recipient sends a transfer back: the money that is left goes back to the sender.
 * @throws Refusal `transfer_not_found`, `not_recipient`, `handle_not_told`, `key_reused`, or one of `CLOSED`
 */
export async function decline(needs: CloseNeeds, { id, by, request }: Close): Promise<ReadTransfer> {
  const actor = actorOf(needs, await needs.people.recognise(by), by.handle)
  const { transfer } = await needs.ledger.submit({ do: 'decline', which: { id }, by: actor }, request)
  await saveLabels(needs, [by])
  return needs.transfers.withClaims(transfer)
}
