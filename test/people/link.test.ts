import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AskView } from '../../src/asks/view.ts'
import { checkDays } from '../../src/books/check.ts'
import { totalsOf } from '../../src/books/totals.ts'
import { audit } from '../../src/ledger/audit.ts'
import { hold } from '../../src/operators/people.ts'
import { type Client, labelled, newcomer, openTestCore, type Person, rich } from '../support/service.ts'

// Two processes on the same books: the second one remembers people as they were before the first one has linked them.
let service: Awaited<ReturnType<typeof openTestCore>>
let elsewhere: Awaited<ReturnType<typeof openTestCore>>
let client: Client
beforeAll(async () => {
  service = await openTestCore()
  elsewhere = await openTestCore({ database: service.database, secretKey: service.secretKey, roles: 'api' })
  client = service.client
  service.core.deliveries.work()
})
afterAll(async () => {
  expect((await audit(service.core.db)).faults).toEqual([])
  expect(await checkDays(service.core.db)).toEqual([])
  await elsewhere.close()
  await service.close()
})

const PATH = '/v1/identity-links'
const codeFor = async (by: Person, at = client) =>
  (await at.post<{ code: string }>(`${PATH}/codes`, { by })).code
const type = (by: Person, code: string, at = client) =>
  at.post<{ id: string; other: Person; expiresAt: string }>(PATH, { by, code })
const confirm = (id: string, by: Person, at = client) =>
  at.post<{ linked: boolean; other: Person }>(`${PATH}/${id}/confirm`, { by })
const linksOf = ({ messenger, id }: Person) =>
  client.get<{ identities: Person[]; events: object[] }>(`/v1/people/${messenger}/${id}/links`)
const refused = (made: Promise<unknown>): Promise<string> =>
  made.then(
    () => 'done',
    ({ code, message }) => code ?? message,
  )
const personOf = async ({ messenger, id }: Person) =>
  (await service.core.people.find(messenger, id))?.person ?? ''

/** Ada in Telegram, and in Discord; each with so much. */
async function adas(one = '10', other = '5') {
  const [ada, there] = [newcomer('Ada'), newcomer('Ada', 'discord')]
  await client.issue(ada, one)
  await client.issue(there, other)
  return { ada, there }
}

/** As `adas`, known to the second process, and linked in the first. */
async function linked() {
  const both = await adas()
  for (const one of [both.ada, both.there]) await elsewhere.core.people.meet(one)
  await client.link(both.ada, both.there)
  return both
}

let chats = 0
const newChat = (messenger = 'telegram') => ({ messenger, id: `-77${++chats}`, title: 'Club' })

/** What the bots are to tell, by whom it is told. */
async function told(...people: Person[]): Promise<string[]> {
  const jobs = await service.core.db.execute<{ data: { about: string; to: Person } }>(
    sql`select data from pgboss.job where data ->> 'kind' = 'link'`,
  )
  return jobs
    .filter(({ data }) =>
      people.some(({ messenger, id }) => data.to.messenger === messenger && data.to.id === id),
    )
    .map(({ data }) => `${data.to.messenger} ${data.about}`)
    .toSorted()
}

