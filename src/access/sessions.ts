import { and, eq, gt, lt, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { sessions } from '../../db/schema.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { hashOf, newSecret } from './codes.ts'

const TICKET_SECONDS = 120
/** How long somebody stays signed in. */
export const SESSION_SECONDS = 12 * 3600

/**
 * Makes a one-time sign-in token, which signs a browser in as somebody for whom their messenger vouches. It is valid for
 * two minutes.
 */
export const makeTicket = (db: Database, who: ExternalKey): Promise<string> =>
  store(db, 'ticket', who, TICKET_SECONDS)

/**
 * Uses a ticket up.
 * @returns the secret of the new session; undefined where the ticket was used, is too old, or was never made
 */
export async function redeemTicket(db: Database, ticket: string): Promise<string | undefined> {
  const [used] = await db
    .delete(sessions)
    .where(
      and(eq(sessions.hash, hashOf(ticket)), eq(sessions.kind, 'ticket'), gt(sessions.expiresAt, sql`now()`)),
    )
    .returning()
  return used && store(db, 'session', { messenger: used.messenger, id: used.identity }, SESSION_SECONDS)
}

/** Who is signed in with a session's secret. @returns undefined where it has ended or never was */
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

/** Signs out. */
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
