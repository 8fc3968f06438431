import { and, desc, eq, gt, inArray, isNotNull, ne, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { cards, payouts, transfers } from '../../db/schema.ts'
import type { TransferState } from '../ledger/commands.ts'
import { newId } from '../shared/ids.ts'
import { Refusal } from '../shared/refusal.ts'
import { isForSeveral } from '../shared/shares.ts'
import type { Event, Subscriber } from './outbox.ts'
import type { NewJob, Queue } from './queue.ts'

/** Where something is shown: one message in one chat. */
export interface PlacedCard {
  id: string
  messenger: string
  chat: string
  message: string
  /** BCP 47. */
  language: string
}

/** Where a transfer is shown. */
export interface Card extends PlacedCard {
  /** The state that it shows, as far as we know. */
  drawn: TransferState
  /** Whether it has the picture to pass on in place of the plain QR code. */
  picture: boolean
}

/** Where the card of a new transfer is to be posted, and in which language. */
export interface Target {
  messenger: string
  chat: string
  /** What else the messenger needs to post there, in a form of its own. */
  details?: string | undefined
  language: string
  /** Whether it is to have the picture to pass on in place of the plain QR code. */
  picture?: boolean | undefined
}

/** The cards of transfers: where they are, and jobs to post and redraw them. */
export interface Cards {
  /**
   * Has a card posted in 15 seconds, unless `addCard` reports it earlier. To be called before the money moves; where the
   * transfer is never made, or is over by then, no card is posted.
   */
  toPost(transferId: string, target: Target): Promise<void>
  /** Has one more card posted in another chat, as soon as the transfer is made. */
  alsoPost(transferId: string, target: Target): Promise<void>
  /**
   * Notes where a transfer is shown.
   * @param posted whether it is the card of `toPost`, which then need not be posted any more
   * @throws Refusal `card_elsewhere` where that message shows another transfer: a card never changes its transfer
   */
  addCard(transferId: string, card: Omit<Card, 'id'>, posted: boolean): Promise<void>
  cardsOf(transferId: string): Promise<Card[]>
  /**
   * Reports that a messenger can reach these chats again: cards there that are out of date are redrawn, the newest 100 at
   * most.
   */
  reached(messenger: string, chats: string[]): Promise<void>
  /**
   * Has the newest 100 cards redrawn that name a person, when no process remembers any more what the person was called: each
   * caches labels for a while.
   */
  redrawNaming(person: string): Promise<void>
}

const MAX_REDRAWN = 100
/** Labels are cached for ten seconds. */
const RENAMED = { seconds: 15, tries: 20 }
/** By then the bot has posted the card, unless its process has ended. */
export const POST_AFTER_SECONDS = 15
/** With the longest pause between two of them these last longer than any transfer is open. */
export const POST_TRIES = 1000

/** Cards are rows of the database, their jobs wait in the queue. */
export const openCards = (db: Database, queue: Queue): Cards => ({
  async toPost(transferId, target) {
    const job: NewJob = {
      messenger: target.messenger,
      key: `post:${transferId}`,
      job: { kind: 'post', transfer: transferId, target },
    }
    await queue.addLater([{ ...job, id: transferId }], { seconds: POST_AFTER_SECONDS, tries: POST_TRIES })
  },
  async alsoPost(transferId, target) {
    const { messenger, chat } = target
    const key = `post:${transferId}:${chat}`
    const job: NewJob = { messenger, key, job: { kind: 'post', transfer: transferId, target } }
    await queue.addLater([job], { seconds: 1, tries: POST_TRIES })
  },
  async addCard(transferId, card, posted) {
    const [row] = await db
      .insert(cards)
      .values({ id: newId(), transferId, ...card })
      .onConflictDoUpdate({
        target: [cards.messenger, cards.chat, cards.message],
        set: { language: card.language, drawn: card.drawn, picture: card.picture },
        setWhere: eq(cards.transferId, transferId),
      })
      .returning()
    if (!row) throw new Refusal('card_elsewhere')
    // Where the transfer has changed between the drawing and this note, nobody else redraws this card.
    await queue.addNow(
      (await readCards(db, and(eq(cards.id, row.id), or(isStale, isHeld, isShared)))).map(redraw),
    )
    if (posted) await queue.remove(card.messenger, transferId)
  },
  cardsOf: async (transferId) =>
    (await db.select().from(cards).where(eq(cards.transferId, transferId))).map(
      ({ transferId: _, ...card }) => card,
    ),
  async reached(messenger, chats) {
    const stale = await readCards(
      db,
      and(eq(cards.messenger, messenger), inArray(cards.chat, chats), isStale),
    )
      // The newest first, as somebody may still look at those.
      .orderBy(desc(cards.id))
      .limit(MAX_REDRAWN)
    await queue.addNow(
      stale.map(redraw).map((stale) => ({ ...stale, job: { ...stale.job, again: true as const } })),
    )
  },
  async redrawNaming(person) {
    const all = await cardsNaming(db, person)
    // With keys of their own, so that a redraw that is due at once doesn't wait for one of these.
    const jobs = all.map((card) => ({ ...redraw(card), key: `forget:${card.id}` }))
    await queue.addLater(jobs, RENAMED)
  },
})

/** The cards of what a person has sent or collected, or what waits for them; the newest first. */
function cardsNaming(db: Database, person: string) {
  const touched = sql`
    select transfer_id from accounts a cross join lateral (
      select transfer_id from entries where account_id = a.id order by id desc limit ${MAX_REDRAWN}
    ) newest where a.person_id = ${person}
    union
    select t.id from transfers t where t.state = 'open' and t.expires_at > now()
      and t.to_account in (select id from accounts where person_id = ${person})`
  return db
    .select({ id: cards.id, messenger: cards.messenger, transfer: cards.transferId })
    .from(cards)
    .where(sql`${cards.transferId} in (${touched})`)
    .orderBy(desc(cards.id))
    .limit(MAX_REDRAWN)
}

/** Events that change what cards show, but no state. */
const ALSO_SHOWN: readonly Event[] = ['approved', 'extended', 'reissued', 'entered']

/** A subscriber that has the cards of transfers redrawn whose state has changed, or something else that they show. */
export const cardsAt = (db: Database): Subscriber => ({
  follows: {
    created: isNotNull(transfers.refundOf),
    claimed: true,
    cancelled: true,
    declined: true,
    returned: true,
    approved: true,
    extended: true,
    reissued: true,
    entered: true,
  },
  async jobsFor(happened) {
    const changed = happened.flatMap(({ event, transfer }) => (event === 'created' ? [] : transfer.id))
    // Their cards show more than the state.
    const touched = happened.flatMap(({ event, transfer }) => {
      const { id, refundOf } = transfer
      if (event === 'created') return refundOf ?? []
      return ALSO_SHOWN.includes(event) || isForSeveral(transfer) ? id : []
    })
    const stale = readCards(
      db,
      or(and(inArray(cards.transferId, [...new Set(changed)]), isStale), inArray(cards.transferId, touched)),
    )
    // In a fixed order, so that processes that queue jobs for the same cards don't deadlock.
    return (await stale.orderBy(cards.id)).map(redraw)
  },
})

/** The condition for cards that show another state than their transfer has. */
const isStale = ne(cards.drawn, transfers.state)

/** The condition for cards that also show who has approved the transfer, which is no state of it. */
const isHeld = sql`exists (select from ${payouts} p where p.id = ${transfers.payoutId} and p.approvals > 0)`

/** The condition for cards that also show how many have collected, and who. */
const isShared = and(gt(transfers.shares, 1), gt(transfers.claimed, 0))

const readCards = (db: Database, which: SQL | undefined) =>
  db
    .select({ id: cards.id, messenger: cards.messenger, transfer: cards.transferId })
    .from(cards)
    .innerJoin(transfers, eq(transfers.id, cards.transferId))
    .where(which)
    .$dynamic()

const redraw = (card: { id: string; messenger: string; transfer: string }) => ({
  messenger: card.messenger,
  key: `card:${card.id}`,
  job: { kind: 'redraw', transfer: card.transfer, card: card.id } as const,
})