describe('Two identities', () => {
  test('are one person once both have confirmed it: what they have is together, and who has not done it is told', async () => {
    const { ada, there } = await adas('10.50', '5')
    const { id, other } = await type(there, await codeFor(ada))
    expect(other).toEqual(labelled(ada))
    expect(await told(ada, there)).toEqual(['telegram asked'])
    expect(await confirm(id, there)).toEqual({ linked: false, other: labelled(ada) })
    expect(await confirm(id, there)).toMatchObject({ linked: false })
    expect(await client.balance(ada)).toBe('10.50')
    expect(await confirm(id, ada)).toEqual({ linked: true, other: labelled(there) })
    for (const one of [ada, there]) {
      expect(await client.balance(one)).toBe('15.50')
      const { identities, events } = await linksOf(one)
      expect(identities.map(({ messenger }) => messenger).toSorted()).toEqual(['discord', 'telegram'])
      expect(events).toMatchObject([{ kind: 'link', identity: labelled(there), with: labelled(ada) }])
      // What both have ever got, without what came together.
      expect((await client.history(one)).items.map(({ amount }) => String(amount)).toSorted()).toEqual([
        '10.50',
        '5.00',
      ])
    }
    expect(await told(ada, there)).toEqual(['discord linked', 'telegram asked'])
    expect(await refused(confirm(id, ada))).toBe('link_not_found')
    expect(await refused(codeFor(ada).then((code) => type(there, code)))).toBe('already_linked')
  })

  test('stay two where one side refuses, or the time is over', async () => {
    const { ada, there } = await adas()
    const first = await type(there, await codeFor(ada))
    await client.post(`${PATH}/${first.id}/refuse`, { by: ada })
    for (const by of [ada, there]) expect(await refused(confirm(first.id, by))).toBe('link_not_found')
    const second = await type(there, await codeFor(ada))
    await confirm(second.id, ada)
    await service.core.db.execute(sql`update link_requests set expires_at = now()`)
    expect(await refused(confirm(second.id, there))).toBe('link_not_found')
    expect(await refused(confirm(second.id, newcomer('Eve')))).toBe('link_not_found')
    expect(await client.balance(ada)).toBe('10.00')
  })

  test('are not linked in one messenger, nor with play money, nor by whoever else confirms', async () => {
    const { ada, there } = await adas()
    const [other, play] = [newcomer('Ada'), newcomer('Ada', 'playground')]
    expect(await refused(type(other, await codeFor(ada)))).toBe('link_messenger_taken')
    expect(await refused(type(play, await codeFor(ada)))).toBe('link_other_money')
    expect(await refused(type(ada, await codeFor(ada)))).toBe('already_linked')
    const { id } = await type(there, await codeFor(ada))
    expect(await refused(confirm(id, other))).toBe('link_not_found')
    // Nor with another one than before: a messenger knows somebody by one name.
    await confirm(id, ada)
    await confirm(id, there)
    await client.unlink(ada)
    expect(await refused(type(other, await codeFor(there)))).toBe('link_messenger_taken')
    await client.link(there, ada)
    expect(await client.balance(ada)).toBe('15.00')
  })
})

describe('A code to link', () => {
  test('is good once, for ten minutes, is stored as a hash, and is dead where others have seen it', async () => {
    const { ada, there } = await adas()
    const code = await codeFor(ada)
    expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/)
    const rows = await service.core.db.execute(sql`select * from link_requests`)
    expect(JSON.stringify(rows)).not.toContain(code.slice(0, 4))
    // A refused one is not used up.
    expect(await refused(type(ada, code))).toBe('already_linked')
    const outcomes = await Promise.all(
      [there, newcomer('Eve', 'discord')].map((by) => refused(type(by, code))),
    )
    expect(outcomes.toSorted()).toEqual(['done', 'link_code_unknown'])
    const [old, seen] = [await codeFor(ada), await codeFor(ada)]
    await client.post(`${PATH}/codes/spoil`, { code: seen.toLowerCase() })
    expect(await refused(type(there, seen))).toBe('link_code_unknown')
    await service.core.db.execute(
      sql`update link_requests set expires_at = expires_at - interval '600 seconds'`,
    )
    for (const typed of [old, 'nonsense']) expect(await refused(type(there, typed))).toBe('link_code_unknown')
  })
})

