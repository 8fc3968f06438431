import type { Sql } from 'postgres'
import { type AccountRef, accountOf, ISSUER, personOwner } from '../../src/ledger/accounts.ts'
import { newId } from '../../src/shared/ids.ts'
import { untended } from './plant.ts'

/** A community's books as they were planted. */
export interface PlantedBooks {
  /** The group, which meets in two chats. */
  root: { id: string; timeZone: string }
  /** Ids: those who take part most come first. */
  people: string[]
}

const CHUNK = 250_000

/**
 * The books of one community, by bulk SQL: this many transfers within two years, among 2,000 people of whom some take part a hundred
 * times as often as others; two chats of one group, a treasury, packets; one note in five is Chinese. Balances are what the entries
 * come to, as the audit finds.
 */
export async function plantBooks(
  sql: Sql,
  codes: string[],
  count: number,
  people = 2000,
): Promise<PlantedBooks> {
  const [root, chat] = [newId(), newId()] as [string, string]
  const persons = Array.from({ length: people }, () => newId())
  await sql.begin(async (tx) => {
    await tx`insert into people ${tx(persons.map((id) => ({ id })))}`
    await tx`insert into identities ${tx(persons.map((person_id, index) => ({ messenger: 'telegram', id: String(index + 1), person_id, handle: `person${index}`, name: `Person ${index}` })))}`
    await tx`insert into groups ${tx([
      { id: root, merged_into: null, rules: tx.json({ timeZone: 'Asia/Shanghai' }) },
      { id: chat, merged_into: root, rules: tx.json({}) },
    ])}`
    await tx`insert into chats ${tx([root, chat].map((group_id, index) => ({ messenger: 'telegram', id: `-${index + 1}`, group_id, title: `Chat ${index}` })))}`
  })
  const accounts = codes.flatMap((code) =>
    [ISSUER, { kind: 'group', id: root } as const, ...persons.map(personOwner)].map((owner) =>
      accountOf(owner, code),
    ),
  )
  await untended(sql, async () => {
    await openAccounts(sql, accounts)
    await prepare(sql)
    await sql`
      insert into planted_accounts (asset, turn, id)
      select * from unnest(${accounts.map(({ asset }) => asset)}::text[],
        ${accounts.map((_, index) => (index % (people + 2)) - 2)}::int[], ${accounts.map(({ id }) => id)}::uuid[])`
    await sql`drop index entries_account`
    await issue(sql, people)
    for (let begin = 0; begin < count; begin += CHUNK) {
      await transfer(sql, { root, chat, codes, people, count, begin, end: Math.min(begin + CHUNK, count) })
      await sql`delete from outbox`
    }
    await sql`create index entries_account on entries (account_id, id)`
    await sql`
      update accounts a set balance = e.sum from (select account_id, sum(amount) as sum from entries group by 1) e
      where a.id = e.account_id`
    await sql`drop table planted_accounts`
    await sql`drop function chance, note_of`
  })
  return { root: { id: root, timeZone: 'Asia/Shanghai' }, people: persons }
}

const openAccounts = (sql: Sql, accounts: AccountRef[]) =>
  sql.begin(async (tx) => {
    for (let from = 0; from < accounts.length; from += 5000)
      await tx`insert into accounts ${tx(
        accounts.slice(from, from + 5000).map(({ id, owner, asset }) => ({
          id,
          kind: owner.kind,
          person_id: owner.kind === 'person' ? owner.id : null,
          group_id: owner.kind === 'group' ? owner.id : null,
          asset,
        })),
      )} on conflict do nothing`
  })

/** Numbers that look random and are always the same, and notes made of them. */
async function prepare(sql: Sql): Promise<void> {
  await sql`create unlogged table planted_accounts (asset text, turn int, id uuid, primary key (asset, turn))`
  await sql.unsafe(`
    create function chance(n bigint, salt int) returns float8 language sql immutable as
      $$ select (hashint8extended(n, salt) & 4503599627370495) / 4503599627370496.0 $$;
    create function note_of(n bigint) returns text language sql immutable as $$
      select case
        when chance(n, 1) < 0.3 then null
        when chance(n, 1) < 0.5 then (array['午饭', '谢谢请客', '打车费', '咖啡', '上周的房租', '生日快乐', '火锅', '电影票',
          '水电费', '团建费用', '奶茶钱', '买菜'])[1 + floor(chance(n, 2) * 12)::int] || case when chance(n, 3) < 0.1 then ' 第' || n % 500 || '次' else '' end
        else (array['lunch', 'coffee', 'thanks', 'taxi home', 'rent', 'pizza night', 'movie tickets', 'groceries', 'happy birthday',
          'dinner at Ming', 'for the room', 'drinks', 'book club', 'gift for Ann', 'bus fare', 'breakfast'])[1 + floor(16 * chance(n, 2) ^ 2)::int]
          || case when chance(n, 3) < 0.5 then ' ' || (array['ba','ko','mi','ta','ru','se','lo','ni','pa','du','ve','zo','hi','ga','fe','ju'])[1 + (7000 ^ chance(n, 4))::int % 16]
            || (array['lan','mor','tis','ven','dro','kas','pel','nur','sol','win','fax','gim','hod','bec','ril','tup','yan','zed','orn'])[1 + (7000 ^ chance(n, 4))::int / 16 % 19]
            || (7000 ^ chance(n, 4))::int % 23 else '' end
          || case when chance(n, 5) < 0.00005 then ' zanzibar' else '' end
      end $$`)
}

