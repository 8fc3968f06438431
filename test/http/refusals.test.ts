import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../db/postgres.ts'
import type { Scope } from '../../src/access/scopes.ts'
import { makeToken } from '../../src/access/tokens.ts'
import { ROLES } from '../../src/config.ts'
import type { RefusalCode } from '../../src/shared/refusal.ts'
import { MOST_WEBHOOKS } from '../../src/webhooks/webhooks.ts'
import { type OpenApi, operationsOf } from '../support/openapi.ts'
import {
  type Client,
  clientOf,
  makeTokenIn,
  newcomer,
  openTestCore,
  type Person,
  rich,
  startTestService,
} from '../support/service.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let client: Client
beforeAll(async () => {
  service = await startTestService({ operators: ['telegram:42000'] })
  client = service.client
})
afterAll(() => service.close())

describe('a bearer token', () => {
  const ask = (headers: Record<string, string>) =>
    fetch(`${service.url}/v1/assets?messenger=telegram`, { headers })

  test.each([
    ['none', {}],
    ['an empty one', { authorization: '' }],
    ['Bearer alone', { authorization: 'Bearer ' }],
    ['one that nobody made', { authorization: `Bearer pa_${'x'.repeat(43)}` }],
    ['one of another kind', { authorization: 'Basic dXNlcjpwYXNz' }],
    ['a huge one', { authorization: `Bearer ${'x'.repeat(8000)}` }],
    ['SQL', { authorization: "Bearer ' or 1=1 --" }],
  ])('is needed: %s is refused', async (_what, headers) => {
    const answer = await ask(headers)
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toBe('Bearer')
    expect(await answer.json()).toMatchObject({ code: 'unauthorized', status: 401 })
  })

  test('is compared as a whole', async () => {
    const core = await openTestCore()
    onTestFinished(core.close)
    const token = await makeToken(core.core.db, 'shop')
    const { tokens } = core.core
    expect(await tokens.grantOf(token)).toEqual({ client: 'shop', scope: 'all' })
    for (const forged of [token.slice(0, -1), `${token}x`, token.toUpperCase(), token.slice(3)])
      expect(await tokens.grantOf(forged)).toBeUndefined()
  })

  test('ends when its name gets another one', async () => {
    const first = await openTestCore()
    onTestFinished(first.close)
    const old = await makeToken(first.core.db, 'shop')
    const fresh = await makeToken(first.core.db, 'shop')
    expect(await first.core.tokens.grantOf(old)).toBeUndefined()
    expect(await first.core.tokens.grantOf(fresh)).toMatchObject({ client: 'shop' })
  })

  test.each(['pages', ...ROLES])('is not made under the service’s own name %s', async (name) => {
    const core = await openTestCore()
    onTestFinished(core.close)
    await expect(makeToken(core.core.db, name)).rejects.toThrow(/^NAME: .* choose another one\.$/)
    await makeToken(core.core.db, `${name}-too`)
  })

  test('that an earlier version made under such a name is not taken, and the start tells which', async () => {
    const first = await startTestService()
    onTestFinished(first.close)
    const { database, secretKey } = first
    const [pages, telegram] = [await makeTokenIn(database, 'before'), await makeTokenIn(database, 'earlier')]
    const { db, close } = connect(database)
    await db.execute(sql`update tokens set name = 'pages' where name = 'before'`)
    await db.execute(sql`update tokens set name = 'telegram' where name = 'earlier'`)
    await close()
    const warnings = (log: string[]) => log.filter((line) => line.includes('names of the service itself'))
    const again = await startTestService({ database, secretKey })
    onTestFinished(again.close)
    for (const token of [pages, telegram]) {
      const client = clientOf((path, init) => fetch(again.url + path, init), token)
      expect(await client.call('GET', '/v1/assets?messenger=telegram')).toMatchObject({ status: 401 })
    }
    expect(await again.client.balance(newcomer())).toBe('0.00')
    expect(warnings(first.log)).toEqual([])
    expect(warnings(again.log)).toHaveLength(1)
    expect(JSON.parse(warnings(again.log)[0] ?? '')).toMatchObject({
      level: 'warn',
      names: expect.arrayContaining(['pages', 'telegram']),
    })
  })

  test('is kept as a hash', async () => {
    const core = await openTestCore()
    onTestFinished(core.close)
    const token = await makeToken(core.core.db, 'shop')
    const rows = JSON.stringify(await core.core.db.execute(sql`select t::text from tokens t`))
    expect(rows).toContain('shop')
    expect(rows).not.toContain(token.slice(3))
  })

  test('is asked for at every address under /v1 but those for anyone, whether there is something or not', async () => {
    const document = await client.get<OpenApi>('/openapi.json')
    for (const { method, path, operation } of operationsOf(document)) {
      if (operation['x-scope'] === 'anyone') continue
      const answer = await fetch(service.url + path, { method })
      expect([method, path, answer.status]).toEqual([method, path, 401])
    }
    expect((await fetch(`${service.url}/v1/nothing`)).status).toBe(401)
  })
})

