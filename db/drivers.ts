import type { Duplex } from 'node:stream'
import postgres, { type Options, type PostgresType, type Sql } from 'postgres'
import { type Address, type Host, readAddress } from './address.ts'
import { dial, failing } from './dial.ts'
import { sessionSettings } from './session-settings.ts'

interface Settings extends Options<Record<string, PostgresType>> {
  /** Seconds for the answer to one query; then its connection is closed, and it fails with `QUERY_TIMEOUT`. */
  query_timeout?: number
}

/**
 * postgres.js, at an address as libpq reads it; the one way to open a connection.
 * `connection` may hold `application_name`, and settings that are left out where a pooler would refuse them.
 * @throws DatabaseUrlError where the address can't be read
 */
export const openSql = (url: string, options: Settings = {}): Sql => open(readAddress(url), options)

/**
 * The host that takes writes; of one host it is not asked.
 * @throws what the last of them said where none does
 */
export async function findPrimary(address: Address): Promise<Host> {
  const { hosts } = address
  if (hosts.length === 1) return hosts[0] as Host
  let reason: unknown
  for (const host of hosts) {
    // As one that may be a pooler: that question needs no settings.
    const one = { ...address, hosts: [host], pooled: true }
    const sql = open(one, { max: 1, fetch_types: false, onnotice: () => {} })
    try {
      const [row] = await sql`select current_setting('transaction_read_only') = 'off' as writes`
      if (row?.writes) return host
      reason = Object.assign(new Error('none of the hosts takes writes'), { code: 'NO_PRIMARY' })
    } catch (error) {
      reason ??= error
    } finally {
      await sql.end({ timeout: 0 })
    }
  }
  throw reason
}

function open(address: Address, { connection, ...options }: Settings): Sql {
  if (!('settlesBrokenConnections' in postgres))
    throw new Error('The database driver lacks its patch: run npm install, or node db/driver/patch.ts.')
  const { hosts, user, password, database, pooled } = address
  // Its types leave out that the driver lets us open its sockets.
  const settings: Settings & { socket(): Promise<Duplex> } = {
    connect_timeout: address.connectTimeout,
    backoff: (tries: number) => Math.min(0.05 * 2 ** tries, 0.5),
    ...(user && { user }),
    ...(password && { password }),
    ...(database && { database }),
    ...options,
    // For what the driver says of errors, as it is we who open its sockets; and one host, because several it would ask
    // in turn for ever.
    path: hosts.map(({ host, port }) => `${host}:${port}`).join(),
    host: 'localhost',
    ssl: false,
    connection: sessionSettings(address, connection) as NonNullable<Settings['connection']>,
    // What is prepared in a pooler's session is not there in the next one.
    prepare: !pooled,
    socket: dialer(address),
  }
  return postgres(settings)
}

/** Opens the sockets of a client. Of several hosts the one that took writes last is asked first. */
function dialer(address: Address): () => Promise<Duplex> {
  let { hosts } = address
  return async () => {
    try {
      const primary = await findPrimary({ ...address, hosts })
      hosts = [primary, ...hosts.filter((host) => host !== primary)]
      return await dial(address, primary)
    } catch (error) {
      return failing(error)
    }
  }
}
