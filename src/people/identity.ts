import { desc } from 'drizzle-orm'
import { identities } from '../../db/schema.ts'

/** Somebody as one messenger knows them. */
export interface Identity {
  messenger: string
  /** The messenger's own id, which never changes hands. */
  id: string
  handle: string | null
  name: string | null
}

/** An identity that is in the books. */
export interface KnownIdentity extends Identity {
  /** Whose it is; a person may have several. */
  person: string
  /** BCP 47, as the messenger says. */
  language: string | null
}

/** What a messenger tells of somebody: `undefined` leaves a label as it was. */
export interface IdentityUpdate {
  messenger: string
  id: string
  handle?: string | null | undefined
  name?: string | null | undefined
  language?: string | null | undefined
}

/**
 * By which of their identities somebody is named, and reached: the one in this messenger; where they have none there, or
 * no messenger is asked for, the one seen last.
 * @param known all that one person has, in the order of `lastSeenFirst`
 */
export const chooseIdentity = <I extends KnownIdentity>(known: I[], messenger?: string): I | undefined =>
  known.find((identity) => identity.messenger === messenger) ?? known[0]

/** Identities seen at the same time have an order, too, so that everybody chooses the same one. */
export const lastSeenFirst = [desc(identities.seenAt), identities.messenger, identities.id]

export const toKnown = (row: typeof identities.$inferSelect): KnownIdentity => ({
  messenger: row.messenger,
  id: row.id,
  handle: row.handle,
  name: row.name,
  person: row.personId,
  language: row.language,
})
