import { afterAll, beforeEach, expect, test } from 'vitest'
import { outbox, webhookDeliveries, webhooks } from '../../db/schema.ts'
import { makeToken } from '../../src/access/tokens.ts'
import { newId } from '../../src/shared/ids.ts'
import { deleteOld, giveBack, KEPT_DAYS, noteAttempts, takeDue } from '../../src/webhooks/queue.ts'
import { openTestCore } from '../support/service.ts'

const { core, close } = await openTestCore()
const { db } = core
afterAll(close)
await makeToken(db, 'shop')

beforeEach(async () => {
  await db.delete(webhooks)
  await db.delete(outbox)
})

async function webhook(): Promise<string> {
  const [made] = await db
    .insert(webhooks)
    .values({ id: newId(), token: 'shop', url: 'https://shop.example/' })
    .returning()
  return made?.id as string
}

async function queue(webhookId: string, more: Partial<typeof webhookDeliveries.$inferInsert> = {}) {
  const id = newId()
  await db.insert(webhookDeliveries).values({
    id,
    webhookId,
    type: 'transfer.created',
    subject: newId(),
    batch: 1n,
    turn: 1,
    at: new Date(),
    nextAt: new Date(0),
    ...more,
  })
  return id
}

const take = async (limit = 100, underWay = new Map<string, number>()) =>
  (await takeDue(db, limit, underWay)).map(({ id }) => id)

test('what is taken is nobody else’s until its lease ends, or it is given back', async () => {
  const hook = await webhook()
  const id = await queue(hook)
  const [one, two] = await Promise.all([take(), take()])
  expect([...one, ...two]).toEqual([id])
  expect(await take()).toEqual([])
  await giveBack(db, [id])
  expect(await take()).toEqual([id])
})

test('what another process is taking is left to it', async () => {
  const hook = await webhook()
  await queue(hook)
  await db.transaction(async (tx) => {
    await tx.select().from(webhookDeliveries).for('update')
    expect(await take()).toEqual([])
  })
})

test('of one transfer the first event alone is taken, and the next one once that has arrived', async () => {
  const hook = await webhook()
  const subject = newId()
  const at = { subject, batch: 7n }
  const [third, second, first] = [
    await queue(hook, { ...at, batch: 8n }),
    await queue(hook, { ...at, turn: 2 }),
    await queue(hook, at),
  ]
  for (const id of [first, second, third]) {
    expect(await take()).toEqual([id])
    const made = { delivery: { id, webhookId: hook }, at: new Date(), milliseconds: 1 }
    await noteAttempts(db, [{ ...made, status: 204, error: null }])
  }
})

// Another process may be handing it on at this moment, to be committed later than what has happened after it.
test('nothing is taken before all that has happened earlier is handed on', async () => {
  const hook = await webhook()
  const [earlier] = await db.insert(outbox).values({ events: [], transfers: [], accounts: [] }).returning()
  const batch = earlier?.id as bigint
  const [before] = [await queue(hook, { batch: batch - 1n }), await queue(hook, { batch: batch + 1n })]
  expect(await take()).toEqual([before])
  await db.delete(outbox)
  expect(await take()).toHaveLength(1)
})

test('a webhook has ten under way at a time, and one while it fails; what is left goes to others', async () => {
  const [busy, other] = [await webhook(), await webhook()]
  for (let queued = 0; queued < 12; queued++) await queue(busy)
  const first = await take(100, new Map([[busy, 3]]))
  expect(first).toHaveLength(7)
  expect(await take(100, new Map([[busy, 10]]))).toEqual([])
  await queue(other)
  const [failed = ''] = first
  const made = { delivery: { id: failed, webhookId: busy }, at: new Date(), milliseconds: 1 }
  await noteAttempts(db, [{ ...made, status: 500, error: null }])
  expect(await take(100, new Map([[busy, 1]]))).toHaveLength(1)
  expect(await take()).toHaveLength(1)
})

test(`what is older than ${KEPT_DAYS} days is deleted`, async () => {
  const hook = await webhook()
  const days = (count: number) => new Date(Date.now() - count * 86_400_000)
  await queue(hook, { at: days(KEPT_DAYS + 1) })
  const kept = await queue(hook, { at: days(KEPT_DAYS - 1) })
  expect(await deleteOld(db)).toBe(false)
  expect(await db.select({ id: webhookDeliveries.id }).from(webhookDeliveries)).toEqual([{ id: kept }])
})
