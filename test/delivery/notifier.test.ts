import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import { expect, onTestFinished, test } from 'vitest'
import { listen } from '../../db/listen.ts'
import { type Deliveries, openDeliveries } from '../../src/delivery/deliveries.ts'
import { openNotifier } from '../../src/delivery/notifier.ts'
import { personOwner } from '../../src/ledger/accounts.ts'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { openAnotherLedger } from '../support/books.ts'
import { openProxy } from '../support/proxy.ts'
import { newcomer, openTestCore, type Person } from '../support/service.ts'

/** Nobody looks by themselves before the test is long over. */
const NEVER = { pollMs: 3600_000, throttleMs: 0, takePollMs: 3600_000 }

test('where money moved in one process, another one queues what follows, and a bot that waits at a third one has it', async () => {
  const { send, collect, open } = await openSetting()
  const [worker, bot] = [await open(), await open()]
  worker.work()
  for (let round = 0; round < 3; round++) {
    const sent = await send()
    const waiting = received(bot)
    await collect(sent)
    expect(await waiting).toBe(sent.id)
  }
})

test('a process that does all of it tells no other one', async () => {
  const { send, core, ben, database, open } = await openSetting()
  const all = await open()
  all.work()
  const ledger = openAnotherLedger(database, { committed: all.moneyMoved })
  const heard: string[] = []
  const listener = listen(database, 'passalong', (payload) => void heard.push(payload ?? 'listening'))
  onTestFinished(listener.close)
  await expect.poll(() => heard).toContain('listening')
  const sent = await send()
  const waiting = received(all)
  const { person = '' } = (await core.people.find(ben.messenger, ben.id)) ?? {}
  await ledger.submit({
    do: 'collect',
    which: { id: sent.id },
    by: { owner: personOwner(person), assets: core.assets.codesOf('discord') },
  })
  expect(await waiting).toBe(sent.id)
  // Of Ada's notice others are told, as no bot of hers waits here.
  const told = (name: string) => heard.find((payload) => payload.endsWith(` ${name}`))?.split(' ')[0]
  await expect.poll(() => told('telegram')).toBeDefined()
  const own = heard.filter((payload) => payload.startsWith(told('telegram') ?? ''))
  expect([...new Set(own)]).toEqual([`${told('telegram')} telegram`])
})

test('a process whose listening was ended listens again, and looks for what it was not told meanwhile', async () => {
  const { send, collect, core, database, open } = await openSetting()
  const [worker, bot] = [await open(), await open()]
  worker.work()
  const notifier = openNotifier({ url: database, db: core.db, log: core.log })
  onTestFinished(notifier.close)
  let looks = 0
  notifier.on('anything', () => looks++)
  for (let round = 1; round <= 3; round++) {
    await expect.poll(() => looks).toBe(round)
    const sent = await send()
    const waiting = received(bot)
    await core.db.execute(sql`select pg_terminate_backend(pid, 5000) from ${LISTENING}`)
    await collect(sent)
    expect(await waiting).toBe(sent.id)
  }
  await expect.poll(() => looks).toBe(4)
})

test('a notice is in the language that came with the tap, however long that takes to be written down', async () => {
  const { client, core, send, open } = await openSetting()
  const all = await open()
  all.work()
  const cy = newcomer('Cy', 'discord')
  await core.people.meet(cy)
  const { code } = await send(null)
  let collecting: Promise<unknown> | undefined
  await core.db.transaction(async (tx) => {
    await tx.execute(sql`select from identities where id = ${cy.id} for update`)
    collecting = client.collect(code, { ...cy, language: 'zh-Hans' })
    const held = sql`select from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    await expect.poll(async () => (await core.db.execute(held)).length).toBe(1)
    // Time enough to be told without it.
    await sleep(300)
  })
  await collecting
  const [notice] = await all.take('discord', 10, 600)
  expect(notice).toMatchObject({ notice: 'received', to: { id: cy.id, language: 'zh-Hans' } })
})

test('a process that can’t listen at first does so when it can', async () => {
  const { database } = await openSetting()
  const proxy = await openProxy(new URL(database))
  onTestFinished(proxy.close)
  const cuts = proxy.cutAt(/listen/, false)
  let listening = 0
  const listener = listen(proxy.url, 'passalong', () => listening++)
  onTestFinished(listener.close)
  await cuts
  await expect.poll(() => listening).toBe(1)
})

const LISTENING = sql`pg_stat_activity where application_name = 'passalong listening' and datname = current_database()`

/** Which transfer Ben is told that he has received. */
async function received(bot: Deliveries): Promise<string | undefined> {
  while (true)
    for (const delivery of await bot.take('discord', 10, 600)) {
      await bot.done('discord', delivery.id)
      if (delivery.kind === 'notice' && delivery.notice === 'received') return delivery.transfer.id
    }
}

/** A process where money moves and nothing else is done, and as many more as are opened, with nothing but deliveries. */
async function openSetting() {
  const { core, client, database, close } = await openTestCore()
  onTestFinished(close)
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
  await client.issue(ada, '20')
  return {
    core,
    database,
    ben,
    client,
    send: (to: Person | null = ben) => client.send(ada, '1', { ...(to && { to }) }),
    collect: ({ code }: ViewWithCode) => client.collect(code, ben),
    async open(): Promise<Deliveries> {
      const { db, people, groups, transfers, metrics, log } = core
      const sources = { url: database, db, people, groups, views: transfers, metrics, log, supervise: false }
      const deliveries = await openDeliveries({
        ...sources,
        payouts: async () => [],
        asks: async () => [],
        pauses: NEVER,
      })
      onTestFinished(deliveries.close)
      return deliveries
    },
  }
}
