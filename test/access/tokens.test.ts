import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { connect } from '../../db/postgres.ts'
import { APP_VERBS, type Scope } from '../../src/access/scopes.ts'
import { makeToken, revokeToken } from '../../src/access/tokens.ts'
import { rootOf } from '../support/root.ts'
import {
  type Client,
  clientOf,
  newcomer,
  openTestCore,
  type Person,
  rich,
  type Setting,
} from '../support/service.ts'

async function open(setting?: Setting) {
  const opened = await openTestCore(setting)
  return { ...opened, root: rootOf(opened.core) }
}

let here: Awaited<ReturnType<typeof open>>
/** The same books in another process, as far as anything is kept in memory. */
let there: Awaited<ReturnType<typeof open>>
beforeAll(async () => {
  here = await open()
  there = await open({ database: here.database, secretKey: here.secretKey })
})
afterAll(async () => {
  await there.close()
  await here.close()
})

const OWN: Scope = { may: APP_VERBS, whom: { kind: 'own' } }
const EVERYBODY: Scope = { may: APP_VERBS, whom: { kind: 'everybody' } }

const app = (id: string) => ({ messenger: 'app', id })
const by = ({ root }: typeof here, token: string): Client =>
  clientOf((path, init) => root.request(path, init), token)

/** A program, by the name of its token, in this process and in the other one. */
async function program(name: string, scope: Scope, endsAt?: Date) {
  const token = await makeToken(here.core.db, name, scope, endsAt)
  return { self: app(name), client: by(here, token), other: by(there, token), token }
}

describe('an app', () => {
  test('gets money, pays with it, gives it back, and sees what is its own', async () => {
    const [ada] = await rich(here.client, '20', newcomer())
    const { self, client } = await program('corner-shop', OWN)
    const sent = await here.client.send(ada, '5', { to: self })
    await client.post('/v1/claims', { transfer: sent.id, by: self })
    const ask = await client.post<{ id: string }>('/v1/asks', {
      by: self,
      amount: '3',
      parts: [{ from: ada }],
    })
    await here.client.post(`/v1/asks/${ask.id}/payments`, { by: ada })
    expect(await client.balance(self)).toBe('8.00')

    const paid = await client.send(self, '2', { to: ada })
    await here.client.collect(paid.code, ada)
    await client.refund(sent.id, self)
    expect(await client.balance(self)).toBe('1.00')
    expect(await here.client.balance(ada)).toBe('19.00')
    expect((await client.history(self)).items).toHaveLength(4)
    expect(await client.transfer(sent.id)).toMatchObject({ to: self, collectedBy: self })
    expect(await client.get(`/v1/asks/${ask.id}`)).toMatchObject({ by: self, state: 'paid' })
  })

  test('does nothing for anybody else, and sees nothing of theirs', async () => {
    const [ada, ben] = await rich(here.client, '20', newcomer(), newcomer('Ben'))
    const { client, self } = await program('nosy-shop', OWN)
    const { id, code } = await here.client.send(ada, '5', { to: ben })
    const refused = { code: 'not_allowed_by_token', details: { scope: '--for everybody' } }
    await expect(client.send(ada, '1')).rejects.toMatchObject(refused)
    await expect(client.collect(code, ben)).rejects.toMatchObject(refused)
    await expect(client.cancel(id, ada)).rejects.toMatchObject(refused)
    await expect(client.balance(ada)).rejects.toMatchObject(refused)
    await expect(client.history(ada)).rejects.toMatchObject(refused)
    await expect(client.transfer(id)).rejects.toMatchObject({ code: 'not_allowed_by_token' })
    // Not by one item of many, nor by another app's name.
    const items = [
      { from: self, amount: '1' },
      { from: ada, amount: '1' },
    ]
    await expect(client.post('/v1/transfers:batch', { items })).rejects.toMatchObject(refused)
    await expect(client.send(app('corner-shop'), '1')).rejects.toMatchObject(refused)
    await expect(client.cancel(id, self)).rejects.toMatchObject({ code: 'not_sender' })
    await expect(client.issue(self, '1')).rejects.toMatchObject({ details: { scope: '--may issue' } })
  })

  test('keeps its account when its token ends and another one is made', async () => {
    const { self } = await program('till', OWN)
    await here.client.issue(self, '7')
    await revokeToken(here.core.db, 'till')
    const { client } = await program('till', OWN)
    expect(await client.balance(self)).toBe('7.00')
  })

  test('is nobody whom one could be linked with', async () => {
    const { self } = await program('linked-shop', OWN)
    await expect(here.client.link(newcomer(), self)).rejects.toMatchObject({ code: 'not_a_person' })
  })
})

