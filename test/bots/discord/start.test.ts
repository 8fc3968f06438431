import { setTimeout as sleep } from 'node:timers/promises'
import { test as base, describe, expect, onTestFinished } from 'vitest'
import { newSecret } from '../../../src/access/codes.ts'
import { freshDatabase } from '../../support/database.ts'
import { identityOf } from '../../support/discord/club.ts'
import { type FakeDiscord, startFakeDiscord } from '../../support/discord/index.ts'
import { type Setting, startTestService } from '../../support/service.ts'

const test = base
  // oxlint-disable-next-line no-empty-pattern -- vitest reads a fixture's needs from this pattern
  .extend('fake', async ({}, { onCleanup }) => {
    const fake = await startFakeDiscord()
    onCleanup(async () => {
      await fake.stop()
      expect(fake.breaches).toEqual([])
    })
    return fake
  })

/** The service with the bot of this Discord; ends with the test, if not before. */
async function startBot(fake: FakeDiscord, environment: Record<string, string> = {}, more: Setting = {}) {
  const service = await startTestService({
    ...more,
    roles: 'api,worker,discord',
    environment: { DISCORD_BOT_TOKEN: fake.token, DISCORD_API_ROOT: fake.url, ...environment },
  })
  let closed: Promise<void> | undefined
  const close = () => (closed ??= service.close())
  onTestFinished(close)
  const said = (words: string) => service.log.filter((line) => line.includes(words))
  return { ...service, close, said }
}

/** A database that outlives a service. */
async function openBooks() {
  const { url, drop } = await freshDatabase()
  onTestFinished(drop)
  return { database: url, secretKey: newSecret() }
}

function people(fake: FakeDiscord) {
  const ada = fake.user({ username: 'ada', global_name: 'Ada' })
  const ben = fake.user({ username: 'ben', global_name: 'Ben' })
  return { ada, ben, club: fake.guild({ name: 'Club', owner: ada, members: [ben] }) }
}

const registrations = (fake: FakeDiscord) =>
  fake.calls.filter(({ method, route }) => method === 'PUT' && route.endsWith('/commands')).length

