// No money is held where nobody sees it, whatever becomes of the process between the money and the card.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../db/postgres.ts'
import { newSecret } from '../../src/access/codes.ts'
import { freshDatabase } from '../support/database.ts'
import { identityOf as inDiscord } from '../support/discord/club.ts'
import { startFakeDiscord } from '../support/discord/index.ts'
import { PUBLIC_URL, startTestService } from '../support/service.ts'
import { identityOf as inTelegram, type Mode, openClub } from '../support/telegram/club.ts'
import { type Chat, type FakeTelegram, startFakeTelegram } from '../support/telegram/index.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))

describe('A card in Telegram', () => {
  const cards = (fake: FakeTelegram, chat: Chat) => fake.messages(chat).filter(({ photo }) => photo)

  async function openBooks() {
    const fake = await startFakeTelegram()
    onTestFinished(() => fake.stop())
    return {
      fake,
      ...(await openProcesses('telegram', {
        TELEGRAM_BOT_TOKEN: fake.token,
        TELEGRAM_API_ROOT: fake.url,
      })),
    }
  }

  test.each<[how: string, fault: object, signal: NodeJS.Signals]>([
    ['was on its way when the process was killed', { delayMs: 60_000, dropConnection: true }, 'SIGKILL'],
    [
      'had to wait for its turn when the process was told to end',
      { status: 429, parameters: { retry_after: 60 } },
      'SIGTERM',
    ],
  ])(
    'that %s hangs there after the restart, once, and collects',
    { timeout: 60_000 },
    async (_how, fault, signal) => {
      const { fake, startApart, startHere, dueNow } = await openBooks()
      const [ada, ben] = [fake.user({ first_name: 'Ada' }), fake.user({ first_name: 'Ben' })]
      const group = fake.group({ creator: ada, members: [ben] })
      const apart = await startApart()
      await apart.client.issue(inTelegram(ada), '100')
      fake.failNext('sendPhoto', fault)
      ada.says(group, '/send 30')
      await fake.until(() => fake.callsOf('sendPhoto').length > 0)
      // Telegram has nothing to send again.
      await fake.until(() => fake.pendingUpdates === 0)
      await end(apart.child, signal)
      expect(cards(fake, group)).toEqual([])

      const { client } = await startHere()
      expect(await client.balance(inTelegram(ada))).toBe('70.00')
      await dueNow()
      const card = await fake.until(() => cards(fake, group)[0], { timeoutMs: 10_000 })
      expect(card.replyTo?.text).toBe('/send 30')
      expect((await ben.taps(card, 'Collect')).text).toBe('30.00 CREDIT is yours.')
      await fake.until(() => card.text.includes('✅ Ben'))
      await dueNow()
      await sleep(1000)
      expect(cards(fake, group)).toEqual([card])
      expect(fake.breaches).toEqual([])
    },
  )

  test('whose money is not in the books is not taken for heard', async () => {
    const { fake, startHere, database } = await openBooks()
    const ada = fake.user({ first_name: 'Ada' })
    const { client } = await startHere()
    await client.issue(inTelegram(ada), '100')
    const { sql: books, close } = connect(database)
    onTestFinished(close)
    await books.begin(async (tx) => {
      await tx`lock table transfers in exclusive mode`
      ada.says(ada.chat, '/send 30')
      await sleep(1500)
      expect(fake.pendingUpdates).toBe(1)
    })
    await fake.until(() => fake.pendingUpdates === 0 && cards(fake, ada.chat).length === 1)
  })

  test.each<Mode>(['polling', 'webhook'])(
    'that can be shown neither in its group nor in private is taken back, and the log says why (by %s)',
    async (mode) => {
      const club = await openClub(mode)
      onTestFinished(() => club.close())
      const { ada, group } = await club.pair()
      club.fake.failNext('sendPhoto', {
        status: 403,
        description: 'Forbidden: bot is not a member of the group',
      })
      ada.blocks()
      ada.says(group, '/send 30 lunch')
      await club.fake.until(() => club.service.log.some((line) => line.includes('was taken back')))
      expect(await club.balance(ada)).toBe('100.00')
      const [line = ''] = club.service.log.filter((one) => one.includes('was taken back'))
      expect(line).toContain('blocked by the user')
      const { items } = await club.service.client.history(inTelegram(ada), 'limit=1')
      const { code, state } = await club.service.client.transfer(items[0]?.transfer.id ?? '')
      expect(state).toBe('cancelled')
      expect(club.service.log.join('')).not.toContain(code)
      expect(club.errors()).toEqual([])
    },
  )

  test('that cannot be posted for a while comes by itself, and nobody is told to try again', async () => {
    const club = await openClub('polling')
    onTestFinished(() => club.close())
    const { ada, group } = await club.pair()
    club.fake.failNext('sendPhoto', { status: 401, description: 'Unauthorized' })
    ada.says(group, '/send 30')
    await club.fake.until(() => club.service.log.some((line) => line.includes('could not be posted')))
    await club.dueNow()
    await club.fake.until(() => club.pictures(group).length === 1)
    expect(club.fake.messages(group).map(({ text }) => text.split('\n')[0])).toEqual([
      '/send 30',
      '30.00 CREDIT',
    ])
    expect(await club.balance(ada)).toBe('70.00')
  })
})

