import { eq, inArray, isNotNull } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { askCards, asks, transfers } from '../../db/schema.ts'
import { newId } from '../shared/ids.ts'
import { Refusal } from '../shared/refusal.ts'
import { type PlacedCard, POST_AFTER_SECONDS, POST_TRIES, type Target } from './cards.ts'
import type { Addressee } from './notices.ts'
import type { Subscriber } from './outbox.ts'
import type { NewJob, Queue } from './queue.ts'

/** The cards of asks, as `Cards` are those of transfers; and the words in private to those who are asked. */
export interface AskCards {
  /** Has a card posted in 15 seconds, unless `addAskCard` reports it earlier. To be called before the ask is noted. */
  toPostAsk(askId: string, target: Target): Promise<void>
  /**
   * Notes where an ask is shown. It is redrawn when its time is over.
   * @param posted whether it is the card of `toPostAsk`, which then need not be posted any more
   * @throws Refusal `card_elsewhere` where that message shows another ask
   */
  addAskCard(askId: string, card: Omit<PlacedCard, 'id'>, posted: boolean): Promise<void>
  askCardsOf(askId: string): Promise<PlacedCard[]>
  /** Has all cards of an ask redrawn. */
  redrawAsk(askId: string): Promise<void>
  /** Tells people in private what they are asked for. @param told by the turn of their part */
  tellAsked(askId: string, told: { turn: number; to: Addressee }[]): Promise<void>
}

const REDRAW_TRIES = 20

/** Cards are rows of the database, their jobs wait in the queue. */
export const openAskCards = (db: Database, queue: Queue): AskCards => ({
  async toPostAsk(ask, target) {
    const job: NewJob = {
      messenger: target.messenger,
      key: `ask-post:${ask}`,
      job: { kind: 'ask-post', ask, target },
    }
    await queue.addLater([{ ...job, id: ask }], { seconds: POST_AFTER_SECONDS, tries: POST_TRIES })
  },
  async addAskCard(askId, card, posted) {
    const [row] = await db
      .insert(askCards)
      .values({ id: newId(), askId, ...card })
      .onConflictDoUpdate({
        target: [askCards.messenger, askCards.chat, askCards.message],
        set: { language: card.language },
        setWhere: eq(askCards.askId, askId),
      })
      .returning()
    if (!row) throw new Refusal('card_elsewhere')
    // The ask may have changed between the drawing and this note.
    await queue.addNow([redraw(row)])
    const [asked] = await db.select({ expiresAt: asks.expiresAt }).from(asks).where(eq(asks.id, askId))
    const left = asked ? (asked.expiresAt.getTime() - Date.now()) / 1000 : 0
    const atTheEnd = { ...redraw(row), key: `ask-end:${row.id}` }
    if (left > 0) await queue.addLater([atTheEnd], { seconds: Math.ceil(left) + 1, tries: REDRAW_TRIES })
    if (posted) await queue.remove(card.messenger, askId)
  },
  askCardsOf: async (askId) =>
    (await db.select().from(askCards).where(eq(askCards.askId, askId))).map(({ askId: _, ...card }) => card),
  async redrawAsk(askId) {
    await queue.addNow((await shownOf(db, [askId])).map(redraw))
  },
  async tellAsked(ask, told) {
    await queue.addNow(
      told.map(({ turn, to: { messenger, id, handle, name, language } }) => ({
        messenger,
        key: `asked:${ask}:${turn}`,
        job: { kind: 'asked', ask, turn, to: { messenger, id, handle, name, language } },
      })),
    )
  },
})

/** A subscriber that has the cards of asks redrawn when something of them was paid, or given, or went back. */
export const askCardsAt = (db: Database): Subscriber => {
  const answers = isNotNull(transfers.askId)
  return {
    follows: { created: answers, claimed: answers, cancelled: answers, declined: answers, returned: answers },
    async jobsFor(happened) {
      const changed = new Set(happened.flatMap(({ transfer }) => transfer.askId ?? []))
      return changed.size > 0 ? (await shownOf(db, [...changed])).map(redraw) : []
    },
  }
}

/** In a fixed order, so that processes that queue jobs for the same cards don't deadlock. */
const shownOf = (db: Database, asks: string[]) =>
  db.select().from(askCards).where(inArray(askCards.askId, asks)).orderBy(askCards.id)

const redraw = (card: { id: string; messenger: string; askId: string }): NewJob => ({
  messenger: card.messenger,
  key: `ask-card:${card.id}`,
  job: { kind: 'ask-redraw', ask: card.askId, card: card.id },
})
