import { eq, sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Database } from '../../db/postgres.ts'
import { firstBots, messengers } from '../../db/schema.ts'

/** A messenger that runs in some process of the service. */
export interface MessengerLink {
  /** As in every name of a person: `telegram`. */
  name: string
  /** What people call it: `Telegram`. */
  title: string
  /** Opens the messenger; `{code}` stands for the code, where its links can carry one. */
  link: string
}

/** One that was heard of at some time; `alive`: it runs now. */
export type KnownMessenger = MessengerLink & { alive: boolean }

export interface Messengers {
  known(): Promise<KnownMessenger[]>
  /** A process runs it: said at its start and once a minute. */
  heardOf(messenger: MessengerLink): Promise<void>
  /** A process has ended that ran it; another one may run it, too. */
  ended(name: string): Promise<void>
  /** The bot that was the first to act there: this one, where there was none before. */
  firstBot(name: string, bot: string): Promise<string>
}

/** How long a messenger is taken to run without a word of it. */
const ALIVE_SECONDS = 180
/** How long another process may take to say that it runs there, too. */
const OTHERS_SECONDS = 75
/** How long a process may go on believing in what it has read, in milliseconds: claim pages are looked at often. */
const CACHE_MS = 1000

export function openMessengers(db: Database): Messengers {
  const cache = new LRUCache<'all', KnownMessenger[]>({ max: 1, ttl: CACHE_MS, fetchMethod: read })

  function read() {
    const { name, title, link, aliveAt } = messengers
    const alive = sql<boolean>`${aliveAt} > ${secondsAgo(ALIVE_SECONDS)}`
    return db.select({ name, title, link, alive }).from(messengers).orderBy(name)
  }

  return {
    known: async () => (await cache.fetch('all')) ?? [],
    async heardOf({ name, ...about }) {
      const said = { ...about, aliveAt: sql`now()` }
      await db
        .insert(messengers)
        .values({ name, ...said })
        .onConflictDoUpdate({ target: messengers.name, set: said })
    },
    async ended(name) {
      const soonGone = secondsAgo(ALIVE_SECONDS - OTHERS_SECONDS)
      await db
        .update(messengers)
        .set({ aliveAt: sql`least(${messengers.aliveAt}, ${soonGone})` })
        .where(eq(messengers.name, name))
    },
    async firstBot(messenger, bot) {
      await db.insert(firstBots).values({ messenger, bot }).onConflictDoNothing()
      const [first] = await db.select().from(firstBots).where(eq(firstBots.messenger, messenger))
      return first?.bot ?? bot
    },
  }
}

const secondsAgo = (seconds: number) => sql`now() - make_interval(secs => ${seconds})`
