import { desc, or, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { identities, links } from '../../db/schema.ts'
import { keyOf } from '../shared/keys.ts'
import { type KnownIdentity, lastSeenFirst, toKnown } from './identity.ts'

/** What was linked with what, or was unlinked. */
export interface LinkEvent {
  kind: 'link' | 'unlink'
  at: Date
  /** Which came along, or has left. */
  identity: KnownIdentity
  /** Of a link: with which it was linked. */
  with: KnownIdentity | null
}

const MOST = 20

/** Whom a person is linked with, the last seen first; and what has linked and unlinked them, the newest first, 20 at most. */
export async function linksOf(
  db: Database,
  person: string,
): Promise<{ identities: KnownIdentity[]; events: LinkEvent[] }> {
  const merged = sql`(select id from people where id = ${person} or merged_into = ${person})`
  const [own, rows] = await Promise.all([
    db
      .select()
      .from(identities)
      .where(sql`${identities.personId} = ${person}`)
      .orderBy(...lastSeenFirst),
    db
      .select()
      .from(links)
      .where(or(sql`${links.personId} in ${merged}`, sql`${links.intoPerson} in ${merged}`))
      .orderBy(desc(links.at), desc(links.id))
      .limit(MOST),
  ])
  if (rows.length === 0) return { identities: own.map(toKnown), events: [] }
  const keys = rows.flatMap(({ messenger, identity, withMessenger, withIdentity }) => [
    sql`(${messenger}::text, ${identity}::text)`,
    ...(withMessenger ? [sql`(${withMessenger}::text, ${withIdentity}::text)`] : []),
  ])
  const named = await db
    .select()
    .from(identities)
    .where(sql`(${identities.messenger}, ${identities.id}) in (${sql.join(keys, sql`, `)})`)
  const byKey = new Map(named.map((row) => [keyOf(row), toKnown(row)]))
  const known = (messenger: string, id: string) => byKey.get(keyOf({ messenger, id })) as KnownIdentity
  return {
    identities: own.map(toKnown),
    events: rows.map(({ kind, at, messenger, identity, withMessenger, withIdentity }) => ({
      kind,
      at,
      identity: known(messenger, identity),
      with: withMessenger && withIdentity ? known(withMessenger, withIdentity) : null,
    })),
  }
}
