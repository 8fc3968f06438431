import { once } from 'node:events'
import { readFile, realpath, rm } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Sql } from 'postgres'
import { openSql } from '../drivers.ts'
import type { Cluster } from './cluster.ts'
import { EmbeddedPostgresError, run } from './programs.ts'
import { superuserUrl } from './roles.ts'
import { rotateLog } from './server-log.ts'

/**
 * The superuser's session in the database `postgres`, which stays open as long as this process uses the server. Its advisory
 * locks show who uses it: they end with the session, and that ends with the process, even where it is killed.
 */
export interface Session {
  cluster: Cluster
  /** Where the server listens: host and port, as in a URL. */
  address: string
  sql: Sql
  /** Resolves when the connection ends, and the locks with it. */
  closed: Promise<void>
}

/** The server refuses the password that is stored beside its folder. */
export class PasswordRefused extends EmbeddedPostgresError {}

/**
 * Joins the server that runs in the folder, also one that a killed process left behind; else starts it.
 * @param failedStarts how many starts before this one have failed
 * @param wanted the address that it must have; undefined: any
 * @throws StartFailed; PasswordRefused; other errors while the server starts or stops, when a retry helps
 */
export async function reach(cluster: Cluster, failedStarts: number, wanted?: string): Promise<Session> {
  const session = await joinRunning(cluster, wanted)
  if (session) return session
  // These files hold a process id; where another program has got that id since, Postgres refuses to start. It is safe to delete
  // them, as shared memory still keeps a second server from starting in the same folder.
  if (failedStarts === 5)
    for (const name of ['postmaster.pid', '.s.PGSQL.5432.lock'])
      await rm(join(cluster.folder, name), { force: true })
  await start(cluster, wanted).catch((error: unknown) => {
    throw new StartFailed((error as Error).message, { cause: error })
  })
  const started = await joinRunning(cluster, wanted)
  if (!started) throw new Error('it ended as soon as it had started')
  return started
}

/** The server did not start. */
export class StartFailed extends EmbeddedPostgresError {}

/** Leaves the server, and stops it where no other process uses it. */
export async function leave({ cluster, sql }: Session): Promise<void> {
  const last = async () => {
    await sql`select pg_advisory_unlock_shared(1)`
    return holdsAlone(sql)
  }
  // A server that doesn't answer is gone already.
  const answers = () =>
    sql`select`.then(
      () => true,
      () => false,
    )
  try {
    if (await last().catch(() => false))
      await stop(cluster).catch(async (error: unknown) => {
        if (await answers()) throw error
      })
  } finally {
    await sql.end({ timeout: 1 })
  }
}

/** Makes this process the only service on the folder. @throws FolderTaken */
export async function takeFolder(session: Session): Promise<void> {
  // The server may need a moment to notice that an earlier session has ended.
  for (let tries = 0; tries < 10; tries++) {
    if (await holdsFolder(session)) return
    await sleep(100)
  }
  const dataDir = dirname(dirname(session.cluster.folder))
  throw new FolderTaken(
    `Another passalong is running on DATA_DIR (${dataDir}): stop it first, or give this one a DATA_DIR of its own.`,
  )
}

/** Another service has the folder. */
export class FolderTaken extends EmbeddedPostgresError {}

/** Takes the lock of the only service. */
async function holdsFolder({ sql }: Session): Promise<boolean> {
  const [row] = await sql<[{ held: boolean }]>`select pg_try_advisory_lock(2) as held`
  return row.held
}

/** Takes the shared lock of all processes that use the server. */
async function holdsPresence(sql: Sql): Promise<boolean> {
  const [row] = await sql<[{ held: boolean }]>`select pg_try_advisory_lock_shared(1) as held`
  return row.held
}

/** Takes the same lock exclusively, which succeeds only where no other process uses the server. */
async function holdsAlone(sql: Sql): Promise<boolean> {
  const [row] = await sql<[{ held: boolean }]>`select pg_try_advisory_lock(1) as held`
  return row.held
}

