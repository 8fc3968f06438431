import { codeHashOf, codeOf } from '../access/codes.ts'
import { accountOf, personOwner } from '../ledger/accounts.ts'
import { ANYONE, type Draft } from '../ledger/commands.ts'
import { chooseAsset, parseAmount } from '../money/amount.ts'
import type { IdentityUpdate, KnownIdentity } from '../people/identity.ts'
import { newId } from '../shared/ids.ts'
import { handleKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import type { Needs } from './needs.ts'

/** What somebody wants to pass along, and to whom. */
export interface Terms {
  /** As people type it. */
  amount: string
  /** The code of an asset; left out: the one that the amount's sign means, or the first that the messenger deals in. */
  asset?: string | undefined
  from: IdentityUpdate
  /** Left out: whoever has the code. */
  to?: IdentityUpdate | { messenger: string; handle: string } | null | undefined
  note?: string | null | undefined
}

export interface Drafted {
  draft: Draft
  code: string
  sender: KnownIdentity
  /** Where they were named by their id. */
  recipient?: KnownIdentity
}

/**
 * A transfer that is asked for, in the ledger's terms: its id and code are made here, and people become known. Nothing else
 * is written.
 * @throws Refusal of the amount or the asset, `wrong_asset`, `own_transfer`
 */
export async function draftOf(
  { assets, people, secretKey }: Pick<Needs, 'assets' | 'people' | 'secretKey'>,
  { amount, asset: named, from, to, note }: Terms,
): Promise<Drafted> {
  const asset = chooseAsset(assets.of(from.messenger), named, amount)
  const minor = parseAmount(amount, asset)
  const sender = await people.meet(from)
  const id = newId()
  const code = codeOf(secretKey, id)
  const draft: Draft = {
    id,
    codeHash: codeHashOf(code),
    asset,
    amount: minor,
    from: accountOf(personOwner(sender.person), asset.code),
    recipient: ANYONE,
    ...(note && { note }),
  }
  if (!to) return { draft, sender, code }
  if (!assets.codesOf(to.messenger).has(asset.code)) throw new Refusal('wrong_asset', { asset: asset.code })
  if ('id' in to) {
    const recipient = await people.meet(to)
    draft.recipient = { kind: 'account', account: accountOf(personOwner(recipient.person), asset.code) }
    return { draft, sender, recipient, code }
  }
  const handle = handleKey(to.messenger, to.handle)
  if (sender.handle && handle === handleKey(sender.messenger, sender.handle))
    throw new Refusal('own_transfer')
  draft.recipient = { kind: 'handle', handle }
  return { draft, sender, code }
}

/** The people whom terms introduce, with the labels that are told of them. */
export const peopleIn = ({ from, to }: Terms): IdentityUpdate[] => (to && 'id' in to ? [from, to] : [from])
