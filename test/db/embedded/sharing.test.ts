import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { joinEmbeddedPostgres } from '../../../db/embedded.ts'
import {
  emptyFolder,
  expectGone,
  expectOneLine,
  filledFolder,
  query,
  REACHED,
  start,
  startElsewhere,
} from '../../support/embedded.ts'
import { asSuperuser } from '../../support/superuser.ts'

const run = promisify(execFile)
const isRoot = process.getuid?.() === 0

test('the server of a killed process is used by the next start, and stopped by it', async () => {
  const dataDir = await filledFolder()
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
  const dataDir = await filledFolder()
  const first = await start(dataDir)
  const refusal = await start(dataDir).catch((error: unknown) => error)
  expectOneLine(refusal, `Another passalong is running on DATA_DIR (${dataDir})`)
  expect(await query(first.url, 'select 1 as works')).toEqual([{ works: 1 }])
  await first.stop()
  await expectGone(first.url)
})

test('a service whose session was cut off keeps its folder', async () => {
  const dataDir = await filledFolder()
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
  const dataDir = await filledFolder()
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
  const dataDir = await filledFolder()
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

test('a crashed server whose process number went to another program is no obstacle', async () => {
  const dataDir = await filledFolder()
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
