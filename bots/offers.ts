import { amountOf, nameOf } from './card.ts'
import { type ApiClient, body, type Offer, Refused, type TransferView } from './client.ts'
import type { Person, Place, Target } from './messenger.ts'
import type { TextKey, Texts } from './texts/index.ts'

/** Where the card of a new transfer is to be posted, as the core is told it. */
type CardTarget = Target & { messenger: string; language: string }

/**
 * The transfer of an offer, which is made once, in the message where it hangs.
 * @param card where its card is to hang, if that isn't the offer's own message
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
    inWords,
  )

/** @throws Refused where it was taken back, or never was */
export const findOffer = (api: ApiClient, id: string): Promise<Offer> =>
  body(api.offers[':id'].$get({ param: { id } })).catch(inWords)

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

/** What is refused of an offer has moved nothing, so it is told in other words than the same of a transfer. */
function inWords(error: unknown): never {
  const key = error instanceof Refused ? WORDS[error.code] : undefined
  throw error instanceof Refused && key
    ? new Refused({ code: key, detail: error.message, details: error.details })
    : error
}

const WORDS: Record<string, TextKey | undefined> = {
  offer_not_found: 'press.stale',
  offer_elsewhere: 'press.stale',
  not_sender: 'offers.notSender',
  expired: 'offers.expired',
  cancelled: 'offers.cancelled',
}
