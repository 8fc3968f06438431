import { eq } from 'drizzle-orm'
import type { Logger } from 'pino'
import type { Database, Transaction } from '../../db/postgres.ts'
import { people } from '../../db/schema.ts'
import type { Hold } from '../ledger/commands.ts'
import { findCalled } from './called.ts'
import { type Identities, openIdentities } from './identities.ts'
import type { KnownIdentity } from './identity.ts'
import { type Owners, openOwners } from './owners.ts'
import { type Addressed, findRecipients, type RecipientIdentity } from './recipients.ts'

/**
 * Persons and their identities in the messengers. Where a person has several, `chooseIdentity` decides which one is shown
 * and notified.
 */
export interface People
  extends Pick<
      Identities,
      'recognise' | 'expected' | 'introduce' | 'meet' | 'saveLabels' | 'labelsSaved' | 'find' | 'forgotten'
    >,
    Owners {
  /**
   * Up to ten people who have lately sent or collected in a group, and whose handle or first name is `word`, whatever its
   * case.
   */
  called(messenger: string, word: string, groupId: string): Promise<KnownIdentity[]>
  /**
   * The recipients of transfers, as far as they are known, by `recipientKey`. Where a person has several identities, it is the
   * one in this messenger, or else the one seen last.
   */
  recipients(transfers: Addressed[], messenger?: string): Promise<Map<string, RecipientIdentity>>
  /** Whether a person wants no private message when something waits for them. */
  isQuiet(person: string): Promise<boolean>
  setQuiet(person: string, quiet: boolean): Promise<void>
  /** What an operator has stopped a person from. */
  holdOf(person: string): Promise<Hold | null>
  /** Stops a person from sending, or from collecting as well, or from nothing: at once, and in every process. */
  setHold(person: string, hold: Hold | null, within?: Transaction): Promise<void>
}

/** Identities and owners are cached for ten seconds. @param log for writes that fail in the background */
export function openPeople(db: Database, log?: Pick<Logger, 'warn'>): People {
  const { recognise, expected, introduce, meet, saveLabels, labelsSaved, find, forgotten, ...cache } =
    openIdentities(db, log)
  return {
    recognise,
    expected,
    introduce,
    meet,
    saveLabels,
    labelsSaved,
    find,
    forgotten,
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
    async holdOf(person) {
      const [row] = await db.select({ hold: people.hold }).from(people).where(eq(people.id, person))
      return row?.hold ?? null
    },
    async setHold(person, hold, within) {
      await (within ?? db).update(people).set({ hold }).where(eq(people.id, person))
    },
  }
}
