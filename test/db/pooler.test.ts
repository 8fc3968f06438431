import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { DatabaseUrlError } from '../../db/address.ts'
import { checkDatabase } from '../../db/check.ts'
import { openSql } from '../../db/drivers.ts'
import { connect, migrate } from '../../db/postgres.ts'
import { audit } from '../../src/ledger/audit.ts'
import { pgbouncer, startPgbouncer } from '../support/pgbouncer.ts'
import { type Server, startServer } from '../support/server.ts'
import { newcomer, startTestService } from '../support/service.ts'

let server: Server
beforeAll(async () => {
  server = await startServer()
  await server.execute('alter role passalong set synchronous_commit = off')
})
afterAll(() => server.remove())

/** What a German accountant's cluster may have set for whoever logs in. */
const HARMLESS_EVERYWHERE = [
  "DateStyle = 'German, DMY'",
  "TimeZone = '<+0130>-01:30'",
  'standard_conforming_strings = off',
]
const PINNED_ON_DIRECT = [
  "IntervalStyle = 'sql_standard'",
  "bytea_output = 'escape'",
  'extra_float_digits = -10',
  "default_transaction_isolation = 'serializable'",
  'array_nulls = off',
  'client_min_messages = error',
  'search_path = nowhere',
  'statement_timeout = 20',
  'lock_timeout = 1',
  'idle_in_transaction_session_timeout = 1',
]

let databases = 0

/** A database of one's own, and a role of one's own that owns it. */
async function ownDatabase(settings: string[] = []): Promise<string> {
  const name = `books${++databases}`
  await server.execute(`create role ${name} login password 'pass:word'`)
  await server.execute(`create database ${name} owner ${name}`)
  for (const setting of settings) await server.execute(`alter role ${name} set ${setting}`)
  return `postgres://${name}:pass%3Aword@127.0.0.1:${server.port}/${name}`
}

/** Money is issued, sent and collected, told of, and audited. */
async function passAlong(url: string): Promise<void> {
  const service = await startTestService({ database: url })
  onTestFinished(service.close)
  const { client } = service
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
  await client.issue(ada, '20')
  const sent = await client.send(ada, '12.34', { note: 'back\\slash', key: 'lunch' })
  expect(new Date(sent.expiresAt).getTime() - Date.now()).toBeGreaterThan(23 * 3600_000)
  expect((await client.send(ada, '12.34', { note: 'back\\slash', key: 'lunch' })).id).toBe(sent.id)
  await client.collect(sent.code ?? '', ben)
  expect([await client.balance(ada), await client.balance(ben)]).toEqual(['7.66', '12.34'])
  const { items } = await client.history(ben)
  expect(items.map(({ transfer }) => [transfer.state, transfer.note])).toEqual([['collected', 'back\\slash']])
  const notices = async () =>
    (await client.post<{ items: { kind: string }[] }>('/v1/deliveries/telegram/take', { seconds: 0 })).items
  await expect.poll(notices, { timeout: 15_000 }).not.toEqual([])
  const { db, close } = connect(await checkDatabase(url))
  onTestFinished(close)
  expect((await audit(db)).faults).toEqual([])
}

test('a role whose sessions speak German, count hours oddly and end at once changes no answer', async () => {
  await passAlong(await ownDatabase([...HARMLESS_EVERYWHERE, ...PINNED_ON_DIRECT]))
})

describe.skipIf(!pgbouncer).each(['session', 'transaction'] as const)('behind PgBouncer by %s', (mode) => {
  async function pooled(settings: string[]) {
    const pooler = await startPgbouncer(await ownDatabase(settings), mode)
    onTestFinished(pooler.close)
    return pooler.url
  }

  test('money is sent and collected, though its role speaks German', async () => {
    await passAlong(await pooled(HARMLESS_EVERYWHERE))
  })

  test('what one session of the server was asked can be asked again in another one', async () => {
    const url = await checkDatabase(await pooled([]))
    const [one, other] = [openSql(url, { max: 1 }), openSql(url, { max: 1 })]
    onTestFinished(async () => void (await Promise.all([one.end(), other.end()])))
    const ask = (number: number) => one.begin((sql) => sql`select ${number}::int as number`)
    await ask(1)
    await other.begin(async (busy) => {
      await busy`select 'the session that is free, where there is one'`
      expect(await ask(2)).toEqual([{ number: 2 }])
    })
  })

  test('several processes start at once, and leave no lock behind', async () => {
    const url = await checkDatabase(await pooled([]))
    await Promise.all([migrate(url), migrate(url), migrate(url)])
    expect(await server.execute("select from pg_locks where locktype = 'advisory'")).toEqual([])
  })

  test.each(PINNED_ON_DIRECT)(
    'a role with %s is refused in a line that says how to mend it',
    async (setting) => {
      const [name = ''] = setting.split(' ')
      const refused = await checkDatabase(await pooled([setting])).catch((error: unknown) => error)
      expect(refused).toBeInstanceOf(DatabaseUrlError)
      expect(String((refused as Error).message)).toMatch(
        new RegExp(
          `^DATABASE_URL: ${name} is .* behind the pooler .* ALTER ROLE "books\\d+" SET ${name} = `,
          'i',
        ),
      )
    },
  )

  test('a time limit that nothing reaches is left to the role', async () => {
    await checkDatabase(await pooled(['statement_timeout = 30000']))
  })

  test('a client that sends its own settings is refused, which is why ours sends none', async () => {
    const sql = openSql(await pooled([]), { max: 1 })
    onTestFinished(() => sql.end())
    await expect(sql`select 1`).rejects.toThrow(/unsupported startup parameter/)
  })
})
