import { sql } from 'drizzle-orm'
import { PgBoss } from 'pg-boss'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openBossDatabase } from '../../db/boss.ts'
import type { Notice } from '../../src/delivery/notices.ts'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { newcomer, openTestCore, type Person, type Setting } from '../support/service.ts'

test('who sent is told that it was collected, who collected that it is theirs, and the card is redrawn', async () => {
  const { client, take, settle, post } = await openWorking()
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  const sent = await sendOf(client, ada, ben)
  const card = await post(sent)
  await client.collect(sent.code, ben)

  const mine = await take('telegram', 2)
  const transfer = await client.transfer(sent.id)
  const id = expect.stringMatching(/^[0-9a-f-]{36}$/)
  expect(mine).toEqual([
    {
      id,
      kind: 'notice',
      notice: 'collected',
      transfer,
      to: { ...ada, language: null },
    },
    { id, kind: 'redraw', transfer, card: { ...card, id, drawn: 'open' } },
  ])
  expect(await take('discord', 1)).toMatchObject([
    { kind: 'notice', notice: 'received', transfer: { state: 'collected' }, to: ben },
  ])
  await Promise.all(mine.map(({ id }) => settle('telegram', id, 'done')))
  expect(await take('telegram', 0)).toEqual([])
})

test.each<
  [
    how: string,
    notices: Notice[],
    end: (on: Working, sent: ViewWithCode, ada: Person, ben: Person) => unknown,
  ]
>([
  ['declined', ['declined'], ({ client }, { id }, _ada, ben) => client.decline(id, ben)],
  ['returned', ['returned'], ({ core }, { id }) => core.ledger.submit({ do: 'return', which: { id } })],
  ['cancelled', [], ({ client }, { id }, ada) => client.cancel(id, ada)],
])('of a transfer that was %s, %j is told to its sender', async (how, notices, end) => {
  const on = await openWorking({ lifetime: how === 'returned' ? 0.3 : 60 })
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  const sent = await sendOf(on.client, ada, ben)
  await on.post(sent)
  await new Promise((resolve) => setTimeout(resolve, 350))
  await end(on, sent, ada, ben)
  const told = await on.take('telegram', notices.length + 1)
  expect(told.map((one) => ('notice' in one ? one.notice : one.kind)).sort()).toEqual(
    ['redraw', ...notices].sort(),
  )
  expect(told[0]?.transfer.state).toBe(how)
  expect(await on.take('discord', 0)).toEqual([])
})

test('many changes of one card are one redraw; one more for a change that comes while it is being redrawn', async () => {
  const { client, take, settle, post } = await openWorking()
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  const sent = await sendOf(client, ada, ben)
  await client.cancel(sent.id, ada)
  const changes = (count: number) => Promise.all(Array.from({ length: count }, () => post(sent)))

  await changes(20)
  const [redraw, ...more] = await take('telegram', 1)
  expect(more).toEqual([])
  await changes(20)
  expect(await take('telegram', 0)).toEqual([])
  await settle('telegram', redraw?.id, 'done')
  expect(await take('telegram', 1)).toHaveLength(1)
})

test('a card that was noted after the change is redrawn; one that shows the present state is not', async () => {
  const { client, take, post } = await openWorking()
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  const sent = await sendOf(client, ada, ben)
  await client.collect(sent.code, ben)
  await take('telegram', 1)
  await post(sent, 'collected')
  expect(await take('telegram', 0)).toEqual([])
  const card = await post(sent, 'open', 'another-chat')
  expect(await take('telegram', 1)).toMatchObject([
    { kind: 'redraw', card, transfer: { state: 'collected' } },
  ])
  const { items } = await client.get<{ items: object[] }>(`/v1/transfers/${sent.id}/cards`)
  expect(items).toHaveLength(2)
})

