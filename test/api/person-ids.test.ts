import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Problem } from '../../src/http/problem.ts'
import { type Client, newcomer, startTestService } from '../support/service.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let client: Client
beforeAll(async () => {
  service = await startTestService()
  client = service.client
})
afterAll(() => service.close())

describe("a person's id", () => {
  test.each([
    ['telegram', '-100123456', 'a group'],
    ['telegram', 'ben', 'a handle'],
    ['telegram', '0', 'nobody'],
    ['telegram', '12345678901234567', 'more than 52 bits'],
    ['discord', 'ben', 'a handle'],
    ['discord', '123456789', "another messenger's"],
    ['discord', '123456789012345678901', 'more than 64 bits'],
  ])('%s:%s is nobody: it is %s', async (messenger, id) => {
    const nobody = { messenger, id }
    const path = `/v1/people/${messenger}/${id}`
    const refused: [method: string, path: string, body: object][] = [
      ['POST', '/v1/issues', { to: nobody, amount: '1' }],
      ['POST', '/v1/transfers', { from: newcomer(), to: nobody, amount: '1' }],
      ['POST', '/v1/tickets', { by: nobody }],
      ['PUT', path, { name: 'Ben' }],
      ['PUT', `${path}/notices`, { on: false }],
    ]
    for (const [method, where, body] of refused)
      expect(await client.call<Problem>(method, where, body)).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', detail: expect.stringContaining(`of people in ${messenger} are`) },
      })
    expect(await client.get(`${path}/balances`)).toMatchObject({ balances: [{ amount: '0.00' }, {}] })
  })

  test('of a messenger that an API client brings along is its own affair', async () => {
    const ben = { messenger: 'shop', id: 'ben-4711' }
    await client.issue(ben, '5')
    expect(await client.balance(ben)).toBe('5.00')
  })
})
