import { and, desc, eq, isNull, lt, type SQL, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../db/postgres.ts'
import { trail } from '../../db/schema.ts'
import type { ExternalKey } from '../shared/keys.ts'

/** What somebody has changed, for a trail. */
export interface Change {
  /** The group whose trail it is: one that is merged into no other. `null`: the operators'. */
  groupId: string | null
  by: ExternalKey
  /** What was done, in one word: `rules`. */
  what: string
  /** JSON. Never a secret. */
  details: object
}

/** An entry of a trail. */
export interface TrailEntry extends Omit<Change, 'groupId'> {
  turn: number
  at: Date
}

/** What admins and operators have changed: append-only, in one chain of hashes for each group, and one for the operators. */
export interface Trail {
  /** Appends a change, in the transaction that makes it. Entries of one trail wait for each other, until the end of that. */
  append(change: Change, within?: Transaction): Promise<void>
  /** The newest first. @param cursor the turn of the last entry of the page before */
  page(
    groupId: string | null,
    cursor: number | undefined,
    limit: number,
  ): Promise<{ items: TrailEntry[]; next: number | null }>
}

/** Trails are rows of the database, whose hashes it computes itself: what is written and what is checked is the same text. */
export const openTrail = (db: Database): Trail => ({
  append: (change, within) => (within ? append(within, change) : db.transaction((tx) => append(tx, change))),
  async page(groupId, cursor, limit) {
    const rows = await db
      .select()
      .from(trail)
      .where(and(isOf(groupId), cursor === undefined ? undefined : lt(trail.turn, cursor)))
      .orderBy(desc(trail.turn))
      .limit(limit + 1)
    const items = rows.slice(0, limit).map(({ turn, at, messenger, identity, what, details }) => ({
      turn,
      at,
      by: { messenger, id: identity },
      what,
      details: JSON.parse(details) as object,
    }))
    return { items, next: rows.length > limit ? (items.at(-1)?.turn ?? null) : null }
  },
})

const isOf = (groupId: string | null) =>
  groupId === null ? isNull(trail.groupId) : eq(trail.groupId, groupId)

async function append(tx: Transaction, { groupId, by, what, details }: Change): Promise<void> {
  // A statement of its own, as the next one must see the entry that it has waited for.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`trail ${groupId ?? ''}`}, 0))`)
  await tx.execute(sql`
    with entry as (
      select ${groupId}::uuid as group_id, coalesce(last.turn, 0) + 1 as turn, clock_timestamp() as at,
        ${by.messenger}::text as messenger, ${by.id}::text as identity, ${what}::text as what,
        ${JSON.stringify(details)}::text as details, coalesce(last.hash, ${FIRST}) as previous
      from (select) one left join (
        select turn, hash from trail where ${isOf(groupId)} order by turn desc limit 1
      ) last on true
    )
    insert into trail (group_id, turn, at, messenger, identity, what, details, previous, hash)
    select *, ${HASH} from entry`)
}

/** Stands before the first entry. */
const FIRST = sql`'\\x00'::bytea`

/** All other columns, in a form in which no two rows are the same text. */
const HASH: SQL = sql`sha256(convert_to(json_build_array(
  group_id, turn, extract(epoch from at), messenger, identity, what, details, encode(previous, 'hex'))::text, 'utf8'))`

/**
 * Recomputes all trails, and compares each group's rules with what its trail says of them.
 * @returns a sentence for each fault
 */
export async function verifyTrails(db: Database): Promise<string[]> {
  const broken = await db.execute<{ group: string | null; turn: number }>(sql`
    select group_id as "group", turn
    from (
      select *, row_number() over chain as due, lag(hash, 1, ${FIRST}) over chain as before
      from trail window chain as (partition by group_id order by turn)
    ) entry
    where turn <> due or previous <> before or hash <> ${HASH}
    order by group_id, turn limit ${MAX_FAULTS}`)
  // An entry of changed rules has the new value of each rule that changed, null where it is the default again.
  const unlike = await db.execute<{ group: string }>(sql`
    select id as "group"
    from groups left join (
      select group_id, jsonb_object_agg(name, value) filter (where value <> 'null') as rules
      from (
        select distinct on (group_id, name) group_id, name, value
        from trail, jsonb_each(details::jsonb -> 'to') as rule (name, value)
        where what = 'rules'
        order by group_id, name, turn desc
      ) latest
      group by group_id
    ) told on told.group_id = groups.id
    where groups.rules <> coalesce(told.rules, '{}') limit ${MAX_FAULTS}`)
  return [
    ...broken.map(({ group, turn }) => `The trail of ${nameOf(group)} is broken at its entry ${turn}.`),
    ...unlike.map(({ group }) => `The rules of ${nameOf(group)} are not those that its trail says.`),
  ]
}

const MAX_FAULTS = 100

const nameOf = (groupId: string | null) => (groupId === null ? 'the operators' : `group ${groupId}`)
