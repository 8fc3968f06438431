import { sql } from 'drizzle-orm'
import { fromDrizzle } from 'pg-boss'
import type { Transaction } from '../../db/postgres.ts'
import type { KnownIdentity } from '../people/identity.ts'
import { newId } from '../shared/ids.ts'
import type { Addressee } from './notices.ts'
import type { LinkJob, NewJob, Queue } from './queue.ts'

/**
 * What somebody is told in private of a link that somebody else has acted on: they are asked whether that is them, too; they are linked
 * with it; or it has left.
 */
export type AboutLink = 'asked' | 'linked' | 'unlinked'

/** The words in private to those who are linked and unlinked. */
export interface LinkNews {
  /**
   * Tells them, once the transaction is committed.
   * @param news.request what is to be confirmed, where they are asked
   * @returns to be called after the commit
   */
  tellLinked(
    news: readonly { about: AboutLink; to: KnownIdentity; other: KnownIdentity; request?: string }[],
    within: Transaction,
  ): Promise<() => void>
}

/** @see LinkNews */
export const openLinkNews = (queue: Queue): LinkNews => ({
  async tellLinked(news, within) {
    const jobs = news.map(({ about, to, other, request = null }): NewJob => {
      const { messenger, id, handle, name, language } = to
      const addressee: Addressee = { messenger, id, handle, name, language }
      const whom = { messenger: other.messenger, id: other.id }
      const job: LinkJob = { kind: 'link', about, request, other: whom, to: addressee }
      return { messenger, key: `link:${request ?? newId()}`, job }
    })
    await queue.add(jobs, fromDrizzle(within, sql))
    return () => queue.announce(jobs)
  },
})