describe('Links that race', () => {
  test('confirmed by both at once, over and over and in two processes, make one person', async () => {
    const { ada, there } = await adas()
    const [first, second] = [await type(there, await codeFor(ada)), await type(ada, await codeFor(there))]
    const confirming = [first, second].flatMap(({ id }) =>
      [client, elsewhere.client].flatMap((at) => [ada, there].map((by) => refused(confirm(id, by, at)))),
    )
    for (const outcome of await Promise.all(confirming))
      expect(['done', 'link_not_found', 'already_linked']).toContain(outcome)
    expect(await personOf(ada)).toBe(await personOf(there))
    expect(await client.balance(there)).toBe('15.00')
    expect((await linksOf(ada)).events).toHaveLength(1)
  })

  test('in a ring of three, while transfers come and go, make one person who has it all', async () => {
    const [ben] = await rich(client, '100', newcomer('Ben'))
    const ring = [newcomer('Ada'), newcomer('Ada', 'discord'), newcomer('Ada', 'signal')] as const
    for (const one of ring) await client.issue(one, '10')
    const next = (index: number) => ring[(index + 1) % 3] as Person
    const requests = await Promise.all(ring.map(async (one, index) => type(next(index), await codeFor(one))))
    const sent = await Promise.all(
      ring.flatMap((to) => [client.send(ben, '1', { to }), client.send(ben, '2', { to })]),
    )
    const own = await Promise.all(ring.map((from) => client.send(from, '4', { to: ben })))
    const outcomes = await Promise.all([
      ...requests.flatMap(({ id }, index) =>
        [ring[index] as Person, next(index)].map((by, side) =>
          refused(confirm(id, by, side ? client : elsewhere.client)),
        ),
      ),
      ...sent.map(({ code }, index) =>
        refused((index % 2 ? client : elsewhere.client).collect(code, ring[Math.floor(index / 2)] as Person)),
      ),
      ...own.map(({ id }, index) => refused((index % 2 ? client : elsewhere.client).decline(id, ben))),
      ...ring.map((from) => refused(elsewhere.client.send(from, '0.50', { to: ben }))),
    ])
    for (const outcome of outcomes) expect(['done', 'link_not_found', 'already_linked']).toContain(outcome)
    const persons = await Promise.all(ring.map(personOf))
    expect(new Set(persons).size).toBe(1)
    // 30 of their own and 9 from Ben, without the three transfers of 0.50 that are still open.
    for (const one of ring) expect(await client.balance(one)).toBe('37.50')
    const [{ accounts } = { accounts: 0 }] = await service.core.db.execute<{ accounts: number }>(
      sql`select count(*)::int as accounts from accounts where person_id = ${persons[0]} and merged_into is null`,
    )
    expect(accounts).toBe(1)
  })
})

