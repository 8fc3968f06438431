import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sharesOf } from '../../src/asks/ask.ts'
import { type AskView, offersFor } from '../../src/asks/view.ts'
import { DEFAULT_RULES } from '../../src/groups/rules.ts'
import { audit } from '../../src/ledger/audit.ts'
import type { TransferView } from '../../src/transfers/view.ts'
import { labelled, newcomer, openTestCore, type Person, rich } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
let ada: Person
let ben: Person
let eve: Person
beforeAll(async () => {
  service = await openTestCore()
  service.core.deliveries.work()
  ;[ada, ben, eve] = await rich(service.client, '100', newcomer('Ada'), newcomer('Ben'), newcomer('Eve'))
})
afterAll(() => service.close())

const ask = (by: Person, asked: object) => service.client.post<AskView>('/v1/asks', { by, ...asked })
const pay = (id: string, by: Person, more: object = {}) =>
  service.client.post<{ ask: AskView; transfer: TransferView }>(`/v1/asks/${id}/payments`, { by, ...more })
const end = (id: string, by: Person) => service.client.post<AskView>(`/v1/asks/${id}/end`, { by })
const remind = (id: string, by: Person) =>
  service.client.post<{ told: number }>(`/v1/asks/${id}/reminders`, { by })
const refused = (made: Promise<unknown>) =>
  made.then(
    () => 'done',
    ({ code }) => code,
  )
const chat = () => ({ messenger: 'telegram', id: `-${crypto.randomUUID()}` })

/** What the bot is to do for an ask: kinds of jobs. */
const jobsFor = async (id: string): Promise<string[]> =>
  (
    await service.core.db.execute<{ kind: string }>(
      sql`select data ->> 'kind' as kind from pgboss.job where data ->> 'ask' = ${id} order by 1`,
    )
  ).map(({ kind }) => kind)
const dispatched = () =>
  expect
    .poll(async () => (await service.core.db.execute(sql`select from outbox`)).length, { interval: 20 })
    .toBe(0)

