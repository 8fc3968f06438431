import { sql } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import type { Notice } from '../../src/delivery/notices.ts'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { openWorking, sendOf, type Working } from '../support/deliveries.ts'
import { newcomer, type Person } from '../support/service.ts'

test('who sent is told that it was collected, who collected that it is theirs, and the card is redrawn', async () => {
  const { client, take, settle, post } = await openWorking()
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  const sent = await sendOf(client, ada, ben)
  const card = await post(sent)
  await client.collect(sent.code, ben)

  const mine = await take('telegram', 2)
  const transfer = await client.transfer(sent.id)
  const id = expect.stringMatching(/^[0-9a-f-]{36}$/)
  expect(mine).toEqual([
    {
      id,
      kind: 'notice',
      notice: 'collected',
      transfer,
      to: { ...ada, language: null },
    },
    { id, kind: 'redraw', transfer, card: { ...card, id, drawn: 'open', picture: false } },
  ])
  expect(await take('discord', 1)).toMatchObject([
    { kind: 'notice', notice: 'received', transfer: { state: 'collected' }, to: ben },
  ])
  await Promise.all(mine.map(({ id }) => settle('telegram', id, 'done')))
  expect(await take('telegram', 0)).toEqual([])
})

test.each<
  [
    how: string,
    notices: Notice[],
    end: (on: Working, sent: ViewWithCode, ada: Person, ben: Person) => unknown,
  ]
>([
  ['declined', ['declined'], ({ client }, { id }, _ada, ben) => client.decline(id, ben)],
  ['returned', ['returned'], ({ core }, { id }) => core.ledger.submit({ do: 'return', which: { id } })],
  ['cancelled', [], ({ client }, { id }, ada) => client.cancel(id, ada)],
])('of a transfer that was %s, %j is told to its sender', async (how, notices, end) => {
  const on = await openWorking({ lifetime: how === 'returned' ? 0.3 : 60 })
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  const sent = await sendOf(on.client, ada, ben)
  await on.post(sent)
  await new Promise((resolve) => setTimeout(resolve, 350))
  await end(on, sent, ada, ben)
  const told = await on.take('telegram', notices.length + 1)
  expect(told.map((one) => ('notice' in one ? one.notice : one.kind)).sort()).toEqual(
    ['redraw', ...notices].sort(),
  )
  expect(told[0]?.transfer.state).toBe(how)
  expect(await on.take('discord', 0)).toEqual([])
})

test('what was over before anybody was told of it is told as it ended, and a card that shows that is left alone', async () => {
  const { client, core, take, post } = await openWorking({ works: false })
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  const collected = await sendOf(client, ada, ben)
  const declined = await sendOf(client, ada, ben)
  await post(collected)
  const stale = await post(declined)
  await client.collect(collected.code, ben)
  await client.decline(declined.id, ben)
  // A bot has shown in its answer to the tap how it stands.
  await post(collected, 'collected')
  core.deliveries.work()
  expect(await take('discord', 1)).toMatchObject([{ notice: 'received', transfer: { id: collected.id } }])
  const told = await take('telegram', 3)
  expect(told.map((one) => ('notice' in one ? [one.notice, one.transfer.id] : one.kind))).toEqual([
    ['collected', collected.id],
    ['declined', declined.id],
    'redraw',
  ])
  expect(told[2]).toMatchObject({ card: stale })
  const waiting = await core.db.execute(sql`select from pgboss.job where data->>'notice' = 'waiting'`)
  expect(waiting).toHaveLength(0)
})

test('of a red packet only its sender is told, once: that the last share is taken', async () => {
  const { client, core, spread, take } = await openWorking({ works: false })
  const [ada, ben, cleo] = [newcomer('Ada'), newcomer('Ben', 'discord'), newcomer('Cleo', 'discord')]
  await client.issue(ada, '20')
  const { code, id } = await client.send(ada, '20', { shares: 2, draw: 'lucky' })
  await client.collect(code, ben)
  await client.collect(code, cleo)
  // Both claims are told of when it is all taken.
  core.deliveries.work()
  await spread()
  expect(await take('telegram', 1)).toMatchObject([
    { notice: 'shared', to: ada, transfer: { id, claimed: 2, luckiest: { by: { messenger: 'discord' } } } },
  ])
  expect(await take('discord', 0)).toEqual([])
})

describe('what waits for somebody', () => {
  /** Ada with 20 CREDIT; Ben, whom the bot in Discord knows. */
  async function openPair() {
    const on = await openWorking()
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
    await on.client.issue(ada, '20')
    await on.client.issue(ben, '1')
    const notices = (person: Person) => `/v1/people/${person.messenger}/${person.id}/notices`
    return { ...on, ada, ben, notices }
  }

  test.each([
    ['by their id', (ben: Person) => ben],
    ['by their handle', ({ messenger, handle }: Person) => ({ messenger, handle: handle?.toUpperCase() })],
  ])('is told to them who are named %s', async (_how, named) => {
    const { client, take, ada, ben } = await openPair()
    const { id } = await client.send(ada, '5', { to: named(ben) })
    const told = await take('discord', 1)
    expect(told).toMatchObject([{ kind: 'notice', notice: 'waiting', to: ben }])
    expect(told[0]?.transfer).toMatchObject({
      id,
      state: 'open',
      to: { handle: expect.anything(), quiet: false },
    })
    expect(await take('telegram', 0)).toEqual([])
  })

  test('is told to nobody where nobody is named, where it is over, or where a handle is nobody’s', async () => {
    const { client, take, spread, ada, ben } = await openPair()
    await client.send(ada, '1')
    await client.send(ada, '1', { to: { messenger: 'discord', handle: 'nobody' } })
    const { id } = await client.send(ada, '1', { to: ben })
    // Over only when the word is on its way.
    await spread()
    await client.cancel(id, ada)
    await spread()
    expect(await take('discord', 0)).toEqual([])
  })

  test('is told to nobody who has turned that off, and their cards are told so', async () => {
    const { client, take, spread, ada, ben, notices } = await openPair()
    const card = { messenger: 'discord', chat: 'channel', language: 'en' }
    expect((await client.send(ada, '1', { to: ben, card })).to).toMatchObject({ quiet: false })
    expect(await take('discord', 1)).toHaveLength(1)
    expect(await client.get(notices(ben))).toEqual({ on: true })
    expect((await client.call('PUT', notices(ben), { on: false })).body).toEqual({ on: false })
    expect(await client.get(notices(ben))).toEqual({ on: false })
    const { messenger, handle } = ben
    for (const to of [ben, { messenger, handle }])
      expect((await client.send(ada, '1', { to, card })).to).toMatchObject({ quiet: true })
    await spread()
    expect(await take('discord', 0)).toEqual([])
    await client.call('PUT', notices(ben), { on: true })
    await client.send(ada, '1', { to: ben })
    expect(await take('discord', 1)).toHaveLength(1)
  })

  test('can be turned off by somebody whom nobody has met', async () => {
    const { client, notices } = await openPair()
    const cy = newcomer('Cy')
    expect(await client.get(notices(cy))).toEqual({ on: true })
    await client.call('PUT', notices(cy), { on: false })
    expect(await client.get(notices(cy))).toEqual({ on: false })
    expect((await client.call('PUT', notices(cy), { on: 'off' })).status).toBe(400)
  })
})
