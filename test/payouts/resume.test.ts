import { sql } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import { audit } from '../../src/ledger/audit.ts'
import { carryOut } from '../../src/payouts/carry-out.ts'
import { resume } from '../../src/payouts/resume.ts'
import type { PayoutView } from '../../src/payouts/view.ts'
import { emptyFolder } from '../support/embedded.ts'
import { clientAt, settingsOf, started } from '../support/folder.ts'
import { killProcess } from '../support/process.ts'
import { makeTokenIn } from '../support/service.ts'
import { openTreasuries, plantPeople } from '../support/treasury.ts'

const PEOPLE = 2000

test('a payout whose process is killed in the middle goes on in another one, and pays everybody once', {
  timeout: 60_000,
}, async () => {
  const setting = { roles: 'api' }
  const here = await openTreasuries(setting)
  onTestFinished(here.close)
  const { core, database, secretKey } = here
  const club = await here.group('1500')
  const items = (await plantPeople(core, PEOPLE)).map((to) => ({ to, amount: '0.50' }))
  const env = { ...settingsOf(await emptyFolder()), DATABASE_URL: database, SECRET_KEY: secretKey }
  const other = await started(env)
  const { post } = clientAt(other.url, await makeTokenIn(database, 'payer'))

  const asked = { by: club.ada, items, key: 'once' }
  const { payout } = await post<{ payout: PayoutView }>(`${club.path}/payouts`, asked)
  const paid = async () => {
    const [row] = await core.db.execute<{ paid: number }>(
      sql`select count(*)::int as paid from transfers where payout_id is not null`,
    )
    return row?.paid ?? 0
  }
  await expect.poll(paid, { interval: 2, timeout: 20_000 }).toBeGreaterThan(100)
  await killProcess(other.child)
  const before = await paid()
  expect(before).toBeLessThan(PEOPLE)
  expect((await here.payout(payout.id)).madeAt).toBeNull()
  // What it had not noted counts as planned still, so nobody else spends it.
  await expect(here.pay(club, club.ada, [{ to: items[0]?.to, amount: '501' }])).rejects.toMatchObject({
    code: 'treasury_short',
  })

  // Two at once do no harm: the worker of one process, and one that hasn't noticed that another has begun.
  await Promise.all([resume(core), carryOut(core, payout.id)])
  const after = await here.payout(payout.id)
  expect(after).toMatchObject({ people: PEOPLE, counts: { open: PEOPLE, planned: 0, refused: 0 } })
  expect(after.madeAt).not.toBeNull()
  expect(await paid()).toBe(PEOPLE)
  expect(await here.treasury(club)).toEqual([{ asset: 'CREDIT', amount: '500.00', planned: '0.00' }])
  expect(await audit(core.db)).toMatchObject({ faults: [] })
})
