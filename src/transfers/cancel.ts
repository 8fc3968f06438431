import { saveLabels } from '../people/labels.ts'
import { treasurerOf } from './actor.ts'
import { type Close, type CloseNeeds, close } from './close.ts'
import type { ReadTransfer } from './find.ts'
import type { Needs } from './needs.ts'

/**
 * The sender takes a transfer back; what a treasury has paid, an admin of its group does.
 * @throws Refusal `transfer_not_found`, `not_sender`, `not_admin`, `admins_unknown`, `key_reused`, or one of `CLOSED`
 */
export async function cancel(
  needs: CloseNeeds & Pick<Needs, 'db' | 'memberships' | 'trail'>,
  asked: Close,
): Promise<ReadTransfer> {
  const { payoutId } = (await needs.transfers.byId(asked.id)) ?? {}
  return payoutId ? cancelPaid(needs, asked, payoutId) : close(needs, 'cancel', asked)
}

async function cancelPaid(
  needs: Parameters<typeof cancel>[0],
  { id, by, request }: Close,
  payoutId: string,
): Promise<ReadTransfer> {
  const { people, ledger, transfers, trail } = needs
  const { actor, groupId } = await treasurerOf(needs, await people.meet(by), payoutId)
  const { transfer } = await ledger.submit({ do: 'cancel', which: { id }, by: actor }, request)
  await trail.append({ groupId, by, what: 'cancel', details: { payout: payoutId, transfer: id } })
  await saveLabels(needs, [by])
  return transfers.withClaims(transfer)
}