describe('What was under way before a link', () => {
  test('stays collectable, for either identity, by person and by handle, also where the process remembers them as two', async () => {
    const [ben] = await rich(client, '100', newcomer('Ben'))
    const { ada, there } = await adas()
    const byHandle = { messenger: 'discord', handle: there.handle }
    const sent = await Promise.all([
      client.send(ben, '1', { to: ada }),
      client.send(ben, '2', { to: there }),
      client.send(ben, '4', { to: byHandle }),
      client.send(ben, '8', { to: there }),
      client.send(ben, '16', { to: there }),
    ])
    await client.collect(sent[4].code, there)
    await client.refund(sent[4].id, there)
    for (const one of [ada, there]) await elsewhere.core.people.meet(one)
    await client.link(ada, there)
    await client.collect(sent[0].code, there)
    await elsewhere.client.collect(sent[1].code, ada)
    await elsewhere.client.collect(sent[2].code, there)
    await elsewhere.client.collect(sent[3].code, there)
    expect(await client.balance(ada)).toBe('30.00')
    // Given back by who has collected it, though they were somebody else then.
    await client.refund(sent[3].id, ada)
    for (const { id } of [sent[3], sent[4]])
      for (const by of [ada, there]) expect(await refused(client.refund(id, by))).toBe('refunded_already')
  })

  test('is still theirs to cancel, to remind of, to lengthen and to give another code, and comes back to them', async () => {
    const ben = newcomer('Ben')
    await client.issue(ben, '1')
    const { ada, there } = await adas('20', '20')
    const to = { to: ben }
    const [first, second, third, flash] = [
      await client.send(there, '1', to),
      await client.send(there, '2', to),
      await client.send(there, '4', to),
      await client
        .issue(there, '8', { asset: 'FLASH' })
        .then(() => client.send(there, '8', { asset: 'FLASH' })),
    ]
    // Cached as a transfer of an account that is merged soon.
    await elsewhere.client.transfer(first.id)
    await client.link(ada, there)
    await client.remind(second.id, ada)
    await client.extend(second.id, ada)
    expect((await client.reissue(second.id, there)).code).not.toBe(second.code)
    expect(await refused(client.collect(third.code, ada))).toBe('own_transfer')
    await elsewhere.client.cancel(first.id, there)
    await client.cancel(second.id, ada)
    await client.decline(third.id, ben)
    const swept = async () => {
      await elsewhere.core.ledger.sweep(service.core.db)
      return (await client.transfer(flash.id)).state
    }
    await expect.poll(swept, { timeout: 20_000 }).toBe('returned')
    expect(await client.balance(ada, 'FLASH')).toBe('8.00')
    for (const one of [ada, there]) expect(await client.balance(one)).toBe('40.00')
  })

  test('is not collected by who has sent it, whoever they were then', async () => {
    const { ada, there } = await adas()
    const sent = await client.send(there, '1')
    const packet = await client.send(there, '2', { shares: 2, draw: 'lucky' })
    for (const one of [ada, there]) await elsewhere.core.people.meet(one)
    await client.link(ada, there)
    for (const { code } of [sent, packet])
      for (const at of [client, elsewhere.client])
        expect(await refused(at.collect(code, ada))).toBe('own_transfer')
    await client.unlink(there)
    for (const { code } of [packet]) expect(await refused(client.collect(code, there))).toBe('own_transfer')
  })

  test('asks, and parts of asks, are theirs: to be paid by either, and by nobody for themselves', async () => {
    const [ben] = await rich(client, '100', newcomer('Ben'))
    const { ada, there } = await adas()
    const ask = (by: Person, parts: object[], more: object = {}) =>
      client.post<AskView>('/v1/asks', { by, amount: '2', parts, ...more })
    const pay = (id: string, by: Person, at = client) => at.post(`/v1/asks/${id}/payments`, { by })
    const made = await ask(there, [])
    const ofBoth = await ask(ben, [{ from: ada }, { from: there }])
    const ended = await ask(there, [{ from: ben }])
    for (const one of [ada, there]) await elsewhere.core.people.meet(one)
    await client.link(ada, there)
    for (const at of [client, elsewhere.client]) expect(await refused(pay(made.id, ada, at))).toBe('ask_own')
    await pay(made.id, ben)
    await pay(ofBoth.id, ada)
    await pay(ofBoth.id, ada)
    expect(await client.get(`/v1/asks/${ofBoth.id}`)).toMatchObject({ state: 'paid' })
    await client.post(`/v1/asks/${ended.id}/end`, { by: ada })
    expect(await client.balance(there)).toBe('15.00')
  })

  test('a pool whose giver has become one with who asked still reaches its goal', async () => {
    const [ben] = await rich(client, '100', newcomer('Ben'))
    const { ada, there } = await adas()
    const pool = await client.post<AskView>('/v1/asks', { by: ada, kind: 'pool', amount: '6', parts: [] })
    const give = (by: Person, amount: string) => client.post(`/v1/asks/${pool.id}/payments`, { by, amount })
    await give(there, '2')
    await client.link(there, ada)
    expect(await refused(give(ada, '1'))).toBe('ask_own')
    await give(ben, '4')
    expect(await client.balance(ada)).toBe('19.00')
  })

  test('a request that is sent again gets its first answer', async () => {
    const { ada, there } = await adas()
    const [ben] = await rich(client, '100', newcomer('Ben'))
    const sent = await client.send(ben, '1')
    const [collecting, sending] = [{ key: crypto.randomUUID() }, { key: crypto.randomUUID(), to: ben }]
    await client.collect(sent.code, there, collecting)
    const { id } = await client.send(there, '1', sending)
    await client.link(ada, there)
    expect(await client.collect(sent.code, there, collecting)).toMatchObject({ amount: '1.00' })
    expect((await client.send(there, '1', sending)).id).toBe(id)
    expect(await client.balance(ada)).toBe('15.00')
  })
})

describe('In a process that remembers them as two', () => {
  test('money moves from and to the one whom they are now', async () => {
    const { ada, there } = await linked()
    const ben = newcomer('Ben')
    const sent = await elsewhere.client.send(there, '12', { to: ben })
    await client.collect(sent.code, ben)
    const back = await elsewhere.client.send(ben, '3', { to: there })
    await elsewhere.client.collect(back.code, there)
    await elsewhere.client.issue(there, '1')
    expect(await client.balance(ada)).toBe('7.00')
    // Of an asset that they had none of.
    await elsewhere.client.issue(there, '2', { asset: 'FLASH' })
    expect(await client.balance(ada, 'FLASH')).toBe('2.00')
    expect(await refused(elsewhere.client.send(ada, '1', { to: there }))).toBe('own_transfer')
  })
})

