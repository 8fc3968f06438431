import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openSql } from '../../db/drivers.ts'
import { isUnavailable } from '../../db/unavailable.ts'
import { signalTo } from '../support/process.ts'
import { type Server, startServer } from '../support/server.ts'
import { newcomer, startTestService } from '../support/service.ts'

let first: Server
/** Its synchronous standby. */
let second: Server
let service: Awaited<ReturnType<typeof startTestService>>
/** Both, the standby first. */
let books: string

beforeAll(async () => {
  first = await startServer()
  await first.execute('create database books')
  await first.stop()
  second = await startServer({ standbyOf: first })
  await first.start()
  const at = (one: Server) => new URL(one.url).host
  books = `${first.url.replace(at(first), `${at(second)},${at(first)}`).replace('/postgres', '/books')}?connect_timeout=2`
  service = await startTestService({ database: books, roles: 'api' })
  await first.execute("alter system set synchronous_standby_names = '*'")
  await first.execute('select pg_reload_conf()')
})
afterAll(async () => {
  await service?.close()
  for (const server of [first, second]) await server?.remove()
})

test('a standby alone, and hosts that are all standbys, are out of reach for whoever writes', async () => {
  const standby = new URL(second.url)
  const twice = second.url.replace(standby.host, `${standby.host},localhost:${standby.port}`)
  for (const url of [second.url, twice]) {
    const sql = openSql(url, { max: 1 })
    onTestFinished(() => sql.end({ timeout: 0 }))
    const error = await sql`select 1`.catch((error: unknown) => error)
    expect(isUnavailable(error)).toBe(true)
  }
})

test('the answer to a request that is sent again, or asked after by its key, waits until a replica has what was done for it', async () => {
  const ada = newcomer('Ada')
  const issue = () => service.client.call('POST', '/v1/issues', { to: ada, amount: '20', key: 'once' })
  expect((await issue()).status).toBe(201)
  await second.stop()
  const known = () => service.client.call('GET', '/v1/requests/once')
  const again = Promise.all([issue(), known()])
  const waits = async () => {
    const [{ some } = {}] = await first.execute(
      "select count(*)::int as some from pg_stat_activity where wait_event = 'SyncRep'",
    )
    return some
  }
  await expect.poll(waits).toBe(2)
  await second.start()
  const [repeated, told] = await again
  expect([repeated.status, told.body]).toEqual([201, { answered: true }])
  expect(await service.client.balance(ada)).toBe('20.00')
})

test('when the primary freezes and the standby is promoted, all connections go there', async () => {
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
  await service.client.issue(ada, '20')
  const sql = openSql(books, { max: 1 })
  onTestFinished(() => sql.end({ timeout: 0 }))
  await sql`select 1`
  const thaw = await freeze(first)
  onTestFinished(thaw)
  const hung = expect(sql`select 1`).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' })
  await second.promote()
  await second.execute('alter system reset synchronous_standby_names')
  await second.execute('select pg_reload_conf()')
  const sent = () =>
    service.client.call<{ code: string }>('POST', '/v1/transfers', { from: ada, amount: '20', key: 'x' })
  await expect.poll(async () => (await sent()).status).toBe(201)
  await hung
  await service.client.collect((await sent()).body.code, ben)
  expect([await service.client.balance(ada), await service.client.balance(ben)]).toEqual(['0.00', '20.00'])
})

/** Stops all processes of a server where they are. @returns what has them go on */
async function freeze({ folder, execute }: Server): Promise<() => void> {
  const postmaster = Number.parseInt(await readFile(join(folder, 'postmaster.pid'), 'utf8'), 10)
  const others = (await execute('select pid from pg_stat_activity where pid <> pg_backend_pid()')).map(
    ({ pid }) => Number(pid),
  )
  const tell = (signal: 'SIGSTOP' | 'SIGCONT') => {
    for (const pid of [postmaster, ...others]) signalTo(pid, signal)
  }
  tell('SIGSTOP')
  return () => tell('SIGCONT')
}
