import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { installFromDebian } from './debian.ts'
import { freePort, isListening } from './server.ts'

const findPgbouncer = () => ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer'].find(existsSync)

/** Vitest calls this once for the whole run. */
export default function setup(): void {
  if (findPgbouncer()) return
  installFromDebian(['pgbouncer'], 'NO PGBOUNCER: the tests behind a pooler are SKIPPED. Install PgBouncer.')
}

export const pgbouncer = findPgbouncer()

interface Pooler {
  /** The same login and database as of the server, through the pooler. */
  url: string
  close(): Promise<void>
}

/** A PgBouncer before the database that `url` names. */
export async function startPgbouncer(url: string, mode: 'session' | 'transaction'): Promise<Pooler> {
  const { hostname, port: serverPort, username, password, pathname } = new URL(url)
  const home = await mkdtemp(join(tmpdir(), 'passalong-pooler-'))
  await chmod(home, 0o755)
  const port = await freePort()
  const settings = join(home, 'pgbouncer.ini')
  await writeFile(join(home, 'users.txt'), `"${username}" "${decodeURIComponent(password)}"\n`)
  await writeFile(
    settings,
    `[databases]
* = host=${decodeURIComponent(hostname)} port=${serverPort}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${join(home, 'users.txt')}
pool_mode = ${mode}
server_reset_query_always = 0
`,
  )
  const user = process.getuid?.() === 0 ? ['-u', 'postgres'] : []
  const child = spawn(pgbouncer ?? 'pgbouncer', ['-q', ...user, settings], { stdio: 'ignore' })
  const ended = once(child, 'exit')
  while (!(await isListening(port))) {
    if (child.exitCode !== null) throw new Error('PgBouncer did not start.')
    await sleep(20)
  }
  return {
    url: `postgres://${username}:${password}@127.0.0.1:${port}${pathname}`,
    async close() {
      child.kill('SIGKILL')
      await ended
      await rm(home, { recursive: true, force: true })
    },
  }
}
