import { eq } from 'drizzle-orm'
import type { Logger } from 'pino'
import type { Database } from '../../db/postgres.ts'
import { people } from '../../db/schema.ts'
import { findCalled } from './called.ts'
import { type Identities, openIdentities } from './identities.ts'
import type { KnownIdentity } from './identity.ts'
import { type Owners, openOwners } from './owners.ts'
import { type Addressed, findRecipients, type RecipientIdentity } from './recipients.ts'

/** Persons and their identities in the messengers. Of a person's several, `chooseIdentity` decides which is named and told. */
export interface People extends Pick<Identities, 'meet' | 'learn' | 'learned' | 'find'>, Owners {
  /** Some of those in a group who have lately sent or collected there, and whose handle or first name is this one, in any case. */
  called(messenger: string, word: string, groupId: string): Promise<KnownIdentity[]>
  /**
   * Whom transfers are for, as far as they are known, by `recipientKey`. Of a person's
   * several identities it is the one in this messenger, else the one seen last.
   */
  recipients(transfers: Addressed[], messenger?: string): Promise<Map<string, RecipientIdentity>>
  /** Whether a person wants no word that something waits for them. */
  isQuiet(person: string): Promise<boolean>
  setQuiet(person: string, quiet: boolean): Promise<void>
}

/** @param log is told what could not be written, where nobody waits for it */
export function openPeople(db: Database, log?: Pick<Logger, 'warn'>): People {
  const { meet, learn, learned, find, ...cache } = openIdentities(db, log)
  return {
    meet,
    learn,
    learned,
    find,
    ...openOwners(db, cache),
    called: (messenger, word, groupId) => findCalled(db, messenger, word, groupId),
    recipients: (transfers, messenger) => findRecipients(db, transfers, messenger),
    async isQuiet(person) {
      const [row] = await db.select({ quiet: people.quiet }).from(people).where(eq(people.id, person))
      return row?.quiet ?? false
    },
    async setQuiet(person, quiet) {
      await db.update(people).set({ quiet }).where(eq(people.id, person))
    },
  }
}
