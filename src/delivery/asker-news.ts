import { sql } from 'drizzle-orm'
import { fromDrizzle } from 'pg-boss'
import type { Transaction } from '../../db/postgres.ts'
import type { KnownIdentity } from '../people/identity.ts'
import type { NewJob, Queue } from './queue.ts'

/** Somebody who wants to collect a transfer, by the turn in which they have asked; and who is to hear of it. */
interface News {
  transfer: string
  turn: number
  to: KnownIdentity
}

/** The words in private about those who want to collect what its sender confirms. Each answers what is to be called after the commit. */
export interface AskerNews {
  /** Asks the sender, once the transaction is committed, whether that is the one. */
  tellOfAsker(news: News, within: Transaction): Promise<() => void>
  /** Tells who has asked that the sender has said no. */
  tellRefused(news: News, within: Transaction): Promise<() => void>
}

/** @see AskerNews */
export function openAskerNews(queue: Queue): AskerNews {
  async function add(job: NewJob, within: Transaction) {
    await queue.add([job], fromDrizzle(within, sql))
    return () => queue.announce([job])
  }
  return {
    tellOfAsker: ({ transfer, turn, to: { person: _, ...to } }, within) => {
      const job = { kind: 'asker', transfer, turn, to } as const
      return add({ messenger: to.messenger, key: `asker:${transfer}:${turn}`, job }, within)
    },
    tellRefused: ({ transfer, turn, to: { person: _, ...to } }, within) => {
      const job = { kind: 'notice', notice: 'unconfirmed', transfer, to } as const
      return add({ messenger: to.messenger, key: `unconfirmed:${transfer}:${turn}`, job }, within)
    },
  }
}
