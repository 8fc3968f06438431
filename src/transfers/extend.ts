import { DEFAULT_RULES } from '../groups/rules.ts'
import { saveLabels } from '../people/labels.ts'
import { Refusal } from '../shared/refusal.ts'
import { asSender, type SenderNeeds } from './actor.ts'
import type { Close, CloseNeeds } from './close.ts'
import type { ReadTransfer } from './find.ts'
import { lifetimeOf } from './group-rules.ts'
import type { Needs } from './needs.ts'

/**
 * The sender gives an open transfer more time, once: as long again as a new one has in its group. What a treasury has paid, an admin does.
 * @throws Refusal `transfer_not_found`, `not_sender`, `not_admin`, `admins_unknown`, `extended_already`, `awaiting_goal`, `key_reused`, or one of `CLOSED`
 */
export async function extend(
  needs: CloseNeeds & SenderNeeds & Pick<Needs, 'rules'>,
  { id, by, request }: Close,
): Promise<ReadTransfer> {
  const { transfers, assets, rules, ledger } = needs
  const open = await transfers.byId(id)
  if (!open) throw new Refusal('transfer_not_found')
  const { actor, note } = await asSender(needs, open, by)
  const asset = assets.named(open.asset)
  const ruled = open.groupId ? await rules.of(open.groupId) : DEFAULT_RULES
  const seconds = lifetimeOf(ruled, asset)
  const { transfer } = await ledger.submit({ do: 'extend', which: { id }, by: actor, seconds }, request)
  await note('extend')
  await saveLabels(needs, [by])
  return transfers.withClaims(transfer)
}