describe('what one person is asked for', () => {
  test('is paid as it was asked, and not where they say another amount', async () => {
    const { id } = await ask(ada, { amount: '7' })
    expect(await refused(pay(id, ben, { amount: '1' }))).toBe('invalid_request')
    expect((await pay(id, ben, { amount: '7.00' })).ask.state).toBe('paid')
  })

  test('is paid by them with one call: who asked has it at once, and both histories name the ask', async () => {
    const asked = await ask(ada, { amount: '20', parts: [{ from: ben }], note: 'lunch' })
    expect(asked).toMatchObject({
      state: 'open',
      total: '20.00',
      paid: '0.00',
      own: null,
      note: 'lunch',
      by: labelled(ada),
      parts: [{ from: labelled(ben), amount: '20.00', paidBy: null, paidAt: null }],
    })
    const before = [await service.client.balance(ada), await service.client.balance(ben)].map(Number)
    const paid = await pay(asked.id, ben)
    expect(paid.ask).toMatchObject({ state: 'paid', paid: '20.00', parts: [{ paidBy: labelled(ben) }] })
    expect(paid.transfer).toMatchObject({ state: 'collected', amount: '20.00', ask: asked.id, note: 'lunch' })
    const after = [await service.client.balance(ada), await service.client.balance(ben)].map(Number)
    expect(after).toEqual([(before[0] ?? 0) + 20, (before[1] ?? 0) - 20])
    for (const person of [ada, ben]) {
      const { items } = await service.client.history(person, 'limit=1')
      expect(items[0]?.transfer).toMatchObject({ id: paid.transfer.id, ask: asked.id })
    }
  })

  test('by the handle that they go by when they pay, also where we had not met them', async () => {
    const stranger = newcomer('Joe')
    const byHandle = { messenger: 'telegram', handle: stranger.handle }
    const { id } = await ask(ada, { amount: '1', parts: [{ from: byHandle }] })
    expect(await refused(pay(id, ben))).toBe('ask_not_for_you')
    await service.client.issue(stranger, '1')
    expect((await pay(id, stranger)).ask.state).toBe('paid')
  })

  test('is refused where it is somebody else’s, one’s own, paid, ended or not there', async () => {
    const { id } = await ask(ada, { amount: '1', parts: [{ from: ben }] })
    expect(await refused(pay(id, eve))).toBe('ask_not_for_you')
    expect(await refused(pay(id, ada))).toBe('ask_own')
    await pay(id, ben)
    expect(await refused(pay(id, ben))).toBe('ask_paid')
    expect(await refused(end(id, ada))).toBe('ask_paid')
    expect(await refused(pay(crypto.randomUUID(), ben))).toBe('ask_not_found')
    const another = await ask(ada, { amount: '1', parts: [{ from: ben }] })
    expect(await refused(end(another.id, ben))).toBe('not_asker')
    expect(await end(another.id, ada)).toMatchObject({ state: 'ended', endedAt: expect.any(String) })
    expect(await refused(pay(another.id, ben))).toBe('ask_ended')
    expect(await refused(end(another.id, ada))).toBe('ask_ended')
  })

  test('is paid once by two taps at the same moment; one tap that is sent twice has one answer', async () => {
    const { id } = await ask(ada, { amount: '1', parts: [{ from: ben }] })
    const taps = await Promise.all([refused(pay(id, ben)), refused(pay(id, ben))])
    expect(new Set(taps)).toEqual(new Set(['ask_paid', 'done']))
    const other = await ask(ada, { amount: '1', parts: [{ from: ben }] })
    const key = `tap ${other.id}`.replace(' ', '-')
    const [first, second] = [await pay(other.id, ben, { key }), await pay(other.id, ben, { key })]
    expect(second.transfer.id).toBe(first.transfer.id)
  })

  test('is asked once, where the request is sent again', async () => {
    const asked = { amount: '1', parts: [{ from: ben }], key: crypto.randomUUID() }
    expect((await ask(ada, asked)).id).toBe((await ask(ada, asked)).id)
    expect(await refused(ask(ada, { ...asked, amount: '2' }))).toBe('key_reused')
  })
})

describe('what a program asks for', () => {
  const back = 'https://shop.example.org/thanks'

  test('has its reference, where to go back to, a page, and ends in minutes', async () => {
    const asked = await ask(ada, {
      amount: '1',
      reference: ' order\u200B 4711 ',
      returnUrl: back,
      minutes: 15,
    })
    expect(asked).toMatchObject({
      reference: 'order 4711',
      returnUrl: back,
      page: `https://pass.test/p/${asked.id}`,
    })
    expect(Date.parse(asked.expiresAt) - Date.parse(asked.createdAt)).toBeCloseTo(15 * 60_000, -3)
    expect(await ask(ada, { amount: '1', parts: [{ from: ben }] })).toMatchObject({
      reference: null,
      returnUrl: null,
      page: null,
    })
  })

  test.each([
    { returnUrl: 'http://shop.example.org/thanks' },
    { returnUrl: 'javascript:alert(1)' },
    { returnUrl: back, parts: [{ from: { messenger: 'telegram', id: '1' } }] },
    { returnUrl: back, group: chat() },
    { returnUrl: back, kind: 'pool' },
    { reference: 'x'.repeat(101) },
    { hours: 1, minutes: 1 },
    { minutes: 0 },
  ])('is refused where that can’t be: %j', async (more) => {
    expect(await refused(ask(ada, { amount: '1', ...more }))).toBe('invalid_request')
  })
})

test('what nobody is named for is paid by whoever is first, and by nobody else', async () => {
  const { id, parts } = await ask(ada, { amount: '3' })
  expect(parts).toMatchObject([{ from: null, amount: '3.00' }])
  expect((await pay(id, eve)).ask).toMatchObject({ state: 'paid', parts: [{ paidBy: labelled(eve) }] })
  expect(await refused(pay(id, ben))).toBe('ask_paid')
})

