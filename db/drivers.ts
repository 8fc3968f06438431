import postgres, { type Options, type PostgresType, type Sql } from 'postgres'
import { ScramSocket } from './scram.ts'

/**
 * postgres.js, with what it lacks of libpq's addresses: a host that is a folder is that of a Unix socket
 * (`postgres://user@%2Frun%2Fpostgresql/name`), and with `require_auth=scram-sha-256` the server may ask for nothing
 * else and must prove itself; not over TLS, as the socket has to read what is said.
 */
export function openSql(url: string, options: Options<Record<string, PostgresType>> = {}): Sql {
  const address = new URL(url)
  const makeSocket = socketOf(address)
  if (makeSocket) address.searchParams.delete('require_auth')
  const host = decodeURIComponent(address.hostname)
  const path = host.startsWith('/') ? `${host}/.s.PGSQL.${address.port || 5432}` : undefined
  // A comma in it would read as two hosts.
  if (path) address.hostname = 'localhost'
  return postgres(address.href, {
    ...options,
    ...(path ? { path } : {}),
    // Connecting is not waited for: where this function fails, the driver loses a connection of its pool for good.
    ...(makeSocket ? { socket: (to: Target) => makeSocket().connect(placeOf(to)) } : {}),
  })
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
