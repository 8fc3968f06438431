import { sql } from 'drizzle-orm'
import { PgBoss } from 'pg-boss'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openBossDatabase } from '../../db/boss.ts'
import { measureOutbox, trimQueues } from '../../src/delivery/backlog.ts'
import { openWorking, sendOf, type Working } from '../support/deliveries.ts'
import { newcomer, openTestCore } from '../support/service.ts'

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

test('the metrics tell for how long the oldest event waits to be handed on', async () => {
  const { client, core, spread } = await openWorking({ works: false })
  const told = async () => {
    await measureOutbox(core)
    const metrics = await core.metrics.registry.metrics()
    return Number(/^passalong_outbox_oldest_seconds (\S+)$/m.exec(metrics)?.[1])
  }
  await client.issue(newcomer('Ada'), '5')
  await core.db.execute(sql`update outbox set at = at - interval '1 hour'`)
  await client.issue(newcomer('Ben'), '5')
  expect(await told()).toBeGreaterThan(3599)
  core.deliveries.work()
  await spread()
  expect(await told()).toBe(0)
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

test('a bot that waits no longer is not waited for, and what comes later is another one’s', async () => {
  const { client, take, core } = await openWorking()
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  const left = new AbortController()
  const waits = core.deliveries.take('playground', 20, 3600, left.signal)
  left.abort()
  expect(await waits).toEqual([])
  await client.collect((await sendOf(client, ada, ben)).code, ben)
  expect(await core.deliveries.take('telegram', 20, 3600, left.signal)).toEqual([])
  expect(await take('telegram', 1)).toMatchObject([{ notice: 'collected' }])
})

test('two bots of one messenger never get the same delivery', async () => {
  const { client, core } = await openWorking()
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  const sent = await Promise.all(Array.from({ length: 20 }, () => sendOf(client, ada, ben)))
  await Promise.all(sent.map(({ code }) => client.collect(code, ben)))
  // For each transfer Ada is told of what was issued to her, and of what was collected from her.
  const ids: string[] = []
  while (ids.length < 40)
    for (const taken of await Promise.all([1, 2, 3].map(() => core.deliveries.take('telegram', 5, 1))))
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
    const { client, core, take, post, spread } = await openWorking()
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
    await client.issue(ada, '20')
    const sent = await client.send(ada, '1')
    await post(sent, 'returned')
    const amounts = ['1', '2', '3', '4']
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
  async function tidy({ database }: Working) {
    const bossDatabase = openBossDatabase(database, { max: 1 })
    const boss = new PgBoss({ db: bossDatabase, supervise: false, schedule: false })
    await boss.start()
    for (const { name } of await boss.getQueues()) await boss.supervise(name)
    await boss.stop()
    await bossDatabase.close()
  }
  const waitingJobs = async ({ core }: Working) =>
    core.db.execute(sql`select id from pgboss.job where state < 'completed' order by id`)

  test('keeps what is to be told while its bot is switched off, for days', async () => {
    const on = await openWorking()
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
    await on.client.collect((await sendOf(on.client, ada, ben)).code, ben)
    await on.spread()
    const before = await waitingJobs(on)
    expect(before.length).toBeGreaterThan(0)
    await later(on.core, 20)
    await tidy(on)
    expect(await waitingJobs(on)).toEqual(before)
    expect(await on.take('telegram', 1)).toMatchObject([{ notice: 'collected' }])
    // Nobody will ever tell what is older.
    await later(on.core, 20)
    await tidy(on)
    expect(await on.take('discord', 0)).toEqual([])
  })

  test('keeps the newest of what waits, and of what is older than a day no more than so many', async () => {
    const { core, client, spread, take, log } = await openWorking()
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
    await client.issue(ada, '5')
    const collected = async (note: string) =>
      client.collect((await client.send(ada, '1', { note })).code, ben)
    for (const note of ['first', 'second']) await collected(note)
    await spread()
    await later(core, 2)
    for (const note of ['third', 'fourth']) await collected(note)
    await spread()
    await trimQueues(core, 1)
    const notices = await take('discord', 2)
    expect(new Set(notices.map(({ transfer }) => transfer.note))).toEqual(new Set(['third', 'fourth']))
    const metrics = await core.metrics.registry.metrics()
    expect(metrics).toContain('passalong_deliveries_total{messenger="discord",outcome="dropped"} 2')
    expect(metrics).toContain('passalong_deliveries_waiting{messenger="discord"} 2')
    expect(log.join()).toContain('the oldest deliveries were dropped, as too many wait')
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
