import type { Target } from '../delivery/cards.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { create } from './create.ts'
import type { ReadTransfer } from './find.ts'
import { findAnswer, keyed } from './idempotency.ts'
import type { Needs } from './needs.ts'
import { bindOffer, type Content, findOffer, noteMade, type Place } from './offer-store.ts'

/** An offer to be made a transfer. */
export interface Make {
  /** The id of the offer. */
  id: string
  /** Who asks for it. */
  by: ExternalKey
  /** The message that shows the offer. */
  place: Place
  /** Where the transfer's card is to be posted, if that is not the offer's message. */
  card?: Target | undefined
}

/** The client whose idempotency keys are ids of offers: no token can have this name, so no other key can be equal. */
const OFFERS = ':offers'

/**
 * Makes the transfer that was offered: once, and only in the message that is named first. Repeated, it returns the same
 * transfer.
 * @throws Refusal `offer_not_found`, `offer_elsewhere`, `not_sender`, `cancelled`, `expired`, and those of `create`
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
 * The id of a transfer that was made in time, where the process ended before that was noted.
 * @throws Refusal why the offer can't be made here
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
