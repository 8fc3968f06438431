import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { openSql } from '../../db/drivers.ts'
import { openCluster } from '../../db/embedded/cluster.ts'
import { binaries, run as runProgram } from '../../db/embedded/programs.ts'
import {
  type EmbeddedPostgres,
  EmbeddedPostgresError,
  joinEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../../db/embedded.ts'
import { migrate } from '../../db/postgres.ts'
import { IMPOSTORS, startImpostor } from '../support/impostor.ts'
import { newcomer, openTestCore } from '../support/service.ts'
import { asSuperuser } from '../support/superuser.ts'

const run = promisify(execFile)
const isRoot = process.getuid?.() === 0
if (!isRoot)
  console.warn(
    "\n*** NOT ROOT: three tests of other users' Postgres are SKIPPED. Only root can be another. ***\n",
  )

/** A path too long for a socket makes a server that is reached by a port, as all of them are on Windows. */
const REACHED: [string, () => Promise<string>][] = [
  ['socket', emptyFolder],
  ['port', deepFolder],
]

test('what was written is there after a stop and a start', async () => {
  const dataDir = await emptyFolder()
  const before = await start(dataDir)
  await query(before.url, 'create table kept as select 20 as amount')
  await before.stop()
  await expectGone(before.url)

  const after = await start(dataDir)
  expect(await query(after.url, 'select amount from kept')).toEqual([{ amount: 20 }])
})

test('the server is as durable as Postgres is', async () => {
  const { url } = await start(await emptyFolder())
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums'])
    expect(await query(url, `select current_setting('${setting}') as value`), setting).toEqual([
      { value: 'on' },
    ])
})

test('the password is for its owner alone, and nobody gets in without it', async () => {
  const dataDir = await emptyFolder()
  const { url } = await start(dataDir)
  expect((await stat(join(dataDir, 'postgres', 'password'))).mode & 0o777).toBe(0o600)
  const stranger = new URL(url)
  const { password } = stranger
  stranger.password = 'guess'
  await expect(query(stranger.href, 'select 1')).rejects.toMatchObject({ code: '28P01' })
  expect(await readFile(join(dataDir, 'postgres', 'server.log'), 'utf8')).not.toContain(password)
})

test('the server listens on a socket that its owner alone can enter', async () => {
  const dataDir = await emptyFolder()
  const server = await start(dataDir)
  const cluster = join(dataDir, 'postgres', 'cluster')
  expect(decodeURIComponent(new URL(server.url).hostname)).toBe(cluster)
  expect(await query(server.url, "select current_setting('listen_addresses') as addresses")).toEqual([
    { addresses: '' },
  ])
  expect((await stat(cluster)).mode & 0o777).toBe(0o700)
  if (isRoot) {
    const socket = join(cluster, '.s.PGSQL.5432')
    await run('test', ['-S', socket])
    await expect(run('test', ['-S', socket], { uid: 65_534, gid: 65_534 })).rejects.toMatchObject({ code: 1 })
  }
})

test('where the path is too long for a socket the server listens on a port of loopback', async () => {
  const dataDir = await deepFolder()
  const before = await start(dataDir)
  const { hostname, port } = new URL(before.url)
  expect(hostname).toBe('127.0.0.1')
  expect(
    await query(before.url, "select current_setting('listen_addresses') as host, inet_server_port() as port"),
  ).toEqual([{ host: '127.0.0.1', port: Number(port) }])
  await query(before.url, 'create table kept as select 20 as amount')
  const guest = await joinEmbeddedPostgres(dataDir)
  expect(guest.url).toBe(before.url)
  await before.stop()
  await guest.stop()
  await expectGone(before.url)

  const after = await start(dataDir)
  expect(await query(after.url, 'select amount from kept')).toEqual([{ amount: 20 }])
})

test.each(REACHED)(
  'who listens in the place of a crashed server is not told the password, by a %s',
  async (by, folder) => {
    const dataDir = await folder()
    const cluster = join(dataDir, 'postgres', 'cluster')
    for (const kind of ['asks for the password itself', 'makes up a proof'] as const) {
      // A guest, as a service would start its server again.
      const crashed = await joinEmbeddedPostgres(dataDir)
      onTestFinished(() => crashed.stop())
      await query(crashed.url, 'create table if not exists kept as select 20 as amount')
      process.kill(Number.parseInt(await readFile(join(cluster, 'postmaster.pid'), 'utf8'), 10), 'SIGKILL')
      const { port, password } = new URL(crashed.url)
      const socket = join(cluster, '.s.PGSQL.5432')
      if (by === 'socket') await rm(socket)
      const impostor = await startImpostor(
        by === 'socket' ? { path: socket } : { host: '127.0.0.1', port: Number(port) },
        IMPOSTORS[kind],
      )
      onTestFinished(impostor.close)

      await expect(query(crashed.url, 'select 1')).rejects.toMatchObject({ code: 'SERVER_NOT_PROVEN' })
      const calls = impostor.calls()
      await crashed.stop()
      const next = await start(dataDir)
      expect(impostor.calls()).toBeGreaterThan(calls)
      expect(await query(next.url, 'select amount from kept')).toEqual([{ amount: 20 }])
      await next.stop()

      const heard = impostor.heard()
      expect(heard).toContain('passalong_service')
      for (const secret of [password, await readFile(join(dataDir, 'postgres', 'password'), 'utf8')])
        expect(heard).not.toContain(secret)
      expect(heard).not.toContain('select')
      impostor.close()
    }
  },
)

test('the old port went to another Postgres, which has another password', async () => {
  const [mine, theirs] = [await deepFolder(), await deepFolder()]
  const crashed = await start(mine)
  const pidFile = join(mine, 'postgres', 'cluster', 'postmaster.pid')
  const left = await readFile(pidFile, 'utf8')
  await crashed.stop()
  const other = await start(theirs)
  await writeFile(pidFile, left.replace(`\n${new URL(crashed.url).port}\n`, `\n${new URL(other.url).port}\n`))

  const next = await start(mine)
  expect(next.url).not.toBe(other.url)
  expect(await query(next.url, 'select 1 as works')).toEqual([{ works: 1 }])
  expect(await query(other.url, 'select 1 as works')).toEqual([{ works: 1 }])
})

test('the service may do nothing outside its own database, of which all is its own', async () => {
  const { url } = await start(await emptyFolder())
  expect(await query(url, OWN_ROLE)).toEqual([
    { rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolreplication: false, rolbypassrls: false },
  ])
  for (const statement of [
    'set role passalong',
    "select pg_read_file('postmaster.pid')",
    'alter role passalong_service superuser',
    'create database another',
    "copy (select 1) to program 'true'",
  ])
    await expect(query(url, statement), statement).rejects.toMatchObject({ code: '42501' })
  await migrate(url)
})

test('nobody is let in but by SCRAM', async () => {
  const dataDir = await emptyFolder()
  await start(dataDir)
  const rules = await readFile(join(dataDir, 'postgres', 'cluster', 'pg_hba.conf'), 'utf8')
  const methods = rules
    .split('\n')
    .filter((line) => /^\w/.test(line))
    .map((line) => line.trim().split(/\s+/).at(-1))
  expect(methods.length).toBeGreaterThan(0)
  expect(new Set(methods)).toEqual(new Set(['scram-sha-256']))
})

test('the server of a killed process is used by the next start, and stopped by it', async () => {
  const dataDir = await emptyFolder()
  const { child, url } = await startElsewhere(dataDir)
  // All that Ctrl-C in a terminal would reach.
  process.kill(-child.pid!, 'SIGKILL')
  await once(child, 'exit')

  const next = await start(dataDir)
  expect(next.url).toBe(url)
  await next.stop()
  await expectGone(url)
})

test('a second service on the folder is refused in a line that names the folder', async () => {
  const dataDir = await emptyFolder()
  const first = await start(dataDir)
  const refusal = await start(dataDir).catch((error: unknown) => error)
  expectOneLine(refusal, `Another passalong is running on DATA_DIR (${dataDir})`)
  expect(await query(first.url, 'select 1 as works')).toEqual([{ works: 1 }])
  await first.stop()
  await expectGone(first.url)
})

test('a service whose session was cut off keeps its folder', async () => {
  const dataDir = await emptyFolder()
  const { url } = await start(dataDir)
  const sessions = "pg_stat_activity where datname = 'postgres' and backend_type = 'client backend'"
  const [{ pid }] = (await asSuperuser({ url }, dataDir, `select pid from ${sessions}`)) as [{ pid: number }]
  await asSuperuser({ url }, dataDir, `select pg_terminate_backend(${pid}, 5000)`)
  await expect
    .poll(() => query(url, "select mode from pg_locks where locktype = 'advisory' order by mode"))
    .toEqual([{ mode: 'ExclusiveLock' }, { mode: 'ShareLock' }])

  const guest = await joinEmbeddedPostgres(dataDir)
  await guest.stop()
  expectOneLine(await start(dataDir).catch((error: unknown) => error), 'Another passalong')
})

test('two starts at the same moment on an empty folder: one wins, one is refused', async () => {
  const dataDir = await emptyFolder()
  const outcomes = await Promise.allSettled([start(dataDir), start(dataDir)])
  const [winner, another] = outcomes.flatMap((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : [],
  )
  const [refusal] = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? outcome.reason : []))
  expect(another).toBeUndefined()
  expectOneLine(refusal, 'Another passalong')
  expect(await query(winner!.url, 'select 1 as works')).toEqual([{ works: 1 }])
  expect(await readdir(dataDir)).toEqual(['postgres'])
})

