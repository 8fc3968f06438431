import { sql } from 'drizzle-orm'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { audit } from '../../src/ledger/audit.ts'
import type { Asset } from '../../src/money/amount.ts'
import type { Asker } from '../../src/transfers/askers.ts'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { endTimeOf, outcomesOf } from '../support/books.ts'
import { newcomer, openTestCore, type Person, rich } from '../support/service.ts'

const CREDIT: Asset = {
  code: 'CREDIT',
  scale: 2,
  symbols: [],
  maxTransfer: 2000_00n,
  anyoneUpTo: 1000_00n,
  confirmAbove: 50_00n,
  lifetime: 3600,
}

let service: Awaited<ReturnType<typeof openTestCore>>
beforeAll(async () => {
  service = await openTestCore({ assets: [CREDIT] })
  service.core.deliveries.work()
})
afterAll(() => service.close())
afterEach(async () => expect(await audit(service.core.db)).toMatchObject({ faults: [] }))

/** Ada with 500; Ben, who has nothing, in another messenger. */
async function pair() {
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  await rich(service.client, '500', ada)
  return [ada, ben] as const
}
const balances = (...people: Person[]) => Promise.all(people.map((one) => service.client.balance(one)))
const refused = (code: string) => ({ code })
const path = (id: string, turn: number, said: 'yes' | 'no') => `/v1/transfers/${id}/askers/${turn}/${said}`
const yes = (id: string, by: Person, turn = 1) =>
  service.client.post<{ asker: Asker; transfer: ViewWithCode; amount: string }>(path(id, turn, 'yes'), { by })
const no = (id: string, by: Person, turn = 1) => service.client.post<Asker>(path(id, turn, 'no'), { by })
const askersOf = async (id: string) =>
  (await service.client.get<{ items: Asker[] }>(`/v1/transfers/${id}/askers`)).items
/** Wants to collect it, and has to wait. */
const ask = (code: string, by: Person, more = {}) =>
  expect(service.client.collect(code, by, more)).rejects.toMatchObject(refused('awaiting_sender'))

/** The private messages of a kind that somebody is to get about a transfer, as many as there should be. */
async function told({ messenger, id: person }: Person, transfer: string, kind: string, count: number) {
  const query = sql`select data from pgboss.job
    where name = ${`deliveries-${messenger}`} and data ->> 'transfer' = ${transfer}
      and coalesce(data ->> 'notice', data ->> 'kind') = ${kind} and data -> 'to' ->> 'id' = ${person}`
  await expect.poll(async () => (await service.core.db.execute(query)).length).toBe(count)
}

test('up to its asset’s limit, and where the limit is none of a person’s, nobody is asked', async () => {
  const { client } = service
  const [ada, ben] = await pair()
  const small = await client.send(ada, '50')
  expect(small).toMatchObject({ confirms: false })
  await client.collect(small.code, ben)
  expect(await client.issue(ben, '300')).toMatchObject({ state: 'collected', confirms: false })
  const large = await client.send(ada, '50.01')
  expect(large).toMatchObject({ confirms: true })
  await ask(large.code, ben)
  await yes(large.id, ada)
  // What gives it back is for somebody who has had it before.
  expect(await client.refund(large.id, ben)).toMatchObject({ state: 'collected', confirms: false })
  expect(await client.get('/v1/assets?messenger=telegram')).toMatchObject({
    items: [{ code: 'CREDIT', confirmAbove: '50.00' }],
  })
})

test('whoever collects it waits until its sender says yes, then has it at once, and both are told', async () => {
  const { client } = service
  const [ada, ben] = await pair()
  const { id, code } = await client.send(ada, '100', { note: 'lunch' })
  const key = { key: `wants-${ben.id}` }
  for (let taps = 0; taps < 3; taps++) await ask(code, ben, key)
  expect(await askersOf(id)).toEqual([
    {
      transfer: id,
      turn: 1,
      by: { messenger: 'discord', id: ben.id, handle: ben.handle, name: 'Ben' },
      askedAt: expect.any(String),
      answer: null,
      answeredAt: null,
    },
  ])
  await told(ada, id, 'asker', 1)
  expect(await balances(ada, ben)).toEqual(['400.00', '0.00'])
  expect(await yes(id, ada)).toMatchObject({
    asker: { turn: 1, answer: 'yes' },
    transfer: { id, state: 'collected', collectedBy: { id: ben.id } },
    amount: '100.00',
  })
  expect(await balances(ada, ben)).toEqual(['400.00', '100.00'])
  await told(ben, id, 'received', 1)
  // The answer to the first request was none to keep.
  await expect(client.collect(code, ben, key)).rejects.toMatchObject(refused('already_yours'))
})

