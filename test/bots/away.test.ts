import { sql } from 'drizzle-orm'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../db/postgres.ts'
import { startFakeDiscord } from '../support/discord/index.ts'
import { PUBLIC_URL, startTestService } from '../support/service.ts'
import { openClub, transferOf } from '../support/telegram/club.ts'
import { type Message } from '../support/telegram/index.ts'

interface Left {
  kind: string
  triesLeft: number
}

/** What waits to be delivered, in the books. */
async function openQueue(database: string) {
  const { db, close } = connect(database)
  onTestFinished(close)
  const queue = {
    waiting: async (): Promise<Left[]> =>
      Array.from(
        await db.execute<{ kind: string; triesLeft: number }>(sql`
          select data->>'kind' as kind, retry_limit - retry_count as "triesLeft" from pgboss.job
          where name like 'deliveries-%' and state < 'active' order by 1`),
      ),
    /** Whether so many wait, and none is being made. */
    haveAll: async (count: number) =>
      (await queue.waiting()).length === count &&
      (await db.execute(sql`select from pgboss.job where state = 'active'`)).length === 0,
  }
  return queue
}

const OUT = 'out of reach; deliveries wait'
const BACK = 'reached again'
const times = (log: string[], words: string) => log.filter((line) => line.includes(words)).length

describe('While Telegram is out of reach', () => {
  async function open() {
    const club = await openClub('webhook')
    onTestFinished(() => club.close())
    const [ada, ben] = [await club.person('Ada'), await club.person('Ben')]
    const group = club.fake.group({ creator: ada, members: [ben] })
    const cards: Message[] = []
    for (let number = 1; number <= 3; number++)
      cards.push(await club.card(group, () => ada.says(group, `/send ${number} anyone`)))
    const queue = await openQueue(club.service.database)
    // The books go on, as others collect through the API.
    const collect = async (number: number) =>
      club.service.client.post('/v1/claims', {
        transfer: transferOf(cards[number - 1] as Message),
        by: { messenger: 'telegram', id: String(ben.id) },
      })
    return { club, ada, ben, cards, queue, collect }
  }

  test.each([
    ['its token is not taken', { status: 401, description: 'Unauthorized' }],
    ['nothing is there', { status: 404, description: 'Not Found' }],
  ])(
    '(%s) deliveries wait and no try is counted; then all is told, and cards show how it stands',
    async (_how, fault) => {
      const { club, ada, ben, cards, queue, collect } = await open()
      const { fake } = club
      const log = () => club.service.log
      const toldBefore = fake.messages(ada.chat).length
      fake.setAway(fault)
      for (let number = 1; number <= 3; number++) await collect(number)
      await fake.until(async () => times(log(), OUT) === 1 && (await queue.haveAll(9)))
      // Once more, after it was asked whether it is back.
      const pings = fake.callsOf('getMe').length
      await fake.until(() => fake.callsOf('getMe').length > pings + 1, { timeoutMs: 10_000 })
      for (const { triesLeft } of await queue.waiting()) expect(triesLeft).toBeGreaterThanOrEqual(300)
      expect([times(log(), OUT), times(log(), BACK)]).toEqual([1, 0])
      expect(times(log(), 'cannot be made')).toBe(0)

      fake.setAway()
      for (const card of cards) await fake.until(() => card.text.includes('✅ Ben'), { timeoutMs: 20_000 })
      const told = () => fake.messages(ada.chat).slice(toldBefore)
      await fake.until(() => told().length === 3)
      expect(told().map(({ text }) => /your (\d)\.00/.exec(text)?.[1])).toEqual(['1', '2', '3'])
      await fake.until(
        () => fake.messages(ben.chat).filter(({ text }) => text.includes('received')).length >= 3,
      )
      await fake.until(async () => times(log(), BACK) === 1 && (await queue.haveAll(0)))
      expect(times(log(), OUT)).toBe(1)
    },
  )

  test('is told from what one delivery alone fails at, which is counted', async () => {
    const { club, queue, collect } = await open()
    club.fake.failNext('editMessageCaption', { status: 413, description: 'Request Entity Too Large' })
    await collect(1)
    const left = await club.fake.until(async () => {
      return (await queue.haveAll(1)) ? (await queue.waiting())[0] : undefined
    })
    expect(left).toEqual({ kind: 'redraw', triesLeft: 300 })
    await club.dueNow()
    await club.fake.until(async () => (await queue.waiting()).length === 0)
    expect(times(club.service.log, OUT)).toBe(0)
  })
})

test('while Discord is out of reach deliveries wait for it, and no try is counted', async () => {
  const fake = await startFakeDiscord()
  onTestFinished(() => fake.stop())
  const service = await startTestService({
    roles: 'api,worker,discord',
    environment: { DISCORD_BOT_TOKEN: fake.token, DISCORD_API_ROOT: fake.url, PUBLIC_URL },
  })
  onTestFinished(service.close)
  await fake.until(() => fake.commands.length > 0)
  const [ada, ben] = [
    fake.user({ username: 'ada', global_name: 'Ada' }),
    fake.user({ username: 'ben', global_name: 'Ben' }),
  ]
  fake.guild({ name: 'Club', owner: ada, members: [ben] })
  const identity = ({ id }: { id: string }) => ({ messenger: 'discord', id })
  await service.client.issue(identity(ada), '100')
  await fake.until(() => fake.messages(ada.privateChannel).length === 1)
  const queue = await openQueue(service.database)

  fake.setAway({ status: 401 })
  await service.client.collect((await service.client.send(identity(ada), '20')).code, identity(ben))
  await fake.until(async () => times(service.log, OUT) === 1 && (await queue.haveAll(2)))
  for (const { triesLeft } of await queue.waiting()) expect(triesLeft).toBeGreaterThanOrEqual(300)
  fake.setAway()
  await fake.until(() =>
    fake.messages(ada.privateChannel).some(({ text }) => text.includes('collected your 20.00')),
  )
  await fake.until(() => times(service.log, BACK) === 1)
  expect(times(service.log, OUT)).toBe(1)
  expect(fake.breaches).toEqual([])
})