describe('a token for the sandbox', () => {
  test('deals in play money as somebody of the playground, and does nothing for the app of its name', async () => {
    const sandbox: Scope = { may: APP_VERBS, whom: { kind: 'sandbox' } }
    const shop = await program('try', sandbox)
    const customer = await program('customer', sandbox)
    const [self, other] = ['try', 'customer'].map((id) => ({ messenger: 'playground', id }))
    await here.client.issue(other as Person, '20', { asset: 'PLAY' })
    const ask = await shop.client.post<{ id: string }>('/v1/asks', { by: self, amount: '5' })
    await customer.client.post(`/v1/asks/${ask.id}/payments`, { by: other })
    expect(await shop.client.get(`/v1/asks/${ask.id}`)).toMatchObject({ state: 'paid', asset: 'PLAY' })
    expect(await shop.client.balance(self as Person, 'PLAY')).toBe('5.00')
    await expect(shop.client.send(self as Person, '1', { asset: 'CREDIT' })).rejects.toMatchObject({
      code: 'unknown_asset',
    })
    await expect(shop.client.balance(shop.self)).rejects.toMatchObject({ code: 'not_allowed_by_token' })
  })
})

describe('a token for a group', () => {
  test('pays out of its treasury as an admin does, within its limit for a day, and out of no other', async () => {
    const [ada, ben] = await rich(here.client, '500', newcomer(), newcomer('Ben'))
    const [club, bar] = ['-1009001', '-1009002']
    for (const chat of [club, bar])
      await here.client.post(`/v1/groups/telegram/${chat}/contributions`, { from: ada, amount: '100' })
    const id = (await here.core.groups.find('telegram', club)) as string
    const { self, client } = await program('payroll', {
      may: ['read', 'send'],
      whom: { kind: 'group', id },
      perTransfer: '30',
      perDay: '50',
    })
    const pay = (chat: string, ...amounts: string[]) =>
      client.post(`/v1/groups/telegram/${chat}/payouts`, {
        by: self,
        items: amounts.map((amount, index) => ({ to: index ? ada : ben, amount })),
      })
    await pay(club, '20', '5')
    await expect(pay(club, '30.01')).rejects.toMatchObject({ code: 'token_transfer_limit' })
    await expect(pay(club, '20', '5.01')).rejects.toMatchObject({
      code: 'token_day_limit',
      details: { most: '50.00', sent: '25.00', asset: 'CREDIT' },
    })
    await pay(club, '25')
    await expect(pay(bar, '1')).rejects.toMatchObject({ code: 'not_admin' })
    expect(await client.get(`/v1/groups/telegram/${club}/treasury`)).toMatchObject({
      balances: [{ amount: '50.00' }],
    })
    for (const what of ['treasury', 'history'])
      await expect(client.get(`/v1/groups/telegram/${bar}/${what}`)).rejects.toMatchObject({
        details: { scope: '--for MESSENGER:GROUP' },
      })
    await expect(client.send(ada, '1')).rejects.toMatchObject({ code: 'not_allowed_by_token' })
  })
})

