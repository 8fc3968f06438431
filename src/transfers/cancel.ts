import { saveLabels } from '../people/labels.ts'
import { Refusal } from '../shared/refusal.ts'
import { asSender, type SenderNeeds } from './actor.ts'
import type { Close, CloseNeeds } from './close.ts'
import type { ReadTransfer } from './find.ts'

/**
 * The sender takes a transfer back; what a treasury has paid, an admin of its group does.
 * @throws Refusal `transfer_not_found`, `not_sender`, `not_admin`, `admins_unknown`, `key_reused`, or one of `CLOSED`
 */
export async function cancel(
  needs: CloseNeeds & SenderNeeds,
  { id, by, request }: Close,
): Promise<ReadTransfer> {
  const { transfers, ledger } = needs
  const open = await transfers.byId(id)
  if (!open) throw new Refusal('transfer_not_found')
  const { actor, note } = await asSender(needs, open, by)
  const { transfer } = await ledger.submit({ do: 'cancel', which: { id }, by: actor }, request)
  await note('cancel')
  await saveLabels(needs, [by])
  return transfers.withClaims(transfer)
}