test('what was over before anybody was told of it is told as it ended, and a card that shows that is left alone', async () => {
  const { client, core, take, post } = await openWorking({ works: false })
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  const collected = await sendOf(client, ada, ben)
  const declined = await sendOf(client, ada, ben)
  await post(collected)
  const stale = await post(declined)
  await client.collect(collected.code, ben)
  await client.decline(declined.id, ben)
  // A bot has shown in its answer to the tap how it stands.
  await post(collected, 'collected')
  core.deliveries.work()
  expect(await take('discord', 1)).toMatchObject([{ notice: 'received', transfer: { id: collected.id } }])
  const told = await take('telegram', 3)
  expect(told.map((one) => ('notice' in one ? [one.notice, one.transfer.id] : one.kind))).toEqual([
    ['collected', collected.id],
    ['declined', declined.id],
    'redraw',
  ])
  expect(told[2]).toMatchObject({ card: stale })
  const waiting = await core.db.execute(sql`select from pgboss.job where data->>'notice' = 'waiting'`)
  expect(waiting).toHaveLength(0)
})

test('a delivery that failed comes again after a pause', async () => {
  const { client, take, settle, core } = await openWorking()
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  await client.collect((await sendOf(client, ada, ben)).code, ben)
  const [first] = await take('telegram', 1)
  await settle('telegram', first?.id, 'failed', { reason: 'the network is away' })
  expect(await take('telegram', 0)).toEqual([])
  expect(await take('telegram', 1)).toEqual([first])
  expect(await core.metrics.registry.getSingleMetricAsString('passalong_deliveries_total')).toContain(
    'passalong_deliveries_total{messenger="telegram",outcome="retried"} 1',
  )
})

test('the pauses between tries grow', async () => {
  const { client, take, settle, core } = await openWorking()
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  await client.collect((await sendOf(client, ada, ben)).code, ben)
  const pauses: number[] = []
  for (let round = 0; round < 8; round++) {
    const [delivery] = await take('telegram', 1)
    await settle('telegram', delivery?.id, 'failed', { reason: 'away' })
    const [row] = await core.db.execute<{ pause: number }>(
      sql`select extract(epoch from start_after - now())::float8 as pause from pgboss.job where id = ${delivery?.id}`,
    )
    pauses.push(row?.pause ?? 0)
    await core.db.execute(sql`update pgboss.job set start_after = now() where id = ${delivery?.id}`)
  }
  expect(pauses[0]).toBeLessThan(5)
  expect(pauses[4]).toBeGreaterThan(15)
  expect(pauses[7]).toBeGreaterThan(120)
})

test('a delivery that failed for good does not come again, and a warning is logged', async () => {
  const { client, take, settle, core, log } = await openWorking()
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  await client.collect((await sendOf(client, ada, ben)).code, ben)
  const [first] = await take('telegram', 1)
  await settle('telegram', first?.id, 'failed', { reason: 'blocked by the user', final: true })
  const left = await core.db.execute(
    sql`select state from pgboss.job where id = ${first?.id} and state < 'completed'`,
  )
  expect(Array.from(left)).toEqual([])
  expect(log.filter((line) => line.includes('a delivery cannot be made'))).toMatchObject([
    expect.stringContaining('blocked by the user'),
  ])
})

test('a delivery is given up after its last try, and that is logged as an error', async () => {
  const { client, take, settle, core, log } = await openWorking()
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  await client.collect((await sendOf(client, ada, ben)).code, ben)
  const [first] = await take('telegram', 1)
  await core.db.execute(sql`update pgboss.job set retry_count = retry_limit where id = ${first?.id}`)
  await settle('telegram', first?.id, 'failed', { reason: 'still away' })
  const [row] = await core.db.execute(sql`select state::text from pgboss.job where id = ${first?.id}`)
  expect(row).toEqual({ state: 'failed' })
  const line = JSON.parse(log.find((one) => one.includes('a delivery was given up')) ?? '{}')
  expect(line).toMatchObject({ level: 'error', messenger: 'telegram', reason: 'still away' })
})

test('deliveries survive a restart, also those that nobody has begun to spread', async () => {
  const before = await openTestCore()
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  await before.client.collect((await sendOf(before.client, ada, ben)).code, ben)
  await before.core.close()
  const after = await openWorking({ database: before.database, secretKey: before.secretKey })
  onTestFinished(before.close)
  expect(await after.take('telegram', 1)).toMatchObject([{ notice: 'collected' }])
  expect(await after.take('discord', 1)).toMatchObject([{ notice: 'received' }])
})

