import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../../db/postgres.ts'
import { audit } from '../../../src/ledger/audit.ts'
import {
  has,
  noted,
  openPlayground,
  type PlaygroundUnderTest,
  said,
  seeded,
} from '../../support/playground.ts'

describe('A playground that is started again', () => {
  let playground: PlaygroundUnderTest
  beforeAll(async () => {
    playground = await openPlayground()
  })
  afterAll(() => playground?.close())

  const faults = async () => {
    const { db, close } = connect(playground.database)
    return audit(db)
      .then((found) => found.faults)
      .finally(close)
  }

  test('has empty chats, takes back what hung in them, and gives whoever has less than at first the rest', async () => {
    const before = await playground.follow()
    await before.until(has(seeded))
    const key = randomUUID()
    await playground.say('ada', '/send 20 @ben lunch', { key })
    const lost = await before.until(noted('lunch'))
    await playground.say('ben', '/send 5.5 tea')
    const tea = await before.until(noted('tea'))
    await playground.press('chen', tea, 'collect')
    await before.until((now) => now.messages.get(tea.id)?.card?.state === 'collected')
    // More than one page of a history.
    const ada = { messenger: 'playground', id: 'ada' }
    const items = Array.from({ length: 101 }, () => ({ amount: '0.01', from: ada }))
    await playground.client.post('/v1/transfers:batch', { items })
    expect(await playground.client.balance(ada, 'PLAY')).toBe('78.99')

    await playground.restart()
    const after = await playground.follow()
    const again = { ada: '100.00', ben: '100.00', chen: '105.50' }
    await after.until(has(again))
    await after.until((now) => now.messages.size > 0)
    expect(after.run).not.toBe(before.run)
    expect([...after.messages.values()].filter(({ chat }) => chat === 'lunch-club')).toMatchObject([
      { by: 'ben' },
    ])
    expect(await playground.client.transfer(lost.card?.transfer ?? '')).toMatchObject({ state: 'cancelled' })

    // The same utterance once more is the same transfer, and its card shows that it is over.
    await playground.say('ada', '/send 20 @ben lunch', { key })
    const card = await after.until(noted('lunch'))
    expect(card.card?.transfer).toBe(lost.card?.transfer)
    expect(card.id).not.toBe(lost.id)
    await after.until((now) => now.messages.get(card.id)?.card?.state === 'cancelled')
    expect(after.balances).toEqual(again)

    // The cards of the first run, in the group and in Ben's chat, can't be drawn anew and are not tried again; one of this run is.
    await playground.say('ada', '/send 20 @ben supper')
    const supper = await after.until(noted('supper'))
    await playground.press('ben', supper, 'collect')
    await after.until((now) => now.messages.get(supper.id)?.card?.state === 'collected')
    await after.until(has({ ada: '80.00', ben: '120.00', chen: '105.50' }))
    await expect.poll(() => playground.log.filter((line) => line.includes('cannot be made'))).toHaveLength(2)
    expect(await faults()).toEqual([])
  })

  test('takes from nobody, and gives nothing to who has enough', async () => {
    await playground.restart()
    const follower = await playground.follow()
    const now = { ada: '100.00', ben: '120.00', chen: '105.50' }
    await follower.until(has(now))
    const newest = async () => {
      const of = ['ada', 'ben', 'chen'].map((id) =>
        playground.client.history({ messenger: 'playground', id }),
      )
      return (await Promise.all(of)).map(({ items }) => items[0]?.transfer.id)
    }
    const before = await newest()
    await playground.restart()
    await (await playground.follow()).until(has(now))
    expect(await newest()).toEqual(before)
    expect(await faults()).toEqual([])
  })

  test('hears nobody until that is done: nothing that is said now is taken back', async () => {
    const { db, close } = connect(playground.database)
    const early = await db.transaction(async (tx) => {
      await tx.execute(sql`lock table accounts in access exclusive mode`)
      await playground.restart()
      return playground.say('ada', '/send 1 early')
    })
    await close()
    await (await playground.follow()).until(has({ ada: '100.00' }))
    expect([early.status, early.headers.get('retry-after')]).toEqual([503, '2'])
    expect((await playground.say('ada', '/send 1 late')).status).toBe(204)
  })

  test('asks back what answers a message that is gone: nobody knows any more whom it is for', async () => {
    const follower = await playground.follow()
    await playground.say('ada', '/send 1 for whom', { replyTo: randomUUID() })
    await follower.until(said('You answered a message that no person wrote.'))
    expect(noted('for whom')(follower)).toBeUndefined()
  })
})
