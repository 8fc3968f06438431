import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type Options, type PostgresType, type Sql } from 'postgres'
import { type Address, type Host, readAddress } from './address.ts'
import { dial, failing } from './dial.ts'
import { primaryOf } from './primary.ts'
import { sessionSettings } from './session-settings.ts'

interface Settings extends Options<Record<string, PostgresType>> {
  /**
   * Seconds for one query. After that the server ends it, which frees its locks and says that nothing happened (57014). From a server
   * that is silent a second later the connection is closed, and the query fails with `QUERY_TIMEOUT`; so it does behind a pooler.
   */
  query_timeout?: number
}

/**
 * Opens postgres.js for a database URL as libpq reads it. No other code opens connections.
 * @param options.connection `application_name`, and settings that are left out where a pooler would refuse them
 * @param options.target_session_attrs what the server has to be, else its connections are closed again; a primary by default
 * @throws DatabaseUrlError where the URL can't be read
 */
export const openSql = (url: string, options: Settings = {}): Sql =>
  open(readAddress(url), { target_session_attrs: 'primary', ...options })

/**
 * The host that accepts writes; a single host is not asked. The first one is asked before the others, and they with it where it
 * doesn't answer soon.
 * @throws with code `NO_PRIMARY`, or why a host could not be asked, where none of them does
 */
export async function findPrimary(address: Address): Promise<Host> {
  const [first, ...others] = address.hosts as [Host, ...Host[]]
  if (others.length === 0) return first
  const asked = askForWrites(address, first)
  const answers = asked.then(
    () => true,
    () => false,
  )
  if (await Promise.race([answers, sleep(HEAD_START_MS, false)])) return first
  return Promise.any([asked, ...others.map((host) => askForWrites(address, host))]).catch(
    ({ errors }: AggregateError) => {
      throw errors.find(({ code }) => code === 'NO_PRIMARY') ?? errors[0]
    },
  )
}

const HEAD_START_MS = 200

/** @throws where the host doesn't accept writes, or doesn't say so in time */
async function askForWrites(address: Address, host: Host): Promise<Host> {
  // As if it were a pooler, as this query needs no session settings.
  const one = { ...address, hosts: [host], pooled: true }
  const sql = open(one, {
    max: 1,
    fetch_types: false,
    query_timeout: address.connectTimeout,
    onnotice: () => {},
  })
  try {
    const [row] = await sql`select current_setting('transaction_read_only') = 'off' as writes`
    if (row?.writes) return host
    throw Object.assign(new Error('none of the hosts takes writes'), { code: 'NO_PRIMARY' })
  } finally {
    await sql.end({ timeout: 0 })
  }
}

function open(address: Address, { connection, query_timeout = 0, ...options }: Settings): Sql {
  if (!('settlesBrokenConnections' in postgres))
    throw new Error('The database driver lacks its patch: run npm install, or node db/driver/patch.ts.')
  const { hosts, user, password, database, pooled } = address
  const dialed = dialer(address)
  // `socket` is missing in the driver's types.
  const settings: Settings & { socket(): Promise<Duplex> } = {
    connect_timeout: address.connectTimeout,
    backoff: (tries: number) => Math.min(0.05 * 2 ** tries, 0.5),
    ...(user && { user }),
    ...(password && { password }),
    ...(database && { database }),
    ...options,
    ...(query_timeout > 0 && { query_timeout: query_timeout + 1 }),
    // Shown in the driver's error messages only, as we open its sockets. One host, as it would try several in turn for ever.
    path: hosts.map(({ host, port }) => `${host}:${port}`).join(),
    host: 'localhost',
    ssl: false,
    connection: sessionSettings(address, connection, query_timeout) as NonNullable<Settings['connection']>,
    // Behind a pooler the next query may run in another session, without the prepared statement.
    prepare: !pooled,
    socket: () => {
      // The driver asks for the types of arrays in each session; one answer holds for all of a pool.
      if (Object.keys(opened.shared.typeArrayMap).length > 0) opened.fetch_types = false
      return dialed()
    },
  }
  const sql = postgres(settings)
  // `shared` is missing in the driver's types.
  const opened = sql.options as typeof sql.options & { shared: { typeArrayMap: object } }
  return sql
}

/** Opens the driver's sockets. Of several hosts the last primary is asked first. */
function dialer(address: Address): () => Promise<Duplex> {
  const primary = primaryOf(address.hosts)
  const look = async () => {
    const host = await findPrimary({ ...address, hosts: primary.first() })
    primary.is(host)
    return host
  }
  return async () => {
    try {
      const host = await look()
      return primary.keep(host, await dial(address, host), look)
    } catch (error) {
      return failing(error)
    }
  }
}