describe('a token for one asset', () => {
  test('neither moves nor sees any other', async () => {
    const [ada] = await rich(here.client, '20', newcomer())
    await here.client.issue(ada, '5', { asset: 'FLASH' })
    const credit = await here.client.send(ada, '1')
    const { client } = await program('flash', { ...EVERYBODY, whom: { kind: 'everybody', asset: 'FLASH' } })
    const refused = { code: 'not_allowed_by_token', details: { scope: '--for CREDIT' } }
    await expect(client.send(ada, '1')).rejects.toMatchObject(refused)
    await expect(client.collect(credit.code, newcomer())).rejects.toMatchObject(refused)
    await expect(client.cancel(credit.id, ada)).rejects.toMatchObject(refused)
    await expect(client.post('/v1/asks', { by: ada, amount: '1' })).rejects.toMatchObject(refused)
    await expect(client.post('/v1/transfers/find', { code: credit.code })).rejects.toMatchObject(refused)
    expect(await client.balance(ada)).toBeUndefined()
    expect(await client.balance(ada, 'FLASH')).toBe('5.00')
    expect((await client.history(ada)).items.map(({ transfer }) => transfer.asset)).toEqual(['FLASH'])
    expect(await client.send(ada, '1', { asset: 'FLASH' })).toMatchObject({ state: 'open' })
  })
})

describe('the limit for a day', () => {
  test('holds for sixty transfers at once by two processes, to the last one that fits', async () => {
    const people = Array.from({ length: 60 }, () => newcomer())
    await rich(here.client, '10', ...people)
    const { client, other } = await program('crowd', { ...EVERYBODY, perDay: '25.5' })
    const answers = await Promise.allSettled(
      people.map((from, index) => (index % 2 ? client : other).send(from, '1')),
    )
    const refused = answers.flatMap((one) => (one.status === 'rejected' ? one.reason : []))
    expect(refused).toHaveLength(35)
    for (const one of refused)
      expect(one).toMatchObject({ code: 'token_day_limit', details: { sent: '25.00' } })
    // Another asset has a day of its own.
    const [ada] = people
    await here.client.issue(ada as (typeof people)[0], '20', { asset: 'FLASH' })
    await client.send(ada as (typeof people)[0], '20', { asset: 'FLASH' })
  })

  test('counts each request once, however often it is sent, and stays when the token is made again', async () => {
    const [ada] = await rich(here.client, '10', newcomer())
    const { client } = await program('again', { ...EVERYBODY, perDay: '3' })
    for (let time = 0; time < 3; time++) await client.send(ada, '2', { key: 'order-1' })
    const fresh = await program('again', { ...EVERYBODY, perDay: '3' })
    await expect(fresh.client.send(ada, '1.01')).rejects.toMatchObject({ code: 'token_day_limit' })
    await fresh.client.send(ada, '1')
  })

  test('is kept by the books, whoever writes them', async () => {
    const { sql, close } = connect(here.database)
    onTestFinished(close)
    await expect(sql`update token_days set sent = most + 1`).rejects.toThrow(/token_days_within_limit/)
  })
})

describe('a token', () => {
  test('ends at its time by the database’s clock, whatever that of the service says', async () => {
    const soon = await program('soon', OWN, new Date(Date.now() + 3600_000))
    vi.useFakeTimers({ now: Date.now() + 7200_000, toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    expect(await soon.client.balance(soon.self)).toBe('0.00')
    await here.core.db.execute(`update tokens set ends_at = now() + interval '100 ms' where name = 'soon'`)
    const code = () => soon.client.balance(soon.self).catch((error: { code: string }) => error.code)
    await expect.poll(code, { timeout: 10_000 }).toBe('token_ended')
  })

  test('is not cached for longer than it lasts', async () => {
    const brief = await program('brief', OWN)
    await here.core.db.execute(`update tokens set ends_at = now() + interval '400 ms' where name = 'brief'`)
    await brief.client.balance(brief.self).catch(() => 'A busy machine comes too late.')
    await sleep(400)
    await expect(brief.client.balance(brief.self)).rejects.toMatchObject({ code: 'token_ended' })
  })

  test('that is revoked is taken no more by another process within seconds', async () => {
    const { self, client, other } = await program('fired', OWN)
    await other.balance(self)
    await revokeToken(here.core.db, 'fired')
    await expect(client.balance(self)).rejects.toMatchObject({ code: 'unauthorized' })
    const code = () => other.balance(self).catch((error: { code: string }) => error.code)
    await expect.poll(code, { timeout: 10_000 }).toBe('unauthorized')
  })
})
