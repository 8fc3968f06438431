import { hash } from 'node:crypto'
import { eq, inArray } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
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
  const made = { hash: hashOf(token), createdAt: new Date() }
  await db
    .insert(tokens)
    .values({ name, ...made })
    .onConflictDoUpdate({ target: tokens.name, set: made })
  return token
}

/** Reserved names for which an earlier version has made tokens. */
export async function findReserved(db: Database): Promise<string[]> {
  const rows = await db.select({ name: tokens.name }).from(tokens).where(inArray(tokens.name, RESERVED))
  return rows.map(({ name }) => name)
}

/** How long a process may still accept a token that was replaced. */
const CACHE_MS = 10_000

/** Tokens that were looked up are cached for ten seconds. */
export function openTokens(db: Database): Tokens {
  const cached = new LRUCache<string, string>({ max: 1000, ttl: CACHE_MS })
  const own = new Map<string, string>()
  return {
    async clientOf(token) {
      const key = keyOf(token)
      const client = own.get(key) ?? cached.get(key)
      if (client) return client
      const [row] = await db
        .select({ name: tokens.name })
        .from(tokens)
        .where(eq(tokens.hash, hashOf(token)))
      if (!row || RESERVED.includes(row.name)) return undefined
      cached.set(key, row.name)
      return row.name
    },
    inProcess(client) {
      const token = newSecret()
      own.set(keyOf(token), client)
      return token
    },
  }
}

/** A hash and not the token itself, so that the time of a look-up leaks nothing about it. */
const keyOf = (token: string) => hash('sha256', token, 'base64')
