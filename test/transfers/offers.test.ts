import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { makeToken } from '../../src/access/tokens.ts'
import { createApi } from '../../src/api/app.ts'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { clientOf, newcomer, openTestCore, type Person } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
let client: typeof service.client
beforeAll(async () => {
  service = await openTestCore()
  client = service.client
})
afterAll(() => service.close())

interface Offer {
  id: string
  transfer: string | null
  expiresAt: string
}

const another = async (name: string) => {
  const api = createApi(service.core)
  return clientOf((path, init) => api.request(path, init), await makeToken(service.core.db, name))
}
const rich = async (name = 'Ada') => {
  const person = newcomer(name)
  await client.issue(person, '100')
  return person
}
const offer = (from: Person, amount: string, more: object = {}) =>
  client.post<Offer>('/v1/offers', { from, amount, ...more })
const make = (id: string, by: Person, message: string, through = client) =>
  through.post<ViewWithCode>(`/v1/offers/${id}/make`, { by, place: { chat: 'inline', message } })
const waiting = async ({ messenger, id }: Person) =>
  (await client.get<{ items: Offer[] }>(`/v1/people/${messenger}/${id}/offers`)).items
const revoke = async (by: Person, id?: string) =>
  (await client.post<{ revoked: number }>('/v1/offers/revoke', { by, id })).revoked
const sentBy = async (person: Person) =>
  (await client.history(person)).items.filter(({ direction }) => direction === 'sent')
const passes = (id: string, time: string) =>
  service.core.db.execute(
    sql`update offers set expires_at = expires_at - ${time}::interval where id = ${id}::uuid`,
  )