describe('The Discord bot', () => {
  test('registers its commands once, and again only when they changed', async ({ fake }) => {
    const books = await openBooks()
    const startAgain = async () => {
      const asked = () =>
        fake.calls.filter(({ method, route }) => method === 'GET' && route.endsWith('/commands'))
      const before = asked().length
      const { close } = await startBot(fake, {}, books)
      await fake.until(() => asked().length > before && asked().every(({ status }) => status === 200))
      await sleep(100)
      await close()
      return registrations(fake)
    }
    expect(await startAgain()).toBe(1)
    expect(await startAgain()).toBe(1)
    const [send] = fake.commands
    Object.assign(send as object, { description_localizations: { 'zh-CN': '旧的' } })
    expect(await startAgain()).toBe(2)
    expect(fake.commands[0]?.description_localizations?.['zh-CN']).not.toBe('旧的')
    expect(await startAgain()).toBe(2)
  })

  test('tries again until it reaches Discord, while pages and API serve', async ({ fake }) => {
    fake.failNext('GET /gateway/bot', { cut: true, times: 2 })
    fake.failNext('GET /applications/{id}/commands', { cut: true })
    const { url, said } = await startBot(fake)
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
    await fake.until(() => fake.commands.length > 0, { within: 10_000 })
    expect(said('Discord cannot be reached; it is tried again')).toHaveLength(1)
    expect(said('the commands could not be registered; it is tried again')).toHaveLength(1)
    expect(fake.gateway.connected).toBe(1)
  })

  test('ends at once although Discord is out of reach', async ({ fake }) => {
    const { close, said } = await startBot(fake, { DISCORD_API_ROOT: 'http://127.0.0.1:9/api' })
    await fake.until(() => said('Discord cannot be reached').length > 0)
    await close()
    const before = said('Discord cannot be reached').length
    await sleep(1500)
    expect(said('Discord cannot be reached')).toHaveLength(before)
    expect(said('"level":"error"')).toEqual([])
  })

  test('says in one line that its token is wrong, and leaves the rest of the service alone', async ({
    fake,
  }) => {
    const { url, said } = await startBot(fake, { DISCORD_BOT_TOKEN: 'wrong.but.whole' })
    await fake.until(() => said('"messenger":"discord"').length > 0)
    await sleep(100)
    expect(said('"messenger":"discord"')).toEqual([
      expect.stringContaining('"DISCORD_BOT_TOKEN: Discord does not take it;'),
    ])
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    expect(fake.gateway.seen.identify).toBe(0)
  })

  test('says so too when the token is taken back while it runs', async ({ fake }) => {
    const { said } = await startBot(fake)
    await fake.until(() => fake.commands.length > 0)
    fake.gateway.close(4004)
    await fake.until(() => said('"level":"error"').length > 0)
    expect(said('"level":"error"')).toEqual([expect.stringContaining('DISCORD_BOT_TOKEN')])
  })

  test('opens as many shards as Discord wants, also when it comes to want more', async ({ fake }) => {
    const ada = fake.user({ username: 'ada', global_name: 'Ada' })
    const clubs = Array.from({ length: 4 }, (_, i) => fake.guild({ name: `Club ${i}`, owner: ada }))
    const { client } = await startBot(fake)
    await client.issue(identityOf(ada), '10')
    await fake.until(() => fake.commands.length > 0)
    expect(fake.gateway.connected).toBe(1)

    fake.gateway.recommend(2)
    fake.gateway.close(4011)
    await fake.until(() => fake.gateway.connected === 2, { within: 15_000 })
    const shards = new Set(clubs.map(({ id }) => Number((BigInt(id) >> 22n) % 2n)))
    expect(shards.size).toBe(2)
    for (const club of clubs) {
      const { message } = await ada.slash(club.channel(), 'send', { amount: '1' }).answer()
      expect(message.lines).toContain('## 1.00 CREDIT')
    }
    ada.dm('hello')
    await fake.until(() =>
      fake.messages(ada.privateChannel).some(({ text }) => text.startsWith('What I can do')),
    )
  })

  test('finishes what is under way before it ends, and its cards live on after a restart', async ({
    fake,
  }) => {
    const { ada, ben, club } = people(fake)
    const books = await openBooks()
    const first = await startBot(fake, {}, books)
    await first.client.issue(identityOf(ada), '10')
    await fake.until(() => fake.commands.length > 0)
    fake.failNext('PATCH /webhooks/{id}/{token}/messages/@original', { delay: 1500 })
    const send = ada.slash(club.channel(), 'send', { amount: '1' })
    await fake.until(() => send.acknowledged)
    await first.close()
    const sent = await send.answer()
    expect(sent.message.lines).toContain('## 1.00 CREDIT')

    await startBot(fake, {}, books)
    await fake.until(() => fake.gateway.connected === 1)
    await ben.taps(sent.message, 'Collect').answer()
    await fake.until(() => sent.message.text.includes('Ben (@ben) has collected it'))
  })

  test('ends although Discord has asked to rest for long', async ({ fake }) => {
    const { ada, club } = people(fake)
    const { client, close } = await startBot(fake)
    await client.issue(identityOf(ada), '10')
    await fake.until(() => fake.commands.length > 0)
    fake.failNext('PATCH /webhooks/{id}/{token}/messages/@original', { status: 429, retryAfter: 3600 })
    const send = ada.slash(club.channel(), 'send', { amount: '1' })
    await fake.until(() => send.acknowledged && fake.calls.some(({ status }) => status === 429))
    await close()
    expect(fake.gateway.connected).toBe(0)
  })

  test('answers once where two of its processes hear the same', async ({ fake }) => {
    const { ada, ben, club } = people(fake)
    const books = await openBooks()
    const first = await startBot(fake, {}, books)
    const second = await startBot(fake, {}, books)
    await second.client.issue(identityOf(ada), '10')
    await fake.until(() => fake.gateway.connected === 2 && fake.commands.length > 0)
    const sent = await ada.slash(club.channel(), 'send', { amount: '1' }).answer()
    const tap = await ben.taps(sent.message, 'Collect').answer()
    await fake.until(() => tap.followUps.length > 0)
    await Promise.all([first.close(), second.close()])
    expect(fake.messages(club.channel()).map(({ lines }) => lines[0])).toEqual([
      '## 1.00 CREDIT',
      '1.00 CREDIT is yours.',
    ])
  })

  test.for(['http://localhost:3000', 'http://127.0.0.1:3000', 'http://nas:3000'])(
    'leaves out the button and the picture where links lead to %s, and says what to type',
    async (address, { fake }) => {
      const { ada, ben, club } = people(fake)
      const { client } = await startBot(fake, { PUBLIC_URL: address })
      await client.issue(identityOf(ada), '10')
      await fake.until(() => fake.commands.length > 0)
      const { message } = await ada.slash(club.channel(), 'send', { amount: '1' }).answer()
      const [, code = ''] = /^`\/collect ([\w-]{30,31})`$/m.exec(message.text) ?? []
      expect(message.lines).toContain(`\`${address}/c/${code}\``)
      expect(message.buttons.map(({ label }) => label)).toEqual(['Collect', 'Cancel'])
      expect(message.attachments).toHaveLength(0)
      ben.dm(`/collect ${code}`)
      await fake.until(() =>
        fake
          .messages(ben.privateChannel)
          .some(({ text }) => text === '1.00 CREDIT from Ada (@ada) is yours.'),
      )
    },
  )
})
