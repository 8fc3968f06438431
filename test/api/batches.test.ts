import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Problem } from '../../src/http/problem.ts'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { type Client, newcomer, startTestService } from '../support/service.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let client: Client
beforeAll(async () => {
  service = await startTestService()
  client = service.client
})
afterAll(() => service.close())

describe('many in one request', () => {
  test('are made and collected each for itself: one that is refused hinders no other', async () => {
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
    await client.issue(ada, '10')
    const sends = ['6', 'six', '5', '4'].map((amount, index) => ({
      from: ada,
      amount,
      key: `many-${ada.id}-${index}`,
    }))
    const { items: made } = await client.post<Many<{ transfer: ViewWithCode }>>('/v1/transfers:batch', {
      items: sends,
    })
    expect(made).toMatchObject([
      { transfer: { amount: '6.00', state: 'open' } },
      { problem: { code: 'invalid_amount', status: 422 } },
      { problem: { code: 'insufficient_funds', details: { balance: '4.00' } } },
      { transfer: { amount: '4.00', state: 'open' } },
    ])
    expect(await client.balance(ada)).toBe('0.00')

    const codes = made.flatMap((item) => ('transfer' in item ? item.transfer.code : []))
    const collect = (list: string[]) =>
      client.post<Many<{ amount: string }>>('/v1/claims:batch', {
        items: list.map((code) => ({ code, by: ben })),
      })
    expect(await collect(codes)).toMatchObject({
      items: [
        { amount: '6.00', transfer: { state: 'collected' } },
        { amount: '4.00', transfer: { state: 'collected' } },
      ],
    })
    expect(await collect([...codes, 'x'.repeat(30)])).toMatchObject({
      items: [
        { problem: { code: 'already_yours' } },
        { problem: { code: 'already_yours' } },
        { problem: { code: 'transfer_not_found' } },
      ],
    })
    expect(await client.balance(ben)).toBe('10.00')
  })

  test('with their keys get their first answers again', async () => {
    const ada = newcomer('Ada')
    await client.issue(ada, '10')
    const items = [1, 2, 3].map((index) => ({ from: ada, amount: '1', key: `again-${ada.id}-${index}` }))
    const first = await client.post<Many<object>>('/v1/transfers:batch', { items })
    expect(await client.post('/v1/transfers:batch', { items })).toEqual(first)
    expect(await client.balance(ada)).toBe('7.00')
  })

  test('are five hundred at most, of the right form all of them, and may be larger than one', async () => {
    const one = { from: newcomer('Ada'), amount: '1', note: 'x'.repeat(200) }
    const send = (items: unknown[]) => client.call<Many<object>>('POST', '/v1/transfers:batch', { items })
    for (const items of [[], Array(501).fill(one), [one, { ...one, amount: 1 }]]) {
      const { status, body } = await send(items)
      expect([status, body]).toMatchObject([400, { code: 'invalid_request' }])
    }
    const { status, body } = await send(Array(500).fill(one))
    expect(status).toBe(200)
    expect(body.items).toHaveLength(500)
    expect(body.items[499]).toMatchObject({ problem: { code: 'insufficient_funds' } })
    expect((await client.call('POST', '/v1/transfers:batch', 'x'.repeat(1024 * 1024 + 1))).status).toBe(400)
  })
})

interface Many<T> {
  items: (T | { problem: Problem })[]
}