test('what was not committed is not announced', async () => {
  const { client, core } = await openWorking()
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  await client.issue(ada, '20')
  const { id, code } = await client.send(ada, '20')
  await core.db.execute(sql`
    create function refuse() returns trigger language plpgsql as $$
    begin
      raise exception 'not today' using errcode = 'check_violation';
    end $$`)
  await core.db.execute(sql`
    create constraint trigger refuse after insert on entries deferrable initially deferred
      for each row execute function refuse()`)
  await expect(client.collect(code, ben)).rejects.toMatchObject({ code: 'internal_error' })
  expect(await client.transfer(id)).toMatchObject({ state: 'open' })
  const announced = await core.db.execute(sql`select 1 from pgboss.job where data::text like ${`%${id}%`}`)
  expect(Array.from(announced)).toEqual([])
  const noted = await core.db.execute(
    sql`select 1 from outbox where ${id}::uuid = any(transfers) and 'claimed' = any(events)`,
  )
  expect(Array.from(noted)).toEqual([])
})

test('a bot that waits is served when there is something', async () => {
  const { client, core } = await openWorking()
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  await client.issue(ada, '20')
  const { code } = await client.send(ada, '20')
  const waiting = core.deliveries.take('discord', 10, 20)
  await client.collect(code, ben)
  expect(await waiting).toMatchObject([{ notice: 'received' }])
})

test('a bot that waits is sent away when the service ends', async () => {
  const { core } = await openWorking()
  const waiting = core.deliveries.take('telegram', 10, 600)
  await core.deliveries.close()
  expect(await waiting).toEqual([])
})

test('two bots of one messenger never get the same delivery', async () => {
  const { client, core } = await openWorking()
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  const sent = await Promise.all(Array.from({ length: 20 }, () => sendOf(client, ada, ben)))
  await Promise.all(sent.map(({ code }) => client.collect(code, ben)))
  // For each transfer Ada is told of what was issued to her, and of what was collected from her.
  const ids: string[] = []
  while (ids.length < 40)
    for (const taken of await Promise.all([1, 2, 3].map(() => core.deliveries.take('telegram', 5, 5))))
      ids.push(...taken.map(({ id }) => id))
  expect(new Set(ids).size).toBe(ids.length)
})

test('whoever says done of what there is not hurts nobody', async () => {
  const { client } = await openWorking()
  const path = '/v1/deliveries/nobody/019a0000-0000-7000-8000-000000000000'
  expect((await client.call('POST', `${path}/done`)).status).toBe(204)
  expect((await client.call('POST', `${path}/failed`, { reason: 'x' })).status).toBe(204)
  expect((await client.call('POST', `${path}/failed`, { reason: 'x', final: true })).status).toBe(204)
})

