import type { Sql } from 'postgres'
import type { Stage } from './stage.ts'

/** Old books: this many transfers that were collected long ago, among a hundred thousand people who all have nothing left. */
export async function plantOld(sql: Sql, stage: Stage, from: number, to: number): Promise<void> {
  await untended(sql, async () => {
    await sql`
      with met as (
        insert into people (id) select uuidv7() from generate_series(1, ${OLD_PEOPLE}) where not exists (
          select from accounts where id = '00000000-0000-0000-0000-000000000001')
        returning id
      )
      insert into accounts (id, kind, person_id, asset)
      select lpad(to_hex(row_number() over ()), 32, '0')::uuid, 'person', id, ${stage.asset.code} from met`
    await sql`drop index entries_account`
    for (let begin = from; begin < to; begin += CHUNK)
      await sql`
        with numbered as (
          select uuidv7(make_interval(days => -60, secs => n * 0.4)) as id, n,
            now() - interval '60 days' + n * interval '0.4 seconds' as at
          from generate_series(${begin}::int, ${Math.min(begin + CHUNK, to) - 1}::int) n
        ), made as (
          insert into transfers (id, asset, amount, remaining, claimed, state, from_account, code_hash, created_at, expires_at, closed_at)
          select id, ${stage.asset.code}, 1, 0, 1, 'collected', ${account(sql, 0)}, substring(uuid_send(id) for 6) || sha256(uuid_send(id)),
            at, at + interval '1 day', at + interval '1 minute'
          from numbered
        )
        insert into entries (transfer_id, account_id, kind, amount, leaves, at)
        select id, ${account(sql, 0)}, 'fund'::entry_kind, -1, 'open'::transfer_state, at from numbered
        union all
        select id, ${account(sql, 1)}, 'collect', 1, 'collected', at + interval '1 minute' from numbered`
    await sql`create index entries_account on entries (account_id, id)`
  })
  await settle(sql)
}

/** Transfers that are open and have fallen due within the last half minute. */
export async function plantDue(sql: Sql, stage: Stage, count: number): Promise<void> {
  const senders = Array.from({ length: 1000 }, (_, index) => stage.at(index).account.id)
  await untended(sql, async () => {
    for (let begin = 0; begin < count; begin += CHUNK)
      await sql`
        with numbered as (
          select uuidv7(make_interval(days => -1, secs => n * 0.01)) as id, (${senders}::uuid[])[n % 1000 + 1] as account,
            now() - interval '1 day' as at, now() - interval '30 seconds' + n * interval '20 microseconds' as due
          from generate_series(${begin}::int, ${Math.min(begin + CHUNK, count) - 1}::int) n
        ), made as (
          insert into transfers (id, asset, amount, remaining, from_account, code_hash, created_at, expires_at)
          select id, ${stage.asset.code}, 1, 1, account, substring(uuid_send(id) for 6) || sha256(uuid_send(id)), at, due
          from numbered
        ), paid as (
          update accounts a set balance = balance - spent.count
          from (select account, count(*) from numbered group by account) spent where a.id = spent.account
        )
        insert into entries (transfer_id, account_id, kind, amount, leaves, at)
        select id, account, 'fund', -1, 'open', at from numbered`
  })
  await settle(sql)
}

const OLD_PEOPLE = 100_000
const CHUNK = 500_000

/** Each account sends as often as it collects, so that all of them end with nothing. */
const account = (sql: Sql, shift: number) =>
  sql`lpad(to_hex((n + ${shift}::int) % ${OLD_PEOPLE}::int + 1), 32, '0')::uuid`

/** What is written by the thousand-fold at once is right by how it is made, and not looked at by the triggers. */
export async function untended(sql: Sql, job: () => Promise<void>): Promise<void> {
  const triggers = (what: 'enable' | 'disable') =>
    sql.unsafe(
      ['accounts', 'transfers', 'entries']
        .map((table) => `alter table ${table} ${what} trigger user`)
        .join(';'),
    )
  await triggers('disable')
  await job()
  await triggers('enable')
}

/** Tells the planner what is there now, and has it all on the disk before anything is measured. */
export async function settle(sql: Sql): Promise<void> {
  await sql`vacuum analyze`
  await sql`checkpoint`
}