test('who is refused is told so, and can’t ask again; others can', async () => {
  const { client } = service
  const [ada, ben] = await pair()
  const cleo = newcomer('Cleo')
  const { id, code } = await client.send(ada, '100')
  await ask(code, ben)
  await expect(no(id, ben)).rejects.toMatchObject(refused('not_sender'))
  expect(await no(id, ada)).toMatchObject({ turn: 1, answer: 'no' })
  await told(ben, id, 'unconfirmed', 1)
  await expect(client.collect(code, ben)).rejects.toMatchObject(refused('sender_said_no'))
  for (const say of [yes, no]) await expect(say(id, ada)).rejects.toMatchObject(refused('asker_answered'))
  await ask(code, cleo)
  await yes(id, ada, 2)
  expect(await balances(ada, ben, cleo)).toEqual(['400.00', '0.00', '100.00'])
})

test('a question that waits while the sender answers elsewhere, or takes the transfer back, is asked no more', async () => {
  const { client } = service
  const [ada, ben] = await pair()
  const eve = newcomer('Eve', 'discord')
  const [answered, cancelled, open] = await Promise.all([1, 2, 3].map(() => client.send(ada, '100')))
  if (!answered || !cancelled || !open) throw new Error('nothing')
  await ask(answered.code, ben)
  await ask(answered.code, eve)
  await ask(cancelled.code, ben)
  await ask(open.code, ben)
  await no(answered.id, ada)
  await client.cancel(cancelled.id, ada)
  type Taken = { kind: string; transfer: { id: string }; asker?: Asker }
  const take = async (): Promise<Taken[]> => {
    const json = { limit: 100, seconds: 0 }
    const { items } = await client.post<{ items: Taken[] }>('/v1/deliveries/telegram/take', json)
    return items.length === 0 ? [] : [...items, ...(await take())]
  }
  const asked = (await take()).filter(({ kind }) => kind === 'asker')
  const about = (id: string) =>
    asked.flatMap(({ transfer, asker }) => (transfer.id === id ? asker?.turn : []))
  expect([about(answered.id), about(cancelled.id), about(open.id)]).toEqual([[2], [], [1]])
})

describe('a yes moves nothing', () => {
  test('where somebody else says it, to nobody, or twice', async () => {
    const { client } = service
    const [ada, ben] = await pair()
    const { id, code } = await client.send(ada, '100')
    await expect(yes(id, ada)).rejects.toMatchObject(refused('asker_not_found'))
    await ask(code, ben)
    for (const by of [ben, newcomer('Eve')])
      await expect(yes(id, by)).rejects.toMatchObject(refused('not_sender'))
    await expect(yes(crypto.randomUUID(), ada)).rejects.toMatchObject(refused('transfer_not_found'))
    expect(await balances(ada, ben)).toEqual(['400.00', '0.00'])
    const outcomes = await outcomesOf(Array.from({ length: 8 }, () => yes(id, ada)))
    expect(outcomes).toEqual({ done: 1, asker_answered: 7 })
    expect(await balances(ada, ben)).toEqual(['400.00', '100.00'])
  })

  test('where two of them are said at once, to all but one', async () => {
    const { client } = service
    const [ada] = await pair()
    const askers = Array.from({ length: 5 }, () => newcomer('Asker'))
    const { id, code } = await client.send(ada, '100')
    for (const one of askers) await ask(code, one)
    const outcomes = await outcomesOf(askers.map((_, index) => yes(id, ada, index + 1)))
    expect(outcomes).toEqual({ done: 1, already_collected: 4 })
    const own = await balances(...askers)
    expect(own.filter((amount) => amount === '100.00')).toHaveLength(1)
    expect(own.filter((amount) => amount === '0.00')).toHaveLength(4)
  })

  test('once it is over', async () => {
    const { client, core } = service
    const [ada, ben] = await pair()
    const cancelled = await client.send(ada, '100')
    await ask(cancelled.code, ben)
    await client.cancel(cancelled.id, ada)
    for (const say of [yes, no])
      await expect(say(cancelled.id, ada)).rejects.toMatchObject(refused('cancelled'))
    const late = await client.send(ada, '100')
    await ask(late.code, ben)
    await endTimeOf(core.sql, late.id)
    for (const say of [yes, no]) await expect(say(late.id, ada)).rejects.toMatchObject(refused('expired'))
    expect(await core.ledger.sweep(core.db)).toBe(1)
    expect(await balances(ada, ben)).toEqual(['500.00', '0.00'])
  })

  test('to whom nothing can be paid, which is not told why; lifted, either of the two tries again', async () => {
    const { client, core } = service
    const [ada, ben] = await pair()
    const { id, code } = await client.send(ada, '100')
    await ask(code, ben)
    const { person } = await core.people.meet(ben)
    await core.people.setHold(person, 'all')
    await expect(yes(id, ada)).rejects.toMatchObject(refused('asker_unpayable'))
    expect(await balances(ada)).toEqual(['400.00'])
    await core.people.setHold(person, null)
    await expect(no(id, ada)).rejects.toMatchObject(refused('asker_answered'))
    await client.collect(code, ben)
    expect(await balances(ada, ben)).toEqual(['400.00', '100.00'])
  })
})

