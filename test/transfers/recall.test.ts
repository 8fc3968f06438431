import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { takeSecretKey } from '../../src/access/secret-key.ts'
import { audit } from '../../src/ledger/audit.ts'
import { outcomesOf } from '../support/books.ts'
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

describe('more time', () => {
  test('is given by the sender, once, as long again as a new one has', async () => {
    const [ada, ben] = await pair()
    const sent = await client.send(ada, '20', { to: ben })
    for (const other of [ben, newcomer('Eve')])
      await expect(client.extend(sent.id, other)).rejects.toMatchObject(refused('not_sender'))
    const key = 'more'
    const { expiresAt } = await client.extend(sent.id, ada, { key })
    expect(Date.parse(expiresAt) - Date.parse(sent.expiresAt)).toBe(24 * 3600_000)
    expect((await client.extend(sent.id, ada, { key })).expiresAt).toBe(expiresAt)
    expect((await client.transfer(sent.id)).expiresAt).toBe(expiresAt)
    await expect(client.extend(sent.id, ada)).rejects.toMatchObject(refused('extended_already'))
    await client.collect(sent.code, ben)
    await expect(client.extend(sent.id, ada)).rejects.toMatchObject(refused('already_collected'))
  })

  test('is as much as the rules of its group say', async () => {
    const [ada] = await rich(client, '100', newcomer('Ada'))
    const group = { messenger: 'telegram', id: `-200${ada.id}` }
    const { core } = service
    const groupId = await core.groups.meet(group)
    await core.db.execute(sql`update groups set rules = '{"hours": 48}' where id = ${groupId}`)
    const sent = await client.send(ada, '1', { group })
    const { expiresAt } = await client.extend(sent.id, ada)
    expect(Date.parse(expiresAt) - Date.parse(sent.createdAt)).toBe(96 * 3600_000)
  })

  test('counts in the books as nothing that moved, whatever comes after it', async () => {
    const { core } = service
    const [ada] = await rich(client, '100', newcomer('Ada'))
    const { id } = await client.send(ada, '20', { group: { messenger: 'telegram', id: `-300${ada.id}` } })
    await client.extend(id, ada)
    await client.cancel(id, ada)
    const [counted] = await core.db.execute(sql`
      select sum(c.transfers)::int as transfers, sum(c.returned)::int as returned
      from outbox o, day_changes(o.events, o.transfers, o.accounts) c join transfers t on t.id = ${id} and t.group_id = c.group_id`)
    expect(counted).toEqual({ transfers: 1, returned: 2000 })
  })
})

describe('a reminder', () => {
  const anHourPasses = (id: string) =>
    service.core.db.execute(sql`update reminders set at = at - interval '1 hour' where transfer_id = ${id}`)

  test('goes to the one whom it is for, twice at most and an hour apart', async () => {
    const [ada, ben] = await pair()
    const { id } = await client.send(ada, '20', { to: ben })
    for (const other of [ben, newcomer('Eve')])
      await expect(client.remind(id, other)).rejects.toMatchObject(refused('not_sender'))
    const asked = await outcomesOf(Array.from({ length: 5 }, () => client.remind(id, ada)))
    expect(asked).toEqual({ done: 1, reminded_lately: 4 })
    await expect(client.remind(id, ada)).rejects.toMatchObject({
      code: 'reminded_lately',
      details: { minutes: 60 },
    })
    await anHourPasses(id)
    await client.remind(id, ada)
    await anHourPasses(id)
    await expect(client.remind(id, ada)).rejects.toMatchObject(refused('reminded_twice'))
  })

  test('goes to nobody whom it can’t reach, who wants none, or of what is over', async () => {
    const [ada, ben] = await pair()
    const anyone = await client.send(ada, '1')
    await expect(client.remind(anyone.id, ada)).rejects.toMatchObject(refused('not_named'))
    const stranger = await client.send(ada, '1', { to: { messenger: 'telegram', handle: 'nobody_yet' } })
    await expect(client.remind(stranger.id, ada)).rejects.toMatchObject({
      code: 'unknown_person',
      details: { typed: '@nobody_yet' },
    })
    const { id, code } = await client.send(ada, '1', { to: ben })
    await client.call('PUT', `/v1/people/discord/${ben.id}/notices`, { on: false })
    await expect(client.remind(id, ada)).rejects.toMatchObject(refused('notices_off'))
    await client.call('PUT', `/v1/people/discord/${ben.id}/notices`, { on: true })
    await client.collect(code, ben)
    await expect(client.remind(id, ada)).rejects.toMatchObject(refused('already_collected'))
  })
})

describe('another code', () => {
  test('is given by the sender, and the one before opens nothing from then on', async () => {
    const [ada, ben] = await pair()
    const sent = await client.send(ada, '20')
    for (const other of [ben, newcomer('Eve')])
      await expect(client.reissue(sent.id, other)).rejects.toMatchObject(refused('not_sender'))
    const key = 'lost'
    const fresh = await client.reissue(sent.id, ada, { key })
    expect(fresh).toMatchObject({ id: sent.id, state: 'open', reissues: 1 })
    expect(fresh.code).not.toBe(sent.code)
    expect(fresh.link).toContain(fresh.code)
    expect((await client.reissue(sent.id, ada, { key })).code).toBe(fresh.code)
    expect((await client.transfer(sent.id)).code).toBe(fresh.code)
    const unknown = refused('transfer_not_found')
    await expect(client.collect(sent.code, ben)).rejects.toMatchObject(unknown)
    await expect(client.post('/v1/transfers/find', { code: sent.code })).rejects.toMatchObject(unknown)
    const statusOf = async (path: string) => (await client.call('GET', path)).status
    for (const [code, status] of [
      [sent.code, 404],
      [fresh.code, 200],
    ] as const)
      for (const path of [`/c/${code}`, `/c/${code}/qr.png`, `/c/${code}/qr.svg`])
        expect([path.length, await statusOf(path)]).toEqual([path.length, status])
    const again = await client.reissue(sent.id, ada)
    await expect(client.collect(fresh.code, ben)).rejects.toMatchObject(unknown)
    expect((await client.collect(again.code, ben)).transfer.code).toBe(again.code)
    await expect(client.reissue(sent.id, ada)).rejects.toMatchObject(refused('already_collected'))
  })

  test('is none that another one has replaced meanwhile, where several are asked for at once, and the database still knows its key', async () => {
    const { core } = service
    const [ada] = await pair()
    const { id } = await client.send(ada, '20')
    const asked = await outcomesOf(Array.from({ length: 5 }, () => client.reissue(id, ada)))
    const { done = 0, reissued_meanwhile = 0 } = asked
    expect([done + reissued_meanwhile, done > 0]).toEqual([5, true])
    const { code, reissues } = await client.transfer(id)
    expect(reissues).toBe(done)
    expect(await client.post('/v1/transfers/find', { code })).toMatchObject({ id })
    await core.db.execute(sql`delete from secret_keys`)
    await takeSecretKey(core.db, core.secretKey)
  })
})
