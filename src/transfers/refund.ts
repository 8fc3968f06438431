import { eq } from 'drizzle-orm'
import { accounts } from '../../db/schema.ts'
import { codeHashOf, codeOf } from '../access/codes.ts'
import { type AccountRef, accountOf, groupOwner, personOwner } from '../ledger/accounts.ts'
import type { Request } from '../ledger/rows.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import { saveLabels } from '../people/labels.ts'
import { newId } from '../shared/ids.ts'
import { Refusal } from '../shared/refusal.ts'
import type { ReadTransfer } from './find.ts'
import type { Needs } from './needs.ts'

/** What somebody has collected, to be given back. */
export interface Refund {
  /** The id of the transfer that they have collected. */
  id: string
  by: IdentityUpdate
  request?: Request | undefined
}

/**
 * Gives back what somebody has collected of a transfer, by a transfer to whoever had sent it, which is collected at once. What a treasury
 * had paid is in that treasury again.
 * @returns the new transfer
 * @throws Refusal `transfer_not_found`, `not_collector`, `not_refundable`, `refunded_already`, `insufficient_funds`, `on_hold`, `key_reused`
 */
export async function refund(
  needs: Pick<Needs, 'db' | 'ledger' | 'assets' | 'people' | 'groups' | 'transfers' | 'secretKey' | 'log'>,
  { id, by, request }: Refund,
): Promise<ReadTransfer> {
  const { people, transfers, assets, ledger, secretKey } = needs
  const giver = await people.recognise(by)
  const collected = await transfers.byId(id)
  if (!collected) throw new Refusal('transfer_not_found')
  const from = accountOf(personOwner(giver.person), collected.asset)
  const share = await transfers.claimOf(collected, from.id)
  if (!share) throw new Refusal('not_collector')
  const to = await senderOf(needs, collected)
  if (!to || collected.refundOf) throw new Refusal('not_refundable')
  const refundId = newId()
  const draft = {
    id: refundId,
    codeHash: codeHashOf(codeOf(secretKey, refundId)),
    asset: assets.named(collected.asset),
    amount: share.amount,
    from,
    recipient: { kind: 'account', account: to } as const,
    refundOf: id,
    ...(collected.groupId && { groupId: collected.groupId }),
    ...(collected.note && { note: collected.note }),
  }
  const { transfer, claim } = await ledger.submit({ do: 'contribute', draft, to }, request)
  await saveLabels(needs, [by])
  people.cacheOwner(from.id, giver)
  return { ...transfer, claims: claim ? [claim] : [] }
}

/** The account that a transfer came from; undefined where that is the issuer's. */
async function senderOf(
  { db }: Pick<Needs, 'db'>,
  { fromAccount, asset }: ReadTransfer,
): Promise<AccountRef | undefined> {
  const [row] = await db.select().from(accounts).where(eq(accounts.id, fromAccount))
  if (row?.personId) return accountOf(personOwner(row.personId), asset)
  return row?.groupId ? accountOf(groupOwner(row.groupId), asset) : undefined
}
