import { expect, onTestFinished, test } from 'vitest'
import { newSecret } from '../../../src/access/codes.ts'
import { makeList } from '../../../src/groups/list-changes.ts'
import { makeStanding } from '../../../src/payouts/standing.ts'
import { runDue } from '../../../src/payouts/standing-runs.ts'
import { has, openPlayground, said, seeded } from '../../support/playground.ts'
import { openTestCore } from '../../support/service.ts'

test('who has set up a standing payout hears in private that nobody was paid, and why', async () => {
  const secretKey = newSecret()
  const playground = await openPlayground({ env: { SECRET_KEY: secretKey } })
  onTestFinished(() => playground.close())
  const follower = await playground.follow()
  await follower.until(has(seeded))
  const { core, close } = await openTestCore({ roles: 'api', database: playground.database, secretKey })
  onTestFinished(close)
  const by = await core.people.meet({ messenger: 'playground', id: 'chen' })
  const groupId = await core.groups.meet({ messenger: 'playground', id: 'lunch-club' })
  const members = [{ messenger: 'playground', id: 'ben' }]
  const listId = await makeList(core, { groupId, by, name: 'Crew', members })
  const terms = { listId, amount: '5', every: 'week', day: 1, hour: 9 } as const
  await makeStanding(core, { groupId, by, at: new Date('2026-11-01'), terms })
  await runDue(core, new Date('2026-11-03'))
  const told = await follower.until(said('“Crew”每人 5.00 PLAY 的定期发放到期了'))
  expect(told).toMatchObject({ chat: 'private-chen', text: expect.stringContaining('金库里的钱不够所有人') })
})
