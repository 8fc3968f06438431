import { amountOf, nameOf } from './card.ts'
import { type ApiClient, body, type Offer, type TransferView } from './client.ts'
import type { Person, Place, Target } from './messenger.ts'
import { throwAboutOffer } from './refusals.ts'
import type { Texts } from './texts/index.ts'

/** Where the card of a new transfer is to be posted, in the form that the API takes. */
type CardTarget = Target & { messenger: string; language: string; picture?: boolean | undefined }

/**
 * Makes the transfer of an offer. An offer is made once, in one message: from the same place a second call has the same
 * transfer, from another one it is refused.
 * @param place the message that shows the offer
 * @param card where the card is to be posted, if it doesn't take the place of that message
 * @throws Refused
 */
export const makeOffer = (
  api: ApiClient,
  id: string,
  by: Person,
  { chat, message }: Place,
  card?: CardTarget,
): Promise<TransferView> =>
  body(api.offers[':id'].make.$post({ param: { id }, json: { by, place: { chat, message }, card } })).catch(
    throwAboutOffer,
  )

/** @throws Refused where it was taken back, or never existed */
export const findOffer = (api: ApiClient, id: string): Promise<Offer> =>
  body(api.offers[':id'].$get({ param: { id } })).catch(throwAboutOffer)

/**
 * `20.00 CREDIT to @ben (lunch)`
 * @param here the messenger in which it is read
 */
export function offerInWords(
  offer: Pick<TransferView, 'amount' | 'asset' | 'to' | 'note'>,
  t: Texts,
  here: string,
): string {
  const to = offer.to ? t('send.to', { to: nameOf(offer.to, t, here) }) : t('send.anyone')
  return `${amountOf(offer)} ${to}${offer.note ? t('notices.note', { note: offer.note }) : ''}`
}