test('a guest beside a service leaves the server up', async () => {
  const dataDir = await emptyFolder()
  const service = await start(dataDir)
  const guest = await joinEmbeddedPostgres(dataDir)
  expect(guest.url).toBe(service.url)
  await guest.stop()
  expect(await query(service.url, 'select 1 as works')).toEqual([{ works: 1 }])
})

test('a guest alone starts the server and stops it', async () => {
  const guest = await joinEmbeddedPostgres(await emptyFolder())
  expect(await query(guest.url, 'select 1 as works')).toEqual([{ works: 1 }])
  await guest.stop()
  await expectGone(guest.url)
})

test('two guests at the same moment on an empty folder share one server', async () => {
  const dataDir = await emptyFolder()
  const guests = await Promise.all([joinEmbeddedPostgres(dataDir), joinEmbeddedPostgres(dataDir)])
  expect(guests[0].url).toBe(guests[1].url)
  for (const guest of guests) {
    expect(await query(guest.url, 'select 1 as works')).toEqual([{ works: 1 }])
    await guest.stop()
  }
  await expectGone(guests[0].url)
})

test('whoever leaves last stops the server, the service or a guest', async () => {
  const dataDir = await emptyFolder()
  const guest = await joinEmbeddedPostgres(dataDir)
  const service = await start(dataDir)
  expect(service.url).toBe(guest.url)
  const secondGuest = await joinEmbeddedPostgres(dataDir)
  await guest.stop()
  expect(await query(service.url, 'select 1 as works')).toEqual([{ works: 1 }])
  await service.stop()
  expect(await query(secondGuest.url, 'select 1 as works')).toEqual([{ works: 1 }])
  await secondGuest.stop()
  await expectGone(service.url)
})

