import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Logger } from 'pino'
import type { Sql, TransactionSql } from 'postgres'
import { connect, migrate } from '../../../db/postgres.ts'
import { fillTables, knownMigrations, makeTables, type Table, tablesOf } from '../../../db/tables.ts'
import { isSecretKeyOf } from '../../access/secret-key.ts'
import { openQueue, type Queue, type WaitingJob } from '../../delivery/queue.ts'
import { BackupError, type Footer, type Header, JOB } from './file.ts'
import { type Backup, openBackup, startsWith } from './read.ts'
import { rootOf } from './root.ts'

interface Place {
  url: string
  passphrase: string | undefined
  /** The key that is set there already, if one is. */
  secretKey: string | undefined
  log: Logger
}

/** What was restored. */
export interface Restored
  extends Pick<Header, 'at' | 'version' | 'secretKey'>,
    Pick<Footer, 'rows' | 'root'> {
  /** Whether its tables had to be brought up to date. */
  isOlder: boolean
}

/**
 * Fills an empty database with what a backup holds, all of it or nothing, and brings the tables up to date. Balances are recomputed from the
 * entries, and compared with those of when it was written.
 * @throws BackupError, also where the database has books, the backup is of a later version, or something of it is missing
 */
export async function restoreBackup(file: string, place: Place): Promise<Restored> {
  // Rows are checked as a whole at the end, which may take longer than any other query.
  const { sql, close } = connect(place.url, { querySeconds: 0 })
  try {
    if ((await tablesOf(sql)).length > 0)
      throw new BackupError(
        'There are books already: restore into an empty database, or another DATA_DIR, and keep these until the others are there.',
      )
    const restored = await restoreInto(sql, file, place)
    if (restored.isOlder)
      await migrate(place.url).catch((error: Error) => {
        throw new BackupError(
          `The books are restored, but not brought up to date (${error.message}): the next start goes on with them.`,
        )
      })
    await sql`analyze`
    return restored
  } finally {
    await close()
  }
}

async function restoreInto(sql: Sql, file: string, place: Place): Promise<Restored> {
  const backup = await openBackup(file, place.passphrase)
  const isOlder = checkVersion(backup.header)
  const notifier = { on: () => () => {}, notify() {}, close: async () => {} }
  const [before] = await sql`select to_regnamespace('pgboss') as queues`
  const queue = await openQueue({ url: place.url, notifier, log: place.log, supervise: false })
  try {
    return await sql.begin(async (tx) => {
      await makeTables(tx, backup.header.migration)
      await fillTables(tx, () => fill(tx, queue, backup))
      const { header, footer } = backup
      await checkKey(tx, place.secretKey, header.secretKey)
      await compare(tx, footer())
      const { rows, root } = footer()
      return { ...header, rows, root, isOlder }
    })
  } catch (error) {
    // The place is left as empty as it was.
    if (!before?.queues) await sql`drop schema pgboss cascade`
    throw error
  } finally {
    await queue.close()
  }
}

const JOBS = 500

function checkVersion({ migration, version }: Header): boolean {
  const known = knownMigrations()
  if (!known.includes(migration))
    throw new BackupError(
      `The backup was written by Passalong ${version}, which is later than this one: update this one first.`,
    )
  return migration !== known.at(-1)
}

async function fill(sql: TransactionSql, queue: Queue, backup: Backup): Promise<void> {
  const tables = new Map((await tablesOf(sql)).map((table) => [table.name, table]))
  const within = {
    executeSql: async (text: string, values: unknown[] = []) => ({
      rows: [...(await sql.unsafe(text, values as never[]))],
    }),
  }
  let jobs: WaitingJob[] = []
  const putBack = async () => {
    await queue.putBack(jobs, within as Parameters<Queue['putBack']>[1])
    jobs = []
  }
  for (let line = await backup.line(); line; line = await backup.line()) {
    if (startsWith(line, JOB)) {
      jobs.push(backup.job(line))
      if (jobs.length >= JOBS) await putBack()
    } else await copy(sql, tableIn(line, tables, backup), backup)
  }
  await putBack()
}

function tableIn(line: Buffer, tables: Map<string, Table>, { broken }: Backup): Table {
  const text = line.toString()
  const [, name = '', columns] = /^COPY (\S+) \((.+)\) FROM stdin;\n$/.exec(text) ?? []
  const table = tables.get(name)
  if (!table || columns !== table.columns.join(', '))
    throw broken(`"${text.trim()}" is no table of that version`)
  return table
}

async function copy(sql: TransactionSql, { name, columns }: Table, backup: Backup): Promise<void> {
  const target = await sql.unsafe(`copy ${name} (${columns.join(', ')}) from stdin`).writable()
  await pipeline(Readable.from(backup.rows()), target)
}

/** With another key no link would be found. @param kept the one in the backup */
async function checkKey(
  sql: TransactionSql,
  given: string | undefined,
  kept: string | undefined,
): Promise<void> {
  const [found] = await sql`select to_regclass('secret_keys') as keys`
  // Books of the first versions noted no key; the service compares it at its start.
  if (!found?.keys) return
  const [row] = await sql<{ hash: string }[]>`select encode(hash, 'hex') as hash from secret_keys`
  const key = given ?? kept
  if (row && key !== undefined && !isSecretKeyOf(row.hash, key))
    throw new BackupError(
      'SECRET_KEY: it is not the key of the books in the backup: set that one; or where it is in the backup, none, and empty DATA_DIR of secret.key.',
    )
}

/** Compares what is there now with what was there when the backup was written. */
async function compare(sql: TransactionSql, { rows, root }: Footer): Promise<void> {
  const faults: string[] = []
  for (const [name, written] of Object.entries(rows)) {
    const [row] = await sql.unsafe(`select count(*)::float8 as count from ${name}`)
    if (row?.count !== written) faults.push(`${name} has ${row?.count} rows, and had ${written}`)
  }
  if ((await rootOf(sql)) !== root) faults.push('the balances are others than those when it was written')
  if (faults.length > 0) throw new BackupError(`The backup is not whole: ${faults.join('; ')}.`)
}