test('of a crowd twenty wait for an answer at most, and each who is answered makes room', async () => {
  const { client } = service
  const [ada, ben] = await pair()
  const { id, code } = await client.send(ada, '100')
  const crowd = Array.from({ length: 30 }, () => newcomer('Crowd', 'discord'))
  const outcomes = await outcomesOf(crowd.map((one) => client.collect(code, one)))
  expect(outcomes).toEqual({ awaiting_sender: 20, too_many_askers: 10 })
  const known = await Promise.all(crowd.map((one) => service.core.people.find(one.messenger, one.id)))
  expect(known.filter((one) => one?.name === 'Crowd')).toHaveLength(20)
  expect(known.filter((one) => !one)).toHaveLength(10)
  expect((await askersOf(id)).map(({ turn }) => turn)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
  await no(id, ada, 7)
  await ask(code, ben)
  await yes(id, ada, 21)
  expect(await balances(ben)).toEqual(['100.00'])
})

test('a packet has a yes for each share, of which its taker is told', async () => {
  const { client } = service
  const [ada, ben] = await pair()
  const cleo = newcomer('Cleo')
  const { id, code } = await client.send(ada, '100', { shares: 2, draw: 'lucky' })
  for (const one of [ben, cleo]) await ask(code, one)
  const first = await yes(id, ada, 1)
  expect(first).toMatchObject({ transfer: { state: 'open', claimed: 1 } })
  await expect(yes(id, ada, 1)).rejects.toMatchObject(refused('asker_answered'))
  await told(ben, id, 'received', 1)
  await yes(id, ada, 2)
  const [own = '', others = ''] = await balances(ben, cleo)
  expect([own, Number(own) + Number(others)]).toEqual([first.amount, 100])
})

test('what pays by lot at its end is no larger than what nobody has to confirm', async () => {
  const { client } = service
  const [ada] = await pair()
  const more = { shares: 2, settlement: { by: 'draw', seconds: 60 } }
  await expect(client.send(ada, '50.01', more)).rejects.toMatchObject({
    code: 'settlement_too_large',
    details: { most: '50.00', asset: 'CREDIT' },
  })
  expect(await client.send(ada, '50', more)).toMatchObject({ confirms: false })
})

test('words that open it are asked for first, and are no wrong guess; so is who they are', async () => {
  const { client } = service
  const [ada, ben] = await pair()
  const { id, code, words } = (await client.send(ada, '100', { phrase: {} })) as ViewWithCode & {
    words: string
  }
  await expect(client.collect(code, ben)).rejects.toMatchObject(refused('phrase_needed'))
  const open = () => client.post('/v1/claims', { phrase: words, by: ben })
  for (let taps = 0; taps < 8; taps++)
    await expect(open()).rejects.toMatchObject({ code: 'awaiting_sender', details: { transfer: id } })
  await yes(id, ada)
  expect(await balances(ben)).toEqual(['100.00'])

  const { handle, ...silent } = newcomer('Dan')
  const forHandle = await client.send(ada, '100', { to: { messenger: 'telegram', handle } })
  await expect(client.collect(forHandle.code, ben)).rejects.toMatchObject(refused('not_for_you'))
  await ask(forHandle.code, { ...silent, handle: handle ?? null })
  await yes(forHandle.id, ada)
  expect(await balances(silent)).toEqual(['100.00'])
})

test('of somebody on hold nobody is asked', async () => {
  const { client, core } = service
  const [ada, ben] = await pair()
  const { id, code } = await client.send(ada, '100')
  const { person } = await core.people.meet(ben)
  await core.people.setHold(person, 'all')
  await expect(client.collect(code, ben)).rejects.toMatchObject(refused('on_hold'))
  expect(await askersOf(id)).toEqual([])
})

describe('linked people', () => {
  test('count as one: who has become one with somebody since they asked has the money as who they are now', async () => {
    const { client } = service
    const [ada, ben] = await pair()
    const beth = newcomer('Beth')
    const { id, code } = await client.send(ada, '100')
    await ask(code, ben)
    await client.link(beth, ben)
    await ask(code, beth)
    expect(await askersOf(id)).toHaveLength(1)
    await yes(id, ada)
    expect(await balances(ben, beth)).toEqual(['100.00', '100.00'])
  })

  test('who has parted from somebody since they asked has it by themselves, and their no holds for both', async () => {
    const { client } = service
    const [ada, ben] = await pair()
    const beth = newcomer('Beth')
    await client.link(beth, ben)
    const [first, second] = [await client.send(ada, '100'), await client.send(ada, '100')]
    for (const { code } of [first, second]) await ask(code, ben)
    await client.unlink(ben)
    await yes(first.id, ada)
    expect(await balances(ben, beth)).toEqual(['100.00', '0.00'])
    await no(second.id, ada)
    for (const one of [ben, beth])
      await expect(client.collect(second.code, one)).rejects.toMatchObject(refused('sender_said_no'))
  })

  test('who has become one with the sender has asked for their own', async () => {
    const { client } = service
    const [ada, ben] = await pair()
    const { id, code } = await client.send(ada, '100')
    await ask(code, ben)
    await client.link(ada, ben)
    await expect(yes(id, ada)).rejects.toMatchObject(refused('own_transfer'))
    expect(await client.cancel(id, ben)).toMatchObject({ state: 'cancelled' })
  })
})

describe('past the code, the database refuses', () => {
  /** A transfer for which Ben has asked, and Ben’s account; what is tried is undone. */
  async function asked() {
    const { client, core } = service
    const [ada, ben] = await pair()
    const { id, code } = await client.send(ada, '100')
    await client.issue(ben, '1')
    await ask(code, ben)
    const { person } = await core.people.meet(ben)
    const rejects = (statement: ReturnType<typeof sql>) =>
      expect(core.db.execute(statement).catch(({ cause }) => Promise.reject(cause))).rejects
    const collect = sql`insert into entries (transfer_id, account_id, kind, amount, leaves, at)
      select ${id}, a.id, 'collect', 10000, 'collected', now() from accounts a where a.person_id = ${person} and a.asset = 'CREDIT'`
    return { id, ada, ben, person, rejects, collect, core }
  }

  test('to pay whom the sender has not confirmed, or has refused, and to turn an answer round', async () => {
    const { id, ada, ben, rejects, collect } = await asked()
    await rejects(collect).toThrow('not confirmed by its sender')
    await no(id, ada)
    await rejects(collect).toThrow('not confirmed by its sender')
    await rejects(sql`update askers set answer = 'yes' where transfer_id = ${id}`).toThrow('stays')
    await rejects(sql`update askers set person_id = person_id where transfer_id = ${id}`).toThrow('stays')
    await rejects(sql`delete from askers where transfer_id = ${id}`).toThrow('stays')
    expect(await balances(ben)).toEqual(['1.00'])
  })

  test('a second asking of somebody, one for what needs no yes, and more than twenty', async () => {
    const { id, ada, ben, person, rejects } = await asked()
    const insert = (transfer: string, turn: number, whom: string) => sql`
      insert into askers (transfer_id, turn, person_id, messenger, identity)
      values (${transfer}, ${turn}, ${whom}, 'discord', ${ben.id})`
    await rejects(insert(id, 2, person)).toThrow('has asked before')
    const small = await service.client.send(ada, '5')
    await rejects(insert(small.id, 1, person)).toThrow('needs no yes')
    await rejects(sql`
      insert into askers (transfer_id, turn, person_id, messenger, identity)
      select ${id}, 1 + row_number() over (), i.person_id, i.messenger, i.id from identities i
      where i.person_id <> ${person} limit 25`).toThrow('one of too many')
  })
})