test('a cluster that was only half made is no obstacle, and is cleared away', async () => {
  const dataDir = await emptyFolder()
  await mkdir(join(dataDir, 'postgres.new-killed', 'cluster'), { recursive: true })
  await writeFile(join(dataDir, 'postgres.new-killed', 'cluster', 'PG_VERSION'), '18\n')
  await start(dataDir)
  expect(await readdir(dataDir)).toEqual(['postgres'])
})

test('a crashed server whose process number went to another program is no obstacle', async () => {
  const dataDir = await emptyFolder()
  const cluster = join(dataDir, 'postgres', 'cluster')
  // A guest, as a service would start its server again.
  const crashed = await joinEmbeddedPostgres(dataDir)
  onTestFinished(() => crashed.stop())
  await query(crashed.url, 'create table kept as select 20 as amount')
  const stale = await readFile(join(cluster, 'postmaster.pid'), 'utf8')
  process.kill(Number.parseInt(stale, 10), 'SIGKILL')
  const { uid, gid } = await stat(cluster)
  const other = spawn('sleep', ['60'], isRoot ? { uid, gid } : {})
  onTestFinished(() => void other.kill())
  await writeFile(join(cluster, 'postmaster.pid'), stale.replace(/^\d+/, String(other.pid)))

  const next = await start(dataDir)
  expect(await query(next.url, 'select amount from kept')).toEqual([{ amount: 20 }])
  await crashed.stop()
  expect(await query(next.url, 'select 1 as works')).toEqual([{ works: 1 }])
})

