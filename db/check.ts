import type { RowList } from 'postgres'
import { type Address, DatabaseUrlError, hostParameters, readAddress, withParameters } from './address.ts'
import { findPrimary, openSql } from './drivers.ts'
import { isFit, neededSettings } from './session-settings.ts'

/**
 * Makes sure that the service can work in this database, before it writes there.
 * @returns the URL to use from then on, to which was added what was found out: which host is the primary, whether a pooler is in
 * between, and whether TLS has to be off
 * @throws DatabaseUrlError
 */
export async function checkDatabase(url: string): Promise<string> {
  const address = readAddress(url)
  let failure: Failure | undefined
  for (const login of LOGINS[address.tls.mode] ?? [{}]) {
    try {
      return await look(withParameters(url, login))
    } catch (error) {
      failure ??= error as Failure
      if (failure.code !== REFUSED_LOGIN) break
    }
  }
  if (failure instanceof DatabaseUrlError) throw failure
  throw new DatabaseUrlError(explain(failure as Failure, address), { cause: failure })
}

/** A server may accept a role only with TLS, or only without. Modes that allow both are tried in libpq's order. */
const LOGINS: Record<string, Record<string, string>[]> = {
  prefer: [{}, { sslmode: 'disable' }],
  allow: [{ sslmode: 'disable' }, { sslmode: 'require' }],
}

const REFUSED_LOGIN = '28000'

/** The oldest major version of PostgreSQL that is taken. */
export const MIN_VERSION = 15

async function look(url: string): Promise<string> {
  const address = readAddress(url)
  const primary = await findPrimary(address)
  const inOrder = [primary, ...address.hosts.filter((host) => host !== primary)]
  const there = withParameters(url, address.hosts.length > 1 ? hostParameters(inOrder) : {})
  // As if there were a pooler, which would refuse some of our session settings.
  const carefully = withParameters(there, { pgbouncer: 'true' })
  // A replica, too, as it is told from what is found there.
  const sql = openSql(carefully, {
    max: 1,
    fetch_types: false,
    target_session_attrs: undefined,
    onnotice: () => {},
  })
  try {
    const [, answer] = (await sql.unsafe(LOOK)) as unknown as [unknown, RowList<[Found]>]
    const [found] = answer
    // Most poolers make up the backend's process id, by which they are found; the others refuse our session settings.
    const pooled = address.pooled || answer.state.pid !== found.process || !(await takesSettings(there))
    const fault = faultOf({ ...found, settings: { ...found.settings, search_path: found.schema } }, pooled)
    if (fault) throw new DatabaseUrlError(fault)
    return pooled ? carefully : there
  } finally {
    await sql.end({ timeout: 0 })
  }
}

async function takesSettings(url: string): Promise<boolean> {
  const sql = openSql(url, { max: 1, fetch_types: false, onnotice: () => {} })
  try {
    await sql`select`
    return true
  } catch {
    return false
  } finally {
    await sql.end({ timeout: 0 })
  }
}

/** Both statements are one message, and so one transaction: the role's own time limit doesn't apply, and stays as it is. */
const LOOK = `
  set local statement_timeout = 0;
  select pg_backend_pid() as process, current_setting('server_version_num')::int / 10000 as version,
    current_user as role, current_database() as database, current_setting('transaction_read_only') = 'off' as writes,
    has_database_privilege(current_database(), 'create') as "mayMakeSchemas",
    case when tables.oid is null
      then coalesce((select has_schema_privilege(oid, 'create') from pg_namespace where nspname = 'public'), false)
      else has_table_privilege(tables.oid, 'insert') end as "mayUseTables",
    (select json_object_agg(lower(name), case name when 'statement_timeout' then reset_val else setting end)
      from pg_settings) as settings,
    current_schema() as schema
  from (select to_regclass('public.transfers')::oid as oid) as tables`

interface Found {
  process: number
  version: number
  role: string
  database: string
  writes: boolean
  mayMakeSchemas: boolean
  mayUseTables: boolean
  settings: Record<string, string | null>
  /** The first schema of the search path. */
  schema: string | null
}

function faultOf({ version, role, database, ...found }: Found, pooled: boolean): string | undefined {
  if (version < MIN_VERSION)
    return `the server is PostgreSQL ${version}, and the service needs ${MIN_VERSION} or newer: upgrade it, or name another one.`
  if (!found.writes)
    return 'the server takes no writes, as it is a replica or default_transaction_read_only is on: name the primary, or turn that off.'
  for (const [name, needed] of neededSettings(pooled)) {
    const value = found.settings[name]
    if (value !== undefined && !isFit(name, value ?? '', needed))
      return `${name} is "${value ?? ''}" ${pooled ? 'behind the pooler' : 'there'} and has to be "${needed}": ALTER ROLE "${role}" SET ${name} = '${needed}', and let ${pooled ? 'the pooler ' : ''}connect anew.`
  }
  if (!found.mayMakeSchemas)
    return `"${role}" may not make schemas in "${database}": GRANT CREATE ON DATABASE "${database}" TO "${role}".`
  if (!found.mayUseTables)
    return `"${role}" may not make or fill tables in the schema public of "${database}": make it the owner, ALTER DATABASE "${database}" OWNER TO "${role}".`
  return undefined
}

type Failure = NodeJS.ErrnoException & { errors?: Error[] }

function explain(error: Failure, { hosts }: Address): string {
  // Where a host name has several addresses, each has an error of its own.
  const [reason = ''] = (
    error.message || (error.errors ?? []).map(({ message }) => message).join(', ')
  ).split('\n')
  const { code = '', syscall = '' } = error
  const place = hosts.map(({ host, port }) => `${host}:${port}`).join()
  if (syscall === 'open') return `a file that it names cannot be read (${reason}).`
  if (syscall || UNREACHABLE.has(code))
    return `${place} cannot be reached (${reason}): start the server, or set the address where it is.`
  if (code === 'NO_TLS') return 'the server has no TLS: turn it on there, or leave sslmode out.'
  if (NOT_TRUSTED.test(code))
    return `the certificate of the server is not trusted (${reason}): name whom to trust in sslrootcert, or set sslmode=require.`
  if (code === 'NO_PRIMARY') return `none of ${place} takes writes: name the primary, too.`
  if (NOT_LET_IN.has(code)) return `${reason}: set a user and a password that the server takes.`
  if (code === '3D000') return `${reason}: make it with CREATE DATABASE, or name another one.`
  return `the server at ${place} refuses the connection (${reason}).`
}

const UNREACHABLE = new Set(['CONNECT_TIMEOUT', 'CONNECTION_CLOSED', 'ECONNREFUSED'])
const NOT_LET_IN = new Set(['28000', '28P01', 'SERVER_NOT_PROVEN', 'SASL_SIGNATURE_MISMATCH'])
const NOT_TRUSTED = /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|ERR_TLS_CERT_)/
