import { expect, onTestFinished, test, vi } from 'vitest'
import { connect, migrate } from '../../db/postgres.ts'
import { audit } from '../../src/ledger/audit.ts'
import { faketime, startWithClock } from '../support/faketime.ts'
import { startServer } from '../support/server.ts'
import { newcomer, openTestCore, rich } from '../support/service.ts'

const HOUR_MS = 3600_000

test.each([25, -25])(
  'where the clock of the service is wrong by %i hours, that of the database decides',
  async (hours) => {
    const now = Date.now()
    vi.useFakeTimers({ toFake: ['Date'], now: now + hours * HOUR_MS })
    onTestFinished(() => void vi.useRealTimers())
    const { client, core, close } = await openTestCore({ roles: 'api' })
    onTestFinished(close)
    const [ada, ben] = await rich(client, '100', newcomer('Ada'), newcomer('Ben'))
    await client.issue(ada, '5', { asset: 'FLASH' })
    const day = await client.send(ada, '20')
    const left = new Date(day.expiresAt ?? '').getTime() - now
    expect(left).toBeGreaterThan(23 * HOUR_MS)
    expect(left).toBeLessThan(25 * HOUR_MS)
    await client.collect(day.code, ben)

    const second = await client.send(ada, '5', { asset: 'FLASH' })
    await core.sql`select pg_sleep(1.01)`
    await expect(client.collect(second.code, ben)).rejects.toMatchObject({ code: 'expired' })
    expect(await core.ledger.sweep(core.db)).toBe(1)
    expect(await client.balance(ada, 'FLASH')).toBe('5.00')
    expect((await audit(core.db)).faults).toEqual([])
  },
)

test('where the clock of the service is a week ahead, an ask can be ended, words are shown, and what was sent counts for its day', async () => {
  const now = Date.now()
  vi.useFakeTimers({ toFake: ['Date'], now: now + 8 * 24 * HOUR_MS })
  onTestFinished(() => void vi.useRealTimers())
  const { client, close } = await openTestCore({ roles: 'api' })
  onTestFinished(close)
  const [ada, ben] = await rich(client, '100', newcomer('Ada'), newcomer('Ben'))
  const asked = await client.post<{ id: string; expiresAt: string }>('/v1/asks', {
    by: ada,
    amount: '5',
    parts: [{ from: ben }],
  })
  expect(Math.abs(new Date(asked.expiresAt).getTime() - now - 7 * 24 * HOUR_MS)).toBeLessThan(HOUR_MS)
  await client.post(`/v1/asks/${asked.id}/end`, { by: ada })

  const { id } = await client.send(ada, '5', { phrase: {} })
  await client.post(`/v1/transfers/${id}/words`, { by: ada })

  const group = { messenger: 'telegram', id: '-1' }
  await client.call('PUT', `/v1/chats/telegram/-1/members/${ada.id}`, { admin: true, member: true })
  const rules = { limits: { CREDIT: { day: '30' } } }
  expect((await client.call('PUT', '/v1/groups/telegram/-1/rules', { by: ada, rules })).status).toBe(200)
  await client.send(ada, '20', { group })
  await expect(client.send(ada, '20', { group })).rejects.toMatchObject({ code: 'group_day_limit' })
})

test.skipIf(!faketime)(
  'where the clock of the database is stepped, what is over by it is over, and what is not is open',
  async () => {
    const server = await startServer()
    onTestFinished(server.remove)
    const { stepTo, forget } = await startWithClock(server)
    onTestFinished(forget)
    await migrate(server.url)
    const { client, core, close } = await openTestCore({ roles: 'api', database: server.url })
    onTestFinished(close)
    const [ada, ben] = await rich(client, '100', newcomer('Ada'), newcomer('Ben'))
    const [early, late, returned] = [
      await client.send(ada, '1'),
      await client.send(ada, '2'),
      await client.send(ada, '4'),
    ]

    await stepTo('+86300')
    await client.collect(early.code, ben)
    await stepTo('+86401')
    await expect(client.collect(late.code, ben)).rejects.toMatchObject({ code: 'expired' })
    const ahead = await client.send(ada, '8')
    // Back: what nobody has returned meanwhile is open again, as that clock says.
    await stepTo('-3600')
    await client.collect(late.code, ben)
    await client.collect(ahead.code, ben)
    await stepTo('+90000')
    await expect(client.collect(returned.code, ben)).rejects.toMatchObject({ code: 'expired' })
    expect(await core.ledger.sweep(core.db)).toBe(1)
    expect(await client.balance(ada)).toBe('89.00')
    expect(await client.balance(ben)).toBe('111.00')
    const { db, close: leave } = connect(server.url)
    expect((await audit(db)).faults).toEqual([])
    await leave()
  },
)
