import { and, eq, gt, inArray, isNotNull, lt, or, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../db/postgres.ts'
import { identities, linkRequests, links, people as peopleRows } from '../../db/schema.ts'
import { makeTypedCode, TYPED_CODE_SECONDS, typedCodeHash } from '../access/typed-codes.ts'
import type { LinkNews } from '../delivery/link-news.ts'
import { unite } from '../ledger/unite.ts'
import type { Assets } from '../money/assets.ts'
import { newId } from '../shared/ids.ts'
import { type ExternalKey, keyOf } from '../shared/keys.ts'
import { APP } from '../shared/person-ids.ts'
import { Refusal } from '../shared/refusal.ts'
import type { IdentityUpdate, KnownIdentity } from './identity.ts'
import { lastSeenFirst, toKnown } from './identity.ts'
import type { People } from './people.ts'

interface Needs {
  db: Database
  assets: Pick<Assets, 'of'>
  people: Pick<People, 'recognise' | 'introduce' | 'meet' | 'find' | 'forgotten'>
  deliveries: LinkNews
}

/** Two identities that both have to confirm that they are one person's, as one of them sees it. */
export interface LinkRequest {
  id: string
  other: KnownIdentity
  expiresAt: Date
}

/** Makes a code by which somebody links their identity in another messenger. It is good once, for ten minutes. */
export async function makeLinkCode(
  { db, people }: Pick<Needs, 'db' | 'people'>,
  by: IdentityUpdate,
): Promise<{ code: string; expiresAt: Date }> {
  const { messenger, id: identity } = await people.meet(by)
  await db.delete(linkRequests).where(lt(linkRequests.expiresAt, sql`now()`))
  const { code, hash } = makeTypedCode()
  const [row] = await db
    .insert(linkRequests)
    .values({
      id: newId(),
      hash,
      messenger,
      identity,
      expiresAt: sql`now() + make_interval(secs => ${TYPED_CODE_SECONDS})`,
    })
    .returning()
  if (!row) throw new Error('A code that was just written is not there.')
  return { code, expiresAt: row.expiresAt }
}

/** Makes a code useless that others have seen. */
export async function spoilLinkCode({ db }: Pick<Needs, 'db'>, typed: string): Promise<void> {
  await db.delete(linkRequests).where(eq(linkRequests.hash, typedCodeHash(typed)))
}

/**
 * Uses a code up: whoever had it made is asked whether the two are one person, and so is who has typed it.
 * @throws Refusal `link_code_unknown`, and those of `refuseUnlinkable`, which don't use it up
 */
export async function requestLink(
  { db, assets, people, deliveries }: Needs,
  { code, by }: { code: string; by: IdentityUpdate },
): Promise<LinkRequest> {
  const one = await people.recognise(by)
  const isValid = and(eq(linkRequests.hash, typedCodeHash(code)), gt(linkRequests.expiresAt, sql`now()`))
  if ((await db.$count(linkRequests, isValid)) === 0) throw new Refusal('link_code_unknown')
  const { request, other, announce } = await inTransaction(db, async (tx) => {
    await people.introduce([one.person], tx)
    const [found] = await tx.select().from(linkRequests).where(isValid).for('update')
    if (!found) throw new Refusal('link_code_unknown')
    const other = await identityOf(tx, { messenger: found.messenger, id: found.identity })
    const typist = await identityOf(tx, one)
    await refuseUnlinkable(tx, assets, other, typist)
    await tx
      .update(linkRequests)
      .set({ hash: null, withMessenger: one.messenger, withIdentity: one.id })
      .where(eq(linkRequests.id, found.id))
    const news = { about: 'asked', to: other, other: typist, request: found.id } as const
    return { request: found, other, announce: await deliveries.tellLinked([news], tx) }
  })
  announce()
  return { id: request.id, other, expiresAt: request.expiresAt }
}

/**
 * One side's yes. With that of the other side the two become one person: what they have comes together, and each may do with it what the
 * other may. The other side is told; this one has the answer.
 * @returns whether that has happened
 * @throws Refusal `link_not_found`, and those of `refuseUnlinkable`
 */
export async function confirmLink(
  { db, assets, people, deliveries }: Needs,
  { id, by }: { id: string; by: ExternalKey },
): Promise<{ isLinked: boolean; other: KnownIdentity }> {
  const { before, other, announce } = await inTransaction(db, async (tx) => {
    await lockLinks(tx)
    const request = await requestOf(tx, id, by)
    const { maker, typist } = request
    const isMaker = keyOf(maker) === keyOf(by)
    const other = isMaker ? typist : maker
    const isLast = isMaker ? request.withConfirmed : request.confirmed
    await refuseUnlinkable(tx, assets, maker, typist)
    if (!isLast) {
      await tx
        .update(linkRequests)
        .set(isMaker ? { confirmed: true } : { withConfirmed: true })
        .where(eq(linkRequests.id, id))
      return { other }
    }
    await tx.delete(linkRequests).where(eq(linkRequests.id, id))
    const both = [maker.person, typist.person]
    const before = await tx.select().from(identities).where(inArray(identities.personId, both))
    await unite(tx, {
      person: typist.person,
      intoPerson: maker.person,
      identity: { messenger: typist.messenger, id: typist.id },
      with: { messenger: maker.messenger, id: maker.id },
    })
    const news = { about: 'linked', to: other, other: isMaker ? maker : typist } as const
    return { before, other, announce: await deliveries.tellLinked([news], tx) }
  })
  if (!before) return { isLinked: false, other }
  people.forgotten(before.map(toKnown))
  announce?.()
  return { isLinked: true, other }
}

/** One side's no. @throws Refusal `link_not_found` */
export async function refuseLink(
  { db }: Pick<Needs, 'db'>,
  { id, by }: { id: string; by: ExternalKey },
): Promise<void> {
  await db.transaction(async (tx) => {
    await requestOf(tx, id, by)
    await tx.delete(linkRequests).where(eq(linkRequests.id, id))
  })
}

/**
 * Parts an identity from its person: it is a person of its own then, who has nothing. What there was stays with the other identities, of
 * which the one that was seen last is told.
 * @returns the one of these that was seen last
 * @throws Refusal `not_linked`, `on_hold`
 */
export async function unlink(
  { db, people, deliveries }: Pick<Needs, 'db' | 'people' | 'deliveries'>,
  by: ExternalKey,
): Promise<KnownIdentity> {
  const { all, other, announce } = await inTransaction(db, async (tx) => {
    await lockLinks(tx)
    const own = await tx.select().from(identities).where(isOne(by))
    const { personId } = own[0] ?? {}
    if (!personId) throw new Refusal('not_linked')
    await lockPeople(tx, [personId])
    const all = await tx
      .select()
      .from(identities)
      .where(eq(identities.personId, personId))
      .orderBy(...lastSeenFirst)
    const leaving = all.find((one) => keyOf(one) === keyOf(by))
    const other = all.find((one) => keyOf(one) !== keyOf(by))
    if (!leaving || !other) throw new Refusal('not_linked')
    await tx.insert(links).values({
      id: newId(),
      kind: 'unlink',
      personId,
      intoPerson: newId(),
      messenger: by.messenger,
      identity: by.id,
    })
    const rest = toKnown(other)
    const news = { about: 'unlinked', to: rest, other: toKnown(leaving) } as const
    return { all, other: rest, announce: await deliveries.tellLinked([news], tx) }
  })
  people.forgotten(all.map(toKnown))
  announce()
  return other
}

const TRIES = 5

/** Tries again after a deadlock: accounts that are opened lock people in another order. */
async function inTransaction<T>(db: Database, work: (tx: Transaction) => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await db.transaction(work)
    } catch (error) {
      const { cause } = error as Error
      const isDeadlock = (cause as { code?: string } | undefined)?.code === '40P01'
      if (!isDeadlock || tries === TRIES) throw error
    }
  }
}