describe('a sum that is shared out', () => {
  test('is equal to the last minor unit, and the part of who asked is counted where they say so', async () => {
    const asked = await ask(ada, { amount: '10', parts: [{ from: ben }, { from: eve }], own: true })
    expect(asked).toMatchObject({ total: '6.66', own: '3.34' })
    expect(asked.parts.map(({ amount }) => amount)).toEqual(['3.33', '3.33'])
    const all = await ask(ada, { amount: '0.03', parts: [{ from: ben }, { from: eve }] })
    expect(all).toMatchObject({ total: '0.03', own: null })
    expect(all.parts.map(({ amount }) => amount)).toEqual(['0.01', '0.02'])
    await pay(all.id, eve)
    expect((await pay(all.id, ben)).ask).toMatchObject({ state: 'paid', paid: '0.03' })
  })

  test('adds up whatever it is and among however many', () => {
    for (let total = 1n; total <= 60n; total++)
      for (let count = 1; count <= Number(total); count++) {
        const shares = sharesOf(total, count)
        expect(shares.reduce((sum, one) => sum + one)).toBe(total)
        expect(Math.max(...shares.map(Number)) - Math.min(...shares.map(Number))).toBeLessThanOrEqual(1)
      }
    expect(() => sharesOf(2n, 3)).toThrow(/above zero/)
  })

  test('may be an amount of each one’s own', async () => {
    const parts = [
      { from: ben, amount: '12' },
      { from: eve, amount: '8' },
    ]
    const { id, total } = await ask(ada, { parts })
    expect(total).toBe('20.00')
    expect((await pay(id, eve)).transfer.amount).toBe('8.00')
    const { state, paid } = (await pay(id, ben)).ask
    expect([state, paid]).toEqual(['paid', '20.00'])
  })

  test('ends as it is: what was paid stays paid', async () => {
    const { id } = await ask(ada, { amount: '2', parts: [{ from: ben }, { from: eve }] })
    await pay(id, ben)
    expect(await end(id, ada)).toMatchObject({ state: 'ended', paid: '1.00' })
  })

  test.each<[string, () => object, string]>([
    [
      'nobody’s own part twice',
      () => ({ amount: '2', parts: [{ from: ben }, { from: ben }] }),
      'listed_twice',
    ],
    ['oneself', () => ({ amount: '2', parts: [{ from: ada }] }), 'ask_own'],
    [
      'oneself by the handle',
      () => ({ amount: '2', parts: [{ from: { messenger: 'telegram', handle: ada.handle } }] }),
      'ask_own',
    ],
    [
      'fewer minor units than people',
      () => ({ amount: '0.01', parts: [{ from: ben }, { from: eve }] }),
      'amount_too_small',
    ],
    ['more than a transfer holds', () => ({ amount: '2000.01' }), 'amount_too_large'],
    ['both a sum and parts', () => ({ amount: '2', parts: [{ from: ben, amount: '1' }] }), 'invalid_request'],
    ['no amount at all', () => ({ parts: [{ from: ben }] }), 'invalid_request'],
    [
      'people who deal in other money',
      () => ({ amount: '1', parts: [{ from: newcomer('Pia', 'playground') }] }),
      'wrong_asset',
    ],
  ])('is refused: %s', async (_, asked, code) => {
    expect(await refused(ask(ada, asked()))).toBe(code)
  })
})

