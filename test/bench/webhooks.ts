import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { webhooks } from '../../db/schema.ts'
import { codeHashOf, codeOf } from '../../src/access/codes.ts'
import { APP_VERBS } from '../../src/access/scopes.ts'
import { makeToken } from '../../src/access/tokens.ts'
import { accountOf, personOwner } from '../../src/ledger/accounts.ts'
import { ANYONE } from '../../src/ledger/commands.ts'
import { newId } from '../../src/shared/ids.ts'
import { APP } from '../../src/shared/person-ids.ts'
import { createWebhook } from '../../src/webhooks/webhooks.ts'
import { environmentOf } from './http.ts'
import { startService } from './service.ts'
import type { Stage } from './stage.ts'
import { percentile } from './table.ts'

const RECEIVERS = 100
const SECONDS = 20
const TICK_MS = 10

/** What came of it: what had happened in a second, what of that was for programs, and the milliseconds from the event to its receiver. */
export interface Told {
  events: number
  told: number
  p50: number
  p99: number
  most: number
}

/**
 * So many events in a second, of which one in ten is for a program; of a hundred programs one takes what it is sent and never answers. The
 * others' waits count, from the event, by the database's clock, to the receiver. The service that sends is a process of its own, and the
 * receivers are a thread of this one, whose ledger makes the events.
 */
export async function measureWebhooks(stage: Stage, perSecond: number): Promise<Told> {
  const { core, asset, secretKey } = stage
  const receivers = new Worker(new URL('./receivers.ts', import.meta.url))
  const [port] = (await once(receivers, 'message')) as [number]
  const apps = await Promise.all(
    Array.from({ length: RECEIVERS }, async (_, index) => {
      const name = `bench-${index}`
      await makeToken(core.db, name, { may: APP_VERBS, whom: { kind: 'own' } })
      await createWebhook(core.db, { token: name, url: `http://127.0.0.1:${port}/${index}` })
      const { person } = await core.people.meet({ messenger: APP, id: name })
      return accountOf(personOwner(person), asset.code)
    }),
  )
  const service = await startService({
    ...environmentOf(stage),
    ROLES: 'worker',
    WEBHOOK_NETWORKS: '127.0.0.1',
  })
  try {
    const made: Promise<unknown>[] = []
    const started = performance.now()
    while (performance.now() - started < SECONDS * 1000) {
      const due = ((performance.now() - started) * perSecond) / 1000
      while (made.length < due) made.push(send(made.length))
      await sleep(TICK_MS)
    }
    await Promise.all(made)
    const seconds = (performance.now() - started) / 1000
    // What waits by then counts, too.
    const forOthers = Array.from(made.keys()).filter((index) => isForOneThatAnswers(index)).length
    const waits: number[] = []
    while (waits.length < forOthers) {
      await sleep(100)
      receivers.postMessage('tell')
      waits.push(...((await once(receivers, 'message')) as [number[]])[0])
    }
    return {
      events: made.length / seconds,
      told: made.length / 10 / seconds,
      p50: percentile(waits, 0.5),
      p99: percentile(waits, 0.99),
      most: percentile(waits, 1),
    }
  } finally {
    await service.stop()
    await receivers.terminate()
    await core.db.delete(webhooks)
  }

  function send(index: number): Promise<unknown> {
    const id = newId()
    const to = index % 10 === 0 ? apps[(index / 10) % RECEIVERS] : undefined
    const draft = {
      id,
      codeHash: codeHashOf(codeOf(secretKey, id)),
      asset,
      amount: 1n,
      from: stage.at(index).account,
      recipient: to ? ({ kind: 'account', account: to } as const) : ANYONE,
    }
    return core.ledger.submit({ do: 'create', draft })
  }
}

/** The first of the programs is the one that doesn't. */
const isForOneThatAnswers = (index: number) => index % 10 === 0 && (index / 10) % RECEIVERS !== 0
