import { execFile } from 'node:child_process'
import { appendFile, chmod, chown, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { binaries } from '../../db/embedded/programs.ts'
import { MAX_LOG_BYTES, rotateLog } from '../../db/embedded/server-log.ts'
import { EmbeddedPostgresError, joinEmbeddedPostgres } from '../../db/embedded.ts'
import {
  emptyFolder,
  expectGone,
  expectOneLine,
  filledFolder,
  query,
  start,
  startElsewhere,
} from '../support/embedded.ts'

const run = promisify(execFile)
const isRoot = process.getuid?.() === 0
if (!isRoot)
  console.warn(
    "\n*** NOT ROOT: three tests of other users' Postgres are SKIPPED. Only root can be another. ***\n",
  )

test('what was written is there after a stop and a start', async () => {
  const dataDir = await filledFolder()
  const before = await start(dataDir)
  await query(before.url, 'create table kept as select 20 as amount')
  await before.stop()
  await expectGone(before.url)

  const after = await start(dataDir)
  expect(await query(after.url, 'select amount from kept')).toEqual([{ amount: 20 }])
})

test("the server's log is begun anew when it is too long, at a start and while the server writes to it; one before it is kept", async () => {
  const dataDir = await filledFolder()
  const log = join(dataDir, 'postgres', 'server.log')
  const fill = (byte: string) => appendFile(log, byte.repeat(MAX_LOG_BYTES))
  await fill('a')
  const { url } = await start(dataDir)
  expect((await stat(`${log}.1`)).size).toBeGreaterThan(MAX_LOG_BYTES)
  expect((await stat(log)).size).toBeLessThan(10_000)
  await fill('b')
  await rotateLog(log)
  await expect(query(url.replace('/passalong?', '/nowhere?'), 'select 1')).rejects.toThrow('nowhere')
  expect(await readFile(`${log}.1`, 'utf8')).toContain('bbb')
  const now = await readFile(log, 'utf8')
  expect(now).toContain('FATAL:  database "nowhere" does not exist')
  expect(now.length).toBeLessThan(10_000)
})

test('the server is as durable as Postgres is', async () => {
  const { url } = await start(await emptyFolder())
  for (const setting of ['fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums'])
    expect(await query(url, `select current_setting('${setting}') as value`), setting).toEqual([
      { value: 'on' },
    ])
})

test('a cluster that was only half made is no obstacle, and is cleared away', async () => {
  const dataDir = await emptyFolder()
  await mkdir(join(dataDir, 'postgres.new-killed', 'cluster'), { recursive: true })
  await writeFile(join(dataDir, 'postgres.new-killed', 'cluster', 'PG_VERSION'), '18\n')
  await start(dataDir)
  expect(await readdir(dataDir)).toEqual(['postgres'])
})

test.skipIf(!isRoot)(
  'a user without a name makes a folder where nss_wrapper is installed, and else is told so and leaves nothing',
  async () => {
    const dataDir = await emptyFolder()
    await chown(dataDir, NAMELESS, NAMELESS)
    const started = startElsewhere(dataDir, { uid: NAMELESS, gid: NAMELESS })
    if ((await run('ldconfig', ['-p'])).stdout.includes('libnss_wrapper.so')) {
      const { child } = await started
      child.kill('SIGKILL')
      await (await joinEmbeddedPostgres(dataDir)).stop()
      expect((await readdir(join(dataDir, 'postgres'))).toSorted()).toEqual([
        'cluster',
        'password',
        'server.log',
      ])
    } else {
      await expect(started).rejects.toThrow(/User 54321 has no name on this system.*libnss-wrapper/)
      expect(await readdir(dataDir)).toEqual([])
    }
  },
)

test.skipIf(!isRoot)('root makes the folder for whoever DATA_DIR belongs to', async () => {
  const dataDir = await emptyFolder()
  const { uid, gid } = { uid: 65_534, gid: 65_534 }
  await chown(dataDir, uid, gid)
  await (await start(dataDir)).stop()
  const { child } = await startElsewhere(dataDir, { uid, gid })
  child.kill('SIGKILL')
  await (await joinEmbeddedPostgres(dataDir)).stop()
})

test.skipIf(!isRoot)('a user without a name uses a folder that was made for it', async () => {
  const dataDir = await filledFolder()
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
  const dataDir = await filledFolder()
  await (await start(dataDir)).stop()
  await writeFile(join(dataDir, 'postgres', 'cluster', 'PG_VERSION'), '17\n')
  const refusal = await start(dataDir).catch((error: unknown) => error)
  expectOneLine(refusal, 'database files are incompatible with server')
  // It says how to go on, as that is what an upgrade runs into.
  expectOneLine(refusal, '`restore FILE` with this one into another DATA_DIR')
})

test.skipIf(!isRoot)('root is told when the user of Postgres cannot reach DATA_DIR', async () => {
  const rootsOwn = await emptyFolder()
  await chmod(rootsOwn, 0o700)
  const dataDir = join(rootsOwn, 'data')
  expectOneLine(await start(dataDir).catch((error: unknown) => error), `cannot reach ${dataDir}`)
})

/** A user id that stands in no list. */
const NAMELESS = 54_321
