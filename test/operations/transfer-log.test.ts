import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startExpiry } from '../../src/ledger/expiry.ts'
import { newcomer, openTestCore, type Person, rich } from '../support/service.ts'

let core: Awaited<ReturnType<typeof openTestCore>>
let ada: Person
beforeAll(async () => {
  core = await openTestCore()
  ;[ada] = await rich(core.client, '500', newcomer('Adalbert'))
  await core.client.issue(ada, '5', { asset: 'FLASH' })
})
afterAll(() => core.close())
beforeEach(() => void core.log.splice(0))

const ben = newcomer('Benedict', 'discord')
const GROUP = { messenger: 'telegram', id: '-100', title: 'The club' }

/** What the log tells of a transfer: what happened, the state after it, and the sum. */
const told = (id: string) =>
  core.log
    .map((line) => JSON.parse(line))
    .filter(({ transfer }) => transfer === id)
    .map(({ msg, state, amount, asset }) =>
      [msg, state, ...(amount ? [`${amount} ${asset}`] : [])].join(', '),
    )

test('each state that a transfer comes to has its line, with what moved', async () => {
  const { client } = core
  const send = (amount: string, more?: object) => client.send(ada, amount, more)
  const [collected, cancelled, declined, longer, packet, drawn, returned] = [
    await send('20', { note: 'for the dentist', group: GROUP }),
    await send('21'),
    await send('22', { to: ben }),
    await send('23'),
    await send('10', { shares: 2 }),
    await send('12', { settlement: { by: 'draw', seconds: 600 }, shares: 2 }),
    await send('5', { asset: 'FLASH' }),
  ]
  await client.collect(collected.code, ben)
  await client.cancel(cancelled.id, ada)
  await client.decline(declined.id, ben)
  await client.extend(longer.id, ada)
  await client.reissue(longer.id, ada)
  await client.collect(packet.code, ben)
  await client.collect(packet.code, newcomer('Cleo'))
  await client.call('POST', '/v1/claims', { code: drawn.code, by: ben })
  const issued = await client.issue(ben, '7')
  const expiry = startExpiry(core.core.db, core.core.ledger, core.core.log)
  await expect.poll(() => told(returned.id).length).toBe(2)
  await expiry.stop()

  const created = (amount: string) => `transfer created, open, -${amount} CREDIT`
  expect(told(collected.id)).toEqual([created('20.00'), 'transfer claimed, collected, 20.00 CREDIT'])
  expect(told(cancelled.id)).toEqual([created('21.00'), 'transfer cancelled, cancelled, 21.00 CREDIT'])
  expect(told(declined.id)).toEqual([created('22.00'), 'transfer declined, declined, 22.00 CREDIT'])
  expect(told(longer.id)).toEqual([created('23.00'), 'transfer extended, open', 'transfer reissued, open'])
  expect(told(packet.id)).toEqual([
    created('10.00'),
    'transfer claimed, open, 5.00 CREDIT',
    'transfer claimed, collected, 5.00 CREDIT',
  ])
  expect(told(drawn.id)).toEqual([created('12.00'), 'transfer entered, open'])
  expect(told(issued.id)).toEqual([created('7.00'), 'transfer claimed, collected, 7.00 CREDIT'])
  expect(told(returned.id)).toEqual([
    'transfer created, open, -5.00 FLASH',
    'transfer returned, returned, 5.00 FLASH',
  ])
})

test('no line has a code, words, a note, a name, or who somebody is in a messenger', async () => {
  const { client } = core
  const words = 'seven green umbrellas in the old tower'
  const sent = await client.send(ada, '20', { note: 'for the dentist', group: GROUP })
  const opened = await client.send(ada, '20', { phrase: { words }, note: 'for the dentist' })
  const { code } = await client.reissue(sent.id, ada)
  await client.collect(code, ben)
  await client.post('/v1/claims', { phrase: words, by: ben })
  expect(core.log.length).toBeGreaterThan(4)
  const log = core.log.join('')
  for (const secret of [
    sent.code,
    code,
    opened.code,
    '/c/',
    words,
    'umbrellas',
    'dentist',
    'Adalbert',
    'Benedict',
    ada.handle ?? '',
    ben.id,
    GROUP.title,
  ])
    expect(log).not.toContain(secret)
})

test('what was refused, or answered again, leaves no line; and the id that a caller has given its request is told', async () => {
  const { client } = core
  const headers = { 'x-request-id': 'order-4711-first' }
  const order = { from: ada, amount: '20', key: 'order-4711' }
  const first = await client.call<{ id: string; code: string }>('POST', '/v1/transfers', order, headers)
  await client.call('POST', '/v1/transfers', order, { 'x-request-id': 'order-4711-again' })
  await client.call('POST', '/v1/transfers', { ...order, key: 'x', amount: '2000' }, headers)
  await client.collect(first.body.code, ben)
  await client.call('POST', '/v1/claims', { code: first.body.code, by: newcomer('Cleo') })
  const lines = core.log.map((line) => JSON.parse(line))
  expect(lines).toMatchObject([
    { level: 'info', msg: 'transfer created', transfer: first.body.id, requestId: 'order-4711-first' },
    { level: 'info', msg: 'transfer claimed', transfer: first.body.id },
  ])
  expect(lines[1]).not.toHaveProperty('requestId')
  expect(lines[0].account).not.toBe(lines[1].account)
})