describe('a body that is too large', () => {
  const SPACES = ' '.repeat(65_536)
  test.each([
    ['a route for one', '/v1/transfers', SPACES, 65_536],
    ['a route for many', '/v1/transfers:batch', SPACES.repeat(16), 1_048_576],
    ['a page with a form', '/session', SPACES.slice(0, 4096), 4096],
    ['an address where there is nothing', '/nothing', SPACES, 65_536],
  ])('is refused by %s, whether or not it tells its length', async (_, path, spaces, bytes) => {
    const token = await makeTokenIn(service.database, 'sender')
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const send = (body: string | ReadableStream) =>
      fetch(service.url + path, { method: 'POST', headers, body, duplex: 'half' } as RequestInit)
    for (const body of [`${spaces}1`, new Blob([`${spaces}1`]).stream()]) {
      const answer = await send(body)
      expect([path, answer.status]).toEqual([path, 400])
      expect(await answer.json()).toMatchObject({ details: { problem: `more than ${bytes} bytes` } })
    }
  })
})

const openBy = (phrase: string, by: Person) => client.post('/v1/claims', { phrase, by })

const make = (id: string, by: Person, message: string) =>
  client.post(`/v1/offers/${id}/make`, { by, place: { chat: '1', message } })

/** Those that come about in other ways than by a call: the tests of their own folders provoke them. */
type Elsewhere =
  | 'signed_out'
  | 'not_admin'
  | 'admins_unknown'
  | `join_${string}`
  | 'already_joined'
  | 'joined_elsewhere'
  | 'not_joined'
  | 'not_open_yet'
  | 'winding_down'
  | `group_${string}`
  | 'limit_too_large'
  | 'unknown_time_zone'
  | `list_${string}`
  | 'not_member'
  | `standing_${string}`
  | `payout_${string}`
  | `ask_${string}`
  | 'awaiting_sender'
  | 'sender_said_no'
  | 'too_many_askers'
  | `asker_${string}`
  | `pool_${string}`
  | 'awaiting_goal'
  | `link_${string}`
  | 'already_linked'
  | 'not_linked'
  | 'not_asker'
  | 'not_a_person'
  | 'taken_back_before'
  | 'unknown_person'
  | 'person_unclear'
  | 'listed_twice'
  | 'treasury_short'
  | 'awaiting_approval'
  | 'on_hold'
  | 'name_or_phrase'
  | 'settlement_too_large'

const forMembers = (from: Person) =>
  client.send(from, '1', { shares: 2, membersOnly: true, group: { messenger: 'telegram', id: '-500' } })

/** A packet for a list of a group of which the sender is an admin. */
async function forCrew(from: Person) {
  const group = { messenger: 'telegram', id: '-502' }
  await client.call('PUT', `/v1/chats/telegram/-502/members/${from.id}`, { admin: true, member: true })
  await client.send(from, '1', { group })
  const { db, close } = connect(service.database)
  await db.execute(sql`
    insert into people_lists (id, group_id, name, members)
    select gen_random_uuid(), group_id, 'Crew', '[{"messenger": "telegram", "id": "987654321"}]' from chats
    where messenger = 'telegram' and id = '-502'`)
  await close()
  return client.send(from, '1', { shares: 2, takers: { of: 'list', list: 'Crew' }, group })
}