describe('who is asked in a group', () => {
  test('pays by its rules, as with any transfer there', async () => {
    const group = chat()
    const { core } = service
    const groupId = await core.groups.meet(group)
    const { id } = await ask(ada, { amount: '30', parts: [{ from: ben }], group })
    const limits = (CREDIT: object) => ({ ...DEFAULT_RULES, limits: { CREDIT } })
    await core.rules.save(groupId, limits({ transfer: '20.00' }), ada)
    expect(await refused(pay(id, ben))).toBe('group_transfer_limit')
    await core.rules.save(groupId, limits({ day: '20.00' }), ada)
    expect(await refused(pay(id, ben))).toBe('group_day_limit')
    await core.rules.save(groupId, { ...DEFAULT_RULES, on: false }, ada)
    expect(await refused(pay(id, ben))).toBe('group_off')
    expect(await refused(ask(ada, { amount: '1', group }))).toBe('group_off')
    await core.rules.save(groupId, DEFAULT_RULES, ada)
    expect((await pay(id, ben)).transfer.group).toMatchObject(group)
  })

  test('pays nothing while on hold, and nobody pays who is on hold', async () => {
    const { core, client } = service
    const [joe] = await rich(client, '10', newcomer('Joe'))
    const { person } = await core.people.meet(joe)
    const [toJoe, ofJoe] = [
      await ask(joe, { amount: '1', parts: [{ from: ben }] }),
      await ask(ada, { amount: '1', parts: [{ from: joe }] }),
    ]
    await core.people.setHold(person, 'all')
    expect(await refused(pay(ofJoe.id, joe))).toBe('on_hold')
    expect(await refused(pay(toJoe.id, ben))).toBe('asker_unpayable')
    expect(await refused(ask(joe, { amount: '1' }))).toBe('on_hold')
  })

  test('can’t pay more than they have', async () => {
    const { id } = await ask(ada, { amount: '1999', parts: [{ from: ben }] })
    expect(await refused(pay(id, ben))).toBe('insufficient_funds')
  })
})

describe('cards and words in private', () => {
  const card = (message: string) => ({ messenger: 'telegram', chat: '-7', message, language: 'en' })

  test('tell those who are asked when it is asked, and again when they are reminded, once a day at most', async () => {
    const quiet = newcomer('Quinn')
    const { person } = await service.core.people.meet(quiet)
    await service.core.people.setQuiet(person, true)
    const stranger = { messenger: 'telegram', handle: newcomer().handle }
    const parts = [ben, eve, quiet, stranger].map((from) => ({ from }))
    const { id } = await ask(ada, { amount: '4', parts })
    expect(await jobsFor(id)).toEqual(['asked', 'asked'])
    await service.core.db.execute(sql`delete from pgboss.job where data ->> 'ask' = ${id}`)
    await pay(id, ben)
    expect(await refused(remind(id, ben))).toBe('not_asker')
    expect(await remind(id, ada)).toEqual({ told: 1 })
    expect(await jobsFor(id)).toEqual(['asked'])
    const again = await remind(id, ada).catch((error: { code: string; retryAfter: number }) => error)
    expect(again).toMatchObject({ code: 'ask_reminded', retryAfter: expect.closeTo(86_400, -2) })
    await service.core.db.execute(
      sql`update asks set reminded_at = now() - interval '25 hours' where id = ${id}`,
    )
    expect(await remind(id, ada)).toEqual({ told: 1 })
  })

  test('say nothing any more to who has paid meanwhile', async () => {
    const zoe = newcomer('Zoe', 'discord')
    await service.client.issue(zoe, '1')
    await dispatched()
    const take = async () =>
      (
        await service.client.post<{ items: { kind: string; amount: string; to: Person }[] }>(
          '/v1/deliveries/discord/take',
          { limit: 100, seconds: 0 },
        )
      ).items.filter(({ kind }) => kind === 'asked')
    await ask(ada, { amount: '1', parts: [{ from: zoe }] })
    expect(await take()).toMatchObject([{ amount: '1.00', to: { id: zoe.id } }])
    const { id } = await ask(ada, { amount: '1', parts: [{ from: zoe }] })
    await pay(id, zoe)
    expect(await take()).toEqual([])
  })

  test('a card is redrawn when something was paid, and when it was ended; who has paid needs no word', async () => {
    const { id } = await ask(ada, { amount: '2', parts: [{ from: ben }, { from: eve }] })
    await service.client.post(`/v1/asks/${id}/cards`, card(id))
    const { items } = await service.client.get<{ items: object[] }>(`/v1/asks/${id}/cards`)
    expect(items).toMatchObject([card(id)])
    const clear = () => service.core.db.execute(sql`delete from pgboss.job where data ->> 'ask' = ${id}`)
    await clear()
    const { transfer } = await pay(id, ben)
    await dispatched()
    expect(await jobsFor(id)).toEqual(['ask-redraw'])
    const told = await service.core.db.execute<{ notice: string }>(
      sql`select data ->> 'notice' as notice from pgboss.job where data ->> 'transfer' = ${transfer.id}`,
    )
    expect(told).toEqual([{ notice: 'received' }])
    await clear()
    await end(id, ada)
    expect(await jobsFor(id)).toEqual(['ask-redraw'])
  })

  test('a card never changes what it shows, and one that was to be posted is posted once', async () => {
    const target = { messenger: 'telegram', chat: '-8', language: 'en' }
    const first = await ask(ada, { amount: '1', card: target })
    expect(await jobsFor(first.id)).toEqual(['ask-post'])
    await service.client.post(`/v1/asks/${first.id}/cards`, { ...card('shared'), posted: true })
    expect(await jobsFor(first.id)).toEqual(['ask-redraw', 'ask-redraw'])
    const second = await ask(ada, { amount: '1' })
    expect(await refused(service.client.post(`/v1/asks/${second.id}/cards`, card('shared')))).toBe(
      'card_elsewhere',
    )
  })
})

