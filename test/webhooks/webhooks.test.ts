import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../db/postgres.ts'
import { APP_VERBS, type Scope } from '../../src/access/scopes.ts'
import { makeToken, revokeToken } from '../../src/access/tokens.ts'
import type { DeliveryView } from '../../src/webhooks/deliveries.ts'
import { EVENT_TYPES, type EventType } from '../../src/webhooks/events.ts'
import { PATIENCE_HOURS } from '../../src/webhooks/queue.ts'
import { OVERLAP_HOURS } from '../../src/webhooks/signature.ts'
import { MOST_WEBHOOKS, type WebhookView } from '../../src/webhooks/webhooks.ts'
import { openReceiver } from '../support/receiver.ts'
import { clientOf, newcomer, type Person, rich, startTestService } from '../support/service.ts'

const OPERATOR = 'telegram:4711'
const OWN: Scope = { may: APP_VERBS, whom: { kind: 'own' } }

let service: Awaited<ReturnType<typeof startTestService>>
let books: ReturnType<typeof connect>
beforeAll(async () => {
  service = await startTestService({
    operators: [OPERATOR],
    environment: { WEBHOOK_NETWORKS: '127.0.0.1' },
  })
  books = connect(service.database)
})
afterAll(async () => {
  await books.close()
  await service.close()
})

type Made = WebhookView & { secret: string }

let programs = 0

/** A program with a webhook of its own, and somebody with money. */
async function program(scope: Scope | 'all' = OWN, events?: EventType[]) {
  const name = `shop-${++programs}`
  const token = await makeToken(books.db, name, scope)
  const client = clientOf((path, init) => fetch(service.url + path, init), token)
  const receiver = await openReceiver()
  const webhook = await client.post<Made>('/v1/webhooks', { url: receiver.url, events })
  receiver.expect(webhook.secret)
  const [ada] = await rich(service.client, '100', newcomer())
  const path = `/v1/webhooks/${webhook.id}`
  return {
    name,
    self: { messenger: 'app', id: name },
    client,
    receiver,
    webhook,
    ada,
    path,
    now: () => client.get<WebhookView>(path),
    log: async () => (await client.get<{ items: DeliveryView[] }>(`${path}/deliveries`)).items.toReversed(),
    /** As if the pause were over. */
    pauseIsOver: () =>
      books.sql`update webhook_deliveries set next_at = now() where webhook_id = ${webhook.id} and state = 'waiting'`,
  }
}

const pay = (shop: { self: Person }, from: Person, amount = '1') =>
  service.client.send(from, amount, { to: shop.self })

