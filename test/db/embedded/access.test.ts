import { execFile } from 'node:child_process'
import { readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { joinEmbeddedPostgres } from '../../../db/embedded.ts'
import { migrate } from '../../../db/postgres.ts'
import {
  deepFolder,
  emptyFolder,
  expectGone,
  OWN_ROLE,
  query,
  REACHED,
  start,
} from '../../support/embedded.ts'
import { IMPOSTORS, startImpostor } from '../../support/impostor.ts'

const run = promisify(execFile)
const isRoot = process.getuid?.() === 0

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
