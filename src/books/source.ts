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

/** Some of the transfers that match, for a statement. */
interface Matching {
  /** `t` is the transfer, where `matching` was asked for it. */
  from: SQL
  where: SQL
  /** When the transfer was made, and its id: in this order an index has them. */
  at: SQL
  id: SQL
}

/**
 * The transfers of a group that match, each in one of these.
 * @param group what its id equals: an expression, or `any (…)` of several
 * @param withTransfer whether more is needed of them than `at` and `id`, which the tables to search in have themselves
 */
export function matching(
  group: SQL,
  root: Pick<Root, 'timeZone'>,
  filter: Wanted,
  withTransfer: boolean,
): Matching[] {
  const { person, words, state, asset, kind } = filter
  if (!person && !words)
    return [narrowed(root, filter, { from: sql`group_transfers t`, where: [sql`t.group_id = ${group}`] })]
  const first = person ? sql`transfer_people` : sql`transfer_words`
  const both = sql`join transfer_words w on w.group_id = f.group_id and w.at = f.at and w.transfer_id = f.transfer_id`
  const transfer = sql`join group_transfers t on t.id = f.transfer_id`
  return [
    narrowed(root, filter, {
      from: sql`${first} f ${person && words ? both : sql``} ${withTransfer || state || asset || kind ? transfer : sql``}`,
      where: [
        sql`f.group_id = ${group}`,
        person ? sql`f.person_id = any (array(select kin_of(${person})))` : undefined,
        words ? sql`words @@ note_query(${words})` : undefined,
        sql`f.transfer_id not in (select unnest(transfers) from outbox)`,
      ],
      at: sql`f.at`,
      id: sql`f.transfer_id`,
    }),
    narrowed(root, filter, {
      from: inOutbox,
      where: [
        sql`t.group_id = ${group}`,
        person ? tookPart(person) : undefined,
        words ? sql`note_words(t.note) @@ note_query(${words})` : undefined,
      ],
    }),
  ]
}

/** Whether somebody, or who was ever one with them, has sent or collected in a group's books, or could have. @param person an expression for their id */
export const isInBooks = (root: Pick<Root, 'id'>, person: SQL): SQL => sql`exists (
  select from unnest(${partsOf(root)}) as parts (part) cross join lateral (
    select 1 from kin_of(${person}) as theirs (id) join transfer_people p on p.group_id = part and p.person_id = theirs.id
    union all
    select 1 from ${inOutbox} where t.group_id = part and ${tookPart(person)}
  ) took_part)`

/** The transfers of which the outbox still tells something, as `t`. */
const inOutbox = sql`(select distinct unnest(transfers) as id from outbox) o join group_transfers t on t.id = any (array[o.id])`

const tookPart = (person: SQL | string) => sql`exists (
  select from kin_of(${person}) as theirs (id) join accounts a on a.person_id = theirs.id and (a.id = t.from_account or a.id = t.to_account
    or exists (select from entries e where e.transfer_id = t.id and e.account_id = a.id)))`

function narrowed(
  { timeZone }: Pick<Root, 'timeZone'>,
  filter: Wanted,
  {
    from,
    where,
    at = sql`t.at`,
    id = sql`t.id`,
  }: Partial<Pick<Matching, 'at' | 'id'>> & { from: SQL; where: (SQL | undefined)[] },
): Matching {
  const { from: first, to: last, since, until } = filter
  const startOf = (day: string) => startOfDay(day, timeZone).toISOString()
  const conditions = [
    ...where,
    ...sharing(filter),
    first ? sql`${at} >= ${startOf(first)}` : undefined,
    last ? sql`${at} < ${startOf(nextDay(last))}` : undefined,
    since && sql`${at} >= ${since.toISOString()}`,
    until && sql`${at} < ${until.toISOString()}`,
  ]
  return { from, where: and(...conditions) as SQL, at, id }
}

/** Conditions for a transfer, and for the rows of `group_days` and `group_people`: they have these columns alike. */
export const sharing = ({ state, asset, kind }: Filter): (SQL | undefined)[] => [
  state && sql`state = ${state}`,
  asset ? sql`asset = ${asset}` : undefined,
  kind && sql`kind = ${kind}`,
]
