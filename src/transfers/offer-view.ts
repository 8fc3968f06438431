import type { Identity } from '../people/identity.ts'
import type { People } from '../people/people.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import type { Offer } from './offer-store.ts'
import { identityOf, type TransferView } from './view.ts'

/** An offer as the outside sees it: the transfer as it would be. */
export type OfferView = Pick<TransferView, 'asset' | 'amount' | 'from' | 'to' | 'note' | 'expiresAt'> & {
  id: string
  confirm: boolean
  /** The sender's, as BCP 47. */
  language: string | null
  /** The id of the transfer that was made of it. */
  transfer: string | null
}

/** Shows an offer. @throws Refusal `cancelled` where the sender has taken it back */
export async function viewOfOffer(
  people: People,
  { id, content, transferId, expiresAt }: Offer,
): Promise<OfferView> {
  if (!content) throw new Refusal('cancelled')
  const { amount, asset, from, to, note, confirm, language } = content
  const whoIs = async ({ messenger, id }: ExternalKey): Promise<Identity | null> =>
    identityOf(await people.find(messenger, id))
  return {
    asset,
    amount,
    from: await whoIs(from),
    to: !to
      ? null
      : 'id' in to
        ? await whoIs(to)
        : { messenger: to.messenger, id: null, handle: to.handle, name: null },
    note: note ?? null,
    expiresAt: expiresAt.toISOString(),
    id,
    confirm: confirm ?? false,
    language: language ?? null,
    transfer: transferId,
  }
}
