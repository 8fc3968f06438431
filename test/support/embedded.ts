import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { openSql } from '../../db/drivers.ts'
import { type EmbeddedPostgres, EmbeddedPostgresError, startEmbeddedPostgres } from '../../db/embedded.ts'
import { fill } from './database.ts'

/** A server in this folder, stopped when the test ends. */
export async function start(dataDir: string): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres(dataDir)
  onTestFinished(() => server.stop())
  return server
}

/** A server that another process has started, which is left to the test. */
export async function startElsewhere(dataDir: string, user: { uid?: number; gid?: number } = {}) {
  const script = `
    import { startEmbeddedPostgres } from ${JSON.stringify(new URL('../../db/embedded.ts', import.meta.url).href)}
    console.log((await startEmbeddedPostgres(${JSON.stringify(dataDir)})).url)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    ...user,
    cwd: tmpdir(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (text) => (said += text))
  const [url] = await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'close').then(() => Promise.reject(new Error(said))),
  ])
  return { child, url: String(url).trim() }
}

/** A folder with a name that would hurt in a shell, and in a list of hosts. */
export async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "it's $HOME, "))
  // Postgres runs as another user where the tests run as root.
  await chmod(folder, 0o755)
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** One with books, of which no server runs. */
export async function filledFolder(): Promise<string> {
  const folder = await emptyFolder()
  await fill(folder)
  return folder
}

/** One in which the cluster's path is longer than a socket's may be. */
export async function deepFolder(): Promise<string> {
  const folder = join(await emptyFolder(), 'deep '.repeat(20).trim())
  await mkdir(folder)
  return folder
}

/** A path too long for a socket makes a server that is reached by a port, as all of them are on Windows. */
export const REACHED: [string, () => Promise<string>][] = [
  ['socket', emptyFolder],
  ['port', deepFolder],
]

export async function query(url: string, statement: string): Promise<unknown[]> {
  const sql = openSql(url, { max: 1, onnotice: () => {} })
  try {
    return Array.from(await sql.unsafe(statement))
  } finally {
    await sql.end()
  }
}

export async function expectGone(url: string): Promise<void> {
  await expect(query(url, 'select 1')).rejects.toThrow(/ENOENT|ECONNREFUSED/)
}

export function expectOneLine(error: unknown, part: string): void {
  expect(error).toBeInstanceOf(EmbeddedPostgresError)
  const { message } = error as Error
  expect(message).toContain(part)
  expect(message).not.toContain('\n')
}

/** What the role of a connection may do beside its own. */
export const OWN_ROLE = `
  select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls
  from pg_roles where rolname = current_user`
