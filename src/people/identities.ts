import { and, eq, getTableColumns, inArray, lt, ne, or, type SQL, sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Logger } from 'pino'
import { v5 } from 'uuid'
import type { Database, Transaction } from '../../db/postgres.ts'
import { identities, people } from '../../db/schema.ts'
import { atMost } from '../shared/at-most.ts'
import { type ExternalKey, keyOf } from '../shared/keys.ts'
import { APP } from '../shared/person-ids.ts'
import { Refusal } from '../shared/refusal.ts'
import { batched } from './batched.ts'
import { type IdentityUpdate, type KnownIdentity, lastSeenFirst, toKnown } from './identity.ts'
import { withKin } from './kin.ts'

/** Identities of people in messengers, with a cache in front. */
export interface Identities {
  /**
   * Finds an identity; or tells of one that nobody has met yet who their person will be, and writes nothing: a refused request leaves nothing
   * behind. It is returned with the labels of the update, which are not written either: that is for `saveLabels`.
   * @throws Refusal `app_unknown`
   */
  recognise(update: IdentityUpdate): Promise<KnownIdentity>
  /** As whom a person was recognised in this process who is in no books yet. */
  expected(person: string): ExternalKey | undefined
  /**
   * Writes those of these persons who were recognised in this process and are in no books yet; the ledger does so for whoever it moves money of.
   * @param within the transaction of what they are written for, which may still be refused
   * @returns undefined where there are none, and nothing to wait for
   */
  introduce(persons: readonly string[], within?: Transaction): Promise<unknown> | undefined
  /** Recognises an identity, and introduces its person. @throws Refusal `app_unknown` */
  meet(update: IdentityUpdate): Promise<KnownIdentity>
  /**
   * Writes the labels of somebody who was recognised, and themselves where they are in no books yet.
   * @param within as of `introduce`
   * @returns undefined where they have not changed, and there is nothing to wait for
   */
  saveLabels(update: IdentityUpdate, within?: Transaction): Promise<void> | undefined
  /** Ends when the writes of `saveLabels` that are under way in this process have ended, well or not. */
  labelsSaved(): Promise<void>
  find(messenger: string, id: string): Promise<KnownIdentity | undefined>
  /** To be called when the labels of a person were erased, or they were linked: this process forgets them, too. @param known all that they had */
  forgotten(known: KnownIdentity[]): void
  /** All identities of a person, the last seen first, and after them those of `withKin`, if they are cached. */
  cachedOf(person: string): KnownIdentity[] | undefined
  /** @param known the same of one person */
  cache(known: KnownIdentity[]): void
  /** An identity with its newest cached labels. */
  current(identity: KnownIdentity): KnownIdentity
}

/** How long a process may still show a label that another process has changed. */
const CACHE_MS = 10_000
/** The cache reads the clock no more often than this. */
const RESOLUTION_MS = 500