/** Everybody, and the treasury, begins with as much as they need. */
const issue = (sql: Sql, people: number) => sql`
  with begun as (
    select uuidv7(make_interval(days => -740)) as id, now() - interval '740 days' as at, o.asset, o.id as account, i.id as issuer,
      1000000000000 as amount
    from planted_accounts o join planted_accounts i on i.asset = o.asset and i.turn = -2
    where o.turn between -1 and ${people}::int
  ), made as (
    insert into transfers (id, asset, amount, remaining, claimed, state, from_account, recipient, to_account, code_hash, created_at, expires_at, closed_at)
    select id, asset, amount, 0, 1, 'collected', issuer, 'account', account, substring(uuid_send(id) for 6) || sha256(uuid_send(id)),
      at, at + interval '1 day', at
    from begun
  )
  insert into entries (transfer_id, account_id, kind, amount, leaves, at)
  select id, issuer, 'fund'::entry_kind, -amount, 'open'::transfer_state, at from begun
  union all select id, account, 'collect', amount, 'collected', at from begun`

interface Part {
  root: string
  chat: string
  codes: string[]
  people: number
  count: number
  begin: number
  end: number
}

/** Of 1,000 transfers 20 are packets of five shares, 20 go to the treasury, 30 come from it; 885 are collected. */
const transfer = (sql: Sql, { root, chat, codes, people, count, begin, end }: Part) => sql`
  with numbered as (
    select n, now() - (${count}::int - n) * (interval '730 days' / ${count}::int) as at,
      ${codes}::text[] as codes, chance(n, 10) as which, chance(n, 11) as ending,
      floor(${people}::int * chance(n, 12) ^ 3)::int as sender, floor(${people}::int * chance(n, 13) ^ 3)::int as taker
    from generate_series(${begin}::bigint, ${end - 1}::bigint) n
  ), chosen as (
    select *, uuidv7(at - now()) as id, codes[1 + floor(cardinality(codes) * chance(n, 14) ^ 4)::int] as asset,
      case when chance(n, 15) < 0.7 then ${root}::uuid else ${chat}::uuid end as group_id,
      5 * ceil(200 * chance(n, 16) ^ 2 + 0.001)::int as amount, case when which < 0.02 then 5 else 1 end as shares,
      case when which between 0.05 and 0.07 then 'contribution' when which between 0.07 and 0.1 then 'payout' else 'transfer' end as kind,
      case
        when at > now() - interval '1 day' and ending > 0.6 then 'open' when ending < 0.885 then 'collected' when ending < 0.955 then 'returned'
        when ending < 0.99 then 'cancelled' else 'declined' end::transfer_state as state,
      at + interval '1 hour' * chance(n, 17) ^ 4 as taken
    from numbered
  ), placed as (
    select c.*, f.id as from_account, t.id as taker_account, case when which > 0.6 or kind <> 'transfer' then t.id end as to_account,
      case when state = 'returned' then at + interval '1 day' else taken end as ended
    from chosen c
    join planted_accounts f on f.asset = c.asset and f.turn = case kind when 'payout' then -1 else sender end
    join planted_accounts t on t.asset = c.asset and t.turn = case kind when 'contribution' then -1 else (taker + case when taker = sender then 1 else 0 end) % ${people}::int end
  ), made as (
    insert into transfers (id, asset, amount, remaining, claimed, shares, state, from_account, recipient, to_account, group_id, note,
      code_hash, created_at, expires_at, closed_at)
    select id, asset, amount, case state when 'open' then amount else 0 end, case state when 'collected' then shares else 0 end, shares,
      state, from_account, case when to_account is null then 'anyone' else 'account' end::recipient_kind, to_account, group_id, note_of(n),
      substring(uuid_send(id) for 6) || sha256(uuid_send(id)), at, at + interval '1 day', case state when 'open' then null else ended end
    from placed
  ), moved as (
    select id, from_account as account, 'fund'::entry_kind as kind, -amount as amount, 'open'::transfer_state as leaves, at from placed
    union all
    select id, from_account, 'return', amount, state, ended from placed where state in ('cancelled', 'declined', 'returned')
    union all
    select id, taker_account, 'collect', amount / shares, case shares when 1 then 'collected' else 'open' end::transfer_state, ended
    from placed where state = 'collected'
    union all
    select p.id, more.id, 'collect', amount / shares, case share when 4 then 'collected' else 'open' end::transfer_state,
      ended + share * interval '1 second'
    from placed p, generate_series(1, 4) share
    join planted_accounts more on true
    where p.state = 'collected' and shares > 1 and more.asset = p.asset and more.turn = (p.taker + 1 + share) % ${people}::int
  ), entered as (
    insert into entries (transfer_id, account_id, kind, amount, leaves, at)
    select id, account, kind, amount, leaves, at from moved order by at, kind
  )
  insert into outbox (events, transfers, accounts)
  select array_agg(case kind when 'fund' then 'created' when 'collect' then 'claimed' else leaves::text end::outbox_event),
    array_agg(id), array_agg(case kind when 'collect' then account end)
  from (select *, row_number() over (order by at, kind) / 100 as batch from moved) batched group by batch`