describe('what waits for somebody', () => {
  /** Ada with 20 CREDIT; Ben, whom the bot in Discord knows. */
  async function openPair() {
    const on = await openWorking()
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
    await on.client.issue(ada, '20')
    await on.client.issue(ben, '1')
    const notices = (person: Person) => `/v1/people/${person.messenger}/${person.id}/notices`
    return { ...on, ada, ben, notices }
  }

  test.each([
    ['by their id', (ben: Person) => ben],
    ['by their handle', ({ messenger, handle }: Person) => ({ messenger, handle: handle?.toUpperCase() })],
  ])('is told to them who are named %s', async (_how, named) => {
    const { client, take, ada, ben } = await openPair()
    const { id } = await client.send(ada, '5', { to: named(ben) })
    const told = await take('discord', 1)
    expect(told).toMatchObject([{ kind: 'notice', notice: 'waiting', to: ben }])
    expect(told[0]?.transfer).toMatchObject({
      id,
      state: 'open',
      to: { handle: expect.anything(), quiet: false },
    })
    expect(await take('telegram', 0)).toEqual([])
  })

  test('is told to nobody where nobody is named, where it is over, or where a handle is nobody’s', async () => {
    const { client, core, take, ada, ben } = await openPair()
    await client.send(ada, '1')
    await client.send(ada, '1', { to: { messenger: 'discord', handle: 'nobody' } })
    const spread = () =>
      expect.poll(async () => (await core.db.execute(sql`select from outbox`)).length).toBe(0)
    const { id } = await client.send(ada, '1', { to: ben })
    // Over only when the word is on its way.
    await spread()
    await client.cancel(id, ada)
    await spread()
    expect(await take('discord', 0)).toEqual([])
  })

  test('is told to nobody who has turned that off, and their cards are told so', async () => {
    const { client, core, take, ada, ben, notices } = await openPair()
    const card = { messenger: 'discord', chat: 'channel', language: 'en' }
    expect((await client.send(ada, '1', { to: ben, card })).to).toMatchObject({ quiet: false })
    expect(await take('discord', 1)).toHaveLength(1)
    expect(await client.get(notices(ben))).toEqual({ on: true })
    expect((await client.call('PUT', notices(ben), { on: false })).body).toEqual({ on: false })
    expect(await client.get(notices(ben))).toEqual({ on: false })
    const { messenger, handle } = ben
    for (const to of [ben, { messenger, handle }])
      expect((await client.send(ada, '1', { to, card })).to).toMatchObject({ quiet: true })
    await expect.poll(async () => (await core.db.execute(sql`select from outbox`)).length).toBe(0)
    expect(await take('discord', 0)).toEqual([])
    await client.call('PUT', notices(ben), { on: true })
    await client.send(ada, '1', { to: ben })
    expect(await take('discord', 1)).toHaveLength(1)
  })

  test('can be turned off by somebody whom nobody has met', async () => {
    const { client, notices } = await openPair()
    const cy = newcomer('Cy')
    expect(await client.get(notices(cy))).toEqual({ on: true })
    await client.call('PUT', notices(cy), { on: false })
    expect(await client.get(notices(cy))).toEqual({ on: false })
    expect((await client.call('PUT', notices(cy), { on: 'off' })).status).toBe(400)
  })
})

describe('a card that is out of date', () => {
  async function openStale() {
    const on = await openWorking()
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
    await on.client.issue(ada, '20')
    const sent = await on.client.send(ada, '20')
    await on.post(sent)
    await on.client.collect(sent.code, ben)
    const takeRedraws = async (count: number) =>
      (await on.take('telegram', count)).filter(({ kind }) => kind === 'redraw')
    const [redraw] = await takeRedraws(3)
    const reach = async (chat = 'chat') =>
      expect((await on.client.call('POST', '/v1/chats/telegram/reached', { chats: [chat] })).status).toBe(204)
    const fail = (id: string | undefined) =>
      on.settle('telegram', id, 'failed', { reason: 'thrown out', final: true })
    const shown = async () =>
      (await on.client.get<{ items: object[] }>(`/v1/transfers/${sent.id}/cards`)).items
    return { ...on, redraw, takeRedraws, reach, fail, shown }
  }

  test('is drawn anew when its chat is reached; what shows the present state, or hangs elsewhere, is not', async () => {
    const { redraw, takeRedraws, reach, fail, shown, client } = await openStale()
    await fail(redraw?.id)
    await reach('another-chat')
    expect(await takeRedraws(0)).toEqual([])
    await reach()
    const [again] = await takeRedraws(1)
    expect(again).toMatchObject({ kind: 'redraw', transfer: { state: 'collected' } })
    await client.call('POST', `/v1/deliveries/telegram/${again?.id}/done?drawn=collected`)
    expect(await shown()).toMatchObject([{ drawn: 'collected' }])
    await reach()
    expect(await takeRedraws(0)).toEqual([])
  })

  test('and can’t be drawn although its chat is reached is no card any more', async () => {
    const { redraw, takeRedraws, reach, fail, shown } = await openStale()
    await fail(redraw?.id)
    await reach()
    const [again] = await takeRedraws(1)
    expect(await shown()).toMatchObject([{ drawn: 'open' }])
    await fail(again?.id)
    expect(await shown()).toEqual([])
    await reach()
    expect(await takeRedraws(0)).toEqual([])
  })

  test('still stands for the same transfer, whatever is noted in its place', async () => {
    const { client, post } = await openWorking()
    const ada = newcomer('Ada')
    await client.issue(ada, '20')
    const [one, two] = [await client.send(ada, '1'), await client.send(ada, '2')]
    const card = await post(one)
    const answer = await client.call('POST', `/v1/transfers/${two.id}/cards`, { ...card, drawn: 'open' })
    expect([answer.status, answer.body.code]).toEqual([409, 'card_elsewhere'])
    const cardsOf = async ({ id }: ViewWithCode) =>
      (await client.get<{ items: object[] }>(`/v1/transfers/${id}/cards`)).items
    expect([(await cardsOf(one)).length, (await cardsOf(two)).length]).toEqual([1, 0])
  })
})

