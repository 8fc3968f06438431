import { codeHashOf, codeOf } from '../access/codes.ts'
import { saveLabels } from '../people/labels.ts'
import { Refusal } from '../shared/refusal.ts'
import { asSender, type SenderNeeds } from './actor.ts'
import type { Close, CloseNeeds } from './close.ts'
import type { ReadTransfer } from './find.ts'
import type { Needs } from './needs.ts'

/**
 * The sender gives an open transfer another code, as one was lost: the one before, its link and its picture open nothing from then on.
 * What a treasury has paid, an admin of its group does.
 * @throws Refusal `transfer_not_found`, `not_sender`, `not_admin`, `admins_unknown`, `reissued_meanwhile`, `awaiting_goal`, `key_reused`, or one of `CLOSED`
 */
export async function reissue(
  needs: CloseNeeds & SenderNeeds & Pick<Needs, 'secretKey'>,
  { id, by, request }: Close,
): Promise<ReadTransfer> {
  const { transfers, ledger, secretKey } = needs
  const open = await transfers.byId(id)
  if (!open) throw new Refusal('transfer_not_found')
  const { actor, note } = await asSender(needs, open, by)
  const turn = open.reissues + 1
  const codeHash = codeHashOf(codeOf(secretKey, id, turn))
  const { transfer } = await ledger.submit(
    { do: 'reissue', which: { id }, by: actor, turn, codeHash },
    request,
  )
  await note('reissue')
  await saveLabels(needs, [by])
  return transfers.withClaims(transfer)
}