describe('a program', () => {
  test('is told what happens to its own money, in order, signed, without codes', async () => {
    const shop = await program()
    const { code, id } = await pay(shop, shop.ada, '5')
    await shop.client.post('/v1/claims', { transfer: id, by: shop.self })
    await service.client.send(shop.ada, '1')
    const back = await shop.client.refund(id, shop.self)
    await expect.poll(() => shop.receiver.received.length).toBe(4)
    expect(shop.receiver.refused).toEqual([])
    const events = shop.receiver.received.map(({ event }) => event)
    expect(events.filter(({ data }) => 'transfer' in data && data.transfer.id === id)).toEqual([
      { type: 'transfer.created', timestamp: expect.any(String), data: { transfer: expect.any(Object) } },
      {
        type: 'transfer.claimed',
        timestamp: expect.any(String),
        data: {
          transfer: expect.objectContaining({ state: 'collected', amount: '5.00' }),
          claim: expect.objectContaining({ by: expect.objectContaining(shop.self), amount: '5.00' }),
        },
      },
    ])
    expect(events.filter(({ data }) => 'transfer' in data && data.transfer.refundOf === id)).toHaveLength(2)
    for (const secret of [code, back.code]) expect(JSON.stringify(events)).not.toContain(secret)
  })

  test('is told that its ask was paid, and once that all of it is', async () => {
    const shop = await program(OWN, ['ask.paid', 'ask.completed'])
    const [ben] = await rich(service.client, '10', newcomer('Ben'))
    const ask = await shop.client.post<{ id: string }>('/v1/asks', {
      by: shop.self,
      amount: '10',
      parts: [{ from: shop.ada }, { from: ben }],
    })
    const payBy = (by: Person) => service.client.post(`/v1/asks/${ask.id}/payments`, { by })
    await payBy(shop.ada)
    await expect.poll(shop.receiver.types).toEqual(['ask.paid'])
    await payBy(ben)
    await expect.poll(shop.receiver.types).toEqual(['ask.paid', 'ask.paid', 'ask.completed'])
    expect(shop.receiver.received.at(-1)?.event.data).toMatchObject({
      ask: { id: ask.id, state: 'paid', paid: '10.00', parts: [{ paidBy: { id: shop.ada.id } }, {}] },
    })
  })

  test('is told what is given for its pool, and when the goal is reached', async () => {
    const shop = await program(OWN, ['ask.paid', 'ask.completed'])
    const ask = await shop.client.post<{ id: string }>('/v1/asks', {
      by: shop.self,
      kind: 'pool',
      amount: '10',
    })
    const give = (amount: string) =>
      service.client.post(`/v1/asks/${ask.id}/payments`, { by: shop.ada, amount })
    await give('4')
    await expect.poll(shop.receiver.types).toEqual(['ask.paid'])
    await give('6')
    await expect.poll(shop.receiver.types).toEqual(['ask.paid', 'ask.paid', 'ask.completed'])
  })

  test.each<[string, Scope | 'all', Record<'own' | 'credit' | 'flash', boolean>]>([
    ['of nothing but its own', OWN, { own: true, credit: false, flash: false }],
    ['of everybody', { ...OWN, whom: { kind: 'everybody' } }, { own: true, credit: true, flash: true }],
    [
      'of everybody in one asset',
      { ...OWN, whom: { kind: 'everybody', asset: 'FLASH' } },
      { own: true, credit: false, flash: true },
    ],
    ['of all', 'all', { own: true, credit: true, flash: true }],
    [
      'of nothing where it may not read',
      { ...OWN, may: ['send'] },
      { own: false, credit: false, flash: false },
    ],
  ])('is told %s, as its token may read', async (_what, scope, told) => {
    const may = scope === 'all' || scope.may.includes('read')
    const shop = await program(may ? scope : OWN, ['transfer.created'])
    if (!may) await makeToken(books.db, shop.name, scope)
    await service.client.issue(shop.ada, '1', { asset: 'FLASH' })
    const sent = {
      // A token that may do all has no account of its own.
      own: await service.client.send(shop.ada, '1', { to: scope === 'all' ? newcomer() : shop.self }),
      credit: await service.client.send(shop.ada, '1'),
      flash: await service.client.send(shop.ada, '1', { asset: 'FLASH' }),
    }
    // What was made last of what it is told comes last, or nothing comes.
    await expect.poll(async () => (await books.sql`select from outbox`).length).toBe(0)
    const expected = Object.entries(sent).flatMap(([name, { id }]) =>
      told[name as keyof typeof told] ? id : [],
    )
    const seen = () =>
      new Set(shop.receiver.received.map(({ event }) => 'transfer' in event.data && event.data.transfer.id))
    await expect.poll(() => expected.every((id) => seen().has(id))).toBe(true)
    const never = Object.values(sent).flatMap(({ id }) => (expected.includes(id) ? [] : id))
    expect(never.filter((id) => seen().has(id))).toEqual([])
    const queued =
      await books.sql`select subject from webhook_deliveries where webhook_id = ${shop.webhook.id}`
    expect(queued.map(({ subject }) => subject).filter((id) => never.includes(id))).toEqual([])
  })

  test('is told what happens in the group that its token is for', async () => {
    const [ada] = await rich(service.client, '10', newcomer())
    const club = { messenger: 'telegram', id: '-100811' }
    await service.client.send(ada, '1', { group: club })
    await expect.poll(async () => (await books.sql`select from outbox`).length).toBe(0)
    const [group] = await books.sql`select group_id as id from chats where id = ${club.id}`
    const shop = await program({ ...OWN, whom: { kind: 'group', id: group?.id } }, ['transfer.created'])
    const { id } = await service.client.send(ada, '2', { group: club })
    await service.client.send(ada, '1', { group: { messenger: 'telegram', id: '-100812' } })
    await expect
      .poll(() => shop.receiver.received.map(({ event }) => event.data))
      .toMatchObject([{ transfer: { id, group: club } }])
  })

  test('is told nothing any more once its token is revoked', async () => {
    const shop = await program()
    await revokeToken(books.db, shop.name)
    await pay(shop, shop.ada)
    await expect.poll(async () => (await books.sql`select from outbox`).length).toBe(0)
    expect(
      await books.sql`select from webhook_deliveries where webhook_id = ${shop.webhook.id}`,
    ).toHaveLength(0)
  })
})

