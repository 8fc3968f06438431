import { desc } from 'drizzle-orm'
import { identities } from '../../db/schema.ts'

/** Somebody in one messenger. */
export interface Identity {
  messenger: string
  /** The messenger's own id, which never passes to somebody else. */
  id: string
  handle: string | null
  name: string | null
}

/** An identity as the database stores it. */
export interface KnownIdentity extends Identity {
  /** The id of its person, who may have several identities. */
  person: string
  /** BCP 47, as the messenger reports it. */
  language: string | null
}

/** What a messenger reports of somebody: a label of `undefined` stays as it is stored, one of `null` is removed. */
export interface IdentityUpdate {
  messenger: string
  id: string
  handle?: string | null | undefined
  name?: string | null | undefined
  language?: string | null | undefined
}

/**
 * By which of their identities a person is shown and notified: the one in this messenger; where they have none there, or no
 * messenger is given, the one seen last.
 * @param known all that one person has, in the order of `lastSeenFirst`
 */
export const chooseIdentity = <I extends KnownIdentity>(known: I[], messenger?: string): I | undefined =>
  known.find((identity) => identity.messenger === messenger) ?? known[0]

/** The order for queries. Identities seen at the same time have an order, too, so that every query chooses the same one. */
export const lastSeenFirst = [desc(identities.seenAt), identities.messenger, identities.id]

/** An identity from its row. */
export const toKnown = (row: typeof identities.$inferSelect): KnownIdentity => ({
  messenger: row.messenger,
  id: row.id,
  handle: row.handle,
  name: row.name,
  person: row.personId,
  language: row.language,
})