/** @param log for writes that fail in the background */
export function openIdentities(db: Database, log?: Pick<Logger, 'warn'>): Identities {
  const lifetime = { ttl: CACHE_MS, ttlResolution: RESOLUTION_MS }
  const byKey = new LRUCache<string, KnownIdentity>({ ...atMost(50_000), ...lifetime, noUpdateTTL: true })
  const byPerson = new LRUCache<string, KnownIdentity[]>({ ...atMost(100_000), ...lifetime })
  const loader = batched(loadOrExpect)
  const maker = batched(make)
  /** By person, those who were recognised and are not written yet. */
  const strangers = new LRUCache<string, ExternalKey>(atMost(50_000))
  const saving = new Set<Promise<void>>()

  async function recognise({ messenger, id, ...labels }: IdentityUpdate): Promise<KnownIdentity> {
    const key = keyOf({ messenger, id })
    let known = byKey.get(key)
    if (!known) {
      known = await (messenger === APP ? findApp(id) : loader.load({ messenger, id }))
      byKey.set(key, known)
    }
    const changes = changesIn(labels, known)
    return changes ? { ...known, ...changes } : known
  }

  function introduce(persons: readonly string[], within?: Transaction): Promise<unknown> | undefined {
    const some = persons.flatMap((person) => strangers.get(person) ?? [])
    if (some.length === 0) return undefined
    return within ? write(within, some) : Promise.all(some.map((key) => maker.load(key)))
  }

  async function meet(update: IdentityUpdate): Promise<KnownIdentity> {
    const known = await recognise(update)
    const introducing = introduce([known.person])
    if (introducing) await introducing
    return known
  }

  function saveLabels(
    { messenger, id, ...labels }: IdentityUpdate,
    within?: Transaction,
  ): Promise<void> | undefined {
    const known = byKey.get(keyOf({ messenger, id }))
    const introducing = known && introduce([known.person], within)
    const changes = changesIn(labels, known)
    if (!introducing && !changes) return undefined
    const written = Promise.resolve(introducing)
      .then(() => changes && relabel(within ?? db, { messenger, id }, changes))
      .finally(() => saving.delete(written))
    saving.add(written)
    return written
  }

  async function labelsSaved(): Promise<void> {
    await Promise.allSettled(saving)
  }

  async function find(messenger: string, id: string): Promise<KnownIdentity | undefined> {
    const [row] = await db
      .select()
      .from(identities)
      .where(isOneOf([{ messenger, id }]))
    return row && toKnown(row)
  }

  /** An app is there once it has a token: nobody else makes it. */
  async function findApp(id: string): Promise<KnownIdentity> {
    const app = await find(APP, id)
    if (!app) throw new Refusal('app_unknown', { name: id })
    return app
  }

  /** Loads identities, and tells of those that are missing who they will be. */
  async function loadOrExpect(keys: readonly ExternalKey[]): Promise<KnownIdentity[]> {
    const known = await load(keys)
    return keys.map((key) => {
      const found = known.get(keyOf(key))
      if (found) {
        strangers.delete(found.person)
        return found
      }
      const person = personIdOf(key)
      strangers.set(person, key)
      return { ...key, person, handle: null, name: null, language: null }
    })
  }

  /** Loads and caches all identities of these persons, and notes that these identities were seen. */
  async function load(keys: readonly ExternalKey[]): Promise<Map<string, KnownIdentity>> {
    const persons = db.select({ id: identities.personId }).from(identities).where(isOneOf(keys))
    const rows = await db
      .select({ ...getTableColumns(identities), kin: people.kin, seenLongAgo: sql<boolean>`${seenLongAgo}` })
      .from(identities)
      .innerJoin(people, eq(people.id, identities.personId))
      .where(inArray(identities.personId, persons))
      .orderBy(...lastSeenFirst)
    const asked = new Set(keys.map(keyOf))
    const { seenNow = [], rest = [] } = Object.groupBy(rows, (row) =>
      row.seenLongAgo && asked.has(keyOf(row)) ? 'seenNow' : 'rest',
    )
    const found = [...seenNow, ...rest]
    const known = found.map(toKnown)
    const named = [...Map.groupBy(found, ({ personId }) => personId).values()].map((own) => ({
      known: own.map(toKnown),
      kin: own[0]?.kin ?? null,
    }))
    for (const some of await withKin(db, named)) cache(some)
    // Not awaited: no money depends on it, and where it fails, the next load tries again.
    if (seenNow.length > 0)
      noteSeen(seenNow).catch((error: unknown) =>
        log?.warn({ err: error }, 'when people were seen could not be written'),
      )
    return new Map(known.map((identity) => [keyOf(identity), identity]))
  }

  /** Skips rows that another process is writing, so that no two processes deadlock. */
  async function noteSeen(keys: readonly ExternalKey[]): Promise<void> {
    const unlocked = db
      .select({ messenger: identities.messenger, id: identities.id })
      .from(identities)
      .where(and(isOneOf(keys), seenLongAgo))
      .for('no key update', { skipLocked: true })
    await db
      .update(identities)
      .set({ seenAt: sql`now()` })
      .where(sql`(${identities.messenger}, ${identities.id}) in ${unlocked}`)
  }

  async function make(keys: readonly ExternalKey[]): Promise<true[]> {
    await db.transaction((tx) => write(tx, keys))
    for (const key of keys) strangers.delete(personIdOf(key))
    return keys.map(() => true)
  }

  /** In the order of their keys, so that no two processes deadlock. What another process has made meanwhile is the same. */
  async function write(tx: Transaction, keys: readonly ExternalKey[]): Promise<void> {
    const byName = new Map(keys.map((key) => [keyOf(key), key]))
    const rows = [...byName.keys()].sort().map((name) => {
      const { messenger, id } = byName.get(name) as ExternalKey
      return { messenger, id, personId: personIdOf({ messenger, id }) }
    })
    const persons = rows.map(({ personId }) => personId)
    await tx
      .insert(people)
      .values(persons.map((id) => ({ id })))
      .onConflictDoNothing()
    await tx.insert(identities).values(rows).onConflictDoNothing()
    // Theirs, or whose who has become one with them; an earlier version of the service gave persons other ids.
    const theirs = await tx.$count(
      tx
        .select({ id: identities.id })
        .from(identities)
        .innerJoin(people, eq(identities.personId, sql`coalesce(${people.mergedInto}, ${people.id})`))
        .where(and(isOneOf(rows), inArray(people.id, persons)))
        // PostgreSQL 15 wants a name.
        .as('theirs'),
    )
    if (theirs === rows.length) return
    for (const key of byName.keys()) byKey.delete(key)
    throw new Error('Somebody was made by another process at the same time, as another person.')
  }

  async function relabel(
    db: Pick<Database, 'update'>,
    { messenger, id }: ExternalKey,
    changes: Partial<Labels>,
  ): Promise<void> {
    // A handle belongs to one identity: whoever had it before has it no more.
    if (changes.handle) {
      const before = await db
        .update(identities)
        .set({ handle: null })
        .where(
          and(
            eq(identities.messenger, messenger),
            sql`lower(${identities.handle}) = ${changes.handle.toLowerCase()}`,
            ne(identities.id, id),
          ),
        )
        .returning()
      for (const row of before) byKey.set(keyOf(row), toKnown(row))
    }
    const [row] = await db
      .update(identities)
      .set({ ...changes, seenAt: sql`now()` })
      .where(isOneOf([{ messenger, id }]))
      .returning()
    if (row) byKey.set(keyOf(row), toKnown(row))
  }

  function cache(known: KnownIdentity[]) {
    const [first] = known
    if (first) byPerson.set(first.person, known)
  }

  return {
    recognise,
    expected: (person) => strangers.get(person),
    introduce,
    meet,
    saveLabels,
    labelsSaved,
    find,
    forgotten(known) {
      for (const one of known) {
        byKey.delete(keyOf(one))
        byPerson.delete(one.person)
      }
    },
    cachedOf: (person) => byPerson.get(person),
    cache,
    current: (identity) => byKey.get(keyOf(identity)) ?? identity,
  }
}