/** A program whose token is for everybody, within some bounds. */
async function programOf(scope: Partial<Scope>, endsAt?: Date): Promise<Client> {
  const all: Scope = { may: ['read', 'send'], whom: { kind: 'everybody' }, ...scope }
  const token = await makeTokenIn(service.database, `program-${newcomer().id}`, all, endsAt)
  return clientOf((path, init) => fetch(service.url + path, init), token)
}

/** Every no that the API can say, each provoked as it comes about. */
const REFUSALS: Record<
  Exclude<
    RefusalCode,
    | 'drawing'
    | 'not_due'
    | 'reminded_twice'
    | 'reissued_meanwhile'
    | 'too_many_requests'
    | 'overloaded'
    | Elsewhere
  >,
  [status: number, provoke: (ada: Person, ben: Person) => Promise<unknown>]
> = {
  invalid_request: [400, (ada) => client.send(ada, '1', { surprise: true })],
  unauthorized: [
    401,
    () => clientOf((path, init) => fetch(service.url + path, init), 'pa_forged').balance(newcomer()),
  ],
  token_ended: [401, async (ada) => (await programOf({}, new Date(0))).balance(ada)],
  not_allowed_by_token: [403, async (ada) => (await programOf({ may: ['read'] })).send(ada, '1')],
  token_transfer_limit: [403, async (ada) => (await programOf({ perTransfer: '1' })).send(ada, '1.01')],
  token_day_limit: [403, async (ada) => (await programOf({ perDay: '1' })).send(ada, '1.01')],
  app_unknown: [404, (ada) => client.send(ada, '1', { to: { messenger: 'app', id: 'nobody' } })],
  webhook_not_found: [404, () => client.get(`/v1/webhooks/${randomUUID()}`)],
  webhook_delivery_not_found: [
    404,
    () => client.post(`/v1/webhooks/${randomUUID()}/deliveries/${randomUUID()}/redeliver`, undefined),
  ],
  too_many_webhooks: [
    409,
    async () => {
      const program = await programOf({ whom: { kind: 'own' } })
      for (let made = 0; made <= MOST_WEBHOOKS; made++)
        await program.post('/v1/webhooks', { url: 'https://shop.example/' })
    },
  ],
  not_operator: [403, (ada) => client.issue(ada, '1', { by: ada })],
  route_not_found: [404, () => client.get('/v1/nothing')],
  invalid_amount: [422, (ada) => client.send(ada, 'twenty')],
  amount_ambiguous: [422, (ada) => client.send(ada, '1,50')],
  too_many_decimals: [422, (ada) => client.send(ada, '1.5000')],
  amount_too_small: [422, (ada) => client.send(ada, '0')],
  too_many_shares: [422, (ada) => client.send(ada, '0.03', { shares: 4, draw: 'lucky' })],
  amount_too_large: [422, (ada) => client.send(ada, '2000.01')],
  unknown_asset: [422, (ada) => client.send(ada, '1', { asset: 'DOGE' })],
  asset_unclear: [422, (ada) => client.send(ada, '€1')],
  own_transfer: [409, async (ada) => client.collect((await client.send(ada, '1')).code, ada)],
  insufficient_funds: [409, (ada) => client.send(ada, '100.01')],
  transfer_not_found: [404, (ada) => client.collect('x'.repeat(22), ada)],
  already_collected: [
    409,
    async (ada, ben) => {
      const { code } = await client.send(ada, '1')
      await client.collect(code, ben)
      return client.collect(code, newcomer('Eve'))
    },
  ],
  settles_too_late: [
    422,
    (ada) => client.send(ada, '1', { shares: 2, settlement: { by: 'draw', seconds: 2 * 86_400 } }),
  ],
  entered_already: [
    409,
    async (ada, ben) => {
      const { code } = await client.send(ada, '1', { shares: 2, settlement: { by: 'draw', seconds: 60 } })
      await client.collect(code, ben)
      return client.collect(code, ben)
    },
  ],
  already_yours: [
    409,
    async (ada, ben) => {
      const { code } = await client.send(ada, '1')
      await client.collect(code, ben)
      return client.collect(code, ben)
    },
  ],
  extended_already: [
    409,
    async (ada) => {
      const { id } = await client.send(ada, '1')
      await client.extend(id, ada)
      return client.extend(id, ada)
    },
  ],
  not_named: [409, async (ada) => client.remind((await client.send(ada, '1')).id, ada)],
  notices_off: [
    409,
    async (ada, ben) => {
      await client.call('PUT', `/v1/people/telegram/${ben.id}/notices`, { on: false })
      return client.remind((await client.send(ada, '1', { to: ben })).id, ada)
    },
  ],
  reminded_lately: [
    409,
    async (ada, ben) => {
      const { id } = await client.send(ada, '1', { to: ben })
      await client.remind(id, ada)
      return client.remind(id, ada)
    },
  ],
  not_collector: [
    403,
    async (ada, ben) => {
      const { id, code } = await client.send(ada, '1')
      await client.collect(code, ben)
      return client.refund(id, newcomer('Eve'))
    },
  ],
  not_refundable: [409, async (ada) => client.refund((await client.issue(ada, '1')).id, ada)],
  refunded_already: [
    409,
    async (ada, ben) => {
      const { id, code } = await client.send(ada, '1')
      await client.collect(code, ben)
      await client.refund(id, ben)
      return client.refund(id, ben)
    },
  ],
  not_for_you: [
    403,
    async (ada, ben) => client.collect((await client.send(ada, '1', { to: ben })).code, newcomer()),
  ],
  members_only: [
    403,
    async (ada) => client.collect((await forMembers(ada)).code, newcomer('Dana', 'discord')),
  ],
  not_here_before: [
    403,
    async (ada, ben) => {
      const group = { messenger: 'telegram', id: '-501' }
      const { code } = await client.send(ada, '1', { shares: 2, takers: { of: 'before' }, group })
      await client.call('PUT', `/v1/chats/telegram/-501/members/${ben.id}`, { admin: null, member: true })
      return client.collect(code, ben)
    },
  ],
  listed_only: [
    403,
    async (ada, ben) => {
      const { code } = await forCrew(ada)
      return client.collect(code, ben)
    },
  ],
  members_unknown: [
    409,
    async (ada, ben) => {
      const { code } = await forMembers(ada)
      await client.call('PUT', `/v1/chats/telegram/-500/members/${ben.id}`, { admin: null, member: null })
      return client.collect(code, ben)
    },
  ],
  handle_not_told: [
    403,
    async (ada) => {
      const { handle, ...silent } = newcomer()
      return client.collect(
        (await client.send(ada, '1', { to: { messenger: 'telegram', handle } })).code,
        silent,
      )
    },
  ],
  phrase_unknown: [404, (_, ben) => openBy('nothing opens by these', ben)],
  phrase_needed: [
    403,
    async (ada, ben) => client.collect((await client.send(ada, '1', { phrase: {} })).code, ben),
  ],
  phrase_paused: [
    429,
    async (_, ben) => {
      for (let turn = 0; turn < 5; turn++) await openBy(`nothing opens by ${turn}`, ben).catch(() => {})
      return openBy('nothing opens by these', ben)
    },
  ],
  phrase_weak: [422, (ada) => client.send(ada, '1', { phrase: { words: 'happy birthday' } })],
  phrase_taken: [
    409,
    async (ada, ben) => {
      const phrase = { words: 'seven green umbrellas sleeping' }
      await client.send(ada, '1', { phrase })
      return client.send(ben, '1', { phrase })
    },
  ],
  phrase_chosen: [
    409,
    async (ada) => {
      const words = 'eight green umbrellas sleeping'
      const { id } = await client.send(ada, '1', { phrase: { words } })
      return client.post(`/v1/transfers/${id}/words`, { by: ada })
    },
  ],
  no_phrase: [
    409,
    async (ada) => client.post(`/v1/transfers/${(await client.send(ada, '1')).id}/words`, { by: ada }),
  ],
  wrong_asset: [
    403,
    async (ada) => client.collect((await client.send(ada, '1')).code, newcomer('Player', 'playground')),
  ],
  expired: [
    410,
    async (ada, ben) => {
      const { code } = await client.send(ada, '1', { asset: 'FLASH' })
      await sleep(1100)
      return client.collect(code, ben)
    },
  ],
  cancelled: [
    410,
    async (ada, ben) => {
      const { id, code } = await client.send(ada, '1')
      await client.cancel(id, ada)
      return client.collect(code, ben)
    },
  ],
  declined: [
    410,
    async (ada, ben) => {
      const { id, code } = await client.send(ada, '1', { to: ben })
      await client.decline(id, ben)
      return client.collect(code, ben)
    },
  ],
  not_sender: [403, async (ada, ben) => client.cancel((await client.send(ada, '1')).id, ben)],
  not_recipient: [403, async (ada, ben) => client.decline((await client.send(ada, '1')).id, ben)],
  offer_not_found: [404, (ada) => make(crypto.randomUUID(), ada, '1')],
  offer_elsewhere: [
    409,
    async (ada) => {
      const { id } = await client.post<{ id: string }>('/v1/offers', { from: ada, amount: '1' })
      await make(id, ada, '1')
      return make(id, ada, '2')
    },
  ],
  card_elsewhere: [
    409,
    async (ada) => {
      const card = { messenger: 'telegram', chat: 'chat', message: ada.id, language: 'en', drawn: 'open' }
      for (const amount of ['1', '2']) {
        const { id } = await client.send(ada, amount)
        await client.post(`/v1/transfers/${id}/cards`, card)
      }
    },
  ],
  too_much_feedback: [
    429,
    async (by) => {
      for (let i = 0; i < 11; i++) await client.post('/v1/feedback', { by, text: `thought ${i}` })
    },
  ],
  key_reused: [
    422,
    async (ada) => {
      const key = `key-${ada.id}`
      await client.send(ada, '1', { key })
      return client.send(ada, '2', { key })
    },
  ],
}

