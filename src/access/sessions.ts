import { and, eq, gt, lt, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { sessions } from '../../db/schema.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { hashOf, newSecret } from './codes.ts'

const TICKET_SECONDS = 120
export const SESSION_SECONDS = 12 * 3600

/** A one-time ticket with which a browser becomes signed in as somebody; a messenger that knows them asks for it. */
export const makeTicket = (db: Database, who: ExternalKey): Promise<string> =>
  store(db, 'ticket', who, TICKET_SECONDS)

/** Uses a ticket up, and answers the secret of the session that it bought. */
export async function redeemTicket(db: Database, ticket: string): Promise<string | undefined> {
  const [used] = await db
    .delete(sessions)
    .where(
      and(eq(sessions.hash, hashOf(ticket)), eq(sessions.kind, 'ticket'), gt(sessions.expiresAt, sql`now()`)),
    )
    .returning()
  return used && store(db, 'session', { messenger: used.messenger, id: used.identity }, SESSION_SECONDS)
}

export async function findSession(db: Database, secret: string): Promise<ExternalKey | undefined> {
  const [row] = await db
    .select()
    .from(sessions)
    .where(
      and(
        eq(sessions.hash, hashOf(secret)),
        eq(sessions.kind, 'session'),
        gt(sessions.expiresAt, sql`now()`),
      ),
    )
  return row && { messenger: row.messenger, id: row.identity }
}

export async function endSession(db: Database, secret: string): Promise<void> {
  await db.delete(sessions).where(eq(sessions.hash, hashOf(secret)))
}

async function store(
  db: Database,
  kind: 'ticket' | 'session',
  who: ExternalKey,
  seconds: number,
): Promise<string> {
  await db.delete(sessions).where(lt(sessions.expiresAt, sql`now()`))
  const secret = newSecret()
  await db.insert(sessions).values({
    hash: hashOf(secret),
    kind,
    messenger: who.messenger,
    identity: who.id,
    expiresAt: sql`now() + make_interval(secs => ${seconds})`,
  })
  return secret
}
