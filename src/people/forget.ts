import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { AnyPgColumn } from 'drizzle-orm/pg-core'
import type { Database, Transaction } from '../../db/postgres.ts'
import {
  feedback,
  identities,
  offers,
  peopleLists,
  requests,
  sessions,
  standingRuns,
} from '../../db/schema.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { type KnownIdentity, toKnown } from './identity.ts'
import type { People } from './people.ts'

interface Needs {
  db: Database
  people: Pick<People, 'find' | 'forgotten'>
  deliveries: {
    /** Erases the labels of somebody to whom messages are queued. */
    forget(who: ExternalKey, within: Transaction): Promise<void>
    /** Has the cards redrawn that name a person. */
    redrawNaming(person: string): Promise<void>
  }
}

/**
 * Erases what a person is called, in all messengers: handles, names and languages, with every copy of them. What they wrote to
 * the operators goes, too, and their browsers are signed out. Their ids stay, as their money hangs on them, and so do transfers and
 * payouts with their notes and with handles that they were made for, and the trails of what admins have changed. Doing it again changes nothing.
 */
export async function forget({ db, people, deliveries }: Needs, who: ExternalKey): Promise<void> {
  const known = await people.find(who.messenger, who.id)
  if (!known) return
  const isTheirs = eq(identities.personId, known.person)
  const theirs = await db.transaction(async (tx) => {
    const theirs = (await tx.select().from(identities).where(isTheirs).for('no key update')).map(toKnown)
    for (const one of theirs) {
      await forgetIdentity(tx, one)
      await deliveries.forget(one, tx)
    }
    await tx.update(identities).set({ handle: null, name: null, language: null }).where(isTheirs)
    return theirs
  })
  people.forgotten(theirs)
  await deliveries.redrawNaming(known.person)
}

/** Erases the copies of an identity's labels. Where somebody wrote its handle, the id takes its place. */
async function forgetIdentity(tx: Transaction, { messenger, id, handle }: KnownIdentity): Promise<void> {
  for (const table of [sessions, feedback])
    await tx.delete(table).where(and(eq(table.messenger, messenger), eq(table.identity, id)))
  const { content } = offers
  await tx
    .update(offers)
    .set({ content: sql`${content} - 'language'` })
    .where(
      sql`${offers.messenger} = ${messenger} and ${offers.identity} = ${id} and jsonb_typeof(${content}) = 'object'`,
    )
  const named = { messenger, id, handle }
  await tx
    .update(standingRuns)
    .set({ skipped: byIdIn(standingRuns.skipped, named) })
    .where(isIn(standingRuns.skipped, named))
  if (handle === null) return
  await tx
    .update(peopleLists)
    .set({ members: byIdIn(peopleLists.members, named) })
    .where(isIn(peopleLists.members, named))
  await tx
    .update(offers)
    .set({ content: sql`jsonb_set(${content}, '{to}', ${byId(named)})` })
    .where(names(sql`${content} -> 'to'`, named))
  await tx
    .update(requests)
    .set({ answer: sql`jsonb_set(${requests.answer}, '{details,handle}', '"…"')` })
    .where(sql`lower(${requests.answer} -> 'details' ->> 'handle') = lower(${handle})`)
}

type NamedIdentity = Pick<KnownIdentity, 'messenger' | 'id' | 'handle'>

const byId = ({ messenger, id }: NamedIdentity) => sql`${JSON.stringify({ messenger, id })}::jsonb`

/** Whether a JSON object names somebody. */
const names = (object: SQL, { messenger, id, handle }: NamedIdentity): SQL =>
  sql`(${object} ->> 'messenger' = ${messenger} and (${object} ->> 'id' = ${id} or lower(${object} ->> 'handle') = lower(${handle})))`

const isIn = (list: AnyPgColumn, who: NamedIdentity): SQL =>
  sql`exists (select from jsonb_array_elements(${list}) one where ${names(sql`one`, who)})`

/** A JSON list in which somebody is named by nothing but their id. */
const byIdIn = (list: AnyPgColumn, who: NamedIdentity): SQL => sql`(
  select jsonb_agg(case when ${names(sql`one`, who)} then one - 'handle' - 'name' || ${byId(who)} else one end order by turn)
  from jsonb_array_elements(${list}) with ordinality as list (one, turn))`
