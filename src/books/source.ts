import { and, type SQL, sql } from 'drizzle-orm'
import { nextDay, startOfDay } from '../shared/zones.ts'
import type { Filter, Wanted } from './filter.ts'

/**
 * What books are read from. The tables for that are kept as the outbox is emptied, which may be a moment later: so each is read
 * together with what the outbox still holds, and tells what the entries tell.
 */

/** A group whose books are its own and those of the groups that were merged into it. */
export interface Root {
  id: string
  /** An IANA name: days begin there. */
  timeZone: string
}

/** The ids of the groups whose books are a root's, as an array. */
export const partsOf = (root: Pick<Root, 'id'>): SQL =>
  sql`array(select id from groups where id = ${root.id} or merged_into = ${root.id})`

/** `group_days`, with what is still to be added: several rows for the same day. */
export const groupDays = sql`(
  select * from group_days
  union all
  select c.* from outbox o, day_changes(o.events, o.transfers, o.accounts) c)`

/** Who has sent or collected, by the days of a year. */
export const groupPeople = sql`(
  select * from group_people
  union all
  select p.group_id, p.state, extract(year from p.day)::smallint, p.asset, p.kind, p.person_id, day_of_year(p.day)
  from outbox o, people_in(o.events, o.transfers, o.accounts) p where p.state is not null)`

/** The transfers of a group in which a person took part. @param group an expression, as may be the person */
export const transfersOf = (group: SQL, person: string | SQL): SQL => sql`(
  select at, transfer_id from transfer_people where group_id = ${group} and person_id = ${person}
  union all
  select distinct p.at, p.transfer_id from outbox o, people_in(o.events, o.transfers, o.accounts) p
  where p.group_id = ${group} and p.person_id = ${person} and not exists (
    select from transfer_people known where known.group_id = p.group_id and known.person_id = p.person_id
      and known.at = p.at and known.transfer_id = p.transfer_id))`

/** The transfers of a group whose notes have all these words. @param group an expression */
const transfersWith = (group: SQL, words: string): SQL => sql`(
  select at, transfer_id from transfer_words where group_id = ${group} and words @@ note_query(${words})
  union all
  select t.at, t.id from outbox o, unnest(o.events, o.transfers) as happened (event, transfer)
  join group_transfers t on t.id = any (array[transfer])
  where event = 'created' and t.group_id = ${group} and note_words(t.note) @@ note_query(${words}))`

/** What is to be read, for a statement. */
interface Matching {
  /** Where `t` is the transfer. */
  from: SQL
  where: SQL
  /** When the transfer was made, and its id: in this order an index has them. */
  at: SQL
  id: SQL
}

/** The transfers of one group that match. @param group an expression for its id */
export function matching(group: SQL, { timeZone }: Pick<Root, 'timeZone'>, filter: Wanted): Matching {
  const { person, from, to, since, until, words } = filter
  const startOf = (day: string) => startOfDay(day, timeZone).toISOString()
  const [first, second] = [person && transfersOf(group, person), words && transfersWith(group, words)]
  const found = first && second ? sql`(${first} p join ${second} w using (at, transfer_id))` : first || second
  const [at, id] = found ? [sql`f.at`, sql`f.transfer_id`] : [sql`t.at`, sql`t.id`]
  return {
    from: found ? sql`${found} f join group_transfers t on t.id = f.transfer_id` : sql`group_transfers t`,
    where: and(
      sql`t.group_id = ${group}`,
      ...sharing(filter),
      from ? sql`${at} >= ${startOf(from)}` : undefined,
      to ? sql`${at} < ${startOf(nextDay(to))}` : undefined,
      since && sql`${at} >= ${since.toISOString()}`,
      until && sql`${at} < ${until.toISOString()}`,
    ) as SQL,
    at,
    id,
  }
}

/** Conditions for a transfer, and for the rows of `group_days` and `group_people`: they have these columns alike. */
export const sharing = ({ state, asset, kind }: Filter): (SQL | undefined)[] => [
  state && sql`state = ${state}`,
  asset ? sql`asset = ${asset}` : undefined,
  kind && sql`kind = ${kind}`,
]
