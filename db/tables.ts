import { readMigrationFiles } from 'drizzle-orm/migrator'
import type { Sql, TransactionSql } from 'postgres'
import { migrationsFolder } from './postgres.ts'

/** A table as SQL names it, with the columns that hold what was written: the others are computed from them. */
export interface Table {
  name: string
  columns: string[]
}

/** All tables of the books, by name, drizzle's list of the migrations that have made them among them. The database may have others. */
export const tablesOf = (sql: Sql | TransactionSql): Promise<Table[]> => sql<Table[]>`
  select format('%I.%I', n.nspname, c.relname) as name, array_agg(quote_ident(a.attname) order by a.attnum) as columns
  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
  where (n.nspname = 'drizzle' or (n.nspname = 'public' and c.relname = any (${madeTables()}))) and c.relkind = 'r'
    and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
  group by 1 order by 1`

/** The names of all tables that some migration makes. */
const madeTables = (): string[] =>
  readMigrationFiles({ migrationsFolder })
    .flatMap((one) => one.sql)
    .flatMap((statement) => [...statement.matchAll(/create table "(\w+)"/gi)].map(([, name = '']) => name))

/** The migrations that this version knows, each by its time in milliseconds, the oldest first. */
export const knownMigrations = (): number[] =>
  readMigrationFiles({ migrationsFolder }).map(({ folderMillis }) => folderMillis)

/**
 * Makes the tables in an empty database as they were after a migration, within a transaction. Drizzle's list
 * of the migrations is left empty.
 */
export async function makeTables(sql: TransactionSql, migration: number): Promise<void> {
  // As drizzle makes it.
  await sql`create schema drizzle`
  await sql`create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint)`
  const wanted = readMigrationFiles({ migrationsFolder }).filter(
    ({ folderMillis }) => folderMillis <= migration,
  )
  for (const statement of wanted.flatMap((one) => one.sql)) await sql.unsafe(statement)
}

/**
 * Fills tables while no trigger runs, and without looking from one table into another; then the references between them are checked, and
 * counters go on behind the last number.
 */
export async function fillTables(sql: TransactionSql, fill: () => Promise<void>): Promise<void> {
  const tables = (await tablesOf(sql)).map(({ name }) => name)
  const references = await sql<{ table: string; name: string; rule: string }[]>`
    select conrelid::regclass::text as table, quote_ident(conname) as name, pg_get_constraintdef(oid) as rule
    from pg_constraint where contype = 'f' and conrelid = any (${tables}::regclass[]) order by 1, 2`
  for (const { table, name } of references) await sql.unsafe(`alter table ${table} drop constraint ${name}`)
  for (const table of tables) await sql.unsafe(`alter table ${table} disable trigger user`)
  // Some rows were written by the migrations.
  await sql.unsafe(`truncate ${tables.join()}`)
  await fill()
  for (const table of tables) await sql.unsafe(`alter table ${table} enable trigger user`)
  for (const { table, name, rule } of references)
    await sql.unsafe(`alter table ${table} add constraint ${name} ${rule}`)
  await setCounters(sql, tables)
}

async function setCounters(sql: TransactionSql, tables: string[]): Promise<void> {
  const counters = await sql<{ sequence: string; table: string; column: string }[]>`
    select d.objid::regclass::text as sequence, d.refobjid::regclass::text as table, quote_ident(a.attname) as column
    from pg_depend d join pg_class s on s.oid = d.objid and s.relkind = 'S'
    join pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid
    where d.deptype in ('a', 'i') and d.refobjid = any (${tables}::regclass[])`
  for (const { sequence, table, column } of counters)
    await sql.unsafe(
      `select setval('${sequence}', coalesce(max(${column}), 1), max(${column}) is not null) from ${table}`,
    )
}
