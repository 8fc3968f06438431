import { and, eq, inArray, ne, sql, TransactionRollbackError } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Database } from '../db/postgres.ts'
import { accounts, identities, people } from '../db/schema.ts'
import { newId } from './ids.ts'

/** Somebody as one messenger knows them. */
export interface Identity {
  messenger: string
  /** The messenger's own id, which never changes hands. */
  id: string
  handle: string | null
  name: string | null
}

export interface Met extends Identity {
  person: string
  /** BCP 47, as the messenger says. */
  language: string | null
}

/** What a messenger tells of somebody: `undefined` leaves a label as it was. */
export interface Introduction {
  messenger: string
  id: string
  handle?: string | null | undefined
  name?: string | null | undefined
  language?: string | null | undefined
}

export interface People {
  /** Finds the person behind an identity, or makes one; labels that changed are written. */
  meet(introduction: Introduction): Promise<Met>
  /** The person behind an identity, if we have met. */
  find(messenger: string, id: string): Promise<Met | undefined>
  /** Who owns these accounts; the issuer's are left out. */
  ofAccounts(accountIds: string[]): Promise<Map<string, Met>>
  /** Says of an account, as it is made, whose it is: spares the look-up. */
  owns(accountId: string, identity: Met): void
}

/** How long a process may go on believing in a label that another process has changed, in milliseconds. */
const BELIEVED_MS = 10_000
/** How exactly that is measured: the clock is looked at no oftener. */
const RESOLUTION_MS = 500

export function openPeople(db: Database): People {
  const believed = { ttl: BELIEVED_MS, ttlResolution: RESOLUTION_MS }
  const met = new LRUCache<string, Met>({ max: 50_000, ...believed, noUpdateTTL: true })
  const owners = new LRUCache<string, Met>({ max: 100_000, ...believed })

  async function find(messenger: string, id: string): Promise<Met | undefined> {
    const [row] = await db
      .select()
      .from(identities)
      .where(and(eq(identities.messenger, messenger), eq(identities.id, id)))
    return row && toMet(row)
  }

  async function meet({ messenger, id, handle, name, language }: Introduction): Promise<Met> {
    const key = `${messenger}:${id}`
    const known = met.get(key)
    const before = known ?? (await find(messenger, id)) ?? (await make(messenger, id))
    const now = {
      ...before,
      handle: handle === undefined ? before.handle : handle,
      name: name === undefined ? before.name : name,
      language: language === undefined ? before.language : language,
    }
    const changed = LABELS.some((label) => now[label] !== before[label])
    if (known && !changed) return known
    if (changed) await relabel(now)
    met.set(key, now)
    return now
  }

  async function make(messenger: string, id: string): Promise<Met> {
    await db
      .transaction(async (tx) => {
        const person = newId()
        await tx.insert(people).values({ id: person })
        const made = await tx
          .insert(identities)
          .values({ messenger, id, personId: person })
          .onConflictDoNothing()
          .returning()
        // Somebody else has met them at the same moment: theirs stands.
        if (made.length === 0) tx.rollback()
      })
      .catch((error: unknown) => {
        if (!(error instanceof TransactionRollbackError)) throw error
      })
    const found = await find(messenger, id)
    if (!found) throw new Error('An identity that was just made is not there.')
    return found
  }

  async function relabel({ messenger, id, handle, name, language }: Met) {
    // A handle that comes with somebody new has left whoever had it.
    if (handle) {
      const before = await db
        .update(identities)
        .set({ handle: null })
        .where(
          and(
            eq(identities.messenger, messenger),
            sql`lower(${identities.handle}) = ${handle.toLowerCase()}`,
            ne(identities.id, id),
          ),
        )
        .returning({ id: identities.id })
      for (const one of before) met.delete(`${messenger}:${one.id}`)
    }
    await db
      .update(identities)
      .set({ handle, name, language })
      .where(and(eq(identities.messenger, messenger), eq(identities.id, id)))
  }

  async function ofAccounts(accountIds: string[]): Promise<Map<string, Met>> {
    const found = new Map<string, Met>()
    const missing: string[] = []
    for (const id of accountIds) {
      const owner = owners.get(id)
      if (owner) found.set(id, met.get(`${owner.messenger}:${owner.id}`) ?? owner)
      else missing.push(id)
    }
    if (missing.length > 0) {
      const rows = await db
        .select({ account: accounts.id, identity: identities })
        .from(accounts)
        .innerJoin(identities, eq(identities.personId, accounts.personId))
        .where(inArray(accounts.id, missing))
      for (const { account, identity } of rows) {
        const owner = toMet(identity)
        found.set(account, owner)
        owners.set(account, owner)
      }
    }
    return found
  }

  function owns(accountId: string, identity: Met) {
    if (owners.get(accountId) !== identity) owners.set(accountId, identity)
  }

  return { meet, find, ofAccounts, owns }
}

const LABELS = ['handle', 'name', 'language'] as const

const toMet = (row: typeof identities.$inferSelect): Met => ({
  messenger: row.messenger,
  id: row.id,
  handle: row.handle,
  name: row.name,
  person: row.personId,
  language: row.language,
})