describe('A card in Discord', () => {
  async function openBooks() {
    const fake = await startFakeDiscord()
    onTestFinished(() => fake.stop())
    const books = await openProcesses('discord', {
      DISCORD_BOT_TOKEN: fake.token,
      DISCORD_API_ROOT: fake.url,
    })
    const ada = fake.user({ username: 'ada', global_name: 'Ada' })
    const ben = fake.user({ username: 'ben', global_name: 'Ben' })
    return { fake, ada, ben, ...books }
  }

  test.each([
    ['in the reply that was promised', 0],
    ['in the channel, where the reply can no longer be given', 16 * 60_000],
  ])(
    'that was on its way when the process was killed hangs %s after the restart, once',
    { timeout: 60_000 },
    async (_where, passed) => {
      const { fake, ada, ben, startApart, startHere, dueNow } = await openBooks()
      const channel = fake.guild({ name: 'Club', owner: ada, members: [ben] }).channel()
      const apart = await startApart()
      await apart.client.issue(inDiscord(ada), '100')
      await fake.until(() => fake.commands.length > 0)
      fake.failNext('PATCH /webhooks/{id}/{token}/messages/@original', { delay: 60_000, cut: true })
      const send = ada.slash(channel, 'send', { amount: '30' })
      await fake.until(() => send.acknowledged && fake.calls.some(({ method }) => method === 'PATCH'))
      await end(apart.child, 'SIGKILL')
      fake.passTime(passed)

      const { client } = await startHere()
      await fake.until(() => fake.gateway.connected === 1)
      expect(await client.balance(inDiscord(ada))).toBe('70.00')
      await dueNow()
      const shown = () => fake.messages(channel).filter(({ componentsV2 }) => componentsV2)
      const card = await fake.until(() => shown()[0])
      await ben.taps(card as NonNullable<typeof card>, 'Collect').answer()
      await fake.until(() => shown()[0]?.text.includes('✅ Ben'))
      await dueNow()
      await sleep(1000)
      expect(shown()).toHaveLength(1)
      expect(fake.messages(channel).some(({ loading }) => loading)).toBe(passed > 0)
      expect(fake.breaches).toEqual([])
    },
  )

  test('that can be shown nowhere in its server comes to its sender, and where they are closed it is taken back', async () => {
    const { fake, ada, ben, startHere } = await openBooks()
    const secret = fake.guild({ name: 'Secret', owner: ada, members: [ben], botPermissions: 0n })
    const { client, log } = await startHere()
    await client.issue(inDiscord(ada), '100')
    await fake.until(() => fake.commands.length > 0)
    const reply = 'PATCH /webhooks/{id}/{token}/messages/@original'
    const gone = { status: 404, code: 10015, message: 'Unknown Webhook' }
    fake.failNext(reply, gone)
    ada.slash(secret.channel(), 'send', { amount: '30' })
    const card = await fake.until(() =>
      fake.messages(ada.privateChannel).find(({ componentsV2 }) => componentsV2),
    )
    expect(card?.lines).toContain('## 30.00 CREDIT')
    expect(await client.balance(inDiscord(ada))).toBe('70.00')
    ada.closesPrivateMessages()
    fake.failNext(reply, gone)
    ada.slash(secret.channel(), 'send', { amount: '5' })
    await fake.until(() => log.some((line) => line.includes('was taken back')))
    expect(await client.balance(inDiscord(ada))).toBe('70.00')
    expect(log.filter((line) => line.includes('"level":"error"'))).toEqual([])
  })
})

/** Processes of one service, on one database: a first one that can be killed, and those that come after it. */
async function openProcesses(role: string, environment: Record<string, string>) {
  const { url: database, drop } = await freshDatabase()
  onTestFinished(drop)
  const secretKey = newSecret()
  const startHere = async () => {
    const service = await startTestService({
      database,
      secretKey,
      roles: `api,worker,${role}`,
      environment: { PUBLIC_URL, ...environment },
    })
    onTestFinished(() => service.close())
    return service
  }
  const { db, close } = connect(database)
  onTestFinished(close)
  return {
    database,
    startHere,
    /** In a process of its own; what it is asked through goes by another one, which has no bot. */
    async startApart() {
      const { PATH = '' } = process.env
      const folder = await mkdtemp(join(tmpdir(), 'passalong-shown-'))
      onTestFinished(() => rm(folder, { recursive: true, force: true }))
      const child = spawn(process.execPath, [MAIN], {
        env: {
          PATH,
          DATA_DIR: folder,
          DATABASE_URL: database,
          SECRET_KEY: secretKey,
          PORT: '0',
          PUBLIC_URL,
          ROLES: `api,worker,${role}`,
          ...environment,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      onTestFinished(() => end(child, 'SIGKILL'))
      await new Promise<void>((resolve, reject) => {
        createInterface(child.stdout as NodeJS.ReadableStream).on(
          'line',
          (line) => line.includes('passalong is ready') && resolve(),
        )
        child.once('exit', (code) => reject(new Error(`The service ended with ${code}.`)))
      })
      const beside = await startTestService({ database, secretKey, roles: 'api' })
      onTestFinished(() => beside.close())
      return { child, client: beside.client }
    },
    /** What is due in a while is due now. */
    dueNow: () => db.execute(sql`update pgboss.job set start_after = now() where state < 'active'`),
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill(signal)
  const [code] = await exit
  if (signal === 'SIGTERM') expect(code).toBe(0)
}