function isOneOf(keys: readonly ExternalKey[]): SQL | undefined {
  const byMessenger = [...Map.groupBy(keys, ({ messenger }) => messenger)]
  return or(
    ...byMessenger.map(([messenger, some]) => {
      const ids = some.map(({ id }) => id)
      return and(eq(identities.messenger, messenger), inArray(identities.id, ids))
    }),
  )
}

/** The same in every process, so that whoever of them is the first to write somebody writes the same person. Never to be changed. */
const personIdOf = (key: ExternalKey) => v5(keyOf(key), PERSONS)
const PERSONS = 'c1f4a1d2-58b1-4a53-9c7e-2f0b8e6d4a17'

/** Written once an hour at most: it decides between identities that are in use on different days. */
const seenLongAgo = lt(identities.seenAt, sql`now() - interval '1 hour'`)

const LABELS = ['handle', 'name', 'language'] as const
type Labels = Pick<KnownIdentity, (typeof LABELS)[number]>

/** The labels of an update that differ from the known ones, if there are any. */
function changesIn(
  labels: Omit<IdentityUpdate, keyof ExternalKey>,
  known: Labels | undefined,
): Partial<Labels> | undefined {
  const changes = LABELS.filter((label) => labels[label] !== undefined && labels[label] !== known?.[label])
  return changes.length > 0 ? Object.fromEntries(changes.map((label) => [label, labels[label]])) : undefined
}
