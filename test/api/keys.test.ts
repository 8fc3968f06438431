import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../db/postgres.ts'
import { type Client, clientOf, makeTokenIn, newcomer, rich, startTestService } from '../support/service.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let client: Client
beforeAll(async () => {
  service = await startTestService()
  client = service.client
})
afterAll(() => service.close())

describe('a key', () => {
  test('gets the first answer again, whatever has become of the transfer', async () => {
    const [ada, ben] = await rich(client, '100', newcomer('Ada'), newcomer('Ben'))
    const key = `retry-${ada.id}`
    const first = await client.call('POST', '/v1/transfers', { from: ada, amount: '20', key })
    await client.collect(first.body.code as string, ben)
    // The same content, with its fields in another order.
    const again = await client.call('POST', '/v1/transfers', { key, amount: '20', from: ada })
    expect([again.status, again.body]).toEqual([201, first.body])
    expect(await client.balance(ada)).toBe('80.00')
  })

  test('is remembered for claims, cancels, declines and issues', async () => {
    const [ada, ben] = await rich(client, '100', newcomer('Ada'), newcomer('Ben'))
    const key = { key: `each-${ada.id}` }
    const [one, two, three] = await Promise.all([1, 2, 3].map(() => client.send(ada, '10', { to: ben })))
    for (const ask of [
      () => client.collect(one?.code as string, ben, { key: `${key.key}-claim` }),
      () => client.cancel(two?.id as string, ada, { key: `${key.key}-cancel` }),
      () => client.decline(three?.id as string, ben, { key: `${key.key}-decline` }),
      () => client.issue(ada, '5', { key: `${key.key}-issue` }),
    ])
      expect(await ask()).toEqual(await ask())
    expect(await client.balance(ada)).toBe('95.00')
    expect(await client.balance(ben)).toBe('110.00')
  })

  test('with another content, or for another act, is refused', async () => {
    const [ada, ben] = await rich(client, '100', newcomer('Ada'), newcomer('Ben'))
    const key = { key: `other-${ada.id}` }
    const { id, code } = await client.send(ada, '20', key)
    for (const ask of [
      () => client.send(ada, '20', { ...key, note: 'x' }),
      () => client.send(ben, '20', key),
      () => client.cancel(id, ada, key),
      () => client.collect(code, ben, key),
      () => client.issue(ada, '20', key),
    ])
      await expect(ask()).rejects.toMatchObject({ code: 'key_reused', status: 422 })
    expect(await client.balance(ada)).toBe('80.00')
  })

  test("of one client is not another's", async () => {
    const [ada] = await rich(client, '100', newcomer('Ada'))
    const key = { key: `mine-${ada.id}` }
    const another = clientOf(
      (path, init) => fetch(service.url + path, init),
      await makeTokenIn(service.database, `another-${ada.id}`),
    )
    const [one, other] = [await client.send(ada, '1', key), await another.send(ada, '1', key)]
    expect(one.id).not.toBe(other.id)
  })

  test('is kept for as long as is set, and is a new one after that', async () => {
    const [ada] = await rich(client, '100', newcomer('Ada'))
    const [old, young] = [{ key: `old-${ada.id}` }, { key: `young-${ada.id}` }]
    const before = [await client.send(ada, '20', old), await client.send(ada, '20', young)]
    const { db, close } = connect(service.database)
    onTestFinished(close)
    await db.execute(sql`
      update requests set at = now() - make_interval(days => case key when ${old.key} then 41 else 39 end)
      where key in (${old.key}, ${young.key})`)
    // More than are deleted at once.
    await db.execute(sql`
      insert into requests select 'shop', number, 'ab', '{}', now() - interval '41 days'
      from generate_series(1, 1500) as number`)
    const worker = await startTestService({
      database: service.database,
      secretKey: service.secretKey,
      roles: 'worker',
      environment: { IDEMPOTENCY_DAYS: '40' },
    })
    onTestFinished(worker.close)
    const overdue = sql`select from requests where at < now() - interval '40 days'`
    await expect.poll(async () => (await db.execute(overdue)).length).toBe(0)
    const after = [await client.send(ada, '20', old), await client.send(ada, '20', young)]
    expect(after.map(({ id }) => before.some((first) => first.id === id))).toEqual([false, true])
    expect(await client.balance(ada)).toBe('40.00')
  })
})