describe('a card to post', () => {
  const target = { messenger: 'telegram', chat: 'group', details: '{"topic":7}', language: 'en' }
  /** What is due in a while is due now. */
  const soon = ({ core }: Working) =>
    core.db.execute(sql`update pgboss.job set start_after = now() where state < 'active'`)
  async function openWithCard(more: object = {}) {
    const on = await openWorking()
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
    await on.client.issue(ada, '20')
    const send = (amount = '20') => on.client.send(ada, amount, { card: target, ...more })
    return { ...on, ada, ben, send }
  }

  test('is asked for where nobody has noted it in a while, with where it is to hang', async () => {
    const on = await openWithCard()
    const sent = await on.send()
    expect(await on.take('telegram', 0)).toEqual([])
    await soon(on)
    const [post, ...more] = await on.take('telegram', 1)
    expect(more).toEqual([])
    const { id: _, ...transfer } = sent
    expect(post).toMatchObject({ kind: 'post', target, transfer })
    await on.settle('telegram', post?.id, 'done')
    await soon(on)
    expect(await on.take('telegram', 0)).toEqual([])
  })

  test.each([
    ['it is noted as posted, wherever that is', { chat: 'private', posted: true }],
    ['it hangs in its chat', { chat: 'group' }],
  ])('is not asked for where %s', async (_how, { chat, ...posted }) => {
    const on = await openWithCard()
    const { id } = await on.send()
    const card = { messenger: 'telegram', chat, message: '1', language: 'en', drawn: 'open', ...posted }
    expect((await on.client.call('POST', `/v1/transfers/${id}/cards`, card)).status).toBe(204)
    await soon(on)
    expect(await on.take('telegram', 0)).toEqual([])
  })

  test('is asked for although the transfer hangs elsewhere', async () => {
    const on = await openWithCard()
    await on.post(await on.send(), 'open', 'another-chat')
    await soon(on)
    expect(await on.take('telegram', 1)).toMatchObject([{ kind: 'post' }])
  })

  test('is not asked for where the transfer is over', async () => {
    const on = await openWithCard()
    await on.client.cancel((await on.send()).id, on.ada)
    await soon(on)
    expect(await on.take('telegram', 0)).toEqual([])
  })

  test('of a transfer that was refused is asked for by nobody, and forgotten', async () => {
    const on = await openWithCard()
    await expect(on.send('21')).rejects.toMatchObject({ code: 'insufficient_funds' })
    const waiting = async () =>
      (
        await on.core.db.execute(
          sql`select 1 from pgboss.job where data->>'kind' = 'post' and state < 'completed'`,
        )
      ).length
    // Its commit may only be late.
    await soon(on)
    expect(await on.take('telegram', 0)).toEqual([])
    expect(await waiting()).toBe(1)
    for (let tries = 0; tries < 5; tries++) {
      await soon(on)
      expect(await on.take('telegram', 0)).toEqual([])
    }
    expect(await waiting()).toBe(0)
  })

  test('is no part of what a key stands for, and a retry asks for no second one', async () => {
    const on = await openWithCard({ key: 'a' })
    const sent = await on.send()
    expect(await on.client.send(on.ada, '20', { key: 'a' })).toEqual(sent)
    expect(await on.send()).toEqual(sent)
    await soon(on)
    expect(await on.take('telegram', 1)).toHaveLength(1)
    await soon(on)
    expect(await on.take('telegram', 0)).toEqual([])
  })

  test('that cannot be asked for keeps the money where it is', async () => {
    const on = await openWithCard()
    await on.core.db.execute(sql`alter schema pgboss rename to away`)
    await expect(on.send()).rejects.toMatchObject({ code: 'internal_error' })
    await on.core.db.execute(sql`alter schema away rename to pgboss`)
    expect(await on.client.balance(on.ada)).toBe('20.00')
  })
})

