import { eq, getTableColumns, inArray, sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Database } from '../../db/postgres.ts'
import { accounts, identities, people } from '../../db/schema.ts'
import { atMost } from '../shared/at-most.ts'
import { batched } from './batched.ts'
import type { Identities } from './identities.ts'
import { chooseIdentity, type KnownIdentity, lastSeenFirst, toKnown } from './identity.ts'
import { type Named, withKin } from './kin.ts'

/** Owners of accounts. */
export interface Owners {
  /**
   * The persons who own these accounts, by account id; the issuer's accounts are left out. Where a person has several
   * identities, it is the one in this messenger, or else the one seen last.
   */
  ofAccounts(accountIds: string[], messenger?: string): Promise<Map<string, KnownIdentity>>
  /** The same of persons, by their ids. */
  ofPersons(persons: string[], messenger?: string): Promise<Map<string, KnownIdentity>>
  /** Caches an account's owner, for a caller who knows it: that saves a query later. */
  cacheOwner(accountId: string, owner: KnownIdentity): void
}

/** @param known the cache of identities */
export function openOwners(db: Database, known: Pick<Identities, 'cachedOf' | 'cache' | 'current'>): Owners {
  // An account changes its owner only where that becomes one with somebody else: then there are no identities of theirs.
  const personOf = new LRUCache<string, string>(atMost(100_000))
  const loader = batched(load)

  async function ofAccounts(accountIds: string[], messenger?: string): Promise<Map<string, KnownIdentity>> {
    const chosen = new Map<string, KnownIdentity>()
    const choose = (id: string, owner: KnownIdentity[]) => {
      const identity = chooseIdentity(owner, messenger)
      if (identity) chosen.set(id, known.current(identity))
    }
    const missing: string[] = []
    for (const id of accountIds) {
      const person = personOf.get(id)
      const cached = person === undefined ? undefined : known.cachedOf(person)
      if (cached) choose(id, cached)
      else missing.push(id)
    }
    const loaded = missing.length > 0 ? await loader.loadMany(missing) : []
    for (const [index, owner] of loaded.entries()) {
      if (owner instanceof Error) throw owner
      choose(missing[index] as string, owner)
    }
    return chosen
  }

  async function ofPersons(persons: string[], messenger?: string): Promise<Map<string, KnownIdentity>> {
    if (persons.length === 0) return new Map()
    const rows = await db
      .select({ asked: people.id, kin: people.kin, ...getTableColumns(identities) })
      .from(people)
      .innerJoin(identities, eq(identities.personId, sql`coalesce(${people.mergedInto}, ${people.id})`))
      .where(inArray(people.id, persons))
      .orderBy(...lastSeenFirst)
    const byPerson = [...Map.groupBy(rows, ({ asked }) => asked)]
    const named = await withKin(
      db,
      byPerson.map(([, own]) => namedIn(own)),
    )
    return new Map(
      byPerson.map(([person], index) => [
        person,
        chooseIdentity(named[index] ?? [], messenger) as KnownIdentity,
      ]),
    )
  }

  /** All identities of each account's owner; none of the issuer. */
  async function load(accountIds: readonly string[]): Promise<KnownIdentity[][]> {
    const rows = await db
      .select({ account: accounts.id, kin: accounts.kin, ...getTableColumns(identities) })
      .from(accounts)
      .innerJoin(identities, eq(identities.personId, accounts.personId))
      .where(inArray(accounts.id, [...accountIds]))
      .orderBy(...lastSeenFirst)
    const byAccount = Map.groupBy(rows, ({ account }) => account)
    const named = await withKin(
      db,
      accountIds.map((id) => namedIn(byAccount.get(id) ?? [])),
    )
    return accountIds.map((id, index) => {
      const owner = named[index] ?? []
      if (owner[0]) cacheOwner(id, owner[0])
      known.cache(owner)
      return owner
    })
  }

  const cacheOwner = (accountId: string, { person }: KnownIdentity) => void personOf.set(accountId, person)

  return { ofAccounts, ofPersons, cacheOwner }
}

/** Identities of one person, from their rows. */
const namedIn = (rows: (typeof identities.$inferSelect & { kin: string | null })[]): Named => ({
  known: rows.map(toKnown),
  kin: rows[0]?.kin ?? null,
})
