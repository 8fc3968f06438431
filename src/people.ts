import DataLoader from 'dataloader'
import { and, desc, eq, getTableColumns, inArray, ne, or, sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Database } from '../db/postgres.ts'
import { accounts, entries, firstNameOf, identities, people, transfers } from '../db/schema.ts'
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

/** Somebody whom a transfer is for. */
export interface Recipient extends Met {
  /** Wants no word that something waits for them. */
  quiet: boolean
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
  /** Finds the person behind an identity, or makes one, with the labels that are told now; to write those is for `learn`. */
  meet(introduction: Introduction): Promise<Met>
  /** Writes the labels that are told of somebody who was met. Where they are no news there is nothing to wait for. */
  learn(introduction: Introduction): Promise<void> | undefined
  /** Ends when the labels that this process is writing are written, or could not be. */
  learned(): Promise<void>
  /** The person behind an identity, if we have met. */
  find(messenger: string, id: string): Promise<Met | undefined>
  /** Some of those in a group who have lately sent or collected there, and whose handle or first name is this one, in any case. */
  called(messenger: string, word: string, groupId: string): Promise<Met[]>
  /** Who owns these accounts; the issuer's are left out. */
  ofAccounts(accountIds: string[]): Promise<Map<string, Met>>
  /** Whom transfers are for, as far as we have met them, by the account or the handle that a transfer names. */
  recipients(transfers: For[]): Promise<Map<string, Recipient>>
  /** Whether a person wants no word that something waits for them. */
  isQuiet(person: string): Promise<boolean>
  setQuiet(person: string, quiet: boolean): Promise<void>
  /** Says of an account, as it is made, whose it is: spares the look-up. */
  owns(accountId: string, identity: Met): void
}

const MOST_CALLED = 10
/** Of a group's transfers, whose people count as being there. */
const LATELY = 500
/** How long a process may go on believing in a label that another process has changed, in milliseconds. */
const BELIEVED_MS = 10_000
/** How exactly that is measured: the clock is looked at no oftener. */
const RESOLUTION_MS = 500

