/** What a database URL says: where the database is, and how to connect. */
export interface Address {
  /** At least one. Of several hosts the one that accepts writes is used. */
  hosts: Host[]
  user: string | undefined
  password: string | undefined
  database: string | undefined
  tls: Tls
  /** Only SCRAM is accepted: the server must prove that it knows the password. */
  scram: boolean
  /** Seconds, for each host. */
  connectTimeout: number
  applicationName: string | undefined
  /** Command-line options for the server's session, such as `-c search_path=books`. */
  options: string | undefined
  /** A pooler such as PgBouncer is in between, so one of our sessions may be served by several sessions of the server. */
  pooled: boolean
}

/** Where one server listens. */
export interface Host {
  /** A name, an IP address, or the folder of a Unix socket. */
  host: string
  port: number
}

/** How TLS is used. */
export interface Tls {
  mode: (typeof SSL_MODES)[number]
  /** Starts TLS at once, without asking the server first. */
  direct: boolean
  /** PEM files: the certificates to trust, and our own with its key. */
  rootCert: string | undefined
  cert: string | undefined
  key: string | undefined
}

/** DATABASE_URL, or the database that it names, can't be used: one line that says why, and how to mend it. */
export class DatabaseUrlError extends Error {
  /** The message without the variable's name. */
  readonly reason: string

  constructor(reason: string, options?: ErrorOptions) {
    super(`DATABASE_URL: ${reason}`, options)
    this.reason = reason
  }
}

/**
 * Reads a database URL as libpq does, so that what works with psql works here:
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 * @throws DatabaseUrlError
 */
export function readAddress(url: string): Address {
  const match = SHAPE.exec(url.trim())
  if (!match)
    throw new DatabaseUrlError('must be an address like postgres://user:password@host:5432/passalong')
  const [, login = '', places = '', database = '', query = ''] = match
  const [user = '', password = ''] = split(login, ':')
  const given = readParameters(query)
  const value = (name: string) => given.get(name)?.value || undefined
  const hosts =
    given.has('host') || given.has('port') ? namedHosts(given, places) : places.split(',').map(hostOf)
  const tls = readTls(value)
  checkRest(value, tls)
  const scram = value('require_auth') === 'scram-sha-256'
  return {
    hosts,
    user: value('user') ?? (decode(user) || undefined),
    password: value('password') ?? (decode(password) || undefined),
    database: value('dbname') ?? (decode(database) || undefined),
    // Over TLS we could not observe whether the server proves itself.
    tls: scram ? { ...tls, mode: 'disable' } : tls,
    scram,
    connectTimeout: secondsOf(value('connect_timeout')),
    applicationName: value('application_name'),
    options: value('options'),
    pooled: value('pgbouncer') === 'true',
  }
}

/** Adds parameters to a database URL. Where one is there twice, the last one counts. */
export function withParameters(url: string, parameters: Record<string, string>): string {
  const added = Object.entries(parameters).map(([name, value]) => `${name}=${value}`)
  return added.length === 0 ? url : `${url}${url.includes('?') ? '&' : '?'}${added.join('&')}`
}

/** Hosts as the parameters `host` and `port` of a database URL. */
export const hostParameters = (hosts: Host[]) => ({
  host: hosts.map(({ host }) => encodeURIComponent(host)).join(),
  port: hosts.map(({ port }) => port).join(),
})

const SHAPE = /^postgres(?:ql)?:\/\/(?:([^/]*)@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const

const DEFAULT_PORT = 5432
const DEFAULT_CONNECT_TIMEOUT_SECONDS = 5

/** The parameters that are read here, and those of libpq that make no difference. */
const PARAMETERS = new Set(
  `host port user password dbname sslmode ssl sslnegotiation sslrootcert sslcert sslkey require_auth channel_binding
  connect_timeout application_name options pgbouncer target_session_attrs client_encoding gssencmode
  fallback_application_name keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout sslsni
  sslcompression load_balance_hosts krbsrvname gsslib gssdelegation`.split(/\s+/),
)

interface Parameter {
  value: string
  /** Not decoded yet: in it a comma separates hosts, and `%2C` is part of a name. */
  raw: string
}

function readParameters(query: string): Map<string, Parameter> {
  const pairs = query.split('&').filter((pair) => pair !== '')
  const read = pairs
    .map((pair) => split(pair, '='))
    .map(([name = '', raw = '']) => [decode(name), { raw, value: decode(raw) }] as const)
  for (const [name] of read)
    if (!PARAMETERS.has(name))
      throw new DatabaseUrlError(
        `there is no parameter "${name}"; leave it out, or set it for the role in Postgres.`,
      )
  return new Map(read)
}

function hostOf(place: string): Host {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:[\]]*))(?::(\d*))?$/.exec(place) ?? []
  if (bracketed === undefined && plain === undefined)
    throw new DatabaseUrlError(`"${place}" is not a host with a port, like db.example.org:5432`)
  return { host: bracketed ?? (decode(plain ?? '') || 'localhost'), port: portOf(port) }
}

