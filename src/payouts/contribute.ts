import { codeHashOf, codeOf } from '../access/codes.ts'
import { accountOf, personOwner } from '../ledger/accounts.ts'
import type { Draft } from '../ledger/commands.ts'
import type { Request } from '../ledger/rows.ts'
import { chooseAsset, parseAmount } from '../money/amount.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import { saveLabels } from '../people/labels.ts'
import { newId } from '../shared/ids.ts'
import type { ReadTransfer } from '../transfers/find.ts'
import type { Needs } from './needs.ts'
import { treasuryAccount } from './treasury.ts'

/** Money for a group's treasury. */
export interface Contribution {
  /** As people type it: `parseAmount` reads it. */
  amount: string
  /** The code of an asset; by default the one that the amount's currency sign means, or the messenger's first. */
  asset?: string | undefined
  from: IdentityUpdate
  /** The id of a group: the treasury of its root has it. */
  groupId: string
  note?: string | null | undefined
  request?: Request | undefined
}

/**
 * Puts somebody's money into a group's treasury, at once.
 * @throws Refusal those of `chooseAsset` and `parseAmount`, of the group's rules and of `Opening.admit`, `amount_too_large`,
 * `insufficient_funds`, `on_hold`, `key_reused`
 */
export async function contribute(
  needs: Pick<Needs, 'ledger' | 'assets' | 'people' | 'groups' | 'opening' | 'secretKey' | 'log'>,
  { amount, asset: named, from, groupId, note, request }: Contribution,
): Promise<ReadTransfer> {
  const { assets, people, groups, opening, ledger, secretKey } = needs
  const asset = chooseAsset(assets.of(from.messenger), named, amount)
  const minor = parseAmount(amount, asset)
  const sender = await people.meet(from)
  await opening.admit({ person: sender.person, identity: from, groupId }, request)
  const to = treasuryAccount(await groups.rootOf(groupId), asset.code)
  const id = newId()
  const draft: Draft = {
    id,
    codeHash: codeHashOf(codeOf(secretKey, id)),
    asset,
    amount: minor,
    from: accountOf(personOwner(sender.person), asset.code),
    recipient: { kind: 'account', account: to },
    groupId,
    ...(note && { note }),
  }
  const { transfer, claim } = await ledger.submit({ do: 'contribute', draft, to }, request)
  await saveLabels(needs, [from])
  people.cacheOwner(draft.from.id, sender)
  return { ...transfer, claims: claim ? [claim] : [] }
}
