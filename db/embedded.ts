import { once } from 'node:events'
import { readFile, realpath, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { openSql } from './drivers.ts'
import { type Cluster, MEND, openCluster } from './embedded/cluster.ts'
import { EmbeddedPostgresError, run } from './embedded/programs.ts'
import { prepareService, serviceUrl, superuserUrl } from './embedded/roles.ts'

export { EmbeddedPostgresError }

/** A real PostgreSQL of our own: in a folder, and reachable for its owner alone. */
export interface EmbeddedPostgres {
  /** Of the service's role, which is no superuser; for `openSql`. */
  url: string
  /** Leaves the server. Whoever leaves last stops it. */
  stop(): Promise<void>
}

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
    await prepareService(session)
  } catch (error) {
    await leave(session)
    throw error
  }
  let stopped: Promise<void> | undefined
  return { url: serviceUrl(session), stop: () => (stopped ??= leave(session)) }
}

/**
 * The superuser's session in the server's own database, `postgres`, that stays open for as long as we use the server.
 * Its advisory locks tell who does: they go with the session, and the session goes with the process, however that ends.
 */
interface Session {
  cluster: Cluster
  /** Where the server listens: the host and the port of a URL. */
  address: string
  sql: Sql
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

/** To be had by whoever is alone, in place of `present`. */
const alone: Lock = async (sql) => {
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
      // A process number that has gone to another program since keeps Postgres from starting. Without these files it
      // still won't start beside a living server of the same folder: their shared memory would meet.
      if (failedStarts === 5)
        for (const name of ['postmaster.pid', '.s.PGSQL.5432.lock'])
          await rm(join(cluster.folder, name), { force: true })
      await sleep(200)
    }
  }
}

/** Nothing where no server runs in the folder; throws while the server can't take us: it starts, or stops. */
async function joinRunning(cluster: Cluster): Promise<Session | undefined> {
  const lines = await readFile(join(cluster.folder, 'postmaster.pid'), 'utf8').catch(() => '')
  const [, , , port, , host] = lines.split('\n')
  if (!Number(port)) return undefined
  const socket = socketOf(cluster)
  const session = openSession(cluster, socket && !host ? socket : `127.0.0.1:${port}`)
  const { address, sql, locks } = session
  try {
    const [{ folder }] = await sql<[{ folder: string }]>`select current_setting('data_directory') as folder`
    // The file may have come with a copy of the folder: then the server is the original's.
    if ((await realpath(folder).catch(() => '')) !== (await realpath(cluster.folder))) return undefined
    // An earlier version left it behind, on a port that has no need to be open.
    if (socket && address !== socket && (await alone(sql))) {
      await stop(cluster)
      return undefined
    }
    if (!(await present(sql))) throw new Error('it is being stopped')
    locks.push(present)
    return session
  } catch (error) {
    if (NOT_OURS.has((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  } finally {
    if (locks.length === 0) await sql.end({ timeout: 0 })
  }
}

/** Nobody listens there; or somebody who does not know our password, or does not take it. */
const NOT_OURS = new Set(['ECONNREFUSED', 'ENOENT', 'SERVER_NOT_PROVEN', '28P01', '28000'])

/** The host and port of a URL; nothing where Node can't reach one: on Windows, or where the path is too long for the system. */
function socketOf({ folder }: Cluster): string | undefined {
  const reachable =
    process.platform !== 'win32' && Buffer.byteLength(join(folder, '.s.PGSQL.5432')) <= LONGEST_PATH
  return reachable ? `${encodeURIComponent(folder)}:5432` : undefined
}

/** Of a socket, in bytes: macOS takes 103, Linux 107. */
const LONGEST_PATH = 103

function openSession(cluster: Cluster, address: string): Session {
  const locks: Lock[] = []
  // When one backend crashes, Postgres ends every session, and with it the locks. A try that fails closes again, and
  // so is followed by the next.
  const takeAgain = async () => {
    for (const lock of locks) await lock(sql)
  }
  const sql = openSql(superuserUrl({ cluster, address }, 'postgres'), {
    max: 1,
    max_lifetime: null,
    connect_timeout: 10,
    fetch_types: false,
    backoff: () => 0.2,
    onnotice: () => {},
    onclose: () => void setImmediate(() => takeAgain().catch(() => undefined)),
  })
  return { cluster, address, sql, locks }
}

async function start(cluster: Cluster): Promise<void> {
  // The folder is named as the server sees it from inside, because its path may hold what a shell would read.
  const listen = socketOf(cluster)
    ? ['listen_addresses=', 'unix_socket_directories=.', 'port=5432']
    : ['listen_addresses=127.0.0.1', 'unix_socket_directories=', `port=${await freePort()}`]
  const options = [...listen, ...SETTINGS].map((setting) => `-c ${setting}`).join(' ')
  await run(cluster.programs.pg_ctl, ['start', '--wait', '--silent', '--options', options], cluster)
}

/** What the service does wrong is the service's to tell. */
const SETTINGS = ['log_min_messages=log', 'log_checkpoints=off']

const stop = (cluster: Cluster) =>
  run(cluster.programs.pg_ctl, ['stop', '--mode=fast', '--wait', '--silent'], cluster)

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

async function leave({ cluster, sql, locks }: Session): Promise<void> {
  locks.length = 0
  const last = async () => {
    await sql`select pg_advisory_unlock_shared(1)`
    return alone(sql)
  }
  try {
    // A server that doesn't answer is gone already.
    if (await last().catch(() => false)) await stop(cluster)
  } finally {
    await sql.end({ timeout: 1 })
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