function namedHosts(given: Map<string, Parameter>, places: string): Host[] {
  const before = places.split(',').map(hostOf)
  const names = given.get('host')?.raw.split(',').map(decode) ?? before.map(({ host }) => host)
  const ports = given.get('port')?.raw.split(',').map(portOf) ?? before.map(({ port }) => port)
  if (ports.length > 1 && ports.length !== names.length)
    throw new DatabaseUrlError(
      `has ${names.length} hosts and ${ports.length} ports; give each host its port.`,
    )
  return names.map((host, index) => ({
    host: host || 'localhost',
    port: ports[index] ?? ports[0] ?? DEFAULT_PORT,
  }))
}

function portOf(text = ''): number {
  const port = text === '' ? DEFAULT_PORT : Number(text)
  if (!Number.isInteger(port) || port < 1 || port > 65535)
    throw new DatabaseUrlError(`"${text}" is not a port; that is a number from 1 to 65535.`)
  return port
}

type Values = (name: string) => string | undefined

function readTls(value: Values): Tls {
  const rootCert = value('sslrootcert')
  const asked = value('sslmode') ?? SSL_WORDS[value('ssl') ?? ''] ?? value('ssl')
  const [named = 'prefer', name] = [asked === 'no-verify' ? 'require' : asked, asked]
  const mode = SSL_MODES.find((one) => one === named)
  if (!mode) throw new DatabaseUrlError(`sslmode=${name} is none of ${SSL_MODES.join(', ')}, no-verify.`)
  const negotiation = value('sslnegotiation') ?? 'postgres'
  return {
    mode: rootCert === 'system' ? 'verify-full' : mode === 'require' && rootCert ? 'verify-ca' : mode,
    direct: negotiation === 'direct',
    rootCert: rootCert === 'system' ? undefined : rootCert,
    cert: value('sslcert'),
    key: value('sslkey'),
  }
}

/** Values that other drivers use. */
const SSL_WORDS: Record<string, string> = {
  true: 'require',
  '1': 'require',
  false: 'disable',
  '0': 'disable',
}

/** Refuses parameters that we can't honour, instead of ignoring them. */
function checkRest(value: Values, tls: Tls): void {
  for (const [name, taken] of Object.entries(TAKEN)) {
    const given = value(name)
    if (given !== undefined && !taken.includes(given.toLowerCase()))
      throw new DatabaseUrlError(
        `${name}=${given} is not to be had here; ${name} may be ${taken.join(' or ')}.`,
      )
  }
  if (value('require_auth') && !['disable', 'allow', 'prefer'].includes(tls.mode))
    throw new DatabaseUrlError(
      `require_auth does not go with sslmode=${tls.mode}; leave it out, as with sslmode=verify-full the server proves who it is.`,
    )
}

const TAKEN: Record<string, string[]> = {
  require_auth: ['scram-sha-256'],
  channel_binding: ['prefer', 'disable'],
  gssencmode: ['prefer', 'disable'],
  client_encoding: ['utf8', 'utf-8', 'auto'],
  sslnegotiation: ['postgres', 'direct'],
  pgbouncer: ['true', 'false'],
  // The service needs to write.
  target_session_attrs: ['any', 'read-write', 'primary'],
}

function secondsOf(text: string | undefined): number {
  if (text === undefined) return DEFAULT_CONNECT_TIMEOUT_SECONDS
  const seconds = Number(text)
  if (!Number.isInteger(seconds) || seconds > 3600)
    throw new DatabaseUrlError(`connect_timeout=${text} is not a number of seconds; an hour is the most.`)
  return seconds > 0 ? seconds : DEFAULT_CONNECT_TIMEOUT_SECONDS
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw new DatabaseUrlError('has a % that no two hexadecimal digits follow; a % itself is written as %25.')
  }
}

/** Splits a text in two, at the first separator. */
function split(text: string, separator: string): string[] {
  const at = text.indexOf(separator)
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)]
}
