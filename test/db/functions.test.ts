import { readFileSync } from 'node:fs'
import type { Sql } from 'postgres'
import { expect, test } from 'vitest'
import { openBooks } from '../support/books.ts'

test('the migrations lead to exactly what db/functions.sql says', async () => {
  const { sql } = await openBooks()
  const migrated = await functionsAndTriggers(sql)
  expect(migrated.length).toBeGreaterThan(10)
  for (const {
    name,
  } of await sql`select proname as name from pg_proc where pronamespace = 'public'::regnamespace`)
    await sql.unsafe(`drop function ${name} cascade`)
  expect(await functionsAndTriggers(sql)).toEqual([])
  await sql.unsafe(readFileSync(new URL('../../db/functions.sql', import.meta.url), 'utf8'))
  expect(await functionsAndTriggers(sql)).toEqual(migrated)
})

async function functionsAndTriggers(sql: Sql): Promise<string[]> {
  const rows = await sql`
    select pg_get_functiondef(oid) as definition from pg_proc where pronamespace = 'public'::regnamespace
    union all
    select pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid
    where c.relnamespace = 'public'::regnamespace and not t.tgisinternal
    order by 1`
  return rows.map(({ definition }) => definition)
}
