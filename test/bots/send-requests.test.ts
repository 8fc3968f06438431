import { expect, onTestFinished, test } from 'vitest'
import { createBot } from '../../bots/bot.ts'
import { connectApi } from '../../bots/client.ts'
import { createApi } from '../../src/api/app.ts'
import { newcomer, openTestCore } from '../support/service.ts'

test('a /send in a group looks once for its card, and posts it once, however often the messenger delivers it', async () => {
  const service = await openTestCore({ roles: 'api' })
  onTestFinished(() => service.close())
  const { core, client } = service
  const app = createApi(core)
  const requests: string[] = []
  const api = connectApi('http://core.test', core.tokens.inProcess('telegram'), async (url, init) => {
    requests.push(`${init?.method} ${new URL(String(url)).pathname.replace(/[\da-f-]{36}/, '…')}`)
    return app.request(String(url), init)
  })
  const nothing = async () => {}
  const bot = createBot(
    api,
    {
      name: 'telegram',
      capabilities: { handles: true, redraw: 'always', buttons: true, language: 'en' },
      post: async (_, { chat }) => ({ chat, message: '0' }),
      privateChat: async ({ id }) => id,
      redraw: nothing,
      sendPrivately: nothing,
      ping: nothing,
      isAdmin: async () => false,
      isMember: async () => undefined,
    },
    core.log,
  )
  const ada = newcomer('Ada')
  await client.issue(ada, '20')
  let posted = 0
  const send = async () => {
    requests.splice(0)
    const { answered } = await bot.dispatch(
      'send',
      {
        person: { messenger: 'telegram', id: ada.id },
        chat: { id: '-1', kind: 'group' },
        target: { chat: '-1' },
        language: 'en',
        key: 'telegram:-1:7',
        words: '5 lunch',
      },
      { post: async () => ({ chat: '-1', message: String(++posted) }), say: nothing },
    )
    await answered
    return requests
  }
  expect(await send()).toEqual([
    'GET /v1/groups/telegram/-1/rules',
    'POST /v1/chats/telegram/reached',
    'POST /v1/chats/telegram/-1/seen',
    'GET /v1/assets',
    'GET /v1/people/telegram',
    'POST /v1/transfers',
    'GET /v1/transfers/…/cards',
    'POST /v1/transfers/…/cards',
  ])
  expect(await send()).toEqual([
    'GET /v1/assets',
    'GET /v1/people/telegram',
    'POST /v1/transfers',
    'GET /v1/transfers/…/cards',
  ])
  expect(posted).toBe(1)
})
