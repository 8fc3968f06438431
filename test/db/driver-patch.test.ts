import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import postgres, { type Options, type PostgresType, type Sql } from 'postgres'
import { expect, onTestFinished, test } from 'vitest'
import { openSql } from '../../db/drivers.ts'
import { connect } from '../../db/postgres.ts'
import { freshDatabase } from '../support/database.ts'
import { openProxy } from '../support/proxy.ts'
import { freePort } from '../support/server.ts'
import { connectTo } from '../support/upstream.ts'

test('a query that is asked between the error of a connection and its end fails, and the next one is answered', async () => {
  const { sql, sockets, closed } = await openOne()
  await sql`select 1`
  sockets[0]?.emit('error', Object.assign(new Error('cut'), { code: 'ECONNRESET' }))
  expect(await failure(sql`select 2`)).toBe('ECONNRESET')
  sockets[0]?.destroy()
  await closed()
  expect(await sql`select 3 as answer`).toEqual([{ answer: 3 }])
})

test('a query whose connection ends before it is written fails, and the next one is answered', async () => {
  const { sql, sockets } = await openOne()
  await sql`select 1`
  const asked = expect(sql`select 2`.execute()).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  // The query is with the driver now, which writes it when the event loop has come round.
  await Promise.resolve()
  sockets[0]?.emit('close', false)
  sockets[0]?.destroy()
  await asked
  expect(await sql`select 3 as answer`).toEqual([{ answer: 3 }])
})

test('a connection answers on after it was copied from, however slowly that was read, and where its reader gave up', async () => {
  const { sql } = await openOne()
  const copied = async () =>
    sql`copy (select repeat('x', 10000) from generate_series(1, 100)) to stdout`.readable()
  let size = 0
  for await (const chunk of await copied()) {
    size += (chunk as Buffer).length
    // All else is there before this is read, so that the connection is paused.
    await sleep(5)
  }
  expect(size).toBe(100 * 10_001)
  expect(await sql`select 1 as answer`).toEqual([{ answer: 1 }])
  for await (const _ of await copied()) break
  expect(await sql`select 2 as answer`).toEqual([{ answer: 2 }])
})

async function copyTo(sql: Sql, source: Iterable<string>): Promise<void> {
  await pipeline(Readable.from(source), await sql`copy small (number) from stdin`.writable())
}

test('what is copied to the server fails with its reason, also where that comes after the last line; and the connection answers on', async () => {
  const { sql } = await openOne()
  await sql`create table small (number int check (number < 10))`
  await copyTo(sql, ['1\n', '2\n'])
  expect(await failure(copyTo(sql, ['3\n', '10\n']))).toBe('23514')
  expect(await failure(copyTo(sql, Array(20_000).fill('10\n')))).toBe('23514')
  function* broken() {
    yield '4\n'
    throw Object.assign(new Error('no more'), { code: 'BROKEN' })
  }
  expect(await failure(copyTo(sql, broken()))).toBe('BROKEN')
  await copyTo(sql, ['5\n'])
  expect(await sql`select sum(number)::int from small`).toEqual([{ sum: 8 }])
})

test('what is copied to the server fails where its connection ends before the answer', async () => {
  const { sql, sockets } = await openOne()
  await sql`create table small (number int)`
  const target = await sql`copy small (number) from stdin`.writable()
  // The answer is not heard any more.
  sockets[0]?.pause()
  const copied = failure(pipeline(Readable.from(['1\n']), target))
  await expect.poll(() => target.writableEnded && target.writableLength === 0).toBe(true)
  sockets[0]?.destroy()
  expect(await copied).toBe('CONNECTION_CLOSED')
  expect(await sql`select 1 as answer`).toEqual([{ answer: 1 }])
})

test('a pool tells how many of its connections are at work, and how many queries wait', async () => {
  const { url, drop } = await freshDatabase()
  const { db, sql, usage, close } = connect(url)
  const holder = open(url)
  onTestFinished(async () => {
    await close()
    await drop()
  })
  await holder`select pg_advisory_lock(8)`
  const held = Array.from({ length: 9 }, () => sql`select pg_advisory_lock_shared(8)`.execute())
  await expect.poll(usage).toEqual({ inUse: 8, waiting: 1 })
  await holder`select pg_advisory_unlock(8)`
  await Promise.all(held)
  await db.execute('select 1')
  expect(usage()).toEqual({ inUse: 0, waiting: 0 })
})

test('a connection to a server that has become read-only is closed, and another one opened', async () => {
  const { sql, closed } = await openOne()
  await sql`set default_transaction_read_only = on`
  expect(await failure(sql`create table written (at integer)`)).toBe('25006')
  await sql`create table written (at integer)`
  await closed()
})

test('a transaction whose connection ends fails, and ends nothing else', async () => {
  const { sql, sockets } = await openOne()
  const transaction = sql.begin(async (tx) => {
    await tx`select 1`
    sockets[0]?.destroy()
    await tx`select 2`
  })
  await expect(transaction).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  expect(await sql`select 3 as answer`).toEqual([{ answer: 3 }])
})