describe('a delivery of a messenger that is out of reach', () => {
  /** A notice for Ada that her bot has taken. */
  async function openTaken() {
    const on = await openWorking()
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
    await on.client.collect((await sendOf(on.client, ada, ben)).code, ben)
    const [delivery] = await on.take('telegram', 1)
    const giveBack = () =>
      on.settle('telegram', delivery?.id, 'failed', { reason: 'out of reach', counts: false })
    const row = async () => {
      const [job] = await on.core.db.execute<{ state: string; left: number }>(
        sql`select state::text, retry_limit - retry_count as left from pgboss.job where id = ${delivery?.id}`,
      )
      return job
    }
    return { ...on, delivery, giveBack, row }
  }

  test('is given back as often as need be, comes again at once, and has as many tries left', async () => {
    const { delivery, giveBack, take, row } = await openTaken()
    const before = (await row())?.left
    for (let round = 0; round < 20; round++) {
      await giveBack()
      expect(await take('telegram', 0)).toEqual([delivery])
    }
    expect(await row()).toEqual({ state: 'active', left: before })
  })

  test('is not given up where it was at its last try', async () => {
    const { core, delivery, giveBack, take, log } = await openTaken()
    await core.db.execute(sql`update pgboss.job set retry_count = retry_limit where id = ${delivery?.id}`)
    await giveBack()
    expect(await take('telegram', 0)).toEqual([delivery])
    expect(log.filter((line) => line.includes('given up'))).toEqual([])
  })

  test('comes in the order in which money moved, and a card is drawn as it stands then', async () => {
    const { client, core, take, post } = await openWorking()
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
    await client.issue(ada, '20')
    const sent = await client.send(ada, '1')
    await post(sent, 'returned')
    const amounts = ['1', '2', '3', '4']
    const spread = () =>
      expect.poll(async () => (await core.db.execute(sql`select from outbox`)).length).toBe(0)
    for (const amount of amounts) {
      await client.collect((await client.send(ada, amount)).code, ben)
      await spread()
    }
    await client.cancel(sent.id, ada)
    await spread()
    const waited = await core.deliveries.take('telegram', 100, 1)
    const told = waited.flatMap((one) =>
      one.kind === 'notice' && one.notice === 'collected' ? one.transfer.amount : [],
    )
    expect(told).toEqual(amounts.map((amount) => `${amount}.00`))
    expect(waited.filter(({ kind }) => kind === 'redraw')).toMatchObject([
      { transfer: { id: sent.id, state: 'cancelled' } },
    ])
    expect(await take('telegram', 0)).toEqual([])
  })
})

