import type { Target } from '../delivery/cards.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { create } from './create.ts'
import type { ReadTransfer } from './find.ts'
import { findAnswer, keyed } from './idempotency.ts'
import type { Needs } from './needs.ts'
import { bindOffer, type Content, findOffer, noteMade, type Place } from './offer-store.ts'

export interface Make {
  /** The offer's. */
  id: string
  /** Who has it made. */
  by: ExternalKey
  /** Where it hangs. */
  place: Place
  /** Where its card is to hang, if that is not the message of the offer. */
  card?: Target | undefined
}

/** The client of what is made of offers: no token can have this name, so nobody else's key can be an offer's. */
const OFFERS = ':offers'

/**
 * Makes the transfer that was offered: once, and in the message alone that is named first; again, it is the same transfer.
 * @throws Refusal
 */
export async function makeOffered(
  needs: Parameters<typeof create>[0] & Pick<Needs, 'db' | 'transfers'>,
  { id, by, place, card }: Make,
): Promise<ReadTransfer> {
  const { db } = needs
  const { content } = await findOffer(db, id)
  const isSender = by.messenger === content?.from.messenger && by.id === content.from.id
  if (content?.confirm && !isSender) throw new Refusal('not_sender')
  const bound = await bindOffer(db, id, place, isSender && !content.confirm)
  if (!bound) return transferOf(needs, await madeUnnoted(db, id, place))
  if (bound.transferId) return transferOf(needs, bound.transferId)
  const { amount, asset, from, to, note, group } = bound.content as Content
  const request = keyed(OFFERS, 'make', { key: id })
  const { transfer } = await create(needs, { amount, asset, from, to, note, group, card, request })
  await noteMade(db, id, transfer.id)
  return transfer
}

/**
 * What was made here in time, where the process ended before that was noted.
 * @throws Refusal why nothing can be made of it here
 */
async function madeUnnoted(db: Needs['db'], id: string, { chat, message }: Place): Promise<string> {
  const offer = await findOffer(db, id)
  if (offer.chat !== null && (offer.chat !== chat || offer.message !== message))
    throw new Refusal('offer_elsewhere')
  if (!offer.content) throw new Refusal('cancelled')
  const answer = await findAnswer(db, OFFERS, id)
  if (!answer || !('transfer' in answer)) throw new Refusal('expired')
  await noteMade(db, id, answer.transfer)
  return answer.transfer
}

async function transferOf({ transfers }: Pick<Needs, 'transfers'>, id: string): Promise<ReadTransfer> {
  const transfer = await transfers.byId(id)
  if (!transfer) throw new Error(`An offer names a transfer that isn't there: ${id}`)
  return transfer
}
