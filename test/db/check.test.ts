import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server as Listener } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { checkDatabase } from '../../db/check.ts'
import { openSql } from '../../db/drivers.ts'
import { openssl, psql } from '../support/clients.ts'
import { freePort, makeCertificate, type Server, startServer } from '../support/server.ts'
import { connectTo } from '../support/upstream.ts'

let server: Server
let certificate: { file: string; cert: string; key: string }

beforeAll(async () => {
  if (openssl) certificate = await makeCertificate()
  server = await startServer({
    ...(openssl && { certificate }),
    logins: [
      'hostnossl all tls_only all reject',
      'hostssl all plain_only all reject',
      'host all all all scram-sha-256',
    ],
  })
  for (const role of ['tls_only', 'plain_only', 'anyone'])
    await server.execute(`create role ${role} superuser login password 'secret'`)
  await server.execute('create database books')
})
afterAll(() => server.remove())

const urlOf = (role: string, query = '', host = '127.0.0.1') =>
  `postgres://${role}:secret@${host}:${server.port}/books?${query}`

/** Whether a session that is opened there speaks TLS. */
async function opened(url: string): Promise<'tls' | 'plain' | 'refused'> {
  try {
    const sql = openSql(await checkDatabase(url), { max: 1 })
    const [row] = await sql`select ssl from pg_stat_ssl where pid = pg_backend_pid()`
    await sql.end()
    return row?.ssl ? 'tls' : 'plain'
  } catch {
    return 'refused'
  }
}

function openedByPsql(url: string): Promise<string> {
  const words = ['--no-psqlrc', '-qtAc', 'select ssl from pg_stat_ssl where pid = pg_backend_pid()', url]
  const env = { PATH: process.env.PATH ?? '', HOME: tmpdir() }
  return new Promise((resolve) =>
    execFile('psql', words, { env }, (failure, out) =>
      resolve(failure ? 'refused' : out.trim() === 't' ? 'tls' : 'plain'),
    ),
  )
}

describe.skipIf(!openssl)('over TLS', () => {
  const modes = ['', 'disable', 'allow', 'prefer', 'require', 'no-verify', 'verify-ca', 'verify-full']
  test.each([
    ['anyone', ['tls', 'plain', 'plain', 'tls', 'tls', 'tls', 'refused', 'refused']],
    ['tls_only', ['tls', 'refused', 'tls', 'tls', 'tls', 'tls', 'refused', 'refused']],
    ['plain_only', ['plain', 'plain', 'plain', 'plain', 'refused', 'refused', 'refused', 'refused']],
  ])('each sslmode connects %s as psql does', async (role, expected) => {
    const query = (mode: string) => (mode ? `sslmode=${mode}` : '')
    expect(await Promise.all(modes.map((mode) => opened(urlOf(role, query(mode)))))).toEqual(expected)
    if (!psql) return
    for (const [index, mode] of modes.entries())
      if (mode !== 'no-verify') expect(await openedByPsql(urlOf(role, query(mode)))).toBe(expected[index])
  })

  test.each([
    ['sslmode=require', '127.0.0.1', 'tls'],
    ['sslmode=verify-ca', '127.0.0.1', 'tls'],
    ['sslmode=verify-full', 'localhost', 'tls'],
    ['sslmode=verify-full', '127.0.0.1', 'refused'],
  ])('with its certificate trusted, %s on %s: %s… as with psql', async (mode, host, expected) => {
    const url = urlOf('anyone', `${mode}&sslrootcert=${certificate.file}`, host)
    expect(await opened(url)).toBe(expected)
    if (psql) expect(await openedByPsql(url)).toBe(expected)
  })

  test('ssl=true, ssl=require and sslnegotiation=direct are taken', async () => {
    for (const query of ['ssl=true', 'ssl=require', 'sslmode=require&sslnegotiation=direct'])
      expect(await opened(urlOf('tls_only', query))).toBe('tls')
  })
})

