import { createHmac } from 'node:crypto'
import { and, eq, isNotNull, isNull, lt, or, type SQL, sql } from 'drizzle-orm'
import { v4 } from 'uuid'
import type { Database } from '../../db/postgres.ts'
import { offers } from '../../db/schema.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'

/** How long an offer can be made a transfer, in seconds. */
const OFFER_SECONDS = 600
/** So long it is remembered after that: who comes too late is told so. */
const REMEMBERED = sql`interval '1 day'`

/** What the transfer is made of, in the words of the API; people by their ids alone, as labels change. */
export interface Content {
  /** A decimal string. */
  amount: string
  asset: string
  from: ExternalKey
  to?: ExternalKey | { messenger: string; handle: string }
  note?: string
  group?: ExternalKey
  /** Its sender has to confirm it: nobody else can have it made. */
  confirm?: true
  /** Its sender was seen to send it. */
  sent?: true
  /** Of the sender, as BCP 47. */
  language?: string
}

/** Where an offer hangs: a message, as its messenger names it. */
export interface Place {
  chat: string
  message: string
}

export type Offer = Omit<typeof offers.$inferSelect, 'content'> & {
  /** `null`: its sender has taken it back, and nothing can be made of it any more. */
  content: Content | null
}

/** The id of an offer that a client asks for by a key: always the same, and told by nothing but our own key. */
export const offerIdOf = (secretKey: string, client: string, key: string): string =>
  v4({ random: createHmac('sha256', secretKey).update(`offer ${client}\n${key}`).digest().subarray(0, 16) })

/** Writes an offer; one that is there already under its id stands. */
export async function storeOffer(db: Database, id: string, content: Content): Promise<Offer> {
  await db.delete(offers).where(lt(offers.expiresAt, sql`now() - ${REMEMBERED}`))
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
export async function findOffer(db: Database, id: string): Promise<Offer> {
  const offer = await lookUpOffer(db, id)
  if (!offer) throw new Refusal('offer_not_found')
  return offer
}

export async function lookUpOffer(db: Database, id: string): Promise<Offer | undefined> {
  const [offer] = await db.select().from(offers).where(eq(offers.id, id))
  return offer as Offer | undefined
}

/**
 * Binds an offer to the first place that is named, before any money moves: of two taps on two messages one alone wins.
 * One that was made already is answered in its place at any time.
 * @param sent whether it is its sender who has sent it there
 * @returns nothing where it is not to be made there
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

export async function noteMade(db: Database, id: string, transferId: string): Promise<void> {
  await db.update(offers).set({ transferId }).where(eq(offers.id, id))
}

/** It is in time, and was not taken back. */
export const alive: SQL = sql`(${offers.expiresAt} > now() and ${offers.content} <> 'null'::jsonb)`