describe('Those who were ever one person', () => {
  test('have one share of a packet, linked and unlinked, in every process', async () => {
    const [ben] = await rich(client, '100', newcomer('Ben'))
    const { ada, there } = await adas()
    const packets = await Promise.all(
      ['equal', 'lucky'].map((draw) => client.send(ben, '9', { shares: 3, draw })),
    )
    for (const { code } of packets) await client.collect(code, there)
    for (const one of [ada, there]) await elsewhere.core.people.meet(one)
    await client.link(ada, there)
    const expectRefused = async (...people: Person[]) => {
      for (const { code } of packets)
        for (const by of people)
          for (const at of [client, elsewhere.client])
            expect(await refused(at.collect(code, by))).toBe('already_yours')
    }
    await expectRefused(ada, there)
    await client.unlink(there)
    await expectRefused(ada, there)
    const late = await client.send(ben, '4', { shares: 4 })
    const outcomes = await Promise.all(
      [ada, there].flatMap((by) =>
        [client, elsewhere.client].map((at) => refused(at.collect(late.code, by))),
      ),
    )
    expect(outcomes.filter((outcome) => outcome === 'done')).toHaveLength(1)
    for (const { code } of [...packets, late]) await client.collect(code, ben).catch(() => undefined)
    await client.collect(packets[0]?.code ?? '', newcomer('Eve'))
  })

  test('have one limit of a group for the day', async () => {
    const { ada, there } = await adas('100', '100')
    const group = newChat()
    const groupId = await service.core.groups.meet(group)
    await service.core.db.execute(
      sql`update groups set rules = '{"limits": {"CREDIT": {"day": "10.00"}}}' where id = ${groupId}`,
    )
    const send = (by: Person, amount: string, at = client) => refused(at.send(by, amount, { group }))
    expect(await send(there, '6')).toBe('done')
    await client.link(ada, there)
    expect(await send(ada, '5')).toBe('group_day_limit')
    expect(await send(ada, '3')).toBe('done')
    await client.unlink(there)
    await client.issue(there, '50')
    expect(await send(there, '2')).toBe('group_day_limit')
    const both = await Promise.all([send(there, '1'), send(ada, '1', elsewhere.client)])
    expect(both.toSorted()).toEqual(['done', 'group_day_limit'])
  })

  test('are counted once in the books of a group, and named by who they are there, before and after', async () => {
    const { ada, there } = await adas()
    const [ben] = await rich(client, '100', newcomer('Ben'))
    const group = newChat()
    await client.send(ada, '1', { group })
    const { code } = await client.send(ben, '1', { group })
    await client.collect(code, there)
    const groupId = await service.core.groups.meet(group)
    const root = { id: groupId, timeZone: 'UTC' }
    const counted = async () => (await totalsOf(service.core.db, root, {})).people
    const dispatched = () =>
      expect
        .poll(async () => (await service.core.db.execute(sql`select from outbox`)).length, {
          timeout: 20_000,
        })
        .toBe(0)
    expect(await counted()).toBe(3)
    await dispatched()
    await client.link(there, ada)
    const named = async () =>
      (
        await client.get<{ items: { from: Person }[] }>(`/v1/groups/${group.messenger}/${group.id}/history`)
      ).items.map(({ from }) => from.id)
    expect(await counted()).toBe(2)
    expect(await named()).toEqual([ben.id, ada.id])
    // Nor does the page of a link say who somebody is in another messenger.
    const { code: alone, id } = await client.send(ada, '1', { note: 'alone' })
    const card = { messenger: 'telegram', chat: ada.id, message: '1', language: 'en', drawn: 'open' }
    await client.post(`/v1/transfers/${id}/cards`, card)
    for (const link of [alone, (await client.send(there, '1', { group })).code])
      for (const path of [`/c/${link}`, `/c/${link}/share`]) {
        const page = (await client.call('GET', path, undefined, { accept: 'text/html' })).text
        expect(page).toContain(`@${ada.handle}`)
        expect(page).not.toContain(there.handle)
      }
    await client.unlink(ada)
    await client.issue(ada, '1')
    await client.send(ada, '1', { group })
    expect(await counted()).toBe(2)
    // What is the other's now was done here by whom Telegram knows: nobody here learns of Discord.
    expect(await named()).toEqual([ada.id, ada.id, ben.id, ada.id])
    await dispatched()
    expect(await counted()).toBe(2)
  })
})

