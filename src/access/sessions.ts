import { and, eq, gt, lt, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { sessions } from '../../db/schema.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { hashOf, newSecret } from './codes.ts'

const TICKET_SECONDS = 120
const LINK_SECONDS = 600
/** How long somebody stays signed in. */
export const SESSION_SECONDS = 12 * 3600

/**
 * Makes a one-time sign-in token, which signs a browser in as somebody for whom their messenger vouches. It is valid for
 * two minutes.
 */
export const makeTicket = async (db: Database, who: ExternalKey): Promise<string> =>
  (await store(db, 'ticket', who, TICKET_SECONDS)).secret

/**
 * Uses a ticket up.
 * @returns the secret of the new session; undefined where the ticket was used, is too old, or was never made
 */
export async function redeemTicket(db: Database, ticket: string): Promise<string | undefined> {
  const [used] = await db.delete(sessions).where(isValid('ticket', ticket)).returning()
  return used && (await store(db, 'session', personOf(used), SESSION_SECONDS)).secret
}

/** A link that signs its one reader in, and then leads to a page. It is valid once, for ten minutes. */
export interface Link {
  who: ExternalKey
  /** A path on our pages. */
  leadsTo: string
  expiresAt: Date
}

/** Makes a link. @returns the secret in it, and until when it is valid */
export const makeLink = (
  db: Database,
  who: ExternalKey,
  leadsTo: string,
): Promise<{ secret: string; expiresAt: Date }> => store(db, 'link', who, LINK_SECONDS, leadsTo)

/** What a link's secret is good for; it can be used after that. @returns undefined where it was used, is too old, or never was */
export async function findLink(db: Database, secret: string): Promise<Link | undefined> {
  const [row] = await db.select().from(sessions).where(isValid('link', secret))
  return row && linkOf(row)
}

/** Uses a link up. @returns it, and the secret of the new session; undefined as of `findLink` */
export async function redeemLink(
  db: Database,
  secret: string,
): Promise<(Link & { session: string }) | undefined> {
  const [used] = await db.delete(sessions).where(isValid('link', secret)).returning()
  if (!used) return undefined
  const session = await store(db, 'session', personOf(used), SESSION_SECONDS)
  return { ...linkOf(used), session: session.secret }
}

/** Who is signed in with a session's secret. @returns undefined where it has ended or never was */
export async function findSession(db: Database, secret: string): Promise<ExternalKey | undefined> {
  const [row] = await db.select().from(sessions).where(isValid('session', secret))
  return row && personOf(row)
}

/** Signs out. */
export async function endSession(db: Database, secret: string): Promise<void> {
  await db.delete(sessions).where(eq(sessions.hash, hashOf(secret)))
}

type Row = typeof sessions.$inferSelect

async function store(
  db: Database,
  kind: Row['kind'],
  { messenger, id }: ExternalKey,
  seconds: number,
  leadsTo?: string,
): Promise<{ secret: string; expiresAt: Date }> {
  await db.delete(sessions).where(lt(sessions.expiresAt, sql`now()`))
  const secret = newSecret()
  const [row] = await db
    .insert(sessions)
    .values({
      hash: hashOf(secret),
      kind,
      messenger,
      identity: id,
      leadsTo,
      expiresAt: sql`now() + make_interval(secs => ${seconds})`,
    })
    .returning()
  if (!row) throw new Error('A session that was just written is not there.')
  return { secret, expiresAt: row.expiresAt }
}

const isValid = (kind: Row['kind'], secret: string) =>
  and(eq(sessions.hash, hashOf(secret)), eq(sessions.kind, kind), gt(sessions.expiresAt, sql`now()`))

const personOf = ({ messenger, identity }: Row): ExternalKey => ({ messenger, id: identity })

const linkOf = (row: Row): Link => ({
  who: personOf(row),
  leadsTo: row.leadsTo ?? '/',
  expiresAt: row.expiresAt,
})
