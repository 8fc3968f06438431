import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSql } from '../../db/drivers.ts'
import { openCluster } from '../../db/embedded/cluster.ts'
import { type Programs, run } from '../../db/embedded/programs.ts'

export interface Server {
  port: number
  /** Of the superuser, in the server's own database. */
  url: string
  /** Where its files are. */
  folder: string
  /** As the superuser, in the server's own database. */
  execute(statement: string): Promise<Record<string, unknown>[]>
  stop(how?: 'fast' | 'immediate'): Promise<void>
  start(): Promise<void>
  promote(): Promise<void>
  /** Ends it, and takes its files away. */
  remove(): Promise<void>
}

interface Setting {
  /** Those of an earlier version, which has no locale of its own. */
  programs?: Programs
  /** A folder that is there, in place of one that goes away with the server. */
  home?: string
  /** A stopped server whose files this one begins with, as its standby. */
  standbyOf?: Server
  /** Lines of `pg_hba.conf` that count before the usual ones. */
  logins?: string[]
  /** Certificate and key in PEM. */
  certificate?: { cert: string; key: string }
}

/** A PostgreSQL that listens on a port of 127.0.0.1, as other people's servers do. */
export async function startServer(setting: Setting = {}): Promise<Server> {
  const { standbyOf, logins = [], certificate } = setting
  const home = setting.home ?? (await mkdtemp(join(tmpdir(), 'passalong-server-')))
  // Postgres runs as another user where the tests run as root.
  await chmod(home, 0o755)
  if (standbyOf) await cp(join(standbyOf.folder, '..', '..'), home, { recursive: true })
  const cluster = await (setting.programs
    ? openCluster(home, setting.programs, ['--locale=C'])
    : openCluster(home))
  const { folder, user, programs, password } = cluster
  if (standbyOf && user) execFileSync('chown', ['-R', `${user.uid}:${user.gid}`, join(folder, '..')])
  const write = async (name: string, text: string) => {
    await writeFile(join(folder, name), text, { mode: 0o600 })
    if (user) await chown(join(folder, name), user.uid, user.gid)
  }
  const port = await freePort()
  await write(
    'pg_hba.conf',
    [...logins, 'host all all all scram-sha-256', 'host replication all all scram-sha-256', ''].join('\n'),
  )
  if (standbyOf) await write('standby.signal', '')
  const settings = [
    'listen_addresses=127.0.0.1',
    `port=${port}`,
    'unix_socket_directories=',
    ...(standbyOf ? [`primary_conninfo=${standbyOf.url}`] : []),
    ...(certificate ? ['ssl=on'] : []),
  ]
  if (certificate) {
    await write('server.crt', certificate.cert)
    await write('server.key', certificate.key)
  }
  await write('postgresql.auto.conf', settings.map((line) => line.replace(/=(.*)$/, "='$1'\n")).join(''))
  const control = (...words: string[]) => run(programs.pg_ctl, words, cluster)
  const server: Server = {
    port,
    folder,
    url: `postgres://passalong:${password}@127.0.0.1:${port}/postgres`,
    start: () => control('start', '--wait', '--silent'),
    stop: (how = 'fast') => control('stop', '--wait', '--silent', `--mode=${how}`),
    promote: () => control('promote', '--wait', '--silent'),
    async execute(statement) {
      const sql = openSql(server.url, { max: 1, onnotice: () => {} })
      try {
        return Array.from(await sql.unsafe(statement))
      } finally {
        await sql.end()
      }
    },
    async remove() {
      await server.stop('immediate').catch(() => undefined)
      if (!setting.home) await rm(home, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}

/** For `localhost` by its name, not for its address. */
export async function makeCertificate(): Promise<{ file: string; cert: string; key: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'passalong-certificate-'))
  const [file, keyFile] = [join(folder, 'server.crt'), join(folder, 'server.key')]
  const made =
    'req -x509 -nodes -newkey rsa:2048 -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost'
  execFileSync('openssl', [...made.split(' '), '-out', file, '-keyout', keyFile], { stdio: 'ignore' })
  return { file, cert: await readFile(file, 'utf8'), key: await readFile(keyFile, 'utf8') }
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

/** Whether something listens on a port, of 127.0.0.1 by default. */
export const isListening = (port: number, host = '127.0.0.1'): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, host, () => {
      socket.destroy()
      resolve(true)
    }).on('error', () => resolve(false))
  })