export function openPeople(db: Database): People {
  const believed = { ttl: BELIEVED_MS, ttlResolution: RESOLUTION_MS }
  const met = new LRUCache<string, Met>({ max: 50_000, ...believed, noUpdateTTL: true })
  const owners = new LRUCache<string, Met>({ max: 100_000, ...believed })

  const acquaintances = together(acquaint)
  const ownersInBooks = together(findOwners)
  const learning = new Set<Promise<void>>()

  async function find(messenger: string, id: string): Promise<Met | undefined> {
    return (await findAll([{ messenger, id }])).get(nameOf({ messenger, id }))
  }

  async function findAll(asked: readonly Named[]): Promise<Map<string, Met>> {
    const byMessenger = [...Map.groupBy(asked, ({ messenger }) => messenger)]
    const named = byMessenger.map(([messenger, some]) => {
      const ids = some.map(({ id }) => id)
      return and(eq(identities.messenger, messenger), inArray(identities.id, ids))
    })
    const rows = await db
      .select()
      .from(identities)
      .where(or(...named))
    return new Map(rows.map((row) => [nameOf(row), toMet(row)]))
  }

  /** Those whom we know, and those whom we know from now on. */
  async function acquaint(asked: readonly Named[]): Promise<Met[]> {
    const known = await findAll(asked)
    const strangers = asked.filter((one) => !known.has(nameOf(one)))
    if (strangers.length > 0) {
      await make(strangers)
      for (const [name, one] of await findAll(strangers)) known.set(name, one)
    }
    return asked.map((one) => {
      const found = known.get(nameOf(one))
      if (!found) throw new Error('An identity that was just made is not there.')
      return found
    })
  }

  async function meet({ messenger, id, ...told }: Introduction): Promise<Met> {
    const key = nameOf({ messenger, id })
    let known = met.get(key)
    if (!known) {
      known = await acquaintances.load({ messenger, id })
      met.set(key, known)
    }
    const news = newsIn(told, known)
    return news ? { ...known, ...news } : known
  }

  function learn({ messenger, id, ...told }: Introduction): Promise<void> | undefined {
    const news = newsIn(told, met.get(nameOf({ messenger, id })))
    if (!news) return undefined
    const written = relabel({ messenger, id }, news).finally(() => learning.delete(written))
    learning.add(written)
    return written
  }

  async function learned(): Promise<void> {
    await Promise.allSettled(learning)
  }

  /** In the order of their names, so that no two processes wait for each other in a ring. Who was made meanwhile stands. */
  async function make(strangers: Named[]): Promise<void> {
    const named = new Map(strangers.map((one) => [nameOf(one), one]))
    const rows = [...named.keys()]
      .sort()
      .map((name) => ({ ...(named.get(name) as Named), personId: newId() }))
    await db.transaction(async (tx) => {
      await tx.insert(people).values(rows.map(({ personId }) => ({ id: personId })))
      const made = await tx.insert(identities).values(rows).onConflictDoNothing().returning()
      const inUse = new Set(made.map(({ personId }) => personId))
      const unused = rows.flatMap(({ personId }) => (inUse.has(personId) ? [] : personId))
      if (unused.length > 0) await tx.delete(people).where(inArray(people.id, unused))
    })
  }

  async function relabel({ messenger, id }: Named, news: Partial<Labels>): Promise<void> {
    // A handle that comes with somebody new has left whoever had it.
    if (news.handle) {
      const before = await db
        .update(identities)
        .set({ handle: null })
        .where(
          and(
            eq(identities.messenger, messenger),
            sql`lower(${identities.handle}) = ${news.handle.toLowerCase()}`,
            ne(identities.id, id),
          ),
        )
        .returning({ id: identities.id })
      for (const { id: other } of before) met.delete(nameOf({ messenger, id: other }))
    }
    const [row] = await db
      .update(identities)
      .set(news)
      .where(and(eq(identities.messenger, messenger), eq(identities.id, id)))
      .returning()
    if (row) met.set(nameOf(row), toMet(row))
  }

  async function called(messenger: string, word: string, groupId: string): Promise<Met[]> {
    const wanted = word.toLowerCase()
    const lately = db
      .select({ id: transfers.id })
      .from(transfers)
      .where(eq(transfers.groupId, groupId))
      .orderBy(desc(transfers.id))
      .limit(LATELY)
      .as('lately')
    const inGroup = db
      .select({ person: accounts.personId })
      .from(lately)
      .innerJoin(entries, eq(entries.transferId, lately.id))
      .innerJoin(accounts, eq(accounts.id, entries.accountId))
    const isCalled = or(
      sql`lower(${identities.handle}) = ${wanted}`,
      sql`${firstNameOf(identities.name)} = ${wanted}`,
    )
    const rows = await db
      .select()
      .from(identities)
      .where(and(eq(identities.messenger, messenger), isCalled, inArray(identities.personId, inGroup)))
      .limit(MOST_CALLED)
    return rows.map(toMet)
  }

  async function ofAccounts(accountIds: string[]): Promise<Map<string, Met>> {
    const found = new Map<string, Met>()
    const missing: string[] = []
    for (const id of accountIds) {
      const owner = owners.get(id)
      if (owner) found.set(id, met.get(nameOf(owner)) ?? owner)
      else missing.push(id)
    }
    const loaded = missing.length > 0 ? await ownersInBooks.loadMany(missing) : []
    for (const [index, owner] of loaded.entries()) {
      if (owner instanceof Error) throw owner
      if (!owner) continue
      const id = missing[index] as string
      found.set(id, owner)
      owners.set(id, owner)
    }
    return found
  }

  async function findOwners(accountIds: readonly string[]): Promise<(Met | null)[]> {
    const rows = await db
      .select({ account: accounts.id, identity: identities })
      .from(accounts)
      .innerJoin(identities, eq(identities.personId, accounts.personId))
      .where(inArray(accounts.id, [...accountIds]))
    const byAccount = new Map(rows.map(({ account, identity }) => [account, toMet(identity)]))
    return accountIds.map((id) => byAccount.get(id) ?? null)
  }

  async function recipients(transfers: For[]): Promise<Map<string, Recipient>> {
    const named = { ...getTableColumns(identities), quiet: people.quiet }
    const byAccount = transfers.flatMap(({ toAccount }) => toAccount ?? [])
    const byHandle = Map.groupBy(
      transfers.flatMap(({ toHandle }) => toHandle ?? []),
      (key) => key.slice(0, key.indexOf(':')),
    )
    const handle = sql<string>`lower(${identities.handle})`
    const [ofAccounts, ofHandles] = await Promise.all([
      byAccount.length === 0
        ? []
        : db
            .select({ key: sql<string>`${accounts.id}`, ...named })
            .from(accounts)
            .innerJoin(identities, eq(identities.personId, accounts.personId))
            .innerJoin(people, eq(people.id, accounts.personId))
            .where(inArray(accounts.id, byAccount)),
      byHandle.size === 0
        ? []
        : db
            .select({ key: sql<string>`${identities.messenger} || ':' || ${handle}`, ...named })
            .from(identities)
            .innerJoin(people, eq(people.id, identities.personId))
            .where(
              or(
                ...[...byHandle].map(([messenger, keys]) => {
                  const handles = keys.map((key) => key.slice(messenger.length + 1))
                  return and(eq(identities.messenger, messenger), inArray(handle, handles))
                }),
              ),
            ),
    ])
    return new Map(
      [...ofAccounts, ...ofHandles].map(({ key, quiet, ...row }) => [key, { ...toMet(row), quiet }]),
    )
  }

  async function isQuiet(person: string): Promise<boolean> {
    const [row] = await db.select({ quiet: people.quiet }).from(people).where(eq(people.id, person))
    return row?.quiet ?? false
  }

  async function setQuiet(person: string, quiet: boolean): Promise<void> {
    await db.update(people).set({ quiet }).where(eq(people.id, person))
  }

  function owns(accountId: string, identity: Met) {
    if (owners.get(accountId) !== identity) owners.set(accountId, identity)
  }

  return { meet, learn, learned, find, called, ofAccounts, recipients, isQuiet, setQuiet, owns }
}

