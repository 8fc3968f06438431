import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { connect } from '../../db/postgres.ts'
import { newSecret } from '../../src/access/codes.ts'
import { freshDatabase } from '../support/database.ts'
import { startFakeDiscord } from '../support/discord/index.ts'
import { openPages, type PagesUnderTest, type Person } from '../support/pages.ts'
import { type Client, type Setting, startTestService } from '../support/service.ts'
import { startFakeTelegram } from '../support/telegram/index.ts'

const ada: Person = { messenger: 'telegram', id: '1', handle: 'ada', name: 'Ada' }
const dora: Person = { messenger: 'discord', id: '80351110224678912', handle: 'dora', name: 'Dora' }
const player: Person = { messenger: 'playground', id: 'ada', name: 'Ada' }

const TELEGRAM = { title: 'Telegram', link: 'https://t.me/passalong_bot?start={code}' }
const DISCORD = { title: 'Discord', link: 'https://discord.com/users/42' }
const PLAYGROUND = { title: 'Playground', link: '/?start={code}' }

/** The buttons that lead into a messenger, by what is on them. */
async function buttonsOf(link: string, language = 'en'): Promise<Record<string, string>> {
  const page = await (await fetch(link, { headers: { 'accept-language': language } })).text()
  const found = page.matchAll(/<a class="button" href="([^"]*)" rel="noreferrer">([^<]*)</g)
  return Object.fromEntries([...found].map(([, href = '', words = '']) => [words, href]))
}

const wordsOf = async (link: string, language = 'en') =>
  (await (await fetch(link, { headers: { 'accept-language': language } })).text())
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')

/** A page may be a second behind. */
const eventually = <T>(look: () => Promise<T>) => expect.poll(look, { timeout: 5000, interval: 100 })

describe('The claim page leads', () => {
  let pages: PagesUnderTest
  beforeAll(async () => {
    pages = await openPages()
    for (const [name, about] of Object.entries({
      telegram: TELEGRAM,
      discord: DISCORD,
      playground: PLAYGROUND,
    }))
      await pages.call('PUT', `/messengers/${name}`, about)
  })
  afterAll(() => pages.close())

  test('into each messenger whose people deal in the asset, with the code where its links carry one', async () => {
    const { link, code } = await pages.send({ from: ada })
    expect(await buttonsOf(link)).toEqual({
      'Collect in Discord': DISCORD.link,
      'Collect in Telegram': `https://t.me/passalong_bot?start=${code}`,
    })
    expect(await wordsOf(link)).toContain(`the bot in Discord or Telegram: /collect ${code}`)
  })

  test('into the playground for play credits alone, which Chinese pages call 试玩', async () => {
    const { link, code } = await pages.send({ from: player, asset: 'PLAY' })
    expect(await buttonsOf(link)).toEqual({ 'Collect in Playground': `/?start=${code}` })
    expect(await buttonsOf(link, 'zh')).toEqual({ '在 试玩 中领取': `/?start=${code}` })
    expect(await wordsOf(link, 'zh')).not.toContain('Playground')
  })

  test('into the messenger of the one it is for, by id or by handle', async () => {
    for (const to of [dora, { messenger: 'discord', handle: 'dora' }]) {
      const { link } = await pages.send({ from: ada, to })
      expect(Object.keys(await buttonsOf(link))).toEqual(['Collect in Discord'])
      expect(await wordsOf(link)).toContain('the bot in Discord: /collect')
    }
  })

  test('a title cannot write on the page', async () => {
    await pages.call('PUT', '/messengers/evil', {
      title: '<b>"Evil"</b>',
      link: 'https://evil.example/"{code}',
    })
    onTestFinished(
      async () => void (await pages.core.db.execute(sql`delete from messengers where name = 'evil'`)),
    )
    const { link } = await pages.send({ from: ada })
    await eventually(async () => (await fetch(link)).text()).toContain(
      'Collect in &lt;b&gt;&quot;Evil&quot;&lt;/b&gt;',
    )
    expect(await (await fetch(link)).text()).toContain('href="https://evil.example/&quot;')
  })

  test('into none that was not heard of for three minutes, and says how to collect all the same', async () => {
    const { link, code } = await pages.send({ from: ada })
    const passes = async (seconds: number) => {
      const length = sql`make_interval(secs => ${seconds})`
      await pages.core.db.execute(sql`update messengers set alive_at = alive_at - ${length}`)
    }
    await passes(170)
    await new Promise((resolve) => setTimeout(resolve, 1100))
    expect(Object.keys(await buttonsOf(link))).toHaveLength(2)
    await passes(20)
    await eventually(() => buttonsOf(link)).toEqual({})
    expect(await wordsOf(link)).toContain(
      `No messenger that deals in CREDIT is running here now. Where one is, send this line to its bot: /collect ${code}`,
    )
    // Its title is known still.
    const named = await pages.send({ from: ada, to: dora })
    expect(await wordsOf(named.link)).toContain('Send this line to the bot in Discord: /collect')

    await pages.call('PUT', '/messengers/telegram', TELEGRAM)
    await eventually(async () => Object.keys(await buttonsOf(link))).toEqual(['Collect in Telegram'])
  })

  test('into one that has ended for as long as another process may take to say that it runs there', async () => {
    const { link } = await pages.send({ from: ada })
    const aliveFor = async (name: string) => {
      const [row] = await pages.core.db.execute<{ seconds: number }>(
        sql`select 180 + extract(epoch from alive_at - now())::int as seconds from messengers where name = ${name}`,
      )
      return row?.seconds
    }
    await pages.call('PUT', '/messengers/telegram', TELEGRAM)
    expect(await aliveFor('telegram')).toBeGreaterThan(170)
    await pages.call('DELETE', '/messengers/telegram')
    await pages.call('DELETE', '/messengers/telegram')
    const left = await aliveFor('telegram')
    expect(left).toBeGreaterThan(60)
    expect(left).toBeLessThan(80)
    await eventually(async () => Object.keys(await buttonsOf(link))).toContain('Collect in Telegram')
    await pages.call('PUT', '/messengers/telegram', TELEGRAM)
    expect(await aliveFor('telegram')).toBeGreaterThan(170)
    await pages.call('DELETE', '/messengers/unheard')
  })
})

