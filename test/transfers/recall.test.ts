import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { audit } from '../../src/ledger/audit.ts'
import { type Client, newcomer, openTestCore, rich } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
let client: Client
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
  client = service.client
})
afterAll(async () => {
  expect(await audit(service.core.db)).toMatchObject({ faults: [] })
  await service.close()
})

const pair = () => rich(client, '100', newcomer('Ada'), newcomer('Ben', 'discord'))
const refused = (code: string) => ({ code })

describe('what was collected', () => {
  test('is given back to whoever had sent it, and both histories tell so', async () => {
    const [ada, ben] = await pair()
    const { id, code } = await client.send(ada, '20', { note: 'lunch' })
    await client.collect(code, ben)
    const refund = await client.refund(id, ben)
    expect(refund).toMatchObject({
      state: 'collected',
      amount: '20.00',
      from: { id: ben.id },
      to: { id: ada.id },
      note: 'lunch',
      refundOf: id,
    })
    expect([await client.balance(ada), await client.balance(ben)]).toEqual(['100.00', '100.00'])
    for (const person of [ada, ben]) {
      const { items } = await client.history(person)
      const [back, first] = items.map(({ transfer }) => transfer)
      expect(back).toMatchObject({ id: refund.id, refundOf: id, claims: [{ refunded: false }] })
      expect(first).toMatchObject({ id, refundOf: null, claims: [{ refunded: true }] })
    }
  })

  test('is given back once, however often that is asked for', async () => {
    const [ada, ben] = await pair()
    const { id, code } = await client.send(ada, '20')
    await client.collect(code, ben)
    const key = 'once'
    const [first, again] = await Promise.all([
      client.refund(id, ben, { key }),
      client.refund(id, ben, { key }),
    ])
    expect(again.id).toBe(first.id)
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => client.refund(id, ben)))
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'refunded_already' } })
    expect([await client.balance(ada), await client.balance(ben)]).toEqual(['100.00', '100.00'])
  })

  test('is given back by nobody else, and not before it was collected', async () => {
    const [ada, ben] = await pair()
    const { id, code } = await client.send(ada, '20')
    await expect(client.refund(id, ben)).rejects.toMatchObject(refused('not_collector'))
    await client.collect(code, ben)
    for (const other of [ada, newcomer('Eve')])
      await expect(client.refund(id, other)).rejects.toMatchObject(refused('not_collector'))
    await expect(client.refund('00000000-0000-7000-8000-000000000000', ben)).rejects.toMatchObject(
      refused('transfer_not_found'),
    )
  })

  test('is not given back to the issuer, nor what was given back itself', async () => {
    const [ada, ben] = await pair()
    const issued = await client.issue(ada, '5')
    await expect(client.refund(issued.id, ada)).rejects.toMatchObject(refused('not_refundable'))
    const { id, code } = await client.send(ada, '20')
    await client.collect(code, ben)
    const refund = await client.refund(id, ben)
    await expect(client.refund(refund.id, ada)).rejects.toMatchObject(refused('not_refundable'))
  })

  test('is given back as long as it is there', async () => {
    const [ada, ben] = await pair()
    const { id, code } = await client.send(ada, '20')
    await client.collect(code, ben)
    await client.send(ben, '101')
    await expect(client.refund(id, ben)).rejects.toMatchObject(refused('insufficient_funds'))
  })

  test('counts for no limit of its group on who gives it back', async () => {
    const [ada, ben] = await rich(client, '100', newcomer('Ada'), newcomer('Ben'))
    const group = { messenger: 'telegram', id: `-100${ada.id}` }
    const { id, code } = await client.send(ada, '20', { group })
    await client.collect(code, ben)
    await client.refund(id, ben)
    const [row] = await service.core.db.execute(sql`
      select sent_since(now() - interval '1 hour', t.group_id, t.from_account)::int as sent
      from transfers t where t.refund_of = ${id}`)
    expect(row).toEqual({ sent: 0 })
  })
})
