import { inArray, isNotNull } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { payoutCards, transfers } from '../../db/schema.ts'
import { newId } from '../shared/ids.ts'
import { type PlacedCard, POST_TRIES, type Target } from './cards.ts'
import type { Subscriber } from './outbox.ts'
import type { NewJob, Queue } from './queue.ts'

/** The cards of payouts to many: where they are, and jobs to post and redraw them. */
export interface PayoutCards {
  /**
   * Has a card posted in each of these chats, once the payout is made. To be called before it is noted; where it never is, no card is
   * posted.
   */
  toPostPayout(payoutId: string, targets: Target[]): Promise<void>
  /** Notes where a payout is shown. */
  addPayoutCard(payoutId: string, card: Omit<PlacedCard, 'id'>): Promise<void>
}

/** By then most payouts are made. */
const POST_AFTER_SECONDS = 1

/** Cards are rows of the database, their jobs wait in the queue. */
export const openPayoutCards = (db: Database, queue: Queue): PayoutCards => ({
  async toPostPayout(payout, targets) {
    const jobs = targets.map((target): NewJob => {
      const { messenger, chat } = target
      const key = `payout-post:${payout}:${chat}`
      return { messenger, key, job: { kind: 'payout-post', payout, target } }
    })
    await queue.addLater(jobs, { seconds: POST_AFTER_SECONDS, tries: POST_TRIES })
  },
  async addPayoutCard(payoutId, card) {
    const id = newId()
    const noted = await db
      .insert(payoutCards)
      .values({ id, payoutId, ...card })
      .onConflictDoNothing()
      .returning()
    // The payout may have changed between the drawing and this note.
    await queue.addNow(noted.map(redraw))
  },
})

/** A subscriber that has the cards of payouts redrawn when one of their transfers has changed. */
export const payoutCardsAt = (db: Database): Subscriber => {
  const isOfPayout = isNotNull(transfers.payoutId)
  return {
    follows: {
      approved: isOfPayout,
      claimed: isOfPayout,
      cancelled: isOfPayout,
      declined: isOfPayout,
      returned: isOfPayout,
    },
    async jobsFor(happened) {
      const changed = new Set(happened.flatMap(({ transfer }) => transfer.payoutId ?? []))
      if (changed.size === 0) return []
      // In a fixed order, so that processes that queue jobs for the same cards don't deadlock.
      const shown = await db
        .select()
        .from(payoutCards)
        .where(inArray(payoutCards.payoutId, [...changed]))
        .orderBy(payoutCards.id)
      return shown.map(redraw)
    },
  }
}

const redraw = (card: { id: string; messenger: string; payoutId: string }): NewJob => ({
  messenger: card.messenger,
  key: `payout-card:${card.id}`,
  job: { kind: 'payout-redraw', payout: card.payoutId, card: card.id },
})
