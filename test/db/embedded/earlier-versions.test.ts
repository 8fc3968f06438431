import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { openSql } from '../../../db/drivers.ts'
import { openCluster } from '../../../db/embedded/cluster.ts'
import { run as runProgram } from '../../../db/embedded/programs.ts'
import { joinEmbeddedPostgres } from '../../../db/embedded.ts'
import { migrate } from '../../../db/postgres.ts'
import { emptyFolder, expectGone, OWN_ROLE, query, start } from '../../support/embedded.ts'
import { newcomer, openTestCore } from '../../support/service.ts'
import { asSuperuser } from '../../support/superuser.ts'

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
