import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { appendFile, chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { pino } from 'pino'
import type { Sql } from 'postgres'
import { inject } from 'vitest'
import type { TestProject } from 'vitest/node'
import { openSql } from '../../db/drivers.ts'
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../db/embedded.ts'
import { migrate } from '../../db/postgres.ts'
import type { Notifier } from '../../src/delivery/notifier.ts'
import { openQueue } from '../../src/delivery/queue.ts'
import { asSuperuser } from './superuser.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The server of the whole test run, and the name of a migrated, empty database on it. */
    databases: { server: string; template: string; folder: string | undefined }
    /** A DATA_DIR that the service has been started with once. */
    books: string
  }
}

/** A migrated, empty database of one's own. */
export async function freshDatabase(): Promise<{ url: string; drop(): Promise<void> }> {
  const { server, template } = inject('databases')
  const name = uniqueName()
  await execute(server, `create database ${name} template ${template} strategy file_copy`)
  return {
    url: withDatabase(server, name),
    drop: () => execute(server, `drop database ${name} with (force)`),
  }
}

/** For what the service's role may not do in a database of the test run; on a server that was given, its role may do it itself, or nobody. */
export async function asSuperuserOf(url: string, statement: string): Promise<void> {
  const { folder } = inject('databases')
  await (folder === undefined ? execute(url, statement) : asSuperuser({ url }, folder, statement))
}

/** Puts the embedded Postgres with migrated, empty books into a DATA_DIR: to make one takes ten times as long. */
export const fill = (dataDir: string) => copyBooks(inject('books'), dataDir)

/** Vitest calls this once for the whole run. TEST_DATABASE_URL names a server to be used in place of our own. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const books = await makeBooks()
  project.provide('books', books)
  const given = process.env.TEST_DATABASE_URL
  const server = given ? { url: given, folder: undefined, stop: async () => {} } : await startCopyOf(books)
  const template = uniqueName()
  const teardown = async () => {
    await execute(server.url, `drop database if exists ${template} with (force)`)
    await server.stop()
    await rm(books, { recursive: true })
  }
  try {
    await execute(server.url, `create database ${template}`)
    await bringUpToDate(withDatabase(server.url, template))
    // Postgres copies no database that somebody is connected to.
    await execute(server.url, `alter database ${template} with allow_connections false`)
  } catch (error) {
    await teardown()
    throw error
  }
  project.provide('databases', { server: server.url, template, folder: server.folder })
  return teardown
}

async function makeBooks(): Promise<string> {
  const folder = await temporaryFolder()
  const server = await startEmbeddedPostgres(folder)
  await bringUpToDate(server.url).finally(server.stop)
  return folder
}

/** Makes all tables, those of the delivery queue, too, which each service would make by itself: that takes half of its start. */
async function bringUpToDate(url: string): Promise<void> {
  await migrate(url)
  const notifier = { notify: () => {} } as unknown as Notifier
  const queue = await openQueue({ url, notifier, log: pino({ enabled: false }), supervise: false })
  for (const messenger of ['telegram', 'discord', 'playground']) await queue.take(messenger, 1)
  await queue.close()
}

async function startCopyOf(books: string): Promise<EmbeddedPostgres & { folder: string }> {
  const dataDir = await temporaryFolder()
  await copyBooks(books, dataDir)
  // Services of all workers share it, each with some twenty connections.
  await appendFile(join(dataDir, 'postgres', 'cluster', 'postgresql.auto.conf'), 'max_connections = 300\n')
  const { url, stop } = await startEmbeddedPostgres(dataDir)
  // The second so that a database can be dropped while Postgres is tidying it up.
  for (const statement of [
    'alter role passalong_service createdb',
    'grant pg_signal_backend to passalong_service',
    // What a crash of the machine would lose is lost with the tests anyway.
    'alter system set fsync = off',
    'alter system set full_page_writes = off',
    // Thousands of connections are made, and each would hash the password for three milliseconds.
    'alter system set scram_iterations = 1',
    'select pg_reload_conf()',
    `alter role passalong_service password '${new URL(url).password}'`,
  ])
    await asSuperuser({ url }, dataDir, statement)
  return {
    url,
    folder: dataDir,
    stop: () => stop().then(() => rm(dataDir, { recursive: true, force: true })),
  }
}

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'passalong-test-'))
  // Postgres runs as another user where the tests run as root.
  await chmod(folder, 0o755)
  return folder
}

/** With its owners, which Node's own `cp` would change. */
const copyBooks = (from: string, to: string) => promisify(execFile)('cp', ['-a', join(from, 'postgres'), to])

async function execute(server: string, statement: string): Promise<void> {
  // One session for all that a worker asks for within a second: to begin a session takes half as long as to make a database.
  if (asked?.server !== server)
    asked = {
      server,
      sql: openSql(server, { max: 1, idle_timeout: 1, fetch_types: false, onnotice: () => {} }),
    }
  await asked.sql.unsafe(statement)
}

let asked: { server: string; sql: Sql } | undefined

function uniqueName(): string {
  return `test_${randomBytes(8).toString('hex')}`
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}
