// LINE's own SDK against the fake: what it takes and sends there, it takes from and sends to the real one.
import { randomUUID } from 'node:crypto'
import { messagingApi, validateSignature } from '@line/bot-sdk'
import { expect, onTestFinished, test } from 'vitest'
import { startFakeLine } from './index.ts'

async function start() {
  const fake = await startFakeLine()
  onTestFinished(() => fake.stop())
  const client = new messagingApi.MessagingApiClient({
    channelAccessToken: fake.accessToken,
    baseURL: fake.url,
  })
  const ada = fake.user('Ada', { language: 'en' })
  return { fake, client, ada, group: fake.group('Lunch club', [ada]) }
}

const CARD: messagingApi.FlexMessage = {
  type: 'flex',
  altText: '20.00',
  contents: {
    type: 'bubble',
    hero: { type: 'image', url: 'https://pass.example.org/c/x/qr.png', size: 'full' },
    body: {
      type: 'box',
      layout: 'vertical',
      contents: [{ type: 'text', text: '20.00', size: 'xl', wrap: true }],
    },
    footer: {
      type: 'box',
      layout: 'vertical',
      contents: [
        {
          type: 'button',
          style: 'primary',
          action: { type: 'postback', label: 'Collect', data: 'x'.repeat(300) },
        },
      ],
    },
  },
}

test('the official client answers, pushes, and asks who is who', async () => {
  const { fake, client, ada, group } = await start()
  const { replyToken } = fake.textOf(ada, group, 'hello') as unknown as { replyToken: string }
  await client.replyMessage({ replyToken, messages: [CARD] })
  await client.pushMessage({ to: group.id, messages: [{ type: 'text', text: 'hi' }] }, randomUUID())
  expect(group.messages.map(({ text, labels }) => [text, labels])).toEqual([
    ['20.00', ['Collect']],
    ['hi', []],
  ])
  expect(await client.getProfile(ada.id)).toMatchObject({ displayName: 'Ada', language: 'en' })
  expect(await client.getGroupMemberProfile(group.id, ada.id)).toMatchObject({ displayName: 'Ada' })
  expect(await client.getGroupSummary(group.id)).toMatchObject({ groupName: 'Lunch club' })
  expect(await client.getGroupMemberCount(group.id)).toMatchObject({ count: 1 })
  expect(await client.getBotInfo()).toMatchObject({ userId: fake.bot.id, chatMode: 'bot' })
  await client.showLoadingAnimation({ chatId: ada.id, loadingSeconds: 5 })
})

test('the fake refuses what is of the wrong form, too late, twice, or for nobody', async () => {
  const { fake, client, ada, group } = await start()
  const status = (call: Promise<unknown>) =>
    call.then(
      () => 200,
      (error: { status: number }) => error.status,
    )
  const push = (message: object, to = group.id, key: string | undefined = randomUUID()) =>
    status(client.pushMessage({ to, messages: [message as messagingApi.Message] }, key))
  const footer = (action: object) => ({
    ...CARD,
    contents: {
      type: 'bubble',
      footer: { type: 'box', layout: 'vertical', contents: [{ type: 'button', style: 'primary', action }] },
    },
  })
  const tap = { type: 'postback', label: 'Collect', data: 'x' }
  const wrong = {
    'too long a text': { type: 'text', text: 'x'.repeat(5001) },
    'no text': { type: 'text', text: '' },
    'no such kind': { type: 'card', text: 'x' },
    'a field that is none': { type: 'text', text: 'x', more: 1 },
    'too much data': footer({ ...tap, data: 'x'.repeat(301) }),
    'no label': footer({ type: 'postback', data: 'x' }),
    'too long a label': footer({ ...tap, label: 'x'.repeat(41) }),
    'a link to this machine alone': footer({ type: 'uri', label: 'x', uri: 'http://localhost/' }),
    'no action': footer({ type: 'jump', label: 'x' }),
    'a picture that isn’t reached by https': {
      ...CARD,
      contents: { ...CARD.contents, hero: { type: 'image', url: 'http://pass.example.org/qr.png' } },
    },
  }
  for (const [name, message] of Object.entries(wrong))
    expect([name, await push(message)]).toEqual([name, 400])
  const text = { type: 'text', text: 'x' }
  expect(await push(text, ada.id.replace('U', 'C'))).toBe(400)
  expect(await push(text, group.id, 'no uuid')).toBe(400)
  const key = randomUUID()
  expect([await push(text, group.id, key), await push(text, group.id, key)]).toEqual([200, 409])
  expect(group.messages).toHaveLength(1)
  const messages = Array.from({ length: 6 }, () => ({ type: 'text', text: 'x' }) as const)
  expect(await status(client.pushMessage({ to: group.id, messages }, randomUUID()))).toBe(400)

  const { replyToken } = fake.textOf(ada, group, 'hello') as unknown as { replyToken: string }
  const reply = (token: string) => status(client.replyMessage({ replyToken: token, messages: [CARD] }))
  expect([await reply(replyToken), await reply(replyToken), await reply('unknown')]).toEqual([200, 400, 400])
  const next = String(fake.textOf(ada, group, 'hello').replyToken)
  const late = fake.tokens.get(next)
  if (late) late.until = Date.now() - 1
  expect(await reply(next)).toBe(400)

  group.hasBot = false
  expect(await push(text)).toBe(400)
  expect(await status(client.getGroupSummary(group.id))).toBe(404)
  ada.isFriend = false
  expect(await status(client.getProfile(ada.id))).toBe(404)
  // It is taken all the same, and nobody gets it.
  expect(await push(text, ada.id)).toBe(200)
  expect([fake.privateChat(ada).messages, fake.unheard]).toEqual([[], [ada.id]])
  fake.faults.left = 0
  expect(await push(text, ada.id)).toBe(429)
  fake.limits.others = 3
  fake.limits.ms = 60_000
  expect(await Promise.all([1, 2, 3, 4].map(() => status(client.getBotInfo())))).toContain(429)
  const stranger = new messagingApi.MessagingApiClient({ channelAccessToken: 'another', baseURL: fake.url })
  expect(await status(stranger.getBotInfo())).toBe(401)
})

test('the official SDK believes what the fake signs, and nothing else', async () => {
  const { fake, ada, group } = await start()
  const { body, headers } = fake.signed(fake.bodyOf([fake.textOf(ada, group, 'hello')]))
  const signature = headers['x-line-signature'] ?? ''
  expect(validateSignature(body, fake.secret, signature)).toBe(true)
  expect(validateSignature(`${body} `, fake.secret, signature)).toBe(false)
  expect(() => fake.bodyOf([{ ...fake.textOf(ada, group, 'x'), timestamp: 'now' }])).toThrow(
    'what LINE doesn’t',
  )
})