describe('what does not arrive', () => {
  test('comes again under the same id, and before what has happened to the same transfer since', async () => {
    const shop = await program()
    const bad = await pay(shop, shop.ada)
    let isDown = true
    shop.receiver.answerBy(({ event }) =>
      isDown && 'transfer' in event.data && event.data.transfer.id === bad.id
        ? new Response(null, { status: 500 })
        : new Response(),
    )
    await expect.poll(shop.receiver.types).toEqual(['transfer.created'])
    await shop.client.post('/v1/claims', { transfer: bad.id, by: shop.self })
    const other = await pay(shop, shop.ada)
    await expect
      .poll(async () => (await shop.log()).map(({ state }) => state))
      .toEqual(['waiting', 'waiting', 'delivered'])
    expect(shop.receiver.received.at(-1)?.event.data).toMatchObject({ transfer: { id: other.id } })
    isDown = false
    await shop.pauseIsOver()
    await expect
      .poll(shop.receiver.types)
      .toEqual(['transfer.created', 'transfer.created', 'transfer.created', 'transfer.claimed'])
    const [first, , again] = shop.receiver.received
    expect(again?.id).toBe(first?.id)
    await expect
      .poll(async () => (await shop.log())[0])
      .toMatchObject({
        id: first?.id,
        type: 'transfer.created',
        subject: bad.id,
        state: 'delivered',
        nextAt: null,
        attempts: [
          { status: 500, error: null },
          { status: 200, error: null },
        ],
      })
  })

  test('is not tried at each success of others where it alone is never taken', async () => {
    const shop = await program()
    const { id } = await pay(shop, shop.ada)
    shop.receiver.answerBy(({ event }) => {
      const isBad = 'transfer' in event.data && event.data.transfer.id === id
      return new Response(null, { status: isBad ? 500 : 200 })
    })
    await expect.poll(async () => (await shop.log())[0]?.attempts.length).toBeGreaterThan(0)
    await books.sql`update webhook_deliveries set next_at = now() + interval '1 hour' where webhook_id = ${shop.webhook.id} and state = 'waiting'`
    const before = (await shop.log())[0]?.attempts.length
    for (let sent = 1; sent <= 3; sent++) {
      await pay(shop, shop.ada)
      await expect
        .poll(async () => (await shop.log()).filter(({ state }) => state === 'delivered').length)
        .toBe(sent)
    }
    expect((await shop.log())[0]?.attempts).toHaveLength(before ?? 0)
  })

  test('comes at once, all of it, when its receiver is there again', async () => {
    const shop = await program()
    shop.receiver.answerBy(() => new Response(null, { status: 503 }))
    for (let sent = 0; sent < 3; sent++) await pay(shop, shop.ada)
    await expect.poll(async () => (await shop.now()).state).toBe('failing')
    await shop.pauseIsOver()
    await expect.poll(async () => (await shop.log()).every(({ attempts }) => attempts.length > 0)).toBe(true)
    // An hour later, and hours before they come again by their pauses.
    await books.sql`update webhook_deliveries set next_at = now() + interval '5 hours' where webhook_id = ${shop.webhook.id}`
    await books.sql`update webhooks set failing_since = now() - interval '1 hour' where id = ${shop.webhook.id}`
    shop.receiver.answerBy(() => new Response())
    await pay(shop, shop.ada)
    await expect
      .poll(async () => (await shop.log()).map(({ state }) => state))
      .toEqual(Array.from({ length: 4 }, () => 'delivered'))
    expect(await shop.now()).toMatchObject({ state: 'on', failingSince: null })
  })

  test('holds up no other program: neither one that never answers, nor one that is not there', async () => {
    const [slow, dead, quick] = [await program(), await program(), await program()]
    slow.receiver.answerBy(() => new Promise(() => {}))
    await books.sql`update webhooks set url = 'http://127.0.0.1:1/' where id = ${dead.webhook.id}`
    for (let sent = 0; sent < 15; sent++) await Promise.all([slow, dead].map((shop) => pay(shop, shop.ada)))
    await expect.poll(() => slow.receiver.received.length).toBe(10)
    await pay(quick, quick.ada)
    await expect.poll(quick.receiver.types, { timeout: 5000 }).toEqual(['transfer.created'])
    await expect
      .poll(async () => (await dead.log())[0]?.attempts[0])
      .toMatchObject({ status: null, error: 'ECONNREFUSED' })
  })

  test('is given up after three days where others arrive, and what comes after it goes on', async () => {
    const shop = await program()
    shop.receiver.answerBy(
      ({ event }) => new Response(null, { status: event.type === 'transfer.created' ? 500 : 200 }),
    )
    const { id } = await pay(shop, shop.ada)
    await shop.client.post('/v1/claims', { transfer: id, by: shop.self })
    await expect.poll(shop.receiver.types).toEqual(['transfer.created'])
    await books.sql`update webhook_deliveries set failing_since = now() - ${`${PATIENCE_HOURS} hours`}::interval where webhook_id = ${shop.webhook.id} and type = 'transfer.created'`
    await shop.pauseIsOver()
    await expect
      .poll(async () => (await shop.log()).map(({ state }) => state))
      .toEqual(['failed', 'delivered'])
    expect((await shop.now()).state).toBe('on')
    const [given] = await shop.log()
    shop.receiver.answerBy(() => new Response())
    const path = `${shop.path}/deliveries/${given?.id}/redeliver`
    expect(await shop.client.post(path, undefined)).toMatchObject({ id: given?.id, state: 'waiting' })
    await expect.poll(async () => (await shop.log())[0]?.state).toBe('delivered')
  })

  test('turns a webhook off after three days without a success; operators hear of it, and turned on it gets what has waited', async () => {
    const shop = await program()
    shop.receiver.answerBy(() => new Response(null, { status: 404 }))
    await pay(shop, shop.ada)
    await expect.poll(async () => (await shop.now()).state).toBe('failing')
    await books.sql`update webhooks set failing_since = now() - ${`${PATIENCE_HOURS} hours`}::interval where id = ${shop.webhook.id}`
    await shop.pauseIsOver()
    await expect.poll(async () => (await shop.now()).state).toBe('off')
    await pay(shop, shop.ada)
    await expect.poll(async () => (await books.sql`select from outbox`).length).toBe(0)
    expect(await shop.log()).toHaveLength(1)
    await expect
      .poll(
        async () =>
          (
            await service.client.post<{ items: object[] }>('/v1/deliveries/telegram/take', {
              limit: 100,
              seconds: 0,
            })
          ).items,
      )
      .toContainEqual(
        expect.objectContaining({
          kind: 'webhook-off',
          to: expect.objectContaining({ id: '4711' }),
          app: shop.name,
          host: new URL(shop.receiver.url).host,
        }),
      )
    expect(service.log.filter((line) => line.includes('a webhook was turned off'))).toHaveLength(1)
    shop.receiver.answerBy(() => new Response())
    expect(await shop.client.post(`${shop.path}/on`, undefined)).toMatchObject({ state: 'on', offAt: null })
    await expect.poll(async () => (await shop.log()).map(({ state }) => state)).toEqual(['delivered'])
  })

  test('turns a webhook off at once where it answers 410', async () => {
    const shop = await program()
    shop.receiver.answerBy(() => new Response(null, { status: 410 }))
    await pay(shop, shop.ada)
    await expect.poll(async () => (await shop.now()).state).toBe('off')
  })

  test('is no redirect that is followed', async () => {
    const shop = await program()
    const elsewhere = await openReceiver()
    elsewhere.expect(shop.webhook.secret)
    shop.receiver.answerBy(() => new Response(null, { status: 307, headers: { location: elsewhere.url } }))
    await pay(shop, shop.ada)
    await expect.poll(async () => (await shop.log())[0]?.attempts[0]?.status).toBe(307)
    expect(elsewhere.received).toEqual([])
  })

  test('is sent again where the process that has taken it ends', async () => {
    const shop = await program()
    const hanging: (() => void)[] = []
    shop.receiver.answerBy(() => new Promise((resolve) => void hanging.push(() => resolve(new Response()))))
    const another = await startTestService({
      database: service.database,
      secretKey: service.secretKey,
      roles: 'worker',
      environment: { WEBHOOK_NETWORKS: '127.0.0.1' },
    })
    await pay(shop, shop.ada)
    await expect.poll(shop.receiver.types).toEqual(['transfer.created'])
    await another.close()
    shop.receiver.answerBy(() => new Response())
    // By the process that was closed, or by the one that goes on.
    for (const answer of hanging) answer()
    await shop.pauseIsOver()
    await expect.poll(async () => (await shop.log()).map(({ state }) => state)).toEqual(['delivered'])
    expect(new Set(shop.receiver.received.map(({ id }) => id)).size).toBe(1)
  })
})

