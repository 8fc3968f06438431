import postgres, { type Options, type PostgresType, type Sql } from 'postgres'
import { ScramSocket } from './scram.ts'

/**
 * postgres.js, with what it lacks of libpq's addresses: a host that is a folder is that of a Unix socket
 * (`postgres://user@%2Frun%2Fpostgresql/name`), and with `require_auth=scram-sha-256` the server may ask for nothing
 * else and must prove itself; not over TLS, as the socket has to read what is said.
 */
export function openSql(url: string, options: SqlOptions = {}): Sql {
  const address = new URL(url)
  const makeSocket = socketOf(address)
  if (makeSocket) address.searchParams.delete('require_auth')
  const host = decodeURIComponent(address.hostname)
  const path = host.startsWith('/') ? `${host}/.s.PGSQL.${address.port || 5432}` : undefined
  // A comma in it would read as two hosts.
  if (path) address.hostname = 'localhost'
  if (!('settlesBrokenConnections' in postgres))
    throw new Error('The database driver lacks its patch: run npm install, or node db/driver/patch.ts.')
  return postgres(address.href, {
    connect_timeout: 5,
    backoff: (tries: number) => Math.min(0.05 * 2 ** tries, 0.5),
    ...options,
    ...(path ? { path } : {}),
    // Connecting is not waited for: where this function fails, the driver loses a connection of its pool for good.
    ...(makeSocket ? { socket: (to: Target) => makeSocket().connect(placeOf(to)) } : {}),
  })
}

interface SqlOptions extends Options<Record<string, PostgresType>> {
  /** Seconds for the answer to one query; then its connection is closed, and it fails with `QUERY_TIMEOUT`. */
  query_timeout?: number
}

/** The same for `pg`, which pg-boss brings along: what its pool is opened with. */
export function poolOptions(url: string): { connectionString: string } {
  const stream = socketOf(new URL(url))
  return { connectionString: url, ...(stream ? { stream } : {}) }
}

function socketOf({ searchParams, password }: URL): (() => ScramSocket) | undefined {
  if (searchParams.get('require_auth') !== 'scram-sha-256') return undefined
  return () => new ScramSocket(decodeURIComponent(password))
}

/** How postgres.js says where to connect to. */
interface Target {
  path: string | false
  host: string[]
  port: number[]
}

const placeOf = ({ path, host: [host = ''], port: [port = 0] }: Target) => (path ? { path } : { host, port })
