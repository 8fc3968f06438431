import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { openSql } from '../../db/drivers.ts'
import { joinEmbeddedPostgres, startEmbeddedPostgres } from '../../db/embedded.ts'
import { fill } from '../support/database.ts'
import { effort } from '../support/effort.ts'
import { clientAt, commandLine, exitOf, ownFolder, settingsOf, started } from '../support/folder.ts'
import { type ServiceProcess, stopProcess } from '../support/process.ts'
import { type Client, newcomer, type Person } from '../support/service.ts'

const run = promisify(execFile)
/** Once in `npm test`, three times in the long run. */
const repeats = effort(1, 3) - 1

test('one of its processes is killed, for which Postgres ends all others: the service answers again by itself, and the books are whole', {
  timeout: 120_000,
}, async () => {
  const crash = async (dataDir: string) => {
    const busy = "select pid from pg_stat_activity where application_name = 'passalong' limit 1"
    const [backend] = (await atServer(dataDir, busy)) as [{ pid: number }]
    process.kill(backend.pid, 'SIGKILL')
  }
  const env = await ownFolder()
  const service = await started(env)
  const client = clientAt(service.url, await commandLine(env, 'token', 'test', '--may', 'all'))
  const people = [newcomer('Ada'), newcomer('Ben')] as const
  for (const person of people) await client.issue(person, '100')

  const traffic = openTraffic(client, people)
  await traffic.answers(100)
  await crash(env.DATA_DIR)
  await traffic.answers(100)
  const acknowledged = await traffic.end()
  for (const { ask, id } of acknowledged) expect(await ask()).toMatchObject({ id })
  expect(await commandLine(env, 'audit')).toContain(
    `The books are right: 3 accounts, ${2 + acknowledged.length} transfers`,
  )
  expect(service.lines.join('\n')).toContain('the embedded Postgres was away, and is there again')
  const metrics = await (await fetch(`${service.url}/metrics`)).text()
  expect(metrics).toMatch(/^passalong_embedded_postgres_restarts_total 1$/m)

  const another = started({ ...env, PORT: '0' })
  await expect(another).rejects.toThrow('ended with 1')
  expect(await stopProcess(service.child)).toBe(0)
  expect(await readFile(pidFile(env.DATA_DIR), 'utf8').catch(() => 'gone')).toBe('gone')
})

test('a full disk: one line for it, answers that it is not done, and it goes on when there is room', {
  timeout: 180_000,
  repeats,
}, async ({ skip }) => {
  const disk = await smallDisk(200)
  if (!disk) {
    console.warn(
      '\n*** NO SMALL DISK: a test of a full one is SKIPPED. Only root may mount one, on Linux. ***\n',
    )
    return skip('A small disk can only be mounted by root, on Linux.')
  }
  const env = settingsOf(join(disk, 'data'))
  await mkdir(env.DATA_DIR)
  await fill(env.DATA_DIR)
  const service = await started(env)
  onTestFinished(async () => {
    if (service.child.exitCode === null) await stopProcess(service.child)
  })
  const token = await commandLine(env, 'token', 'test', '--may', 'all')
  const client = clientAt(service.url, token)
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
  await client.issue(ada, '100')

  const filler = join(disk, 'filler')
  await run('dd', ['if=/dev/zero', `of=${filler}`, 'bs=1M']).catch(() => undefined)
  expect((await statfs(disk)).bavail).toBe(0)
  // The rest of what Postgres has set aside for its log, and then it needs a new file.
  await atServer(env.DATA_DIR, 'select pg_switch_wal()').catch(() => undefined)
  await atServer(env.DATA_DIR, 'select txid_current(), pg_switch_wal()').catch(() => undefined)
  await expect
    .poll(() => atServer(env.DATA_DIR, 'select txid_current(), pg_switch_wal()').catch(() => 'down'), {
      timeout: 30_000,
    })
    .toBe('down')

  const refused = await client.call('POST', '/v1/transfers', { amount: '20', from: ada, to: ben, key: 'k' })
  expect(refused.status).toBeGreaterThanOrEqual(500)
  const down = () => service.lines.filter((line) => line.includes('the embedded Postgres is down'))
  await expect.poll(down, { timeout: 30_000 }).toHaveLength(1)
  expect(down()[0]).toContain('No space left on device')
  expect(await readiness(service)).toBe(503)

  await rm(filler)
  await expect
    .poll(() => client.send(ada, '20', { to: ben, key: 'k' }).catch((error: Error) => error.message), {
      timeout: 60_000,
      interval: 500,
    })
    .toMatchObject({ state: 'open' })
  expect(await client.balance(ada)).toBe('80.00')
  expect(await readiness(service)).toBe(200)
  expect(down()).toHaveLength(1)
  expect(await commandLine(env, 'audit')).toContain('The books are right')
  expect(await stopProcess(service.child)).toBe(0)
})