describe('a webhook', () => {
  test('has another secret when it asks for one, and for a day the one before signs, too', async () => {
    const shop = await program()
    const { secret } = await shop.client.post<Made>(`${shop.path}/secret`, undefined)
    expect(secret).not.toBe(shop.webhook.secret)
    await pay(shop, shop.ada)
    await expect.poll(() => shop.receiver.received.length).toBe(1)
    shop.receiver.expect(secret)
    await pay(shop, shop.ada)
    await expect.poll(() => shop.receiver.received.length).toBe(2)
    await books.sql`update webhooks set secret_at = now() - make_interval(hours => ${OVERLAP_HOURS}) where id = ${shop.webhook.id}`
    shop.receiver.expect(shop.webhook.secret)
    await pay(shop, shop.ada)
    await expect.poll(() => shop.receiver.refused.length).toBe(1)
  })

  test('is its own program’s, and nobody else finds it', async () => {
    const [shop, other] = [await program(OWN, ['ask.completed']), await program()]
    expect(await shop.client.get('/v1/webhooks')).toEqual({
      items: [
        {
          id: shop.webhook.id,
          url: shop.receiver.url,
          events: ['ask.completed'],
          state: 'on',
          createdAt: expect.any(String),
          failingSince: null,
          offAt: null,
        },
      ],
    })
    expect((await other.now()).events).toEqual(EVENT_TYPES)
    for (const [method, path] of [
      ['GET', ''],
      ['POST', '/secret'],
      ['POST', '/on'],
      ['GET', '/deliveries'],
      ['DELETE', ''],
    ] as const)
      expect((await other.client.call(method, shop.path + path)).body).toMatchObject({
        code: 'webhook_not_found',
      })
    await pay(other, other.ada)
    await expect.poll(async () => (await other.log()).length).toBe(1)
    const [theirs] = await other.log()
    await expect(
      shop.client.post(`${shop.path}/deliveries/${theirs?.id}/redeliver`, undefined),
    ).rejects.toMatchObject({ code: 'webhook_delivery_not_found' })
    await other.client.call('DELETE', other.path)
    expect(await other.client.get('/v1/webhooks')).toEqual({ items: [] })
  })

  test(`is one of ${MOST_WEBHOOKS} of a token at most, however many are made at once`, async () => {
    const shop = await program()
    const made = await Promise.all(
      Array.from({ length: MOST_WEBHOOKS + 3 }, () =>
        shop.client.call('POST', '/v1/webhooks', { url: shop.receiver.url }),
      ),
    )
    expect(made.filter(({ status }) => status === 201)).toHaveLength(MOST_WEBHOOKS - 1)
    expect(made.find(({ status }) => status !== 201)?.body).toMatchObject({ code: 'too_many_webhooks' })
  })

  test.each([
    'ftp://127.0.0.1/',
    'https://user:word@shop.example/',
    'https://127.0.0.2/',
    'https://2130706434/',
    'https://0x7f.2/',
    'https://10.0.0.1/',
    'https://169.254.169.254/latest/meta-data',
    'https://100.64.0.1/',
    'https://[::1]/',
    'https://[::ffff:10.0.0.1]/',
    'https://[64:ff9b::a00:1]/',
    'https://[2002:a00:1::]/',
    'https://[fd00::1]/',
    'https://[fe80::1]/',
    'https://0.0.0.0/',
    'javascript:alert(1)',
    '/hook',
  ])('lies in the public internet, or where the operator allows: not at %s', async (url) => {
    const answer = await service.client.call('POST', '/v1/webhooks', { url })
    expect([answer.status, answer.body['code']]).toEqual([400, 'invalid_request'])
  })
})