describe('the queue of a messenger', () => {
  /** What is there was there some days ago already. */
  const later = (core: Working['core'], days: number) =>
    core.db.execute(sql`
      with jobs as (
        update pgboss.job set created_on = created_on - make_interval(days => ${days}),
          start_after = start_after - make_interval(days => ${days}), keep_until = keep_until - make_interval(days => ${days})
      ) update pgboss.queue set maintain_on = null, monitor_on = null`)
  async function tidy({ core, database }: Working) {
    const bossDatabase = openBossDatabase(database, { max: 1 })
    const boss = new PgBoss({ db: bossDatabase, supervise: false, schedule: false })
    await boss.start()
    for (const { name } of await boss.getQueues()) await boss.supervise(name)
    await boss.stop()
    await bossDatabase.close()
    const [{ jobs } = { jobs: 0 }] = await core.db.execute<{ jobs: number }>(
      sql`select count(*)::int as jobs from pgboss.job where state < 'completed'`,
    )
    return jobs
  }

  test('keeps what is to be told while its bot is switched off, for days', async () => {
    const on = await openWorking()
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
    await on.client.collect((await sendOf(on.client, ada, ben)).code, ben)
    await expect.poll(async () => (await on.core.db.execute(sql`select from outbox`)).length).toBe(0)
    await later(on.core, 20)
    expect(await tidy(on)).toBe(3)
    expect(await on.take('telegram', 1)).toMatchObject([{ notice: 'collected' }])
    // Nobody will ever tell what is older.
    await later(on.core, 20)
    await tidy(on)
    expect(await on.take('discord', 0)).toEqual([])
  })

  test('that is there already has the settings of today', async () => {
    const before = await openWorking()
    await before.take('telegram', 0)
    const settings = sql`select retry_limit, retention_seconds, expire_seconds from pgboss.queue where name = 'deliveries-telegram'`
    const [today] = await before.core.db.execute(settings)
    await before.core.db.execute(sql`update pgboss.queue set retry_limit = 10, retention_seconds = 1209600`)
    const after = await openWorking({ database: before.database, secretKey: before.secretKey })
    await after.take('telegram', 0)
    expect(today).toMatchObject({ retry_limit: 300, retention_seconds: 30 * 24 * 3600 })
    expect(Array.from(await after.core.db.execute(settings))).toEqual([today])
  })

  test('has tries for three days at least', async () => {
    const { core, take } = await openWorking()
    await take('telegram', 0)
    // Half of the longest pause, as the pauses are drawn by lot.
    const [row] = await core.db.execute<{ days: number }>(
      sql`select retry_limit * retry_delay_max / 86400.0::float8 as days from pgboss.queue where name = 'deliveries-telegram'`,
    )
    expect(row?.days).toBeGreaterThan(3)
  })
})

type Working = Awaited<ReturnType<typeof openWorking>>
type Taken = { id: string; transfer: ViewWithCode } & (
  | { kind: 'post'; target: object }
  | { kind: 'redraw'; card: object }
  | { kind: 'notice'; notice: Notice; to: Person }
)

/** A core that spreads what is announced, and a bot's calls. */
async function openWorking({
  lifetime = 60,
  works = true,
  ...setting
}: Setting & { lifetime?: number; works?: boolean } = {}) {
  const service = await openTestCore({
    assets: [{ code: 'CREDIT', scale: 2, symbols: [], maxTransfer: 2000_00n, lifetime }],
    ...setting,
  })
  onTestFinished(service.close)
  const { core, client } = service
  if (works) core.deliveries.work()
  return {
    ...service,
    /** Takes until there are as many; what was issued at the beginning is nothing new. */
    async take(messenger: string, count: number): Promise<Taken[]> {
      const taken: Taken[] = []
      for (let patience = 0; patience < 10 && (taken.length < count || patience === 0); patience++) {
        const { items } = await client.post<{ items: Taken[] }>(`/v1/deliveries/${messenger}/take`, {
          limit: 100,
          seconds: count === 0 ? 0 : 1,
        })
        for (const item of items)
          if ('notice' in item && item.notice === 'received' && item.transfer.from === null)
            await client.call('POST', `/v1/deliveries/${messenger}/${item.id}/done`)
          else taken.push(item)
      }
      return taken.sort((a, b) => (a.kind < b.kind ? -1 : 1))
    },
    async settle(messenger: string, id: string | undefined, how: 'done' | 'failed', body?: object) {
      expect((await client.call('POST', `/v1/deliveries/${messenger}/${id}/${how}`, body)).status).toBe(204)
    },
    async post({ id }: ViewWithCode, drawn = 'open', chat = 'chat') {
      const card = { messenger: 'telegram', chat, message: `message-${id}`, language: 'en' }
      expect((await client.call('POST', `/v1/transfers/${id}/cards`, { ...card, drawn })).status).toBe(204)
      return card
    },
  }
}

/** A transfer of 20.00 that Ada, who has them, has sent to Ben. */
async function sendOf({ issue, send }: Working['client'], ada: Person, ben: Person) {
  await issue(ada, '20')
  return send(ada, '20', { to: ben })
}
