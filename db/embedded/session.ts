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

/**
 * The superuser's session in the server's own database, `postgres`, that stays open for as long as we use the server.
 * Its advisory locks tell who does: they go with the session, and the session goes with the process, however that ends.
 */
export interface Session {
  cluster: Cluster
  /** Where the server listens: the host and the port of a URL. */
  address: string
  sql: Sql
  /** Ends with the connection, and with it the locks are gone. */
  closed: Promise<void>
}

/** The server does not take the password that is kept beside its folder. */
export class PasswordRefused extends EmbeddedPostgresError {}

/**
 * Joins the server that runs in the folder, also one that a killed process left behind; else starts it.
 * @param failedStarts how many starts before this one have failed
 * @param wanted the address that it must have; nothing: any
 * @throws while it starts or stops, and where it can't be started
 */
export async function reach(cluster: Cluster, failedStarts: number, wanted?: string): Promise<Session> {
  const session = await joinRunning(cluster, wanted)
  if (session) return session
  // A process number that has gone to another program since keeps Postgres from starting. Without these files it
  // still won't start beside a living server of the same folder: their shared memory would meet.
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

/** Leaves the server, and stops it where nobody else uses it. */
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

/** Makes us the one service on the folder. */
export async function takeFolder(session: Session): Promise<void> {
  // The server may need a moment to see that a session, or a killed process, is gone.
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

/** The lock of the one service. */
async function holdsFolder({ sql }: Session): Promise<boolean> {
  const [row] = await sql<[{ held: boolean }]>`select pg_try_advisory_lock(2) as held`
  return row.held
}

/** The lock of all who use the server. */
async function holdsPresence(sql: Sql): Promise<boolean> {
  const [row] = await sql<[{ held: boolean }]>`select pg_try_advisory_lock_shared(1) as held`
  return row.held
}

/** To be had by whoever is alone, in place of presence. */
async function holdsAlone(sql: Sql): Promise<boolean> {
  const [row] = await sql<[{ held: boolean }]>`select pg_try_advisory_lock(1) as held`
  return row.held
}

/** Nothing where no server runs in the folder; throws while the server can't take us: it starts, or stops. */
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
  // Nobody else can listen on the socket, or has just taken the port over.
  if (PASSWORD_REFUSED.has(code) && session.address === (wanted ?? socket))
    throw new PasswordRefused(
      `The Postgres in ${cluster.folder} does not take the password in ${join(dirname(cluster.folder), 'password')} any more: put the right one there, or set DATABASE_URL.`,
    )
  if (NOT_OURS.has(code)) return undefined
  throw joined
}

/** Whether it is the folder's server, and at a place where we can use it. */
async function enter(
  { sql, cluster, address }: Session,
  proper: string | undefined,
  nowhereElse: boolean,
): Promise<boolean> {
  const [{ folder }] = await sql<[{ folder: string }]>`select current_setting('data_directory') as folder`
  // The file may have come with a copy of the folder: then the server is the original's.
  if ((await realpath(folder).catch(() => '')) !== (await realpath(cluster.folder))) return false
  if (proper && address !== proper) {
    // An earlier version left it behind, on a port that has no need to be open; or it was started beside us.
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

/** Nobody listens there; or somebody who does not know our password, or does not take it. */
const NOT_OURS = new Set(['ECONNREFUSED', 'ENOENT', 'SERVER_NOT_PROVEN', ...PASSWORD_REFUSED])

/** The host and port of a URL; nothing where Node can't reach one: on Windows, or where the path is too long for the system. */
function socketOf({ folder }: Cluster): string | undefined {
  const reachable =
    process.platform !== 'win32' && Buffer.byteLength(join(folder, '.s.PGSQL.5432')) <= LONGEST_PATH
  return reachable ? `${encodeURIComponent(folder)}:5432` : undefined
}

/** Of a socket, in bytes: macOS takes 103, Linux 107. */
const LONGEST_PATH = 103

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
  // The folder is named as the server sees it from inside, because its path may hold what a shell would read.
  const listen = port
    ? ['listen_addresses=127.0.0.1', 'unix_socket_directories=', `port=${port}`]
    : ['listen_addresses=', 'unix_socket_directories=.', 'port=5432']
  const options = [...listen, ...SETTINGS].map((setting) => `-c ${setting}`).join(' ')
  await run(cluster.programs.pg_ctl, ['start', '--wait', '--silent', '--options', options], cluster)
}

/** What the service does wrong is the service's to tell. */
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
