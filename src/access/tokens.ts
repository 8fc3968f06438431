import { hash } from 'node:crypto'
import { and, eq, inArray, sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import type { Database } from '../../db/postgres.ts'
import { tokens } from '../../db/schema.ts'
import { ConfigError, ROLES } from '../config.ts'
import { hashOf, newSecret } from './codes.ts'

/** Bearer tokens of API clients. */
export interface Tokens {
  /** The name of the client that a bearer token belongs to; undefined where there is no such token. */
  clientOf(token: string): Promise<string | undefined>
  /** Makes a token for a client inside this process. It is valid as long as the process lives. */
  inProcess(client: string): string
}

/** Names of the service's own clients: idempotency keys are stored by the client's name, so no token may share them. */
const RESERVED = [...ROLES, 'pages']

/**
 * Makes a token, and ends the one that the name had before. Only its hash is stored.
 * @throws ConfigError where the name is not valid, or is reserved
 */
export async function makeToken(db: Database, name: string): Promise<string> {
  if (!/^[\w.-]{1,64}$/.test(name))
    throw new ConfigError('NAME: 1 to 64 letters, digits, dots, dashes and underscores.')
  if (RESERVED.includes(name))
    throw new ConfigError(`NAME: the service itself goes by "${name}"; choose another one.`)
  const token = `pa_${newSecret()}`
  const made = { hash: hashOf(token), createdAt: new Date(), usedAt: null }
  await db
    .insert(tokens)
    .values({ name, ...made })
    .onConflictDoUpdate({ target: tokens.name, set: made })
  return token
}

/** A token as operators see it. */
export interface MadeToken {
  name: string
  createdAt: Date
  /** When a process last let it in, to the minute. `null`: it was not used, or by an earlier version alone. */
  usedAt: Date | null
}

/** All tokens, by their names. */
export const tokensMade = (db: Database): Promise<MadeToken[]> =>
  db
    .select({ name: tokens.name, createdAt: tokens.createdAt, usedAt: tokens.usedAt })
    .from(tokens)
    .orderBy(tokens.name)

/** Ends a token: within ten seconds no process takes it any more. @returns whether there was one of that name */
export async function revokeToken(db: Database, name: string): Promise<boolean> {
  const ended = await db.delete(tokens).where(eq(tokens.name, name)).returning({ name: tokens.name })
  return ended.length > 0
}

/** Reserved names for which an earlier version has made tokens. */
export async function findReserved(db: Database): Promise<string[]> {
  const rows = await db.select({ name: tokens.name }).from(tokens).where(inArray(tokens.name, RESERVED))
  return rows.map(({ name }) => name)
}

/** How long a process may still accept a token that was replaced. */
const CACHE_MS = 10_000

/** Tokens that were looked up are cached for ten seconds. @param log for writes that fail in the background */
export function openTokens(db: Database, log: Pick<Logger, 'warn'>): Tokens {
  const cached = new LRUCache<string, string>({ max: 1000, ttl: CACHE_MS })
  const own = new Map<string, string>()

  async function noteUse(name: string): Promise<void> {
    await db
      .update(tokens)
      .set({ usedAt: sql`now()` })
      .where(and(eq(tokens.name, name), usedLongAgo))
  }

  return {
    async clientOf(token) {
      const key = keyOf(token)
      const client = own.get(key) ?? cached.get(key)
      if (client) return client
      const [row] = await db
        .select({ name: tokens.name, usedLongAgo: sql<boolean>`${usedLongAgo}` })
        .from(tokens)
        .where(eq(tokens.hash, hashOf(token)))
      if (!row || RESERVED.includes(row.name)) return undefined
      cached.set(key, row.name)
      // Not awaited: nothing depends on it, and where it fails, a later look-up tries again.
      if (row.usedLongAgo)
        noteUse(row.name).catch((error: unknown) =>
          log.warn({ err: error }, 'when a token was used could not be written'),
        )
      return row.name
    },
    inProcess(client) {
      const token = newSecret()
      own.set(keyOf(token), client)
      return token
    },
  }
}

/** Written once a minute at most, whatever the number of processes. */
const usedLongAgo = sql`coalesce(${tokens.usedAt} < now() - interval '1 minute', true)`

/** A hash and not the token itself, so that the time of a look-up leaks nothing about it. */
const keyOf = (token: string) => hash('sha256', token, 'base64')
