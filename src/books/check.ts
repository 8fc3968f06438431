import { sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { groupDays, groupPeople } from './source.ts'

const MAX_FAULTS = 100

/** Recounts the days of all groups from their transfers. @returns a sentence for each fault, up to 100 of each kind */
export async function checkDays(db: Database): Promise<string[]> {
  const sums = await db.execute<{
    group: string
    day: string
    asset: string
    transfers: string
    money: string
  }>(sql`
    select group_id as group, day::text, asset, sum(transfers) as transfers,
      sum(sent) || ', ' || sum(collected) || ', ' || sum(returned) as money
    from (
      select group_id, day, asset, kind, state, transfers, sent, collected, returned from ${groupDays} kept
      union all
      select group_id, day, asset, kind, state, -1, -sent, -collected, -returned from group_transfers
    ) both_ways
    group by group_id, day, asset, kind, state
    having row(sum(transfers), sum(sent), sum(collected), sum(returned)) <> row(0, 0, 0, 0)
    limit ${MAX_FAULTS}`)
  const people = await db.execute<{ group: string; person: string; year: number }>(sql`
    select group_id as group, person_id as person, year
    from (
      select group_id, state, year, asset, kind, coalesce(p.merged_into, p.id) as person_id, bit_or(days) as days
      from ${groupPeople} kept join people p on p.id = kept.person_id
      group by 1, 2, 3, 4, 5, 6
    ) kept
    full join (
      select t.group_id, came_to.state, extract(year from t.day)::smallint as year, t.asset, t.kind, a.person_id,
        bit_or(day_of_year(t.day)) as days
      from group_transfers t
      join entries e on e.transfer_id = t.id
      join accounts a on a.id = e.account_id and a.person_id is not null
      cross join lateral unnest(array['open', t.state]) as came_to (state)
      group by 1, 2, 3, 4, 5, 6
    ) counted using (group_id, state, year, asset, kind, person_id)
    where kept.days is distinct from counted.days
    limit ${MAX_FAULTS}`)
  return [
    ...sums.map(
      ({ group, day, asset, transfers, money }) =>
        `Group ${group}, ${day}, ${asset}: ${transfers} transfers too many are counted, and too much money: ${money}.`,
    ),
    ...people.map(
      ({ group, person, year }) => `Group ${group}: person ${person} is counted on wrong days of ${year}.`,
    ),
  ]
}
