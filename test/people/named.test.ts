import { sql } from 'drizzle-orm'
import { afterAll, expect, test } from 'vitest'
import { newcomer, openTestCore, rich } from '../support/service.ts'

// An API alone: jobs stay where they are queued.
const { core, client, close } = await openTestCore({ roles: 'api' })
afterAll(close)

test('somebody whose name is told after they have collected is named on that card, once, by a later redraw', async () => {
  const [ada] = await rich(client, '20', newcomer('Ada'))
  const nameless = { messenger: 'dingtalk', id: 'staff25' }
  const { id, code } = await client.send(ada, '20')
  const card = { messenger: 'dingtalk', chat: 'cid1', message: '1', language: 'en', drawn: 'open' }
  await client.post(`/v1/transfers/${id}/cards`, card)
  await client.collect(code, nameless)
  const redraws = () =>
    core.db.execute(
      sql`select data ->> 'transfer' as transfer from pgboss.job where singleton_key like 'forget:%'`,
    )
  const tell = (labels: object) => client.call('PUT', '/v1/people/dingtalk/staff25', labels)
  expect((await tell({ language: 'en' })).status).toBe(204)
  expect(await redraws()).toEqual([])
  expect((await tell({ name: '李本' })).status).toBe(204)
  expect(await redraws()).toEqual([{ transfer: id }])
  await tell({ name: '李本二' })
  expect(await redraws()).toHaveLength(1)
})