const LOST: [string, string, (service: ServiceProcess, dataDir: string) => Promise<void>][] = [
  [
    'whose folder is gone',
    'has lost its folder',
    async (_, dataDir) => {
      const aside = join(dataDir, 'aside')
      await rename(join(dataDir, 'postgres'), aside)
      onTestFinished(() => rename(aside, join(dataDir, 'postgres')))
      process.kill(await postmaster(join(aside, 'cluster', 'postmaster.pid')), 'SIGKILL')
    },
  ],
  [
    'whose server takes another password now',
    'does not take the password',
    async (_, dataDir) => {
      const password = await readFile(join(dataDir, 'postgres', 'password'), 'utf8')
      onTestFinished(() => setPassword(dataDir, 'another', password).then(() => undefined))
      await setPassword(dataDir, password, 'another')
      await atServer(
        dataDir,
        "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory'",
        'another',
      ).catch(() => undefined)
    },
  ],
  [
    'whose folder another one has taken while it was frozen',
    'Another passalong is running on DATA_DIR',
    async ({ child }, dataDir) => {
      child.kill('SIGSTOP')
      await killServer(dataDir)
      const another = await started(settingsOf(dataDir))
      onTestFinished(() => stopProcess(another.child).then(() => undefined))
      child.kill('SIGCONT')
    },
  ],
]

test.each(LOST)('a service %s ends with 1 and a line that says why', async (_, reason, lose) => {
  const env = await ownFolder()
  const service = await started(env)
  await lose(service, env.DATA_DIR)
  expect(await exitOf(service.child)).toBe(1)
  const fatal = service.lines.filter((line) => line.includes('"level":"fatal"'))
  expect(fatal).toHaveLength(1)
  expect(JSON.parse(fatal[0]!).reason).toContain(reason)
})

test('a server that cannot be started is told of once, and is there again when it can be', async () => {
  const dataDir = await deepFolder()
  const told: string[] = []
  const server = await startEmbeddedPostgres(dataDir, {
    down: (cause) => void told.push(cause),
    up: () => void told.push('up'),
  })
  onTestFinished(() => server.stop())
  const mend = await spoil(dataDir)
  await killServer(dataDir)
  await expect.poll(() => told, { timeout: 20_000 }).toHaveLength(1)
  await sleep(3000)
  expect(told).toEqual([expect.stringContaining('configuration file')])
  await mend()
  await expect.poll(() => told.at(-1), { timeout: 20_000 }).toBe('up')
  expect(await query(server.url, 'select 1 as works')).toEqual([{ works: 1 }])
})

test('a server that a command started elsewhere while the service was frozen is left to it, then had back', async () => {
  const dataDir = await deepFolder()
  const service = await started(settingsOf(dataDir))
  const { child } = service
  const before = (await readFile(pidFile(dataDir), 'utf8')).split('\n')[3]
  child.kill('SIGSTOP')
  await killServer(dataDir)
  const guest = await joinEmbeddedPostgres(dataDir)
  expect(new URL(guest.url).port).not.toBe(before)
  child.kill('SIGCONT')
  await expect.poll(() => readiness(service), { timeout: 20_000 }).toBe(503)
  await sleep(1000)
  expect(await query(guest.url, 'select 1 as works')).toEqual([{ works: 1 }])
  expect(await readiness(service)).toBe(503)
  await guest.stop()
  await expect.poll(() => readiness(service), { timeout: 20_000 }).toBe(200)
  expect(await stopProcess(child)).toBe(0)
})