test('where a server has no TLS, prefer goes without it and require is refused', async () => {
  const plain = await startServer()
  onTestFinished(plain.remove)
  await expect(checkDatabase(plain.url)).resolves.toBe(plain.url)
  await expect(checkDatabase(`${plain.url}?sslmode=require`)).rejects.toThrow(
    'DATABASE_URL: the server has no TLS: turn it on there, or leave sslmode out.',
  )
})

test('what is found out is in the address that is used from then on', async () => {
  expect(await checkDatabase(urlOf('anyone'))).toBe(urlOf('anyone'))
  const slept = await freePort()
  const both = `postgres://anyone:secret@127.0.0.1:${slept},127.0.0.1:${server.port}/books`
  expect(await checkDatabase(both)).toBe(`${both}?host=127.0.0.1,127.0.0.1&port=${server.port},${slept}`)
})

/** A database that can't be used, made on the server, and the line that says so. */
const UNUSABLE: [what: string, url: () => Promise<string> | string, line: RegExp][] = [
  [
    'a wrong password',
    () => urlOf('anyone').replace('secret', 'hunter2'),
    /password authentication failed .*: set a user/,
  ],
  ['an unknown role', () => urlOf('nobody'), /failed for user "nobody": set a user/],
  [
    'an unknown database',
    () => urlOf('anyone').replace('/books', '/nowhere'),
    /"nowhere" does not exist: make it/,
  ],
  [
    'a port where nobody listens',
    async () => `postgres://a:b@127.0.0.1:${await freePort()}/x`,
    /cannot be reached .*ECONNREFUSED/,
  ],
  [
    'a host that is nowhere',
    () => 'postgres://a:b@nowhere.invalid/x',
    /nowhere\.invalid:5432 cannot be reached/,
  ],
  ['a folder without a socket', () => 'postgres://a:b@%2Fnowhere/x', /\/nowhere:5432 cannot be reached/],
  [
    'a file that is not there',
    () => urlOf('anyone', 'sslmode=require&sslrootcert=/nowhere.pem'),
    /a file that it names/,
  ],
  ['a server that says nothing', () => silent('connect_timeout=1'), /does not answer/],
  [
    'a server that says nothing without TLS',
    () => silent('connect_timeout=1&sslmode=disable'),
    /cannot be reached/,
  ],
  ['a server that says nothing of TLS', () => silent('connect_timeout=1&sslmode=require'), /does not answer/],
  [
    'a setting that no server knows',
    () => urlOf('anyone', 'options=-c%20nonsense%3D1'),
    /refuses the connection .*nonsense/,
  ],
  [
    'a database that is read-only',
    () => ownDatabase('alter role % set default_transaction_read_only = on'),
    /takes no writes.*name the primary, or turn that off/,
  ],
  [
    'a role whose triggers do not fire',
    () => ownDatabase('alter role % set session_replication_role = replica'),
    /session_replication_role is "replica"/,
  ],
  [
    'no right to make schemas',
    () => ownDatabase('alter database % owner to passalong'),
    /GRANT CREATE ON DATABASE "own\d+" TO "own\d+"\.$/,
  ],
  [
    'no right to make tables',
    () => ownDatabase('alter database % owner to passalong', 'grant create on database % to %'),
    /may not make or fill tables .* ALTER DATABASE "own\d+" OWNER TO "own\d+"\.$/,
  ],
  ['a server that is too old', () => old(), /is PostgreSQL 14, and the service needs 15 or newer/],
  [
    'hosts that are all away',
    async () => `postgres://a:b@127.0.0.1:${await freePort()},127.0.0.1:${await freePort()}/x`,
    /cannot be reached .*ECONNREFUSED/,
  ],
  [
    'hosts that all take no writes',
    async () =>
      (await ownDatabase('alter role % set default_transaction_read_only = on')).replace(
        /@([^/]+)/,
        '@$1,$1',
      ),
    /none of .* takes writes: name the primary, too/,
  ],
]