describe('a pool', () => {
  beforeAll(() => rich(service.client, '200', ben, eve))

  const pool = (amount: string, more: object = {}) =>
    ask(ada, { kind: 'pool', amount, note: 'a new grill', ...more })
  const give = (id: string, by: Person, amount: string) => pay(id, by, { amount })
  const noticesOf = async (transfer: string) =>
    (
      await service.core.db.execute<{ notice: string; who: string }>(
        sql`select data ->> 'notice' as notice, data -> 'to' ->> 'id' as who from pgboss.job where data ->> 'transfer' = ${transfer} order by 1`,
      )
    ).map(({ notice, who }) => [notice, who])

  test('shows what was given, and offers round amounts and what is missing', async () => {
    const asked = await pool('40')
    expect(asked).toMatchObject({ kind: 'pool', state: 'open', total: '40.00', paid: '0.00', parts: [] })
    expect(asked.offers).toEqual(['2.00', '5.00', '10.00', '40.00'])
    const given = await give(asked.id, ben, '37')
    expect(given.transfer).toMatchObject({ state: 'open', amount: '37.00', ask: asked.id })
    expect(given.ask).toMatchObject({
      state: 'open',
      paid: '37.00',
      parts: [{ amount: '37.00', paidBy: labelled(ben), transfer: given.transfer.id }],
      offers: ['2.00', '3.00'],
    })
    await end(asked.id, ada)
  })

  test('offers amounts that can be given, whatever the goal is', () => {
    for (const goal of [1n, 7n, 100n, 123_45n, 9_999_99n])
      for (const left of [1n, goal / 2n || 1n, goal]) {
        const offers = offersFor(goal, left)
        expect(offers.at(-1)).toBe(left)
        expect(new Set(offers).size).toBe(offers.length)
        for (const amount of offers.slice(0, -1))
          expect(amount > 0n && amount < left && amount * 500n >= goal).toBe(true)
      }
  })

  test('goes to who asked as its goal is reached; who asked is told once, and each who gave', async () => {
    const before = Number(await service.client.balance(ada))
    const { id } = await pool('9')
    const gifts = [await give(id, ben, '2'), await give(id, eve, '3'), await give(id, ben, '4')]
    expect(gifts.map(({ ask: { state } }) => state)).toEqual(['open', 'open', 'paid'])
    expect(Number(await service.client.balance(ada))).toBe(before + 9)
    await dispatched()
    const told = (await Promise.all(gifts.map(({ transfer }) => noticesOf(transfer.id)))).flat()
    expect(told.filter(([notice]) => notice === 'poolReached')).toEqual([['poolReached', ada.id]])
    expect(told.filter(([notice]) => notice === 'poolGiven').map(([, who]) => who)).toEqual([
      ben.id,
      eve.id,
      ben.id,
    ])
    expect(told).toHaveLength(4)
  })

  test('is refused more than is missing, a trifle, oneself, and whatever comes after its end', async () => {
    const { id } = await pool('50')
    await give(id, ben, '20')
    expect(await refused(give(id, eve, '30.01'))).toBe('pool_overpaid')
    expect(await refused(give(id, eve, '0.09'))).toBe('pool_underpaid')
    expect(await refused(give(id, ada, '1'))).toBe('ask_own')
    expect(await refused(pay(id, eve))).toBe('invalid_amount')
    await end(id, ada)
    expect(await refused(give(id, eve, '30'))).toBe('ask_ended')
    expect(await refused(ask(ada, { kind: 'pool' }))).toBe('invalid_request')
    expect(await refused(pool('5', { parts: [{ from: ben }] }))).toBe('invalid_request')
  })

  test('that is ended gives all of it back, and who gave is told', async () => {
    const before = await service.client.balance(ben)
    const { id } = await pool('50')
    const { transfer } = await give(id, ben, '20')
    expect(await end(id, ada)).toMatchObject({ state: 'ended', paid: '0.00', parts: [] })
    expect(await service.client.balance(ben)).toBe(before)
    await dispatched()
    expect(await noticesOf(transfer.id)).toEqual([['poolEnded', ben.id]])
  })

  test('lets who gave take it back while it waits, and its card follows', async () => {
    const { id } = await pool('50')
    await service.client.post(`/v1/asks/${id}/cards`, {
      messenger: 'telegram',
      chat: '-9',
      message: id,
      language: 'en',
    })
    const { transfer } = await give(id, ben, '20')
    await dispatched()
    await service.core.db.execute(sql`delete from pgboss.job where data ->> 'ask' = ${id}`)
    await service.client.cancel(transfer.id, ben)
    expect(await service.client.get<AskView>(`/v1/asks/${id}`)).toMatchObject({ paid: '0.00', parts: [] })
    await dispatched()
    expect(await jobsFor(id)).toEqual(['ask-redraw'])
    await end(id, ada)
  })

  test('changes in no other way while it waits, and is given back like any transfer once it was collected', async () => {
    const { id } = await pool('50')
    const { transfer } = await give(id, ben, '20')
    const verb = (name: string, by: Person) =>
      refused(service.client.post(`/v1/transfers/${transfer.id}/${name}`, { by }))
    const { code } = await service.client.transfer(transfer.id)
    expect(await refused(service.client.collect(code, ada))).toBe('awaiting_goal')
    for (const name of ['extend', 'reissue', 'remind']) expect(await verb(name, ben)).toBe('awaiting_goal')
    expect([await verb('refund', ben), await verb('refund', ada)]).toEqual(['not_collector', 'not_collector'])
    expect(await verb('cancel', eve)).toBe('not_sender')
    await give(id, eve, '30')
    const before = Number(await service.client.balance(ben))
    expect([await verb('refund', ada), await verb('refund', ada)]).toEqual(['done', 'refunded_already'])
    expect(Number(await service.client.balance(ben))).toBe(before + 20)
    expect(await service.client.get<AskView>(`/v1/asks/${id}`)).toMatchObject({
      state: 'paid',
      paid: '50.00',
    })
  })
})

test('the audit finds a faulty ask, and nothing in what was asked here', async () => {
  const { core } = service
  expect((await audit(core.db)).faults).toEqual([])
  const { id } = await ask(ada, { amount: '1' })
  await core.db.execute(sql`alter table asks disable trigger user`)
  await core.db.execute(sql`update asks set paid = 1 where id = ${id}`)
  expect((await audit(core.db)).faults).toEqual([`Ask ${id} says 1 are paid, its transfers 0.`])
  await core.db.execute(sql`update asks set paid = 0, total = 99 where id = ${id}`)
  expect((await audit(core.db)).faults).toEqual([`Ask ${id} says 99, its parts 100.`])
  await core.db.execute(sql`update asks set total = 100 where id = ${id}`)
  await core.db.execute(sql`alter table asks enable trigger user`)
})
