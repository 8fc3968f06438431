import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { offers } from '../../db/schema.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { alive, type Offer } from './offer-store.ts'

/**
 * Takes back all that somebody has offered and that hangs nowhere yet, or one of it.
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

/** What somebody has offered and can still take back, newest first. */
export const waitingOffers = async (db: Database, who: ExternalKey): Promise<Offer[]> =>
  (await db.select().from(offers).where(waiting(who)).orderBy(sql`${offers.expiresAt} desc`)) as Offer[]

/**
 * What its sender has to confirm is theirs alone: there is nothing to take back. Nor is there where they typed on, and
 * were seen to send what came of it.
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