test.each(UNUSABLE)(
  '%s is told in one line that says how to mend it',
  async (_, make, line) => {
    const refused = await checkDatabase(await make()).then(
      () => 'taken',
      (error: Error) => error.message,
    )
    expect(refused).toMatch(line)
    expect(refused).toMatch(/^DATABASE_URL: [^\n]+\.$/)
    expect(refused).not.toMatch(/secret|hunter2/)
  },
  20_000,
)

test.each([
  ['main.ts', [], 1],
  ['cli.ts', ['audit'], 2],
])('%s ends with that line alone', async (program, words, code) => {
  const folder = await mkdtemp(join(tmpdir(), 'passalong-test-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const nowhere = `postgres://passalong:hunter2@127.0.0.1:${await freePort()}/passalong`
  const path = fileURLToPath(new URL(`../../src/${program}`, import.meta.url))
  const env = { PATH: process.env.PATH ?? '', DATABASE_URL: nowhere, DATA_DIR: folder, PORT: '0' }
  const ended = await new Promise<{ code: unknown; said: string }>((resolve) =>
    execFile(
      process.execPath,
      [path, ...words],
      { env, cwd: folder, timeout: 30_000 },
      (failure, out, error) => resolve({ code: failure?.code, said: out + error }),
    ),
  )
  expect(ended).toEqual({
    code,
    said: expect.stringMatching(
      /^DATABASE_URL: 127\.0\.0\.1:\d+ cannot be reached \([^\n]*ECONNREFUSED[^\n]*\.\n$/,
    ),
  })
})

test('who refuses our settings and shows the real process is a pooler all the same', async () => {
  const stranger = createServer((client) => {
    const upstream = connectTo(new URL(server.url))
    for (const end of [client, upstream]) end.on('error', () => undefined)
    client.once('data', (start: Buffer) => {
      if (start.includes('search_path'))
        return client.end('E\0\0\0\x20SFATAL\0C08P01\0Munsupported\0\0', 'latin1')
      upstream.write(start)
      return client.pipe(upstream).pipe(client)
    })
    client.on('close', () => upstream.destroy())
  })
  const url = `postgres://anyone:secret@127.0.0.1:${await listen(stranger)}/books?sslmode=disable`
  expect(await checkDatabase(url)).toBe(`${url}&pgbouncer=true`)
})

let made = 0

/** A role with a database of its own, changed by statements in which % is its name. */
async function ownDatabase(...changes: string[]): Promise<string> {
  const name = `own${++made}`
  await server.execute(`create role ${name} login password 'secret'`)
  await server.execute(`create database ${name} owner ${name}`)
  for (const change of changes) await server.execute(change.replaceAll('%', name))
  return `postgres://${name}:secret@127.0.0.1:${server.port}/${name}`
}

async function listen(listener: Listener): Promise<number> {
  const port = await freePort()
  await new Promise<void>((resolve) => listener.listen(port, '127.0.0.1', resolve))
  onTestFinished(() => void listener.close())
  return port
}

const silent = async (query: string) =>
  `postgres://a:b@127.0.0.1:${await listen(createServer((socket) => void socket.on('error', () => undefined)))}/x?${query}`

/** The server through somebody who changes what it says. */
async function through(change: (told: string) => string): Promise<string> {
  const proxy = createServer((client) => {
    const upstream = connectTo(new URL(server.url))
    client.pipe(upstream).on('data', (chunk: Buffer) => {
      client.write(Buffer.from(change(chunk.toString('latin1')), 'latin1'))
    })
    for (const end of [client, upstream]) end.on('error', () => undefined)
    client.on('close', () => upstream.destroy())
  })
  return `postgres://anyone:secret@127.0.0.1:${await listen(proxy)}/books?sslmode=disable`
}

async function old(): Promise<string> {
  const [{ version } = {}] = await server.execute(
    "select current_setting('server_version_num')::int / 10000 as version",
  )
  return through((told) => told.replaceAll(`\0\0\0\x02${version}`, '\0\0\0\x0214'))
}