test('a service that ends while its server is down starts nothing more', async () => {
  const dataDir = await deepFolder()
  const server = await startEmbeddedPostgres(dataDir)
  const mend = await spoil(dataDir)
  await killServer(dataDir)
  await sleep(300)
  await server.stop()
  await mend()
  await sleep(2000)
  await expect(query(server.url, 'select 1')).rejects.toThrow('ECONNREFUSED')
})

const readiness = async ({ url }: ServiceProcess) => (await fetch(`${url}/readyz`)).status

/** Sends by keys, several at once; what fails is asked again until it is answered. */
function openTraffic(client: Client, [from, to]: readonly [Person, Person]) {
  const acknowledged: { ask: () => Promise<unknown>; id: string }[] = []
  let open = true
  let expected = { count: Number.POSITIVE_INFINITY, reached: () => {} }
  const worker = async (index: number) => {
    for (let round = 0; open; round++) {
      const ask = () => client.send(from, '0.01', { to, key: `${index}-${round}` })
      for (;;) {
        const answer = await ask().catch(() => undefined)
        if (answer) {
          acknowledged.push({ ask, id: answer.id })
          break
        }
        await sleep(100)
      }
      if (acknowledged.length >= expected.count) expected.reached()
    }
  }
  const workers = Array.from({ length: 8 }, (_, index) => worker(index))
  return {
    /** Waits for so many more. */
    answers: (more: number) =>
      new Promise<void>((resolve) => {
        expected = { count: acknowledged.length + more, reached: resolve }
      }),
    async end() {
      open = false
      await Promise.all(workers)
      return acknowledged
    },
  }
}

const pidFile = (dataDir: string) => join(dataDir, 'postgres', 'cluster', 'postmaster.pid')
const postmaster = async (file: string) => Number.parseInt(await readFile(file, 'utf8'), 10)

async function killServer(dataDir: string): Promise<void> {
  process.kill(await postmaster(pidFile(dataDir)), 'SIGKILL')
}

/** Keeps the server from starting until it is mended. */
async function spoil(dataDir: string): Promise<() => Promise<void>> {
  const file = join(dataDir, 'postgres', 'cluster', 'postgresql.conf')
  const right = await readFile(file, 'utf8')
  await writeFile(file, `${right}\nno such setting\n`)
  return () => writeFile(file, right)
}

/** As superuser, in a database that has no need to be the service's. */
async function atServer(dataDir: string, statement: string, password?: string): Promise<unknown[]> {
  const cluster = join(dataDir, 'postgres', 'cluster')
  const secret = password ?? (await readFile(join(dataDir, 'postgres', 'password'), 'utf8'))
  return query(`postgres://passalong:${secret}@${encodeURIComponent(cluster)}:5432/postgres`, statement)
}

const setPassword = (dataDir: string, from: string, to: string) =>
  atServer(dataDir, `alter role passalong password '${to}'`, from)

async function query(url: string, statement: string): Promise<unknown[]> {
  const sql = openSql(url, { max: 1, onnotice: () => {} })
  try {
    return Array.from(await sql.unsafe(statement))
  } finally {
    await sql.end()
  }
}

/** One with books in which the cluster's path is longer than a socket's may be: its server listens on a port. */
async function deepFolder(): Promise<string> {
  const parent = await mkdtemp(join(tmpdir(), 'passalong-recovery-'))
  const folder = join(parent, 'deep'.repeat(25))
  await chmod(parent, 0o755)
  await mkdir(folder)
  await fill(folder)
  onTestFinished(() => rm(parent, { recursive: true, force: true }))
  return folder
}

/** A file system of so many megabytes; nothing where it can't be had. */
async function smallDisk(megabytes: number): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'passalong-disk-'))
  await chmod(folder, 0o755)
  const mounted = await run('mount', [
    '-t',
    'tmpfs',
    '-o',
    `size=${megabytes}m,mode=755`,
    'tmpfs',
    folder,
  ]).then(
    () => true,
    () => false,
  )
  onTestFinished(async () => {
    if (mounted) await run('umount', ['--lazy', folder])
    await rm(folder, { recursive: true, force: true })
  })
  return mounted ? folder : undefined
}
