import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../db/postgres.ts'
import { newSecret } from '../../src/access/codes.ts'
import { freshDatabase } from '../support/database.ts'
import { emptyFolder } from '../support/embedded.ts'
import { clientAt, settingsOf, started } from '../support/folder.ts'
import { stopProcess } from '../support/process.ts'
import { makeTokenIn, newcomer } from '../support/service.ts'

test('a service told to end answers what is under way, takes nothing new, and ends with 0', async () => {
  const { url: database, drop } = await freshDatabase()
  onTestFinished(drop)
  const service = await started({
    ...settingsOf(await emptyFolder()),
    DATABASE_URL: database,
    SECRET_KEY: newSecret(),
  })
  const caller = clientAt(service.url, await makeTokenIn(database, 'test'))
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
  await caller.issue(ada, '100')
  const transfers = await Promise.all(Array.from({ length: 20 }, () => caller.send(ada, '1')))

  const { sql, close } = connect(database)
  onTestFinished(close)
  let claims: Promise<unknown>[] = []
  let ended: Promise<number | null> | undefined
  await sql.begin(async (tx) => {
    await tx`select from transfers for update`
    claims = transfers.map(({ code }) => caller.collect(code, ben))
    const waiting = () =>
      sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    await expect.poll(async () => (await waiting()).length, { timeout: 10_000 }).toBeGreaterThan(0)
    ended = stopProcess(service.child)
    await expect
      .poll(() =>
        fetch(`${service.url}/healthz`).then(
          () => 'open',
          () => 'closed',
        ),
      )
      .toBe('closed')
  })
  for (const claim of claims) expect(await claim).toMatchObject({ transfer: { state: 'collected' } })
  expect(await ended).toBe(0)
  expect(service.lines.join()).toContain('finishing what is under way')
  const [row] = await sql`select count(*)::int as collected from transfers where state = 'collected'`
  expect(row).toEqual({ collected: 1 + 20 })
})