describe('Whoever is on hold', () => {
  test('can’t be linked or unlinked, and a hold on one is one on both, also where it comes at the same moment', async () => {
    const by = { messenger: 'telegram', id: '1' }
    const holding = (whose: Awaited<ReturnType<typeof service.core.people.meet>>, kind: 'all' | null) =>
      hold(service.core, { whose, hold: kind, reason: 'test', by })
    const { ada, there } = await adas()
    const whose = await service.core.people.meet(there)
    const { id } = await type(there, await codeFor(ada))
    await confirm(id, there)
    await holding(whose, 'all')
    expect(await refused(confirm(id, ada))).toBe('on_hold')
    await holding(whose, null)
    await confirm(id, ada)
    // By whom they were before.
    await holding(whose, 'all')
    for (const one of [ada, there]) {
      expect(await refused(client.send(one, '1'))).toBe('on_hold')
      expect(await refused(client.unlink(one))).toBe('on_hold')
    }
    await holding(whose, null)
    expect(await refused(client.send(ada, '1'))).toBe('done')
  })
})

describe('An identity that is unlinked', () => {
  test('is a person of its own with nothing; money, history and what is open stay with the others, who are told', async () => {
    const { ada, there } = await linked()
    const open = await client.send(there, '1')
    expect(await client.unlink(there)).toEqual({ other: labelled(ada) })
    expect(await client.balance(there)).toBe('0.00')
    expect((await client.history(there)).items).toEqual([])
    expect(await client.balance(ada)).toBe('14.00')
    await client.cancel(open.id, ada)
    expect(await told(ada, there)).toEqual(['telegram asked', 'telegram linked', 'telegram unlinked'])
    for (const one of [ada, there])
      expect((await linksOf(one)).events[0]).toMatchObject({ kind: 'unlink', with: null })
    expect(await refused(client.unlink(there))).toBe('not_linked')
    expect(await refused(client.unlink(newcomer()))).toBe('not_linked')
    // A process that remembers them as one moves nothing of the others’ for it: what is refused there now works in a moment.
    const sent = await client.send(ada, '2', { to: there })
    await client.collect(sent.code, there)
    expect(await client.balance(there)).toBe('2.00')
  })
})

test('The database itself lets nobody pass to another person, move merged money, or link twice', async () => {
  const { ada, there } = await linked()
  const { db } = service.core
  const person = await personOf(ada)
  const { person: stranger } = await service.core.people.meet(newcomer())
  const before = await db.execute<{ id: string; into: string }>(
    sql`select id, merged_into as into from people where merged_into = ${person}`,
  )
  const [{ id: merged } = { id: '' }] = before
  const code = (error: { cause?: { code?: string } }) => error.cause?.code
  const tried = [
    sql`update identities set person_id = ${stranger} where messenger = 'discord' and id = ${there.id}`,
    sql`update people set merged_into = null where id = ${merged}`,
    sql`update people set kin = null where id = ${person}`,
    sql`insert into accounts (id, kind, person_id, asset) values (gen_random_uuid(), 'person', ${merged}, 'FLASH')`,
    sql`delete from links`,
    sql`insert into links (id, kind, person_id, into_person, messenger, identity, with_messenger, with_identity)
      values (gen_random_uuid(), 'link', ${merged}, ${stranger}, 'discord', ${there.id}, 'telegram', '1')`,
    // Who has money, and no account to move it to.
    sql`insert into links (id, kind, person_id, into_person, messenger, identity, with_messenger, with_identity)
      values (gen_random_uuid(), 'link', ${person}, ${stranger}, 'discord', ${there.id}, 'telegram', '1')`,
  ]
  // What comes and goes in one statement leaves nothing behind that a check of the table could see.
  const [ben] = await rich(client, '1', newcomer('Ben'))
  const { id: sent } = await client.send(ben, '1')
  const account = sql`(select id from accounts where former_person_id = ${merged} and asset = 'CREDIT')`
  const next = sent.replace(/^./, 'f')
  tried.push(sql`
    with made as (
      insert into transfers (id, asset, amount, remaining, from_account, code_hash, created_at, expires_at)
      values (${next}, 'CREDIT', 100, 100, ${account}, 'x', now(), now() + interval '1 hour'))
    insert into entries (transfer_id, account_id, kind, amount, leaves, at)
    values (${sent}, ${account}, 'collect', 100, 'collected', now()), (${next}, ${account}, 'fund', -100, 'open', now())`)
  for (const statement of tried)
    expect(await db.execute(statement).then(() => 'done', code)).toMatch(/^23(000|514)$/)
})