test.each(REACHED)(
  'a copy of a running folder gets a server of its own, reached by a %s',
  async (_, folder) => {
    const dataDir = await folder()
    const original = await start(dataDir)
    const copied = await folder()
    await run('cp', ['-a', join(dataDir, 'postgres'), copied])

    const copy = await start(copied)
    expect(copy.url).not.toBe(original.url)
    expect(await asSuperuser(copy, copied, "select current_setting('data_directory') as folder")).toEqual([
      { folder: join(copied, 'postgres', 'cluster') },
    ])
    expect(await query(original.url, 'select 1 as works')).toEqual([{ works: 1 }])
  },
)

test('books that an earlier version kept as superuser are kept on by the service', {
  timeout: 120_000,
}, async () => {
  const dataDir = await emptyFolder()
  const old = await startAsBefore(dataDir)
  await migrate(old.url)
  const secretKey = 'k'.repeat(32)
  const before = await openTestCore({ database: old.url, secretKey })
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
  await before.client.issue(ada, '100')
  const { code } = await before.client.send(ada, '20')
  await before.close()
  await query(
    old.url,
    `create schema more; create sequence more.numbers; create type more."odd ""kind" as enum ('a');
     create view more.seen as select 1 as one; create materialized view more.kept as select 1 as one;
     create function more."does'it"(integer, text) returns void language sql as ''`,
  )

  const now = await start(dataDir)
  expect(new URL(now.url).username).toBe('passalong_service')
  expect(await query(now.url, OWN_ROLE)).toMatchObject([{ rolsuper: false }])
  expect(await query(now.url, OWNERS)).toEqual([
    { owner: 'passalong_service' },
    { owner: 'pg_database_owner' },
  ])
  await migrate(now.url)
  await query(now.url, 'drop schema more cascade')
  const after = await openTestCore({ database: now.url, secretKey })
  await after.client.collect(code, ben)
  expect([await after.client.balance(ada), await after.client.balance(ben)]).toEqual(['80.00', '20.00'])
  await after.close()
  // What an earlier version that still runs makes meanwhile goes over at the next start.
  await asSuperuser(now, dataDir, 'create table pgboss.late (id integer)')
  await now.stop()
  const again = await start(dataDir)
  await query(again.url, 'insert into pgboss.late values (1)')
})

test('the server that an earlier version left behind on a port is stopped, and starts again on the socket', async () => {
  const dataDir = await emptyFolder()
  const old = await startAsBefore(dataDir)
  await query(old.url, 'create table kept as select 20 as amount')
  const now = await start(dataDir)
  expect(new URL(now.url).hostname).not.toBe('127.0.0.1')
  expect(await query(now.url, 'select amount from kept')).toEqual([{ amount: 20 }])
  await expectGone(old.url)
})

test('the server that an earlier version still uses is joined at its port', async () => {
  const dataDir = await emptyFolder()
  const old = await startAsBefore(dataDir)
  const user = openSql(old.url, { max: 1, database: 'postgres' })
  await user`select pg_try_advisory_lock_shared(1)`
  const guest = await joinEmbeddedPostgres(dataDir)
  expect(new URL(guest.url).host).toBe(new URL(old.url).host)
  expect(await query(guest.url, 'select 1 as works')).toEqual([{ works: 1 }])
  await guest.stop()
  expect(await user`select 1 as works`).toEqual([{ works: 1 }])
  await user.end()
})

test.skipIf(!isRoot)('a user without a name is told to get one before anything is made', async () => {
  const dataDir = await emptyFolder()
  await chown(dataDir, NAMELESS, NAMELESS)
  const outcome = await startElsewhere(dataDir, { uid: NAMELESS, gid: NAMELESS }).then(
    () => 'started',
    (error: unknown) => error,
  )
  expect(String(outcome)).toMatch(/User 54321 has no name on this system.*\/etc\/passwd/)
  expect(await readdir(dataDir)).toEqual([])
})

test.skipIf(!isRoot)('a user without a name uses a folder that was made for it', async () => {
  const dataDir = await emptyFolder()
  await (await start(dataDir)).stop()
  await run('chown', ['-R', `${NAMELESS}:${NAMELESS}`, dataDir])
  const { child, url } = await startElsewhere(dataDir, { uid: NAMELESS, gid: NAMELESS })
  child.kill('SIGKILL')
  const guest = await joinEmbeddedPostgres(dataDir)
  expect(guest.url).toBe(url)
  await guest.stop()
})

