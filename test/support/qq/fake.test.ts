import { expect, onTestFinished, test } from 'vitest'
import { startFakeQq } from './index.ts'

async function start() {
  const fake = await startFakeQq()
  onTestFinished(() => fake.stop())
  const call = async (path: string, body: object, token = '') => {
    const response = await fetch(fake.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token && { authorization: `QQBot ${token}` }) },
      body: JSON.stringify(body),
    })
    const answer = (await response.json()) as { code?: number; access_token?: string }
    return { status: response.status, ...answer }
  }
  const credentials = { appId: fake.appId, clientSecret: fake.appSecret }
  const { access_token: token = '' } = await call('/app/getAppAccessToken', credentials)
  const ada = fake.newChat()
  const say = (body: object, used = token) => call(`/v2/users/${ada.id}/messages`, body, used)
  return { fake, ada, call, credentials, say }
}

test('the fake refuses a wrong secret, no token, and whoever is nobody', async () => {
  const { call, credentials, say, fake, ada } = await start()
  expect((await call('/app/getAppAccessToken', { ...credentials, clientSecret: 'x' })).access_token).toBe(
    undefined,
  )
  expect(await say({ msg_type: 0, content: 'hi', msg_id: fake.sourceIn(ada) }, 'wrong')).toMatchObject({
    status: 401,
  })
  const [token = ''] = fake.tokens
  expect(await call('/v2/users/nobody/messages', { msg_type: 0, content: 'hi' }, token)).toMatchObject({
    status: 400,
  })
})

test('the fake takes an answer once a turn, five of them, within an hour, and nothing that answers nobody', async () => {
  const { fake, ada, say } = await start()
  const text = { msg_type: 0, content: 'hi' }
  const msg_id = fake.sourceIn(ada)
  const codes: (number | undefined)[] = []
  for (const msg_seq of [1, 1, 2, 3, 4, 5, 6]) codes.push((await say({ ...text, msg_id, msg_seq })).code)
  expect(codes).toEqual([undefined, 40054005, undefined, undefined, undefined, undefined, 22009])
  expect(await say(text)).toMatchObject({ code: 40034102 })
  expect(await say({ ...text, msg_id: fake.sourceIn(fake.newChat()) })).toMatchObject({ code: 40034102 })
  const old = fake.sourceIn(ada)
  const source = fake.sources.get(old)
  if (source) source.until = Date.now() - 1
  expect(await say({ ...text, msg_id: old })).toMatchObject({ code: 40034005 })
  expect(ada.messages).toHaveLength(5)
})

test('the fake refuses what is of the wrong form, links to other sites, and pictures that it can’t fetch', async () => {
  const { fake, ada, say, call } = await start()
  const msg_id = fake.sourceIn(ada)
  for (const body of [
    { msg_type: 0, msg_id },
    { msg_type: 2, content: 'x', msg_id },
    { msg_type: 7, content: 'x', msg_id },
    { msg_type: 0, content: 'x', msg_id, keyboard: {} },
  ])
    expect(await say(body)).toMatchObject({ status: 400, code: 11255 })
  expect(await say({ msg_type: 0, content: 'https://elsewhere.example', msg_id })).toMatchObject({
    code: 304003,
  })
  expect(await say({ msg_type: 7, content: ' ', media: { file_info: 'x' }, msg_id })).toMatchObject({
    code: 304082,
  })
  const [token = ''] = fake.tokens
  const file = { file_type: 1, url: 'https://pass.example.org/qr.png', srv_send_msg: true }
  expect(await call(`/v2/users/${ada.id}/files`, file, token)).toMatchObject({ code: 11255 })
})
