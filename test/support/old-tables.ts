import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { drizzle } from 'drizzle-orm/postgres-js'
import { migrate } from 'drizzle-orm/postgres-js/migrator'
import type { Sql } from 'postgres'

/** Empties a database, and makes the tables as the first migrations left them. */
export async function makeOldTables(sql: Sql, migrations: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'passalong-migrations-'))
  try {
    await sql.unsafe('drop schema drizzle cascade; drop owned by current_user cascade')
    await cp(new URL('../../db/migrations', import.meta.url), folder, { recursive: true })
    const journal = join(folder, 'meta/_journal.json')
    const { entries, ...rest } = JSON.parse(await readFile(journal, 'utf8'))
    await writeFile(journal, JSON.stringify({ ...rest, entries: entries.slice(0, migrations) }))
    await migrate(drizzle(sql), { migrationsFolder: folder })
  } finally {
    await rm(folder, { recursive: true })
  }
}
