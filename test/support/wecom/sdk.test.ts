// WeCom's own client against the fake: what it takes and sends there, it takes from and sends to the real one.
import { type TemplateCard, WSClient } from '@wecom/aibot-node-sdk'
import { expect, onTestFinished, test } from 'vitest'
import { drawTemplate, openButtons } from '../../../bots/wecom/card.ts'
import { Card, type FakeWecom, startFakeWecom } from './index.ts'

const quiet = { debug() {}, info() {}, warn() {}, error() {} }

async function start(): Promise<FakeWecom> {
  const fake = await startFakeWecom()
  onTestFinished(() => fake.stop())
  return fake
}

/** The official client, and the reason for which it was not let in. */
async function official(fake: FakeWecom, secret = fake.secret) {
  const client = new WSClient({
    botId: fake.botId,
    secret,
    wsUrl: fake.address,
    logger: quiet,
    maxReconnectAttempts: 0,
    maxAuthFailureAttempts: 0,
  })
  onTestFinished(() => client.disconnect())
  const failed = new Promise<string>((resolve) => client.once('error', ({ message }) => resolve(message)))
  const ready = new Promise<'in'>((resolve) => client.once('authenticated', () => resolve('in')))
  client.connect()
  return { client, answer: await Promise.race([ready, failed]) }
}

/** A card as the bot draws it, which the client's own types take. */
const cardOf = (task: string): TemplateCard =>
  drawTemplate(
    {
      transfer: '1',
      state: 'open',
      language: 'zh-Hans',
      amount: '20.00 CREDIT',
      title: '陈晨 → 先点先得',
      note: null,
      status: '谁先点“领取”就归谁。',
      expiresAt: null,
      link: 'https://pass.example.org/c/x',
      code: 'x',
      alternative: '',
      buttons: [
        { label: '领取', action: { do: 'collect', transfer: '1' } },
        { label: '打开链接', url: 'https://pass.example.org/c/x' },
      ],
    },
    task,
    openButtons('secret'),
    'https://pass.example.org',
  )

test('the official client is let in, hears messages, taps and entries, and answers each', async () => {
  const fake = await start()
  const { client, answer } = await official(fake)
  expect(answer).toBe('in')
  const ada = fake.user('陈晨')
  const group = fake.group([ada])
  client.on('message.text', (frame) => {
    if (frame.body?.chattype === 'group')
      void client.replyStreamWithCard(frame, 'one', 'https://pass.example.org/c/x', true, {
        templateCard: cardOf('task-1'),
      })
    else void client.replyStream(frame, 'two', `heard ${frame.body?.text.content}`, true)
  })
  client.on('event.enter_chat', (frame) =>
    client.replyWelcome(frame, { msgtype: 'text', text: { content: 'welcome' } }),
  )
  client.on('event.template_card_event', (frame) =>
    client.updateTemplateCard(frame, { ...cardOf('task-1'), sub_title_text: 'done' }, [ada.userId]),
  )

  fake.says(ada, group, '转账 20')
  const card = await fake.until(() => group.said[0])
  if (!(card instanceof Card)) throw new Error('no card')
  const request = fake.sendTap(ada, card, fake.tapOf(ada, card, '领取'))
  await fake.until(() => fake.isAnswered(request))
  expect([card.shown.sub_title_text, card.seenBy(ada).sub_title_text]).toEqual([
    '谁先点“领取”就归谁。',
    'done',
  ])

  const own = fake.privateChat(ada)
  fake.enters(ada)
  await fake.until(() => own.said.length === 1)
  fake.says(ada, own, '余额')
  await fake.until(() => own.said.length === 2)
  expect(own.said).toEqual(['welcome', 'heard 余额'])

  await client.sendMessage(ada.userId, { msgtype: 'markdown', markdown: { content: 'by itself' } })
  await client.sendMessage(group.id, { msgtype: 'template_card', template_card: cardOf('task-2') })
  expect([own.said.at(-1), group.said.length]).toEqual(['by itself', 2])
  expect(fake.breaches).toEqual([])
})

test('what the real one refuses the client is refused: a wrong secret, a card twice, an answer twice, a stranger', async () => {
  const fake = await start()
  expect((await official(fake, 'wrong')).answer).toContain('853000')
  const { client } = await official(fake)
  const ada = fake.user('陈晨')
  const own = fake.privateChat(ada)
  const send = (task: string) =>
    client.sendMessage(ada.userId, { msgtype: 'template_card', template_card: cardOf(task) })
  await expect(send('task')).rejects.toMatchObject({ errcode: 93008 })
  const heard = new Promise<Parameters<typeof client.replyStream>[0]>((resolve) =>
    client.once('message.text', resolve),
  )
  fake.says(ada, own, '余额')
  const frame = await heard
  await client.replyStream(frame, 'one', 'first', true)
  await expect(client.replyStream(frame, 'two', 'second', true)).rejects.toMatchObject({ errcode: 846605 })
  await send('task')
  await expect(send('task')).rejects.toMatchObject({ errmsg: 'task_id exists' })
  await expect(
    client.sendMessage('nobody', { msgtype: 'markdown', markdown: { content: 'x' } }),
  ).rejects.toMatchObject({
    errcode: 93006,
  })
  for (let i = 2; i < 30; i++)
    await client.sendMessage(ada.userId, { msgtype: 'markdown', markdown: { content: String(i) } })
  await expect(
    client.sendMessage(ada.userId, { msgtype: 'markdown', markdown: { content: 'too much' } }),
  ).rejects.toMatchObject({ errcode: 45009 })
})

test('a second client ousts the first, which is told so and doesn’t fight', async () => {
  const fake = await start()
  const first = await official(fake)
  const ousted = new Promise((resolve) => first.client.once('event.disconnected_event', resolve))
  await official(fake)
  await ousted
  expect(first.client.isConnected).toBe(false)
  expect(fake.arrivals()).toBe(2)
})