/** Lets one link or unlink be made at a time, so that what is read here still holds when it is written. */
const lockLinks = (tx: Transaction) => tx.execute(sql`lock table ${links} in share row exclusive mode`)

/** @throws Refusal `on_hold` */
async function lockPeople(tx: Transaction, persons: string[]): Promise<void> {
  const rows = await tx
    .select()
    .from(peopleRows)
    .where(inArray(peopleRows.id, persons))
    .orderBy(peopleRows.id)
    .for('no key update')
  if (rows.some(({ hold }) => hold !== null)) throw new Refusal('on_hold')
}

/**
 * @throws Refusal `already_linked`, `link_other_money`, `on_hold`; `link_messenger_taken` where the two would have several identities in one
 * messenger, with those that they were linked with before
 */
async function refuseUnlinkable(
  tx: Transaction,
  assets: Needs['assets'],
  one: KnownIdentity,
  other: KnownIdentity,
): Promise<void> {
  if (one.person === other.person) throw new Refusal('already_linked')
  const app = [one, other].find(({ messenger }) => messenger === APP)
  if (app) throw new Refusal('not_a_person', { problem: `${keyOf(app)} is an app, and nobody's account.` })
  // Play money, and whoever plays with it, stay among themselves.
  if (assets.of(one.messenger) !== assets.of(other.messenger)) throw new Refusal('link_other_money')
  const persons = [one.person, other.person]
  await lockPeople(tx, persons)
  const kin = tx.select({ kin: peopleRows.kin }).from(peopleRows).where(inArray(peopleRows.id, persons))
  const [taken] = await tx
    .select({ messenger: identities.messenger })
    .from(identities)
    .innerJoin(peopleRows, eq(peopleRows.id, identities.personId))
    .where(or(inArray(peopleRows.id, persons), and(isNotNull(peopleRows.kin), inArray(peopleRows.kin, kin))))
    .groupBy(identities.messenger)
    .having(sql`count(*) > 1`)
    .limit(1)
  if (taken) throw new Refusal('link_messenger_taken', { messenger: taken.messenger })
}

/** A request that somebody is one side of. @throws Refusal `link_not_found` */
async function requestOf(tx: Transaction, id: string, by: ExternalKey) {
  const [row] = await tx
    .select()
    .from(linkRequests)
    .where(and(eq(linkRequests.id, id), gt(linkRequests.expiresAt, sql`now()`)))
    .for('update')
  if (!row?.withMessenger || !row.withIdentity) throw new Refusal('link_not_found')
  const keys = [
    { messenger: row.messenger, id: row.identity },
    { messenger: row.withMessenger, id: row.withIdentity },
  ] as const
  if (!keys.some((key) => keyOf(key) === keyOf(by))) throw new Refusal('link_not_found')
  return { ...row, maker: await identityOf(tx, keys[0]), typist: await identityOf(tx, keys[1]) }
}

/** Read here and now: what is cached may be from before a link. */
async function identityOf(tx: Transaction, key: ExternalKey): Promise<KnownIdentity> {
  const [row] = await tx.select().from(identities).where(isOne(key))
  if (!row) throw new Error('An identity that was met is not there.')
  return toKnown(row)
}

const isOne = ({ messenger, id }: ExternalKey) =>
  and(eq(identities.messenger, messenger), eq(identities.id, id))