test('a machine without binaries is told to set DATABASE_URL', () => {
  expect(() => binaries('sunos', 'x64')).toThrow(EmbeddedPostgresError)
  expect(() => binaries('sunos', 'x64')).toThrow(/sunos x64.*set DATABASE_URL/)
})

test('a DATA_DIR that is no folder is refused in a line', async () => {
  const file = join(await emptyFolder(), 'file')
  await writeFile(file, '')
  expectOneLine(await start(file).catch((error: unknown) => error), 'Cannot use DATA_DIR')
})

test('a broken cluster is refused in a line that says what Postgres says', async () => {
  const dataDir = await emptyFolder()
  await (await start(dataDir)).stop()
  await writeFile(join(dataDir, 'postgres', 'cluster', 'PG_VERSION'), '17\n')
  const refusal = await start(dataDir).catch((error: unknown) => error)
  expectOneLine(refusal, 'database files are incompatible with server')
})

test.skipIf(!isRoot)('root is told when the user of Postgres cannot reach DATA_DIR', async () => {
  const rootsOwn = await emptyFolder()
  await chmod(rootsOwn, 0o700)
  const dataDir = join(rootsOwn, 'data')
  expectOneLine(await start(dataDir).catch((error: unknown) => error), `cannot reach ${dataDir}`)
})

/** One in which the cluster's path is longer than a socket's may be. */
async function deepFolder(): Promise<string> {
  const folder = join(await emptyFolder(), 'deep '.repeat(20).trim())
  await mkdir(folder)
  return folder
}

/** A folder with a name that would hurt in a shell, and in a list of hosts. */
async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "it's $HOME, "))
  // Postgres runs as another user where the tests run as root.
  await chmod(folder, 0o755)
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const OWN_ROLE = `
  select rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls
  from pg_roles where rolname = current_user`

/** Whose the database is, and all that was made in it. */
const OWNERS = `
  select distinct owner::regrole::text as owner from (
    select datdba from pg_database where datname = current_database()
    union all select nspowner from pg_namespace where nspname !~ '^(pg_|information_schema)'
    union all select relowner from pg_class where oid >= 16384 and relkind <> 't'
    union all select typowner from pg_type where oid >= 16384
    union all select proowner from pg_proc where oid >= 16384
  ) as found (owner) order by owner`

/** What the versions without a role for the service did: a superuser of the service's, and a port of loopback. */
async function startAsBefore(dataDir: string): Promise<{ url: string }> {
  const { programs, ...cluster } = await openCluster(dataDir)
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  await promisify(probe.close.bind(probe))()
  const options = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=`
  await runProgram(programs.pg_ctl, ['start', '--wait', '--silent', '--options', options], cluster)
  onTestFinished(() => runProgram(programs.pg_ctl, ['stop', '--silent'], cluster).catch(() => undefined))
  const at = `postgres://passalong:${cluster.password}@127.0.0.1:${port}`
  await query(`${at}/postgres`, 'create database passalong')
  return { url: `${at}/passalong` }
}

async function start(dataDir: string): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres(dataDir)
  onTestFinished(() => server.stop())
  return server
}

/** A user id that stands in no list. */
const NAMELESS = 54_321

async function startElsewhere(dataDir: string, user: { uid?: number; gid?: number } = {}) {
  const script = `
    import { startEmbeddedPostgres } from ${JSON.stringify(new URL('../../db/embedded.ts', import.meta.url).href)}
    console.log((await startEmbeddedPostgres(${JSON.stringify(dataDir)})).url)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    ...user,
    cwd: tmpdir(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  child.stderr.on('data', (text) => (said += text))
  const [url] = await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'close').then(() => Promise.reject(new Error(said))),
  ])
  return { child, url: String(url).trim() }
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const sql = openSql(url, { max: 1, onnotice: () => {} })
  try {
    return Array.from(await sql.unsafe(statement))
  } finally {
    await sql.end()
  }
}

async function expectGone(url: string): Promise<void> {
  await expect(query(url, 'select 1')).rejects.toThrow(/ENOENT|ECONNREFUSED/)
}

function expectOneLine(error: unknown, part: string): void {
  expect(error).toBeInstanceOf(EmbeddedPostgresError)
  const { message } = error as Error
  expect(message).toContain(part)
  expect(message).not.toContain('\n')
}