describe('a refusal', () => {
  test.each(Object.entries(REFUSALS))(
    '%s has its status and its problem document',
    async (code, [status, provoke]) => {
      const [ada, ben] = await rich(client, '100', newcomer('Ada'), newcomer('Ben'))
      await client.issue(ada, '1', { asset: 'FLASH' })
      const problem = await provoke(ada, ben).then(
        () => undefined,
        (error: unknown) => error as Record<string, unknown>,
      )
      expect(problem).toMatchObject({
        code,
        status,
        type: `urn:passalong:${code}`,
        title: code.replaceAll('_', ' '),
      })
      expect(problem?.detail).toMatch(/^[A-Z"“].*[.):]?/)
      expect(problem?.detail).not.toContain('{{')
      expect(problem?.requestId).toMatch(/^[\w-]{8,}$/)
    },
  )

  test('carries what its sentence is made of', async () => {
    const [ada] = await rich(client, '5', newcomer('Ada'))
    const answer = await client.call('POST', '/v1/transfers', { from: ada, amount: '20' })
    expect(answer.headers.get('content-type')).toBe('application/problem+json')
    expect(answer.headers.get('x-request-id')).toBe(answer.body.requestId)
    expect(answer.body).toMatchObject({
      detail: 'Not enough: 20.00 CREDIT asked, 5.00 CREDIT there.',
      details: { amount: '20.00', balance: '5.00', asset: 'CREDIT' },
    })
  })

  test('names the field that is wrong', async () => {
    const answer = await client.call('POST', '/v1/transfers', {
      from: { messenger: 'telegram' },
      amount: '20',
    })
    expect(answer.body).toMatchObject({ code: 'invalid_request', detail: expect.stringContaining('from.id') })
  })
})

test('an unknown failure is a 500 that tells a request id and nothing else', async () => {
  const broken = await startTestService({ roles: 'api' })
  onTestFinished(broken.close)
  const ada = newcomer('Ada')
  await broken.client.issue(ada, '20')
  const { id } = await broken.client.send(ada, '20')
  const { db, close } = connect(broken.database)
  await db.execute(sql`alter table cards rename to cards_of_yesterday`)
  await close()
  const answer = await broken.client.call('GET', `/v1/transfers/${id}/cards`)
  expect(answer.status).toBe(500)
  expect(answer.body).toEqual({
    type: 'urn:passalong:internal_error',
    title: 'internal error',
    status: 500,
    detail:
      'Something went wrong on our side. Ask again with the same key, and tell the operator the request id.',
    code: 'internal_error',
    requestId: answer.headers.get('x-request-id'),
  })
  const line = broken.log.find((one) => one.includes(answer.body.requestId as string))
  expect(line).toContain('relation')
  expect(line).not.toContain(id)
})
