import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { openBossDatabase } from '../../db/boss.ts'
import { openSql } from '../../db/drivers.ts'
import { isUnavailable } from '../../db/unavailable.ts'
import { freshDatabase } from '../support/database.ts'
import { IMPOSTORS, startImpostor } from '../support/impostor.ts'
import { freePort } from '../support/server.ts'
import { connectTo } from '../support/upstream.ts'

const PASSWORD = 'correct-horse-battery-staple'

test.each(Object.entries(IMPOSTORS))(
  'a server that %s is told no password, and asked nothing',
  async (_, says) => {
    const impostor = await startImpostor({ port: 0, host: '127.0.0.1' }, says)
    onTestFinished(impostor.close)
    const url = `postgres://ada:${PASSWORD}@127.0.0.1:${impostor.port}/books?require_auth=scram-sha-256`

    for (let tries = 0; tries < 2; tries++) {
      const sql = openSql(url, { max: 1 })
      await expect(sql`select 'a secret'`).rejects.toMatchObject({
        code: expect.stringMatching(/^(SERVER_NOT_PROVEN|SASL_SIGNATURE_MISMATCH)$/),
      })
      await sql.end({ timeout: 0 })
    }

    expect(impostor.calls()).toBeGreaterThanOrEqual(2)
    const heard = impostor.heard()
    expect(heard).toContain('ada')
    expect(heard).not.toContain(PASSWORD)
    expect(heard).not.toContain(md5Answer())
    expect(heard).not.toMatch(/select|create/i)
  },
)

