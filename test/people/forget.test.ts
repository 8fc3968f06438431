import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findSession, makeTicket, redeemTicket } from '../../src/access/sessions.ts'
import { newcomer, openTestCore, type Person, rich } from '../support/service.ts'

// An API alone: jobs stay where they are queued.
const { core, client, close } = await openTestCore({ roles: 'api' })
afterAll(close)

const NAME = 'Zaphod'
const HANDLE = 'zaphod_b'
const zaphod: Person = {
  messenger: 'telegram',
  id: '4242',
  name: `${NAME} Beeblebrox`,
  handle: HANDLE,
  language: 'fr',
}
const elsewhere: Person = { messenger: 'discord', id: '80351110224678999', name: NAME, handle: `${NAME}42` }
const club = { messenger: 'telegram', id: '-4242', title: 'Club' }

/** Every column of the whole database in which somebody can still read what he was called. */
async function whereNamed(): Promise<string[]> {
  const columns = await core.db.execute<{ table: string; column: string }>(sql`
    select format('%I.%I', table_schema, table_name) as table, column_name as column
    from information_schema.columns join information_schema.tables using (table_schema, table_name)
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')
      and data_type in ('text', 'character varying', 'json', 'jsonb', 'ARRAY', 'USER-DEFINED')`)
  const named = await Promise.all(
    columns.map(async ({ table, column }) => {
      const [row] = await core.db.execute<{ count: number }>(
        sql.raw(`select count(*)::int from ${table} t where t."${column}"::text ilike '%${NAME}%'`),
      )
      return row && row.count > 0 ? [`${table}.${column}`] : []
    }),
  )
  return named.flat().sort()
}

const row = (statement: ReturnType<typeof sql>) => core.db.execute(statement)
let session = ''
let cardId = ''

beforeAll(async () => {
  const [ben] = await rich(client, '100', newcomer('Ben'))
  await client.issue(zaphod, '50')
  await client.issue(elsewhere, '5')
  const { person } = await core.people.meet(zaphod)
  await client.link(zaphod, elsewhere)
  const groupId = await core.groups.meet(club)
  // Money's history: what stays.
  await client.send(ben, '1', { to: { messenger: 'telegram', handle: HANDLE }, note: `for ${NAME}` })
  // Copies of labels.
  await client.post('/v1/offers', { from: zaphod, amount: '1' })
  await client.post('/v1/offers', { from: ben, to: { messenger: 'telegram', handle: HANDLE }, amount: '1' })
  await client.post('/v1/feedback', { by: zaphod, text: `${NAME} was here` })
  const { code, id } = await client.send(zaphod, '2', { group: club })
  const card = { messenger: 'telegram', chat: '-4242', message: '7', language: 'en', drawn: 'open' }
  await client.post(`/v1/transfers/${id}/cards`, card)
  cardId = id
  const to = { messenger: 'telegram', handle: HANDLE }
  const other = await client.send(ben, '1', { to })
  const unsaid = { messenger: 'telegram', id: '77' }
  await expect(client.collect(other.code, unsaid, { key: randomUUID() })).rejects.toThrow(HANDLE)
  await client.collect(code, ben)
  const list = randomUUID()
  const members = [to, { messenger: 'telegram', id: '1' }, { messenger: 'discord', handle: `${NAME}42` }]
  await row(
    sql`insert into people_lists (id, group_id, name, members) values (${list}, ${groupId}, 'crew', ${JSON.stringify(members)})`,
  )
  const [payout, standing] = [randomUUID(), randomUUID()]
  await row(
    sql`insert into payouts (id, group_id, made_in, made_by, asset, total) values (${payout}, ${groupId}, ${groupId}, ${person}, 'CREDIT', 5)`,
  )
  await row(
    sql`insert into payout_items (payout_id, turn, transfer_id, handle, amount) values (${payout}, 0, ${randomUUID()}, ${`telegram:${HANDLE}`}, 5)`,
  )
  await row(sql`insert into standing_payouts (id, group_id, made_by, list_id, asset, amount, every, day, hour, next_at)
    values (${standing}, ${groupId}, ${person}, ${list}, 'CREDIT', 5, 'week', 1, 9, now())`)
  const skipped = [
    { messenger: 'telegram', id: zaphod.id, name: NAME, why: 'left' },
    { ...to, name: null, why: 'unknown' },
  ]
  await row(
    sql`insert into standing_runs (standing_id, due_at, skipped) values (${standing}, now(), ${JSON.stringify(skipped)})`,
  )
  const notice = { kind: 'notice', transfer: id, notice: 'collected', to: { ...zaphod } }
  await core.deliveries.take('telegram', 1, 0)
  await row(
    sql`insert into pgboss.job (name, data) values ('deliveries-telegram', ${JSON.stringify(notice)}::jsonb)`,
  )
  session = (await redeemTicket(core.db, await makeTicket(core.db, zaphod))) ?? ''
})

const forget = ({ messenger, id }: Person) => client.post(`/v1/people/${messenger}/${id}/forget`, undefined)

describe('somebody who wants to be forgotten', () => {
  test('is named in many places before, and after it in none but those of money’s history', async () => {
    expect(await whereNamed()).toEqual([
      'pgboss.job.data',
      'pgboss.job_common.data',
      'public.feedback.text',
      'public.identities.handle',
      'public.identities.name',
      'public.offers.content',
      'public.payout_items.handle',
      'public.people_lists.members',
      'public.requests.answer',
      'public.standing_runs.skipped',
      'public.transfers.note',
      'public.transfers.to_handle',
    ])
    await forget(zaphod)
    expect(await whereNamed()).toEqual([
      'public.payout_items.handle',
      'public.transfers.note',
      'public.transfers.to_handle',
    ])
    expect(await client.transfer(cardId)).toMatchObject({ from: { name: null, handle: null } })
  })

  test('keeps their money, and whoever had their handle on a list still has them on it', async () => {
    expect(await client.balance(zaphod)).toBe('53.00')
    const lists = await core.db.execute(sql`select members from people_lists`)
    expect(lists[0]).toEqual({
      members: [
        { messenger: 'telegram', id: zaphod.id },
        { messenger: 'telegram', id: '1' },
        { messenger: 'discord', id: elsewhere.id },
      ],
    })
    const offers = await core.db.execute(sql`select content -> 'to' as "to" from offers where content ? 'to'`)
    expect(offers[0]).toEqual({ to: { messenger: 'telegram', id: zaphod.id } })
  })

  test('is signed out', async () => {
    expect(session).not.toBe('')
    expect(await findSession(core.db, session)).toBeUndefined()
  })

  test('has their cards redrawn, once nobody remembers their name', async () => {
    const jobs = await core.db.execute(
      sql`select data, start_after > now() + interval '10 seconds' as later from pgboss.job where data ->> 'kind' = 'redraw' and singleton_key like 'forget:%'`,
    )
    expect(jobs).toMatchObject([{ data: { transfer: cardId }, later: true }])
  })

  test('can be forgotten again, as can somebody whom nobody knows', async () => {
    await forget(elsewhere)
    await forget(newcomer())
  })

  test('is known again by what they do next', async () => {
    await client.send(zaphod, '1')
    expect(await core.people.find('telegram', zaphod.id)).toMatchObject({ handle: HANDLE })
  })
})
