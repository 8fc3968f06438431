import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Sql } from 'postgres'

/** In an order in which what a row points at comes before it. */
const OURS = [
  'assets',
  'people',
  'identities',
  'groups',
  'accounts',
  'transfers',
  'entries',
  'requests',
  'changes',
  'cards',
  'tokens',
  'sessions',
  'sweeps',
]
const TABLES = [
  'drizzle.__drizzle_migrations',
  ...OURS.map((name) => `public.${name}`),
  ...['queue', 'job_common'].map((name) => `pgboss.${name}`),
]

/**
 * Books as one script for an empty database: the schema by the version's own migrations and its own pg-boss, then each row
 * as JSON. At its end all times move, so that it looks as if it had been written a moment ago.
 */
export async function dump(sql: Sql, version: string): Promise<string> {
  const migrations = join(version, 'db/migrations')
  const files = (await readdir(migrations)).filter((name) => name.endsWith('.sql')).sort()
  const { getConstructionPlans } = createRequire(join(version, 'package.json'))('pg-boss')
  const schema = [
    ...(await Promise.all(files.map((name) => readFile(join(migrations, name), 'utf8')))),
    'create schema drizzle;',
    'create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint);',
    getConstructionPlans('pgboss'),
  ]
  const rows = await Promise.all(TABLES.map((table) => rowsOf(sql, table)))
  const triggers = (how: string) => OURS.map((name) => `alter table public.${name} ${how} trigger user;`)
  const [now] = await sql`select now()::text`
  return [
    '-- Made by make.ts beside it; not to be written by hand.',
    ...schema,
    // What the triggers would do is done already.
    ...triggers('disable'),
    ...rows.flat(),
    ...(await Promise.all(TABLES.map((table) => movingTimes(sql, table, now?.now)))).flat(),
    ...triggers('enable'),
    '',
  ].join('\n')
}

async function rowsOf(sql: Sql, table: string): Promise<string[]> {
  const rows = await sql.unsafe(`select to_jsonb(t)::text as row from ${table} t order by 1`)
  return rows.map(
    ({ row }) =>
      `insert into ${table} overriding system value select * from jsonb_populate_record(null::${table}, '${row.replaceAll("'", "''")}');`,
  )
}

async function movingTimes(sql: Sql, table: string, now: string): Promise<string[]> {
  const columns = await sql`
    select a.attname as name, pg_get_serial_sequence(${table}, a.attname) as sequence, format_type(a.atttypid, null) as type
    from pg_attribute a where a.attrelid = ${table}::regclass and a.attnum > 0 and not a.attisdropped`
  const times = columns.filter(({ type }) => type === 'timestamp with time zone')
  const moved = times.map(({ name }) => `${name} = ${name} + (now() - '${now}')`)
  return [
    ...(moved.length > 0 ? [`update ${table} set ${moved.join(', ')};`] : []),
    ...columns.flatMap(({ name, sequence }) =>
      sequence
        ? [`select setval('${sequence}', (select coalesce(max(${name}), 0) + 1 from ${table}), false);`]
        : [],
    ),
  ]
}
