import { createHmac } from 'node:crypto'
import { and, eq, isNotNull, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import { v4 } from 'uuid'
import type { Database, Transaction } from '../../db/postgres.ts'
import { offers } from '../../db/schema.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'

/** How long an offer can be made a transfer. */
const OFFER_SECONDS = 600
/** How long it is stored after that, so that somebody who comes too late is told so. */
const KEPT = sql`interval '1 day'`

/** What the transfer is made of, as the API gets it; people only by their ids, as labels change. */
export interface Content {
  /** A decimal string. */
  amount: string
  asset: string
  from: ExternalKey
  to?: ExternalKey | { messenger: string; handle: string }
  note?: string
  group?: ExternalKey
  /** The sender has to confirm it: nobody else can make it a transfer. */
  confirm?: true
  /** The sender was seen to send it. */
  sent?: true
  /** The sender's, as BCP 47. */
  language?: string
}

/** The message that shows an offer, by the messenger's own ids. */
export interface Place {
  chat: string
  message: string
}

/** An offer as it is stored. */
export type Offer = Omit<typeof offers.$inferSelect, 'content'> & {
  /** `null`: the sender has taken it back. */
  content: Content | null
}

/**
 * The id of an offer that a client asks for with an idempotency key: always the same, and not to be guessed without the
 * secret key.
 */
export const offerIdOf = (secretKey: string, client: string, key: string): string =>
  v4({ random: createHmac('sha256', secretKey).update(`offer ${client}\n${key}`).digest().subarray(0, 16) })

/** Stores an offer. @returns it, or the one that is already stored under its id */
export async function storeOffer(db: Transaction, id: string, content: Content): Promise<Offer> {
  await db.delete(offers).where(lt(offers.expiresAt, sql`now() - ${KEPT}`))
  const [stored] = await db
    .insert(offers)
    .values({
      id,
      messenger: content.from.messenger,
      identity: content.from.id,
      content,
      expiresAt: sql`now() + make_interval(secs => ${OFFER_SECONDS})`,
    })
    .onConflictDoNothing()
    .returning()
  return stored ? (stored as Offer) : findOffer(db, id)
}

/** @throws Refusal `offer_not_found` */
export async function findOffer(db: Pick<Database, 'select'>, id: string): Promise<Offer> {
  const offer = await lookUpOffer(db, id)
  if (!offer) throw new Refusal('offer_not_found')
  return offer
}

/** The offer with this id, if there is one. */
export async function lookUpOffer(db: Pick<Database, 'select'>, id: string): Promise<Offer | undefined> {
  const [offer] = await db.select().from(offers).where(eq(offers.id, id))
  return offer as Offer | undefined
}

/**
 * Binds an offer to the first message that is named, before any money moves: of taps in two messages only one wins. An offer
 * that was made a transfer already is returned at any time, for its own message.
 * @param sent whether it was the sender who sent it there
 * @returns undefined where it is bound to another message, is over, or was taken back
 */
export async function bindOffer(
  db: Database,
  id: string,
  { chat, message }: Place,
  sent: boolean,
): Promise<Offer | undefined> {
  const [bound] = await db
    .update(offers)
    .set({ chat, message, ...(sent && { content: sql`${offers.content} || '{"sent": true}'` }) })
    .where(
      and(
        eq(offers.id, id),
        or(isNull(offers.chat), and(eq(offers.chat, chat), eq(offers.message, message))),
        or(isNotNull(offers.transferId), alive),
      ),
    )
    .returning()
  return bound as Offer | undefined
}

/** Notes which transfer was made of an offer. */
export async function noteMade(db: Database, id: string, transferId: string): Promise<void> {
  await db.update(offers).set({ transferId }).where(eq(offers.id, id))
}

/** The condition for offers that are neither over nor taken back. */
export const alive: SQL = sql`(${offers.expiresAt} > now() and ${offers.content} <> 'null'::jsonb)`