describe('an offer', () => {
  test('is the transfer as it would be, for ten minutes, and moves nothing', async () => {
    const [ada, ben] = [await rich(), newcomer('Ben')]
    const asked = { to: ben, note: 'lunch' }
    const { id, expiresAt, ...offered } = await offer(ada, '1.5', asked)
    expect(await client.balance(ada)).toBe('100.00')
    const minutes = (new Date(expiresAt).getTime() - Date.now()) / 60_000
    expect(minutes).toBeGreaterThan(9.5)
    expect(minutes).toBeLessThan(10.5)
    const { from, to, asset, amount, note } = await client.send(ada, '1.5', asked)
    const alike = { from, to, asset, amount, note, confirm: false, language: null, transfer: null }
    expect(offered).toEqual(alike)
    expect(await client.get(`/v1/offers/${id}`)).toEqual({ id, expiresAt, ...alike })
    const handle = await offer(ada, '1', { to: { messenger: 'telegram', handle: '@Somebody' } })
    expect(handle).toMatchObject({ to: { messenger: 'telegram', id: null, handle: 'somebody', name: null } })
  })

  test.each([
    ['insufficient_funds', '100.01', {}],
    ['amount_too_large', '2000.01', {}],
    ['amount_ambiguous', '1,50', {}],
    ['unknown_asset', '1', { asset: 'DOGE' }],
    ['invalid_request', '1', { note: 'x'.repeat(201) }],
  ])('is refused as the transfer would be: %s', async (code, amount, more) => {
    const ada = await rich()
    await expect(offer(ada, amount, more)).rejects.toMatchObject({ code })
    await expect(client.send(ada, amount, more)).rejects.toMatchObject({ code })
    expect(await waiting(ada)).toEqual([])
  })

  test('is made once, in the message that is named first, and is the same transfer there ever after', async () => {
    const [ada, ben] = [await rich(), newcomer('Ben')]
    const group = { messenger: 'telegram', id: '-100', title: 'Club' }
    const { id } = await offer(ada, '20', { note: 'lunch', group })
    const made = await make(id, ben, 'one')
    expect(made).toMatchObject({ state: 'open', amount: '20.00', note: 'lunch', from: { id: ada.id }, group })
    await expect(make(id, ben, 'other')).rejects.toMatchObject({ code: 'offer_elsewhere' })
    await client.collect(made.code, ben)
    expect(await make(id, ben, 'one')).toMatchObject({ id: made.id, state: 'collected' })
    await passes(id, '1 hour')
    expect(await make(id, ben, 'one')).toMatchObject({ id: made.id })
    await expect(make(id, ben, 'other')).rejects.toMatchObject({ code: 'offer_elsewhere' })
    expect(await client.get(`/v1/offers/${id}`)).toMatchObject({ transfer: made.id })
    expect(await client.balance(ada)).toBe('80.00')
  })

  test('is made once by two processes at the same moment, and in one of two messages', async () => {
    const other = await openTestCore({ database: service.database, secretKey: service.secretKey })
    onTestFinished(other.close)
    const [ada, ben] = [await rich(), newcomer('Ben')]
    for (let round = 0; round < 10; round++) {
      const { id } = await offer(ada, '1')
      const taps = ['one', 'other', 'one', 'other', 'one'].map((message, index) =>
        make(id, ben, message, index % 2 ? other.client : client).then(
          (made) => `${message} ${made.id}`,
          (error: { code: string }) => error.code,
        ),
      )
      const outcomes = new Set(await Promise.all(taps))
      expect(outcomes.size).toBe(2)
      expect(outcomes).toContain('offer_elsewhere')
    }
    expect(await sentBy(ada)).toHaveLength(10)
    expect(await client.balance(ada)).toBe('90.00')
  })

  test('is over after its time', async () => {
    const ada = await rich()
    const { id } = await offer(ada, '20')
    await passes(id, '10 minutes')
    await expect(make(id, ada, 'one')).rejects.toMatchObject({ code: 'expired' })
    expect(await waiting(ada)).toEqual([])
    expect(await revoke(ada)).toBe(0)
    expect(await client.balance(ada)).toBe('100.00')
  })

  test('that was made in time, and not noted because the process ended, is found after its time', async () => {
    const ada = await rich()
    const { id } = await offer(ada, '20')
    const made = await make(id, ada, 'one')
    await service.core.db.execute(sql`update offers set transfer_id = null where id = ${id}::uuid`)
    expect(await make(id, ada, 'one')).toMatchObject({ id: made.id })
    await service.core.db.execute(sql`update offers set transfer_id = null where id = ${id}::uuid`)
    await passes(id, '10 minutes')
    expect(await make(id, ada, 'one')).toMatchObject({ id: made.id })
    expect(await client.balance(ada)).toBe('80.00')
  })

  test('that cannot be paid any more moves nothing', async () => {
    const ada = await rich()
    const [first, second] = [await offer(ada, '60'), await offer(ada, '60')]
    await make(first.id, ada, 'one')
    await expect(make(second.id, ada, 'two')).rejects.toMatchObject({ code: 'insufficient_funds' })
    expect(await client.balance(ada)).toBe('40.00')
  })

  test('is taken back by its sender while it hangs nowhere, alone or with all others', async () => {
    const [ada, ben] = [await rich(), await rich('Ben')]
    const [one, two, three] = [await offer(ada, '1'), await offer(ada, '2'), await offer(ada, '3')]
    await offer(ben, '1')
    await make(three.id, ben, 'three')
    expect((await waiting(ada)).map(({ id }) => id)).toEqual([two.id, one.id])
    expect(await revoke(ben, one.id)).toBe(0)
    expect(await revoke(ada, one.id)).toBe(1)
    expect((await waiting(ada)).map(({ id }) => id)).toEqual([two.id])
    expect(await revoke(ada)).toBe(1)
    for (const { id } of [one, two]) {
      await expect(make(id, ben, 'x')).rejects.toMatchObject({ code: 'cancelled' })
      await expect(client.get(`/v1/offers/${id}`)).rejects.toMatchObject({ code: 'cancelled' })
    }
    expect(await waiting(ben)).toHaveLength(1)
    expect(await client.balance(ada)).toBe('97.00')
  })

  test('is to be taken back where it was typed after what was sent, also where that had a key', async () => {
    const ada = await rich()
    const sent = await offer(ada, '1', { key: 'typed-first' })
    await make(sent.id, ada, 'sent')
    const { id } = await offer(ada, '2')
    expect((await waiting(ada)).map((one) => one.id)).toEqual([id])
    expect(await revoke(ada)).toBe(1)
  })

  test('that its sender has to confirm is made by nobody else, and is nothing to take back', async () => {
    const [ada, ben] = [await rich(), newcomer('Ben')]
    const { id } = await offer(ada, '20', { confirm: true })
    await expect(make(id, ben, 'one')).rejects.toMatchObject({ code: 'not_sender' })
    await expect(make(id, { messenger: 'shop', id: ada.id }, 'one')).rejects.toMatchObject({
      code: 'not_sender',
    })
    expect([await waiting(ada), await revoke(ada)]).toEqual([[], 0])
    expect(await make(id, ada, 'two')).toMatchObject({ state: 'open' })
  })

  test('that is asked for by a key is the same one again', async () => {
    const ada = await rich()
    const asked = { key: `k-${ada.id}`, note: 'lunch' }
    const first = await offer(ada, '100', asked)
    expect(await offer(ada, '100', asked)).toEqual(first)
    await expect(offer(ada, '99', asked)).rejects.toMatchObject({ code: 'key_reused' })
    const made = await make(first.id, ada, 'one')
    expect(await offer(ada, '100', asked)).toEqual({ ...first, transfer: made.id })
    const shop = await another('shop')
    await expect(shop.post('/v1/offers', { from: ada, amount: '100', ...asked })).rejects.toMatchObject({
      code: 'insufficient_funds',
    })
  })

  test('is nobody’s key: a request that is named like it is another one', async () => {
    const ada = await rich()
    const { id } = await offer(ada, '20')
    await (await another('offers')).post('/v1/transfers', { from: ada, amount: '1', key: id })
    expect(await make(id, ada, 'one')).toMatchObject({ amount: '20.00' })
    expect(await client.balance(ada)).toBe('79.00')
  })

  test('forgets no label that somebody has got meanwhile', async () => {
    const [ada, ben] = [await rich(), newcomer('Ben')]
    const { id } = await offer(ada, '1', { to: ben })
    const renamed = { ...ada, handle: `lovelace${ada.id}`, name: 'Countess' }
    await client.send(renamed, '1')
    expect(await make(id, renamed, 'one')).toMatchObject({
      from: { handle: renamed.handle, name: 'Countess' },
      to: { handle: ben.handle },
    })
  })

  test('is forgotten a day after its time', async () => {
    const ada = await rich()
    const [old, young] = [await offer(ada, '1'), await offer(ada, '1')]
    await passes(old.id, '25 hours')
    await passes(young.id, '20 hours')
    await offer(ada, '1')
    await expect(make(old.id, ada, 'one')).rejects.toMatchObject({ code: 'offer_not_found' })
    await expect(make(young.id, ada, 'one')).rejects.toMatchObject({ code: 'expired' })
  })
})

test('a client is told whether a key of its own was answered', async () => {
  const ada = await rich()
  const key = `order:${ada.id}/1?`
  const answered = async (through = client) =>
    (await through.get<{ answered: boolean }>(`/v1/requests/${encodeURIComponent(key)}`)).answered
  expect(await answered()).toBe(false)
  await client.send(ada, '1', { key })
  expect(await answered()).toBe(true)
  expect(await answered(await another('shop'))).toBe(false)
  const refused = `order:${ada.id}:2`
  await expect(client.send(ada, '1000', { key: refused })).rejects.toMatchObject({
    code: 'insufficient_funds',
  })
  expect(await client.get(`/v1/requests/${refused}`)).toEqual({ answered: true })
})
