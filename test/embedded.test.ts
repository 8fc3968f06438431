import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import postgres from 'postgres'
import { expect, onTestFinished, test } from 'vitest'
import {
  binaries,
  type EmbeddedPostgres,
  EmbeddedPostgresError,
  joinEmbeddedPostgres,
  startEmbeddedPostgres,
} from '../db/embedded.ts'

const run = promisify(execFile)
const isRoot = process.getuid?.() === 0

test('what was written is there after a stop and a start', async () => {
  const dataDir = await emptyFolder()
  const before = await start(dataDir)
  await query(before.url, 'create table kept as select 20 as amount')
  await before.stop()
  await expect(query(before.url, 'select 1')).rejects.toThrow('ECONNREFUSED')

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

test('the server of a killed process is used by the next start, and stopped by it', async () => {
  const dataDir = await emptyFolder()
  const { child, url } = await startElsewhere(dataDir)
  // All that Ctrl-C in a terminal would reach.
  process.kill(-child.pid!, 'SIGKILL')
  await once(child, 'exit')

  const next = await start(dataDir)
  expect(next.url).toBe(url)
  await next.stop()
  await expect(query(url, 'select 1')).rejects.toThrow('ECONNREFUSED')
})

test('a second service on the folder is refused in a line that names the folder', async () => {
  const dataDir = await emptyFolder()
  const first = await start(dataDir)
  const refusal = await start(dataDir).catch((error: unknown) => error)
  expectOneLine(refusal, `Another passalong is running on DATA_DIR (${dataDir})`)
  expect(await query(first.url, 'select 1 as works')).toEqual([{ works: 1 }])
  await first.stop()
  await expect(query(first.url, 'select 1')).rejects.toThrow('ECONNREFUSED')
})

test('a service whose session was cut off keeps its folder', async () => {
  const dataDir = await emptyFolder()
  const { url } = await start(dataDir)
  const sessions = "pg_stat_activity where datname = 'postgres' and backend_type = 'client backend'"
  const [{ pid }] = (await query(url, `select pid from ${sessions}`)) as [{ pid: number }]
  await query(url, `select pg_terminate_backend(${pid}, 5000)`)
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
  await expect(query(guest.url, 'select 1')).rejects.toThrow('ECONNREFUSED')
})

test('two guests at the same moment on an empty folder share one server', async () => {
  const dataDir = await emptyFolder()
  const guests = await Promise.all([joinEmbeddedPostgres(dataDir), joinEmbeddedPostgres(dataDir)])
  expect(guests[0].url).toBe(guests[1].url)
  for (const guest of guests) {
    expect(await query(guest.url, 'select 1 as works')).toEqual([{ works: 1 }])
    await guest.stop()
  }
  await expect(query(guests[0].url, 'select 1')).rejects.toThrow('ECONNREFUSED')
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
  await expect(query(service.url, 'select 1')).rejects.toThrow('ECONNREFUSED')
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
  const crashed = await start(dataDir)
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

test('a copy of a running folder gets a server of its own', async () => {
  const dataDir = await emptyFolder()
  const original = await start(dataDir)
  const copied = await emptyFolder()
  await run('cp', ['-a', join(dataDir, 'postgres'), copied])

  const copy = await start(copied)
  expect(copy.url).not.toBe(original.url)
  expect(await query(copy.url, "select current_setting('data_directory') as folder")).toEqual([
    { folder: join(copied, 'postgres', 'cluster') },
  ])
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

/** A folder with a name that would hurt in a shell. */
async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "it's $HOME "))
  // Postgres runs as another user where the tests run as root.
  await chmod(folder, 0o755)
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function start(dataDir: string): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres(dataDir)
  onTestFinished(() => server.stop())
  return server
}

async function startElsewhere(dataDir: string) {
  const script = `
    import { startEmbeddedPostgres } from ${JSON.stringify(new URL('../db/embedded.ts', import.meta.url).href)}
    console.log((await startEmbeddedPostgres(${JSON.stringify(dataDir)})).url)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [url] = await once(child.stdout, 'data')
  return { child, url: String(url).trim() }
}

async function query(url: string, statement: string): Promise<unknown[]> {
  const sql = postgres(url, { max: 1 })
  try {
    return Array.from(await sql.unsafe(statement))
  } finally {
    await sql.end()
  }
}

function expectOneLine(error: unknown, part: string): void {
  expect(error).toBeInstanceOf(EmbeddedPostgresError)
  const { message } = error as Error
  expect(message).toContain(part)
  expect(message).not.toContain('\n')
}