test('a transaction does not go on outside of it where its connection was opened again meanwhile', async () => {
  const { sql, sockets } = await openOne()
  await sql`create table written (at integer)`
  let goesOn: Promise<unknown> = Promise.resolve()
  const transaction = sql.begin(async (tx) => {
    await tx`insert into written values (1)`
    sockets[0]?.destroy()
    await once(sockets[0] as Socket, 'close')
    await sql`select 1`
    goesOn = tx`insert into written values (2)`
    await goesOn
  })
  await expect(transaction).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  await expect
    .poll(async () =>
      goesOn.then(
        () => 'written',
        () => 'refused',
      ),
    )
    .toBe('refused')
  expect(await sql`select * from written`).toEqual([])
})

test('a query that is not answered in time fails, with those that wait behind it, and the next one is answered', async () => {
  const { sql, closed } = await openOne({ query_timeout: 0.3 })
  await sql`select 1`
  const asked = [sql`select pg_sleep(60)`, sql`select 2`].map(failure)
  expect(await Promise.all(asked)).toEqual(['QUERY_TIMEOUT', 'QUERY_TIMEOUT'])
  await closed()
  expect(await sql`select 3 as answer`).toEqual([{ answer: 3 }])
})

test('queries in time are not cut short by the one before', async () => {
  const { sql } = await openOne({ query_timeout: 1 })
  const answers = await Promise.all(Array.from({ length: 5 }, () => sql`select pg_sleep(0.4)`))
  expect(answers).toHaveLength(5)
})

test('where nobody listens all that wait for a connection fail', async () => {
  const sql = open(`postgres://nobody@127.0.0.1:${await freePort()}/none`)
  const asked = Array.from({ length: 100 }, () => sql`select 1`)
  for (const query of await Promise.allSettled(asked))
    expect(query).toMatchObject({ status: 'rejected', reason: { code: 'ECONNREFUSED' } })
})

test('where the server closes what connects to it, a query fails', async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const sql = open(`postgres://nobody@127.0.0.1:${(server.address() as AddressInfo).port}/none`)
  await expect(sql`select 1`).rejects.toMatchObject({
    code: expect.stringMatching(/CONNECTION_CLOSED|ECONNRESET/),
  })
})

test('a connection that ends while the types of arrays are read fails the query, and ends nothing else', async () => {
  const { sql, proxy } = await openOne({ fetch_types: true })
  const cut = proxy.cutAt(/pg_catalog\.pg_type/, false)
  const asked = failure(sql`select 1`)
  await cut
  expect(await asked).toBe('CONNECTION_CLOSED')
  expect(await failure(sql`select ${['a', 'b']}::text[] as answer`)).toBeUndefined()
})

test('a pool that ends while it connects is not opened after that', async () => {
  const { sql, sockets } = await openOne({}, 300)
  const asked = failure(sql`select 1`)
  await expect.poll(() => sockets.length).toBe(1)
  await sql.end({ timeout: 0 })
  expect(await asked).toBe('CONNECTION_DESTROYED')
  await expect.poll(() => sockets[0]?.closed).toBe(true)
})

test('a pool ends although its connections have closed', async () => {
  const { sql, sockets } = await openOne()
  const asked = expect(sql`select pg_sleep(60)`).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  await expect.poll(() => sockets.length).toBe(1)
  await sleep(100)
  const ended = sql.end()
  sockets[0]?.destroy()
  await asked
  await ended
})

/** A pool of one connection on a database of its own, with the sockets that it opens; `closed` waits for the end of the first. */
async function openOne(options: Settings = {}, openingMs = 0) {
  const { url, drop } = await freshDatabase()
  const proxy = await openProxy(new URL(url))
  const target = new URL(proxy.url)
  const sockets: Socket[] = []
  const first = Promise.withResolvers<void>()
  const { username, password, pathname } = target
  const settings: Settings & { socket(): Promise<Socket> } = {
    max: 1,
    fetch_types: false,
    backoff: () => 0.01,
    user: username,
    password,
    database: pathname.slice(1),
    ...options,
    socket: async () => {
      const socket = connectTo(target)
      sockets.push(socket)
      socket.once('close', () => first.resolve())
      await once(socket, 'connect')
      await sleep(openingMs)
      return socket
    },
  }
  const sql = postgres(settings)
  onTestFinished(async () => {
    await sql.end({ timeout: 1 })
    proxy.close()
    await drop()
  })
  return { sql, proxy, sockets, closed: () => first.promise }
}

/** The code that a query fails with. */
const failure = (query: PromiseLike<unknown>) =>
  query.then(
    () => undefined,
    (error: NodeJS.ErrnoException) => error.code,
  )

type Settings = Options<Record<string, PostgresType>> & { query_timeout?: number }

function open(url: string): Sql {
  const sql = openSql(url, { max: 2 })
  onTestFinished(() => sql.end({ timeout: 1 }))
  return sql
}
