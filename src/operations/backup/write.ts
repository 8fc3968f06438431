import type { Sql, TransactionSql } from 'postgres'
import { tablesOf } from '../../../db/tables.ts'
import packageFile from '../../../package.json' with { type: 'json' }
import { waitingJobs } from '../../delivery/queue.ts'
import { BEGIN, END, END_OF_ROWS, type Footer, type Header, JOB, newHash, writeFile } from './file.ts'
import { rootOf } from './root.ts'

/** What a backup holds. */
export interface Written extends Pick<Footer, 'rows' | 'root'> {
  at: string
}

/**
 * Writes all books to a file, as they are at one moment, beside a running service. It is a script that psql reads, so that nobody needs
 * Passalong to look into it. It holds one chunk of a table at a time.
 * @param secretKey written along, if it is given
 * @throws BackupError
 */
export async function writeBackup(
  sql: Sql,
  file: string,
  { secretKey, passphrase }: { secretKey?: string | undefined; passphrase?: string | undefined },
): Promise<Written> {
  return sql.begin('isolation level repeatable read read only', async (tx) => {
    const about = { at: new Date().toISOString(), rows: {}, root: '' }
    await writeFile(file, textOf(tx, about, secretKey), passphrase)
    return about
  })
}

/** @param about is completed on the way */
async function* textOf(
  sql: TransactionSql,
  about: Written,
  secretKey: string | undefined,
): AsyncGenerator<Uint8Array> {
  const hash = newHash()
  const bytesOf = (text: string | Uint8Array) => {
    const bytes = Buffer.from(text as Uint8Array)
    hash.update(bytes)
    return bytes
  }
  const header: Header = {
    format: 1,
    at: about.at,
    version: packageFile.version,
    migration: await latestMigration(sql),
    ...(secretKey !== undefined && { secretKey }),
  }
  yield bytesOf(`${BEGIN}${JSON.stringify(header)}\n`)
  for (const { name, columns } of await tablesOf(sql)) {
    yield bytesOf(`COPY ${name} (${columns.join(', ')}) FROM stdin;\n`)
    let rows = 0
    for await (const chunk of await sql.unsafe(`copy ${name} (${columns.join(', ')}) to stdout`).readable()) {
      // Each row is a line: a line break within it is written as \n.
      rows += linesIn(chunk as Buffer)
      yield bytesOf(chunk as Buffer)
    }
    about.rows = { ...about.rows, [name]: rows }
    yield bytesOf(END_OF_ROWS)
  }
  for await (const jobs of waitingJobs(sql))
    for (const job of jobs) yield bytesOf(`${JOB}${JSON.stringify(job)}\n`)
  about.root = await rootOf(sql)
  const footer: Footer = { rows: about.rows, root: about.root, sha256: hash.digest('hex') }
  yield Buffer.from(`${END}${JSON.stringify(footer)}\n`)
}

async function latestMigration(sql: TransactionSql): Promise<number> {
  const [row] = await sql`select max(created_at) as latest from drizzle.__drizzle_migrations`
  return Number(row?.latest)
}

function linesIn(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) lines++
  return lines
}
