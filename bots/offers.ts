import { amountOf, nameOf } from './card.ts'
import { body, type Core, type Offer, Refused, type Transfer } from './core.ts'
import type { Person, Place } from './messenger.ts'
import type { TextKey, Texts } from './texts/index.ts'

/**
 * The transfer of an offer, which is made once, in the message where it hangs.
 * @throws Refused
 */
export const makeOffer = (core: Core, id: string, by: Person, { chat, message }: Place): Promise<Transfer> =>
  body(core.offers[':id'].make.$post({ param: { id }, json: { by, place: { chat, message } } })).catch(
    inWords,
  )

/** @throws Refused where it was taken back, or never was */
export const findOffer = (core: Core, id: string): Promise<Offer> =>
  body(core.offers[':id'].$get({ param: { id } })).catch(inWords)

/**
 * `20.00 CREDIT to @ben (lunch)`
 * @param here the messenger in which it is read
 */
export function offerInWords(
  offer: Pick<Transfer, 'amount' | 'asset' | 'to' | 'note'>,
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
