// Feishu's own SDK against the fake: what it takes and sends there, it takes from and sends to the real one.
import { createReadStream } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as lark from '@larksuiteoapi/node-sdk'
import { expect, onTestFinished, test } from 'vitest'
import { type FakeFeishu, startFakeFeishu } from './index.ts'

async function start(): Promise<FakeFeishu> {
  const fake = await startFakeFeishu()
  onTestFinished(() => fake.stop())
  return fake
}

const clientOf = ({ appId, appSecret, url }: FakeFeishu, secret = appSecret) =>
  new lark.Client({ appId, appSecret: secret, domain: url, loggerLevel: lark.LoggerLevel.fatal })

const CARD = {
  config: { update_multi: true },
  header: { template: 'blue', title: { tag: 'plain_text', content: '20.00' } },
  elements: [
    { tag: 'div', text: { tag: 'plain_text', content: 'for you' } },
    {
      tag: 'action',
      actions: [
        {
          tag: 'button',
          text: { tag: 'plain_text', content: 'Collect' },
          type: 'primary',
          value: { press: 'collect' },
        },
      ],
    },
  ],
} satisfies lark.InteractiveCard

/** The SDK as a bot, told by the fake. */
async function listen(fake: FakeFeishu, dispatcher: lark.EventDispatcher): Promise<void> {
  const server = createServer(lark.adaptDefault('/feishu/events', dispatcher, { autoChallenge: true }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  fake.tellAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
}

test('the official client posts, answers, changes and reads messages, pictures, groups and people', async () => {
  const fake = await start()
  const [ada, ben] = [fake.user('陈晨'), fake.user('李本')]
  const group = fake.group('午餐俱乐部', [ada, ben])
  group.managers.push(ben)
  const { im, contact } = clientOf(fake)
  const post = (receive_id: string, content: object, uuid?: string) =>
    im.message.create({
      params: { receive_id_type: receive_id.startsWith('ou_') ? 'open_id' : 'chat_id' },
      data: { receive_id, msg_type: 'interactive', content: JSON.stringify(content), ...(uuid && { uuid }) },
    })
  const first = await post(group.id, CARD, 'one')
  expect(first).toMatchObject({ code: 0, data: { chat_id: group.id, msg_type: 'interactive' } })
  expect((await post(group.id, CARD, 'one')).data?.message_id).toBe(first.data?.message_id)
  expect(fake.cards(group)).toHaveLength(1)
  const message_id = first.data?.message_id ?? ''

  const uploaded = await im.image.create({
    data: { image_type: 'message', image: createReadStream('.github/books.png') },
  })
  const picture = {
    tag: 'img',
    img_key: uploaded?.image_key ?? '',
    alt: { tag: 'plain_text', content: 'QR' },
  }
  const changed = { ...CARD, elements: [picture, ...CARD.elements] }
  const patched = await im.message.patch({ path: { message_id }, data: { content: JSON.stringify(changed) } })
  expect(patched).toMatchObject({ code: 0 })
  expect(fake.cards(group)[0]?.picture).toBe(uploaded?.image_key)

  const words = JSON.stringify({ zh_cn: { content: [[{ tag: 'text', text: 'hello' }]] } })
  await im.message.reply({
    path: { message_id },
    data: { msg_type: 'post', content: words, reply_in_thread: true },
  })
  expect(fake.others(group)).toMatchObject([{ text: 'hello', thread: message_id }])
  expect((await im.message.get({ path: { message_id } })).data?.items?.[0]).toMatchObject({
    message_id,
    sender: { id: fake.appId, id_type: 'app_id', sender_type: 'app' },
  })
  expect(
    (await im.chat.get({ path: { chat_id: group.id }, params: { user_id_type: 'open_id' } })).data,
  ).toMatchObject({ name: '午餐俱乐部', owner_id: ada.openId, user_manager_id_list: [ben.openId] })
  const members = {
    path: { chat_id: group.id },
    params: { member_id_type: 'open_id', page_size: 1 },
  } as const
  expect((await im.chatMembers.get(members)).data).toMatchObject({
    items: [{ member_id: ada.openId, name: '陈晨' }],
    has_more: true,
  })
  const who = { path: { user_id: ben.openId }, params: { user_id_type: 'open_id' } } as const
  expect((await contact.user.get(who)).data?.user?.name).toBe('李本')
})

test('the official client reads what the fake tells, whose signature it checks, and its answer to a tap is taken', async () => {
  const fake = await start()
  const [ada, ben] = [fake.user('陈晨'), fake.user('李本')]
  const group = fake.group('午餐俱乐部', [ada, ben])
  const heard: unknown[] = []
  const dispatcher = new lark.EventDispatcher({
    encryptKey: fake.encryptKey,
    loggerLevel: lark.LoggerLevel.fatal,
  }).register({
    'im.message.receive_v1': (data) => void heard.push(data),
    'im.chat.member.user.added_v1': (data) => void heard.push(data),
    'card.action.trigger': (data: unknown) => {
      heard.push(data)
      return {
        toast: { type: 'success', content: 'done' },
        card: { type: 'raw', data: { ...CARD, elements: CARD.elements.slice(0, 1) } },
      }
    },
  })
  await listen(fake, dispatcher)

  const id = await fake.says(ada, group, ['转账 20 给 ', ben])
  expect(heard.pop()).toMatchObject({
    sender: { sender_id: { open_id: ada.openId }, sender_type: 'user' },
    message: {
      message_id: id,
      chat_id: group.id,
      chat_type: 'group',
      message_type: 'text',
      content: JSON.stringify({ text: '@_user_1 转账 20 给 @_user_2' }),
      mentions: [
        { key: '@_user_1', id: { open_id: fake.bot.openId } },
        { key: '@_user_2', id: { open_id: ben.openId }, name: '李本' },
      ],
    },
  })
  const cy = fake.user('赵云')
  await fake.changes('added', group, cy)
  expect(heard.pop()).toMatchObject({ chat_id: group.id, users: [{ user_id: { open_id: cy.openId } }] })

  await clientOf(fake).im.message.create({
    params: { receive_id_type: 'chat_id' },
    data: { receive_id: group.id, msg_type: 'interactive', content: JSON.stringify(CARD) },
  })
  const [card] = fake.cards(group)
  expect(card && (await fake.taps(ben, card, 'Collect'))).toBe('done')
  expect(card?.labels).toEqual([])
  expect(heard.pop()).toMatchObject({
    operator: { open_id: ben.openId },
    action: { tag: 'button', value: { press: 'collect' } },
    context: { open_message_id: card?.id, open_chat_id: group.id },
  })

  const body = fake.encrypted(JSON.stringify(fake.messageOf(ada, group, 'forged')))
  await fake.send(fake.signed(body, Date.now(), 'another key'))
  expect(heard).toEqual([])
  expect(fake.breaches).toEqual([])
})

test('the official client is refused with a wrong secret', async () => {
  const fake = await start()
  const ada = fake.user('陈晨')
  const { im } = clientOf(fake, 'wrong')
  const send = im.message.create({
    params: { receive_id_type: 'open_id' },
    data: { receive_id: ada.openId, msg_type: 'interactive', content: JSON.stringify(CARD) },
  })
  await expect(send).rejects.toThrow()
  expect(fake.cards(fake.privateChat(ada))).toEqual([])
})