describe('A messenger tells of itself', () => {
  const startOn = async (books: { database: string; secretKey: string }, setting: Setting) => {
    const service = await startTestService({ ...setting, ...books })
    let closed: Promise<void> | undefined
    const close = () => (closed ??= service.close())
    onTestFinished(close)
    return { ...service, close }
  }
  const openBooks = async () => {
    const { url, drop } = await freshDatabase()
    onTestFinished(drop)
    return { database: url, secretKey: newSecret() }
  }

  test('the page of a process leads into those that run in others, and forgets them when they end', async () => {
    const telegram = await startFakeTelegram({ username: 'club_bot' })
    const discord = await startFakeDiscord()
    onTestFinished(async () => {
      await telegram.stop()
      await discord.stop()
    })
    const books = await openBooks()
    const bots = await startOn(books, {
      roles: 'telegram,discord',
      environment: {
        TELEGRAM_BOT_TOKEN: telegram.token,
        TELEGRAM_API_ROOT: telegram.url,
        DISCORD_BOT_TOKEN: discord.token,
        DISCORD_API_ROOT: discord.url,
      },
    })
    // It is the last that starts, as each makes the token of the tests anew.
    const core = await startOn(books, { roles: 'api,worker' })
    await core.client.issue(ada, '20')
    const { link, code } = await core.client.send(ada, '20')
    expect(new URL(link).origin).toBe(core.url)
    await eventually(() => buttonsOf(link)).toEqual({
      'Collect in Discord': expect.stringMatching(/^https:\/\/discord\.com\/users\/\d+$/),
      'Collect in Telegram': `https://t.me/club_bot?start=${code}`,
    })

    await bots.close()
    const { db, close } = connect(books.database)
    await db.execute(sql`update messengers set alive_at = alive_at - interval '80 seconds'`)
    await close()
    await eventually(() => buttonsOf(link)).toEqual({})
    expect(
      bots.log.filter((line) => /"level":"(warn|error)"/.test(line) && line.includes('claim page')),
    ).toEqual([])
  })

  test('beside Telegram the playground opens play credits, and no real money', async () => {
    const telegram = await startFakeTelegram({ username: 'club_bot' })
    onTestFinished(() => telegram.stop())
    const service = await startOn(await openBooks(), {
      roles: 'api,worker,telegram,playground',
      environment: { TELEGRAM_BOT_TOKEN: telegram.token, TELEGRAM_API_ROOT: telegram.url },
    })
    await service.client.issue(ada, '20')
    const real = await service.client.send(ada, '20')
    await seeded(service)
    const play = await service.client.send(player, '20')
    await eventually(() => buttonsOf(real.link)).toEqual({
      'Collect in Telegram': `https://t.me/club_bot?start=${real.code}`,
    })
    await eventually(() => buttonsOf(play.link)).toEqual({
      'Collect in Playground': `/?start=${play.code}`,
    })
  })

  test('once a minute', async () => {
    vi.useFakeTimers({ toFake: ['setInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const books = await openBooks()
    const service = await startOn(books, { roles: 'playground' })
    const { db, close } = connect(books.database)
    onTestFinished(close)
    await seeded(service)
    const age = async () => {
      const [row] = await db.execute<{ seconds: number }>(
        sql`select extract(epoch from now() - alive_at)::int as seconds from messengers where name = 'playground'`,
      )
      return row?.seconds
    }
    await eventually(age).toBeLessThan(10)
    await db.execute(sql`update messengers set alive_at = alive_at - interval '100 seconds'`)
    vi.advanceTimersByTime(59_000)
    expect(await age()).toBeGreaterThan(90)
    vi.advanceTimersByTime(2000)
    await eventually(age).toBeLessThan(10)
    vi.useRealTimers()
  })

  test('with the playground alone, a transfer as README makes it is collected there', async () => {
    const service = await startOn(await openBooks(), { roles: 'api,worker,playground' })
    const from = { messenger: 'playground', id: 'ada' }
    const more = { note: 'lunch', key: 'order-4711' }
    await seeded(service)
    const { link, code } = await service.client.send(from, '20', more)
    await eventually(() => buttonsOf(link)).toEqual({ 'Collect in Playground': `/?start=${code}` })
  })

  /** The playground gives its people their credits when it is up. */
  const seeded = ({ client }: { client: Client }) =>
    eventually(() => client.balance(player, 'PLAY')).toBe('100.00')
})