test('a server that proves itself in single bytes is believed', async () => {
  const { url, drop } = await freshDatabase()
  onTestFinished(drop)
  const address = new URL(url)
  const proxy = createServer((client) => {
    const server = connectTo(new URL(url))
    client.setNoDelay().pipe(server)
    server.on('data', (chunk) => {
      for (const byte of chunk) client.write(Buffer.of(byte))
    })
    server.on('close', () => client.destroy())
    client.on('close', () => server.destroy())
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => void proxy.close())
  address.hostname = '127.0.0.1'
  address.port = String((proxy.address() as AddressInfo).port)

  const sql = openSql(address.href, { max: 1 })
  expect(await sql`select 1 as works`).toEqual([{ works: 1 }])
  await sql.end()
})

test('several hosts that are all away are told of, and asked again when there is a next question', async () => {
  const { url, drop } = await freshDatabase()
  onTestFinished(drop)
  const away = await freePort()
  const listener = createServer((client) => {
    const server = connectTo(new URL(url))
    client.pipe(server).pipe(client)
    for (const end of [client, server]) end.on('error', () => undefined)
  })
  onTestFinished(() => void listener.close())
  const late = await freePort()
  const { username, password, pathname } = new URL(url)
  const sql = openSql(`postgres://${username}:${password}@127.0.0.1:${away},127.0.0.1:${late}${pathname}`, {
    max: 2,
  })
  for (let times = 0; times < 4; times++)
    await expect(sql`select 1`).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  listener.listen(late, '127.0.0.1')
  await once(listener, 'listening')
  expect(await sql`select 1 as works`).toEqual([{ works: 1 }])
  await sql.end()
})

test('what comes unencrypted behind the yes to TLS is no part of the talk', async () => {
  const injector = createServer((client) => {
    client.on('error', () => undefined).once('data', () => client.write('S and more'))
  }).listen(0, '127.0.0.1')
  await once(injector, 'listening')
  onTestFinished(() => void injector.close())
  const { port } = injector.address() as AddressInfo
  const sql = openSql(`postgres://ada@127.0.0.1:${port}/x?sslmode=require`, { max: 1 })
  await expect(sql`select 1`).rejects.toMatchObject({ code: 'NO_TLS' })
  await sql.end({ timeout: 0 })
})

test('a transaction in which nothing more is asked is ended by the server, and its locks are free', async () => {
  const { url, drop } = await freshDatabase()
  const [frozen, other] = [openSql(url, { max: 1, query_timeout: 0.5 }), openSql(url, { max: 1 })]
  onTestFinished(async () => {
    await Promise.all([frozen.end(), other.end()])
    await drop()
  })
  const ended = frozen.begin(async (sql) => {
    await sql`select pg_advisory_xact_lock(7)`
    await other`select pg_advisory_xact_lock(7)`
    await sql`select 1`
  })
  expect(isUnavailable(await ended.catch((error: unknown) => error))).toBe(true)
  expect(await frozen`select 1 as works`).toEqual([{ works: 1 }])
})

test('the types of arrays are asked for once, and known in all sessions of a pool', async () => {
  const { url, drop } = await freshDatabase()
  const asked: string[] = []
  const sql = openSql(url, { max: 2, debug: (_session, query) => void asked.push(query) })
  onTestFinished(() => sql.end().then(drop))
  await sql`select 1`
  const ask = () =>
    sql`select ${['a,b']}::text[] as names, pg_backend_pid() as session from pg_sleep(0.2)`.then(
      ([row]) => row,
    )
  const answers = await Promise.all([ask(), ask()])
  expect(new Set(answers.map((row) => row?.session)).size).toBe(2)
  expect(answers.map((row) => row?.names)).toEqual([['a,b'], ['a,b']])
  expect(asked.filter((query) => query.includes('pg_type'))).toHaveLength(1)
})

test('pg-boss has its values as its own driver writes and reads them', async () => {
  const { url, drop } = await freshDatabase()
  const boss = openBossDatabase(url, { max: 2 })
  onTestFinished(() => boss.close().then(drop))
  const at = new Date('2026-11-26T12:34:56.789Z')
  const asked = `select $1::jsonb as text, $2::jsonb as object, $3::timestamptz as at, $4::text as nothing, $5::uuid[] as ids,
    $6::text[] as names, $7::bigint as big, $8::boolean as yes, $9::timestamptz as written`
  const ids = ['00000000-0000-4000-8000-000000000001']
  const { rows } = await boss.executeSql(asked, [
    JSON.stringify({ a: [1] }),
    { b: 2 },
    at,
    undefined,
    ids,
    ['a,b', '{"c"}'],
    2n ** 60n,
    true,
    at.toISOString(),
  ])
  expect(rows).toEqual([
    {
      text: { a: [1] },
      object: { b: 2 },
      at,
      nothing: null,
      ids,
      names: ['a,b', '{"c"}'],
      big: String(2n ** 60n),
      yes: true,
      written: at,
    },
  ])
})

test('a script of pg-boss answers with the rows of all its statements, and leaves no transaction where it fails', async () => {
  const { url, drop } = await freshDatabase()
  const boss = openBossDatabase(url, { max: 1 })
  onTestFinished(() => boss.close().then(drop))
  const script = (middle: string) => `
    BEGIN;
    SET LOCAL lock_timeout = 30000;
    ${middle};
    COMMIT;`
  expect(await boss.executeSql(script('select 1 as one; select 2 as two'))).toEqual({
    rows: [{ one: 1 }, { two: 2 }],
  })
  expect(await boss.executeSql('select 1 as one; select 2 as two')).toEqual({
    rows: [{ one: 1 }, { two: 2 }],
  })
  await expect(boss.executeSql(script('select 1 / 0'))).rejects.toThrow('division by zero')
  await expect(boss.executeSql(script('create table gone (id int); select 1 / 0'))).rejects.toThrow()
  expect(await boss.executeSql("select to_regclass('gone') as gone")).toEqual({ rows: [{ gone: null }] })
  const left =
    "select count(*)::int as left from pg_stat_activity where state like '%aborted%' and datname = current_database()"
  await expect.poll(async () => (await boss.executeSql(left)).rows).toEqual([{ left: 0 }])
})

/** What the driver would answer to the salt "salt". */
function md5Answer(): string {
  const md5 = (text: string) => createHash('md5').update(text).digest('hex')
  return md5(`${md5(`${PASSWORD}ada`)}salt`)
}
