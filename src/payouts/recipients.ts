import { and, inArray, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { identities } from '../../db/schema.ts'
import { everybodyIn, inMessengersOf } from '../people/everybody.ts'
import {
  type Identity,
  type IdentityUpdate,
  type KnownIdentity,
  lastSeenFirst,
  toKnown,
} from '../people/identity.ts'
import { Refusal } from '../shared/refusal.ts'
import { asTyped, cleanText } from '../shared/text.ts'
import type { Needs } from './needs.ts'

/** Somebody by their id, by their handle, or as an admin writes them: `@ada`, `telegram:123456789`, `Ada Lovelace`. */
export type Named = IdentityUpdate | { messenger: string; handle: string } | string

/** For whom an item of a payout is. */
export interface Recipient extends Omit<Identity, 'id'> {
  /** `null`: whoever has the handle when they collect. */
  id: string | null
  /** `null`: we have met nobody with that handle. */
  person: string | null
}

/**
 * Whom the items of a payout are for, in their order; or why that can't be told. In a list each has to be somebody whom we have met
 * in a messenger of the group, as nobody sees a mistake in it. Of a single one an id or a handle is enough: its card names it.
 */
export async function findRecipients(
  { db, people }: Pick<Needs, 'db' | 'people'>,
  groupId: string,
  named: Named[],
): Promise<(Recipient | Refusal)[]> {
  const [only] = named
  if (named.length === 1 && typeof only === 'object' && 'id' in only)
    return [byId(await people.recognise(only))]
  const wanted = named.map(understood)
  const known = await findKnown(db, groupId, wanted)
  const called = wanted.some((one) => one.name !== undefined && !known(one).length)
    ? await findCalled(db, groupId)
    : new Map<string, KnownIdentity[]>()
  return wanted.map((one, index) => {
    const some = known(one)
    const found = some.length > 0 ? some : (called.get(lower(one.name)) ?? [])
    if (new Set(found.map(({ person }) => person)).size > 1)
      return new Refusal('person_unclear', { typed: one.typed })
    const [first] = found
    if (first) return isByHandle(one, first) ? byHandle(first) : byId(first)
    const single = named.length === 1 ? named[index] : undefined
    return typeof single === 'object' && 'handle' in single && single.handle
      ? { messenger: single.messenger, id: null, handle: single.handle, name: null, person: null }
      : new Refusal('unknown_person', { typed: one.typed })
  })
}

const byId = ({ messenger, id, handle, name, person }: KnownIdentity): Recipient => ({
  messenger,
  id,
  handle,
  name,
  person,
})

/** Handles may pass to somebody else, so the money is for whoever has it then, as with any transfer for a handle. */
const byHandle = (known: KnownIdentity): Recipient => ({ ...byId(known), id: null })

const isByHandle = ({ id, handle }: Wanted, found: KnownIdentity) =>
  id !== found.id && handle !== undefined && handle === lower(found.handle)

/** Somebody who is looked for; a plain word may be an id, a handle or a name. */
interface Wanted {
  /** Unset: any in which the group meets. */
  messenger?: string
  id?: string
  /** In lower case. */
  handle?: string
  name?: string
  typed: string
}

function understood(named: Named): Wanted {
  if (typeof named === 'object') {
    const { messenger } = named
    if ('id' in named) return { messenger, id: named.id, typed: asTyped(`${messenger}:${named.id}`) }
    return { messenger, handle: lower(named.handle), typed: asTyped(`@${named.handle}`) }
  }
  const text = cleanText(named) ?? ''
  const typed = asTyped(text)
  const [, messenger, word = text] = /^([a-z]{2,20}):(\S+)$/.exec(text) ?? []
  const where = messenger ? { messenger } : {}
  if (/^[@＠]/.test(word)) return { ...where, handle: lower(word.slice(1)), typed }
  return messenger ? { messenger, id: word, typed } : { id: word, handle: lower(word), name: word, typed }
}

const lower = (text: string | null | undefined) => (text ?? '').toLowerCase()

/** Those whom we have met in the group's messengers, by id or handle: a function that tells who is meant. */
async function findKnown(db: Database, groupId: string, wanted: Wanted[]) {
  const ids = wanted.flatMap(({ id }) => id ?? [])
  const handles = wanted.flatMap(({ handle }) => handle ?? [])
  const handle = sql<string>`lower(${identities.handle})`
  const isNamed: SQL | undefined = or(
    ids.length > 0 ? inArray(identities.id, ids) : undefined,
    handles.length > 0 ? inArray(handle, handles) : undefined,
  )
  const rows = (
    await db
      .select()
      .from(identities)
      .where(and(inMessengersOf(groupId), isNamed))
      .orderBy(...lastSeenFirst)
  ).map(toKnown)
  const byId = Map.groupBy(rows, ({ id }) => id)
  const byHandle = Map.groupBy(rows, (row) => lower(row.handle))
  return ({ messenger, id, handle }: Wanted): KnownIdentity[] => {
    const isThere = (row: KnownIdentity) => messenger === undefined || row.messenger === messenger
    const withId = (byId.get(id ?? '') ?? []).filter(isThere)
    return withId.length > 0 ? withId : (byHandle.get(handle || ' ') ?? []).filter(isThere)
  }
}

/** Everybody in a group, by their whole names in lower case. */
const findCalled = async (db: Database, groupId: string) =>
  Map.groupBy(await everybodyIn(db, groupId), ({ name }) => lower(name))
