import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { type Bot, createBot } from '../../bots/bot.ts'
import { drawCard } from '../../bots/card.ts'
import { connectApi } from '../../bots/client.ts'
import type { Capabilities } from '../../bots/description.ts'
import { createApi } from '../../src/api/app.ts'
import { newcomer, openTestCore } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
})
afterAll(() => service.close())

/** What the bot has asked the core. */
const asked: string[] = []
beforeEach(() => void asked.splice(0))

function botOf(redraw: Capabilities['redraw']): Bot {
  const { core } = service
  const app = createApi(core)
  const api = connectApi('http://core.test', core.tokens.inProcess('telegram'), async (url, init) => {
    const { pathname } = new URL(String(url))
    // That somebody was seen there is told once, beside it.
    if (!pathname.endsWith('/seen')) asked.push(`${init?.method} ${pathname}`)
    return app.request(String(url), init)
  })
  const nowhere = async () => {
    throw new Error('Nothing is posted here.')
  }
  return createBot(
    api,
    {
      name: 'telegram',
      capabilities: { handles: true, redraw, buttons: true, language: 'en' },
      post: nowhere,
      privateChat: nowhere,
      redraw: nowhere,
      sendPrivately: nowhere,
      ping: nowhere,
      isAdmin: nowhere,
      isMember: nowhere,
    },
    core.log,
  )
}

let count = 0
/** A card that hangs somewhere, in Chinese. */
async function hanging(bot: Bot) {
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
  await service.client.issue(ada, '20')
  const { id } = await service.client.send(ada, '20', { to: ben })
  const transfer = await service.client.get<Parameters<typeof drawCard>[0]>(`/v1/transfers/${id}`)
  const place = { chat: '1', message: String(++count) }
  await bot.recordCard(drawCard(transfer, 'zh-Hans', 'telegram'), place)
  asked.splice(0)
  const tap = (what: 'collect' | 'cancel' | 'decline', { messenger, id: of } = ben, tapped = bot) =>
    tapped.press({
      person: { messenger, id: of },
      chat: { id: '1', kind: 'group' },
      language: 'en',
      key: `tap-${++count}`,
      action: { do: what, transfer: id },
      buttons: [`collect:${id}`, `cancel:${id}`, `decline:${id}`],
      place,
    })
  return { id, ada, ben, tap }
}

test('a tap is answered with the card as it is now, in its own language, and nothing more is asked for it', async () => {
  const bot = botOf('while')
  const collected = await hanging(bot)
  const { toast, card } = await collected.tap('collect')
  expect(toast).toContain('20.00 CREDIT')
  expect(card).toMatchObject({ state: 'collected', language: 'zh-Hans', buttons: [] })
  expect(asked).toEqual(['POST /v1/claims'])

  const cancelled = await hanging(bot)
  expect((await cancelled.tap('cancel', cancelled.ada)).card?.state).toBe('cancelled')
  expect(asked).toEqual([`POST /v1/transfers/${cancelled.id}/cancel`])

  const declined = await hanging(bot)
  expect((await declined.tap('decline')).card?.state).toBe('declined')
  expect(asked).toEqual([`POST /v1/transfers/${declined.id}/decline`])
})

test('a tap that comes too late is answered with the card, too; one that is refused otherwise changes none', async () => {
  const bot = botOf('on tap')
  const { id, ada, ben, tap } = await hanging(bot)
  expect((await tap('decline', ada)).card).toBeUndefined()
  await service.client.cancel(id, ada)
  const { card } = await tap('collect', ben)
  expect(card).toMatchObject({ state: 'cancelled', language: 'zh-Hans', buttons: [] })
})

test('where every card is drawn anew by its delivery, a tap brings none', async () => {
  const { tap } = await hanging(botOf('always'))
  expect((await tap('collect')).card).toBeUndefined()
  expect(asked).toEqual(['POST /v1/claims'])
})

test('another process has posted it: its language is asked for once', async () => {
  const { id, tap } = await hanging(botOf('while'))
  const { card } = await tap('collect', undefined, botOf('while'))
  expect(card?.language).toBe('zh-Hans')
  expect(asked).toEqual(['POST /v1/claims', `GET /v1/transfers/${id}/cards`])
})
