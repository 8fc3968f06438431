import { expect, onTestFinished, test } from 'vitest'
import { startFakeFeishu } from './index.ts'

const text = (content: string) => ({ tag: 'plain_text', content })
const BUTTON = { tag: 'button', text: text('Collect'), type: 'primary', value: { press: 'collect' } }
const CARD = {
  config: { update_multi: true },
  header: { template: 'blue', title: text('20.00') },
  elements: [
    { tag: 'div', text: text('for you') },
    { tag: 'action', actions: [BUTTON] },
  ],
}

async function start() {
  const fake = await startFakeFeishu()
  onTestFinished(() => fake.stop())
  const ada = fake.user('陈晨')
  const group = fake.group('午餐俱乐部', [ada])
  const call = async (method: string, path: string, body: object, token = '') => {
    const response = await fetch(`${fake.url}/open-apis${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    })
    const answer = (await response.json()) as { code: number; tenant_access_token?: string }
    return { status: response.status, reset: response.headers.get('x-ogw-ratelimit-reset'), ...answer }
  }
  const credentials = { app_id: fake.appId, app_secret: fake.appSecret }
  const TOKEN = '/auth/v3/tenant_access_token/internal'
  const token = async () => (await call('POST', TOKEN, credentials)).tenant_access_token ?? ''
  const message = (content: unknown, more: object = {}) => ({
    receive_id: group.id,
    msg_type: 'interactive',
    content: typeof content === 'string' ? content : JSON.stringify(content),
    ...more,
  })
  return { fake, ada, group, call, credentials, TOKEN, token, message }
}

const POST = '/im/v1/messages?receive_id_type=chat_id'

test('the fake refuses what is not of the right form, too long, or for a chat where the bot can’t write', async () => {
  const { fake, ada, group, call, token, message } = await start()
  const key = await token()
  const without = (name: string) => Object.fromEntries(Object.entries(CARD).filter(([one]) => one !== name))
  const picture = { tag: 'img', img_key: 'img_never', alt: text('QR') }
  const wrong: [object, number, string?][] = [
    [message('no JSON'), 230001],
    [message('{}'), 230099],
    [message(without('config')), 230099],
    [message({ ...CARD, elements: [] }), 230099],
    [message({ ...CARD, more: 1 }), 230099],
    [message({ ...CARD, elements: [picture] }), 230099],
    [message({ ...CARD, elements: [{ tag: 'action', actions: [{ ...BUTTON, value: undefined }] }] }), 230099],
    [message({ ...CARD, elements: [{ tag: 'action', actions: [{ ...BUTTON, type: 'success' }] }] }), 230099],
    [message({ ...CARD, elements: [{ tag: 'div', text: text('好'.repeat(11_000)) }] }), 230025],
    [message(CARD, { uuid: 'x'.repeat(51) }), 230001],
    [message(CARD, { msg_type: 'card' }), 230001],
    [message(CARD, { receive_id: 'oc_unknown' }), 230001],
    [message(CARD), 230001, '/im/v1/messages?receive_id_type=open_id'],
    [message(CARD, { receive_id: 'ou_unknown' }), 230001, '/im/v1/messages?receive_id_type=open_id'],
    [message(CARD), 230001, '/im/v1/messages'],
    [{ msg_type: 'interactive', content: '{}' }, 230011, '/im/v1/messages/om_unknown/reply'],
  ]
  for (const [body, code, path = POST] of wrong)
    expect([body, await call('POST', path, body, key)]).toEqual([
      body,
      expect.objectContaining({ status: 400, code }),
    ])
  expect(await call('PATCH', '/im/v1/messages/om_unknown', { content: '{}' }, key)).toMatchObject({
    code: 230011,
  })
  expect(fake.cards(group)).toEqual([])
  group.hasBot = false
  expect(await call('POST', POST, message(CARD), key)).toMatchObject({ code: 230002 })
  ada.isAvailable = false
  const inPrivate = message(CARD, { receive_id: ada.openId })
  expect(await call('POST', '/im/v1/messages?receive_id_type=open_id', inPrivate, key)).toMatchObject({
    code: 230013,
  })
})

test('the fake refuses a wrong secret, no token, and one that ended', async () => {
  const { fake, call, credentials, TOKEN, token, message } = await start()
  expect(await call('POST', TOKEN, { ...credentials, app_secret: 'wrong' })).toMatchObject({ code: 10014 })
  expect(await call('POST', TOKEN, { ...credentials, app_id: 'cli_wrong' })).toMatchObject({ code: 10003 })
  const key = await token()
  fake.tokens.clear()
  expect(await call('POST', POST, message(CARD), key)).toMatchObject({ status: 400, code: 99991663 })
  expect(await call('POST', POST, message(CARD))).toMatchObject({ status: 400, code: 99991661 })
})

test('the fake refuses whoever writes too often to one chat, changes one message too often, or calls too often', async () => {
  const { fake, group, call, token, message } = await start()
  // A slow machine doesn't outlast these windows.
  for (const limit of [fake.limits.aPlace, fake.limits.aSecond]) limit.ms = 60_000
  const key = await token()
  const codes = async (calls: Promise<{ code: number }>[]) =>
    (await Promise.all(calls)).map(({ code }) => code)
  const many = <T>(count: number, make: () => T) => Array.from({ length: count }, make)
  expect(await codes(many(6, () => call('POST', POST, message(CARD), key)))).toContain(230020)
  const [card] = fake.cards(group)
  const patch = () => call('PATCH', `/im/v1/messages/${card?.id}`, { content: JSON.stringify(CARD) }, key)
  expect(await codes(many(6, patch))).toContain(230020)
  const answers = await Promise.all(many(60, () => call('POST', '/im/v1/messages', {}, key)))
  expect(answers.find(({ status }) => status === 429)).toMatchObject({ code: 99991400, reset: '1' })
  expect(fake.floods.length).toBeGreaterThan(0)
})

test('the fake changes no card that is older than 14 days, nor a text', async () => {
  const { fake, group, call, token, message } = await start()
  const key = await token()
  await call('POST', POST, message(CARD), key)
  const words = { zh_cn: { content: [[{ tag: 'text', text: 'hello' }]] } }
  await call('POST', POST, message(words, { msg_type: 'post' }), key)
  const [card, said] = group.messages
  const patch = (id?: string) =>
    call('PATCH', `/im/v1/messages/${id}`, { content: JSON.stringify(CARD) }, key)
  expect(await patch(card?.id)).toMatchObject({ code: 0 })
  expect(await patch(said?.id)).toMatchObject({ code: 230054 })
  if (card) card.sentAt -= 15 * 24 * 60 * 60_000
  expect(await patch(card?.id)).toMatchObject({ code: 230031 })
  expect(fake.texts(group)).toEqual(['hello'])
})
