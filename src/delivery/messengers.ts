import { and, eq, sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Database } from '../../db/postgres.ts'
import { firstBots, installations, messengers } from '../../db/schema.ts'

/** How to get to a messenger. */
export interface MessengerLink {
  /** The name that ids and roles use: `telegram`. */
  name: string
  /** What people call it: `Telegram`. */
  title: string
  /** Opens the messenger; `{code}` stands for the code, where its links can carry one. */
  link: string
}

/** A messenger that has run at some time; `alive`: some process runs it now. */
export type KnownMessenger = MessengerLink & { alive: boolean }

/** Which messengers run, in any process of the service: each sends a heartbeat. */
export interface Messengers {
  known(): Promise<KnownMessenger[]>
  /** A heartbeat: to be sent at the start and once a minute. */
  heartbeat(messenger: MessengerLink): Promise<void>
  /** Reports that a process which ran it has ended; another one may still run it. */
  ended(name: string): Promise<void>
  /** The id of the first bot that ever acted in a messenger: this one, where there was none before. */
  firstBot(name: string, bot: string): Promise<string>
  /** What a bot has kept of a workspace that has installed it, sealed by the bot; undefined where none has. */
  installation(name: string, workspace: string): Promise<string | undefined>
  /** Keeps it, in place of what was kept before. */
  install(name: string, workspace: string, sealed: string): Promise<void>
  uninstall(name: string, workspace: string): Promise<void>
}

/** How long a messenger counts as running without a heartbeat. */
const ALIVE_SECONDS = 180
/** How long the heartbeat of another process may take, after one that ran the messenger has ended. */
const OTHERS_SECONDS = 75
/** Claim pages are looked at often, so what was read is cached for this long. */
const CACHE_MS = 1000

/** Messengers are rows of the database; what was read is cached for a second. */
export function openMessengers(db: Database): Messengers {
  const cache = new LRUCache<'all', KnownMessenger[]>({ max: 1, ttl: CACHE_MS, fetchMethod: read })

  function read() {
    const { name, title, link, aliveAt } = messengers
    const alive = sql<boolean>`${aliveAt} > ${secondsAgo(ALIVE_SECONDS)}`
    return db.select({ name, title, link, alive }).from(messengers).orderBy(name)
  }

  return {
    known: async () => (await cache.fetch('all')) ?? [],
    async heartbeat({ name, ...about }) {
      const row = { ...about, aliveAt: sql`now()` }
      await db
        .insert(messengers)
        .values({ name, ...row })
        .onConflictDoUpdate({ target: messengers.name, set: row })
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
    async installation(messenger, workspace) {
      const [row] = await db.select().from(installations).where(isOf(messenger, workspace))
      return row?.sealed
    },
    async install(messenger, workspace, sealed) {
      const row = { sealed, installedAt: sql`now()` }
      await db
        .insert(installations)
        .values({ messenger, workspace, ...row })
        .onConflictDoUpdate({ target: [installations.messenger, installations.workspace], set: row })
    },
    async uninstall(messenger, workspace) {
      await db.delete(installations).where(isOf(messenger, workspace))
    },
  }
}

const isOf = (messenger: string, workspace: string) =>
  and(eq(installations.messenger, messenger), eq(installations.workspace, workspace))

const secondsAgo = (seconds: number) => sql`now() - make_interval(secs => ${seconds})`
