import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { offers } from '../../db/schema.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { alive, type Offer } from './offer-store.ts'

/**
 * Takes back offers of somebody that no message shows yet.
 * @param id takes back this one; undefined: all
 * @returns how many
 */
export async function revokeOffers(db: Database, by: ExternalKey, id: string | undefined): Promise<number> {
  const revoked = await db
    .update(offers)
    .set({ content: sql`'null'::jsonb` })
    .where(and(waiting(by), id === undefined ? undefined : eq(offers.id, id)))
    .returning({ id: offers.id })
  return revoked.length
}

/** The offers that somebody can still take back, newest first. */
export const waitingOffers = async (db: Database, who: ExternalKey): Promise<Offer[]> =>
  (await db.select().from(offers).where(waiting(who)).orderBy(sql`${offers.expiresAt} desc`)) as Offer[]

/**
 * Offers that others could still make transfers. Those that the sender has to confirm are not among them, nor those that were
 * typed before an offer that the sender was seen to send: they were drafts of it.
 */
const waiting = ({ messenger, id }: ExternalKey) =>
  and(
    eq(offers.messenger, messenger),
    eq(offers.identity, id),
    isNull(offers.chat),
    isNull(offers.transferId),
    alive,
    sql`not ${offers.content} ? 'confirm'`,
    sql`not exists (select from offers later
      where later.messenger = ${messenger} and later.identity = ${id} and later.expires_at > offers.expires_at and later.content ? 'sent')`,
  )
