import { expect, onTestFinished, test } from 'vitest'
import { audit } from '../../src/ledger/audit.ts'
import { startWindDown } from '../../src/operators/wind-down.ts'
import { newcomer, openTestCore, rich } from '../support/service.ts'

test('while the service is wound down all that is open goes back; once it is opened again it stays open', async () => {
  const boss = newcomer('Boss')
  const { core, client, close } = await openTestCore({ operators: [`telegram:${boss.id}`] })
  onTestFinished(close)
  const winding = startWindDown(core)
  onTestFinished(winding.stop)
  const [ada] = await rich(client, '10', newcomer())
  const { id } = await client.send(ada, '4')
  await core.opening.save({ step: 'closed', groups: [], share: 0 }, boss)
  await expect.poll(() => client.balance(ada), { timeout: 5000 }).toBe('10.00')
  expect(await client.transfer(id)).toMatchObject({ state: 'cancelled' })

  await core.opening.save({ step: 'everybody', groups: [], share: 0 }, boss)
  const again = await client.send(ada, '4')
  await new Promise((resolve) => setTimeout(resolve, 1500))
  expect(await client.transfer(again.id)).toMatchObject({ state: 'open' })
  expect(await audit(core.db)).toMatchObject({ faults: [] })
})
