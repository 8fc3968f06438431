import { and, desc, eq, inArray, ne, type SQL } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { cards, transfers } from '../../db/schema.ts'
import type { TransferState } from '../ledger/commands.ts'
import { newId } from '../shared/ids.ts'
import { Refusal } from '../shared/refusal.ts'
import type { Subscriber } from './outbox.ts'
import type { NewJob, Queue } from './queue.ts'

/** Where a transfer is shown: one message in one chat. */
export interface Card {
  id: string
  messenger: string
  chat: string
  message: string
  language: string
  /** The state that it shows, as far as we know. */
  drawn: TransferState
}

/** Where the card of a new transfer is to be posted, and in which language. */
export interface Target {
  messenger: string
  chat: string
  /** What else the messenger needs to post there, in its own form. */
  details?: string | undefined
  language: string
}

export interface Cards {
  /**
   * Has a card posted in a while, unless it is noted before. Asked before the money moves: a transfer that nobody made, or
   * that is over by then, has no card posted.
   */
  toPost(transferId: string, target: Target): Promise<void>
  /**
   * Remembers where a transfer is shown.
   * @param posted whether it is the card that was to be posted
   * @throws Refusal where another transfer is shown there: what a card stands for never changes
   */
  addCard(transferId: string, card: Omit<Card, 'id'>, posted: boolean): Promise<void>
  cardsOf(transferId: string): Promise<Card[]>
  /** A messenger can reach these chats: cards there that show another state than their transfer's are to be drawn anew. */
  reached(messenger: string, chats: string[]): Promise<void>
}

/** Cards of a chat that are drawn anew because it can be reached again. */
const MOST_HEALED = 100
/** A bot has posted the card by then, unless it ended meanwhile. */
const POST_AFTER_SECONDS = 15
/** With the longest pause between two of them this outlives any transfer: its card is posted until it is over. */
const POST_TRIES = 1000

export const openCards = (db: Database, queue: Queue): Cards => ({
  async toPost(transferId, target) {
    const job: NewJob = {
      messenger: target.messenger,
      key: `post:${transferId}`,
      job: { kind: 'post', transfer: transferId, target },
    }
    await queue.addLater(job, transferId, { seconds: POST_AFTER_SECONDS, tries: POST_TRIES })
  },
  async addCard(transferId, card, posted) {
    const [row] = await db
      .insert(cards)
      .values({ id: newId(), transferId, ...card })
      .onConflictDoUpdate({
        target: [cards.messenger, cards.chat, cards.message],
        set: { language: card.language, drawn: card.drawn },
        setWhere: eq(cards.transferId, transferId),
      })
      .returning()
    if (!row) throw new Refusal('card_elsewhere')
    // It changed between the drawing and this note of it, so nobody has told this card.
    await queue.addNow((await staleCards(db, eq(cards.id, row.id))).map(redraw))
    if (posted) await queue.remove(card.messenger, transferId)
  },
  cardsOf: async (transferId) =>
    (await db.select().from(cards).where(eq(cards.transferId, transferId))).map(
      ({ transferId: _, ...card }) => card,
    ),
  async reached(messenger, chats) {
    const stale = await staleCards(db, and(eq(cards.messenger, messenger), inArray(cards.chat, chats)))
      // The newest are those that somebody may still look at.
      .orderBy(desc(cards.id))
      .limit(MOST_HEALED)
    await queue.addNow(
      stale.map(redraw).map((stale) => ({ ...stale, job: { ...stale.job, again: true as const } })),
    )
  },
})

/** Has cards drawn anew when what they show has changed. */
export const cardsAt = (db: Database): Subscriber => ({
  follows: { claimed: true, cancelled: true, declined: true, returned: true },
  async jobsFor(happened) {
    const changed = [...new Set(happened.map(({ transfer }) => transfer.id))]
    // In one order, as several processes may queue for the same cards at the same time.
    return (await staleCards(db, inArray(cards.transferId, changed)).orderBy(cards.id)).map(redraw)
  },
})

/** Those that show something else than how their transfer stands. */
const staleCards = (db: Database, which: SQL | undefined) =>
  db
    .select({ id: cards.id, messenger: cards.messenger, transfer: cards.transferId })
    .from(cards)
    .innerJoin(transfers, eq(transfers.id, cards.transferId))
    .where(and(which, ne(cards.drawn, transfers.state)))
    .$dynamic()

const redraw = (card: { id: string; messenger: string; transfer: string }) => ({
  messenger: card.messenger,
  key: `card:${card.id}`,
  job: { kind: 'redraw', transfer: card.transfer, card: card.id } as const,
})