/** Asks for many at once: all that is asked for in one turn of the event loop. */
const together = <Asked, Found>(ask: (asked: readonly Asked[]) => Promise<(Found | Error)[]>) =>
  new DataLoader<Asked, Found>(ask, { cache: false, maxBatchSize: 500, batchScheduleFn: setImmediate })

/** How a transfer names whom it is for. */
interface For {
  toAccount: string | null
  /** `messenger:handle` in lower case. */
  toHandle: string | null
}

type Named = Pick<Identity, 'messenger' | 'id'>
const nameOf = ({ messenger, id }: Named) => `${messenger}:${id}`

const LABELS = ['handle', 'name', 'language'] as const
type Labels = Pick<Met, (typeof LABELS)[number]>

/** The labels that are told and are others than those we know, if there are any. */
function newsIn(
  told: Omit<Introduction, keyof Named>,
  known: Labels | undefined,
): Partial<Labels> | undefined {
  const news = LABELS.filter((label) => told[label] !== undefined && told[label] !== known?.[label])
  return news.length > 0 ? Object.fromEntries(news.map((label) => [label, told[label]])) : undefined
}

const toMet = (row: typeof identities.$inferSelect): Met => ({
  messenger: row.messenger,
  id: row.id,
  handle: row.handle,
  name: row.name,
  person: row.personId,
  language: row.language,
})