/** @returns undefined where no server runs in the folder @throws while the server starts or stops */
async function joinRunning(cluster: Cluster, wanted: string | undefined): Promise<Session | undefined> {
  const lines = await readFile(join(cluster.folder, 'postmaster.pid'), 'utf8').catch(() => '')
  const [, , , port, , host] = lines.split('\n')
  if (!Number(port)) return undefined
  const socket = socketOf(cluster)
  const session = openSession(cluster, socket && !host ? socket : `127.0.0.1:${port}`)
  const joined = await Promise.race([
    enter(session, wanted ?? socket, wanted !== undefined),
    lateness(),
  ]).catch((error: NodeJS.ErrnoException) => error)
  if (joined === true) return session
  await session.sql.end({ timeout: 0 })
  if (joined === false) return undefined
  const code = joined.code ?? ''
  // At this address it is surely our server: nobody else can listen on its socket, and its port was ours just now.
  if (PASSWORD_REFUSED.has(code) && session.address === (wanted ?? socket))
    throw new PasswordRefused(
      `The Postgres in ${cluster.folder} does not take the password in ${join(dirname(cluster.folder), 'password')} any more: put the right one there, or set DATABASE_URL.`,
    )
  if (NOT_OURS.has(code)) return undefined
  throw joined
}

/** Whether it is the folder's server, at an address where we can use it. */
async function enter(
  { sql, cluster, address }: Session,
  proper: string | undefined,
  nowhereElse: boolean,
): Promise<boolean> {
  const [{ folder }] = await sql<[{ folder: string }]>`select current_setting('data_directory') as folder`
  // The file may have been copied with the folder: then this is the server of the original folder.
  if ((await realpath(folder).catch(() => '')) !== (await realpath(cluster.folder))) return false
  if (proper && address !== proper) {
    // An earlier version has left it running on a port that need not be open, or another process has started it just now.
    if (await holdsAlone(sql)) {
      await stop(cluster)
      return false
    }
    if (nowhereElse) throw new Error('another program uses it, at another address')
  }
  if (!(await holdsPresence(sql))) throw new Error('it is being stopped')
  return true
}

const lateness = async (): Promise<never> => {
  await sleep(15_000, undefined, { ref: false })
  throw new Error('it does not answer')
}

const PASSWORD_REFUSED = new Set(['28P01', '28000'])

/** Nobody listens there, or a server that does not know our password, or refuses it. */
const NOT_OURS = new Set(['ECONNREFUSED', 'ENOENT', 'SERVER_NOT_PROVEN', ...PASSWORD_REFUSED])

/**
 * The address of the Unix socket; undefined where there can be none: on Windows, or where its path is too long for the
 * system.
 */
function socketOf({ folder }: Cluster): string | undefined {
  const reachable =
    process.platform !== 'win32' && Buffer.byteLength(join(folder, '.s.PGSQL.5432')) <= MAX_PATH_BYTES
  return reachable ? `${encodeURIComponent(folder)}:5432` : undefined
}

/** The longest path of a socket, in bytes: 103 on macOS, 107 on Linux. */
const MAX_PATH_BYTES = 103

function openSession(cluster: Cluster, address: string): Session {
  const { promise: closed, resolve } = Promise.withResolvers<void>()
  const sql = openSql(superuserUrl({ cluster, address }, 'postgres'), {
    max: 1,
    max_lifetime: null,
    connect_timeout: 10,
    fetch_types: false,
    backoff: () => 0.2,
    onnotice: () => {},
    onclose: () => resolve(),
  })
  return { cluster, address, sql, closed }
}

async function start(cluster: Cluster, wanted: string | undefined): Promise<void> {
  const address = wanted ?? socketOf(cluster) ?? `127.0.0.1:${await freePort()}`
  const [, port] = /^127\.0\.0\.1:(\d+)$/.exec(address) ?? []
  // The socket's folder is `.`, the server's working folder, because its path may hold characters that mean something to a
  // shell.
  const listen = port
    ? ['listen_addresses=127.0.0.1', 'unix_socket_directories=', `port=${port}`]
    : ['listen_addresses=', 'unix_socket_directories=.', 'port=5432']
  const options = [...listen, ...SETTINGS].map((setting) => `-c ${setting}`).join(' ')
  await rotateLog(cluster.log)
  await run(cluster.programs.pg_ctl, ['start', '--wait', '--silent', '--options', options], cluster)
}

/** The log is for the server's own problems: errors of queries are logged by the service. */
const SETTINGS = ['log_min_messages=log', 'log_checkpoints=off']

const stop = (cluster: Cluster) =>
  run(cluster.programs.pg_ctl, ['stop', '--mode=fast', '--wait', '--silent'], cluster)

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}
