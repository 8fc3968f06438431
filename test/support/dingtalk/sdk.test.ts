// DingTalk's own client against the fake: what it takes and sends there, it takes from and sends to the real one.
import axios, { type InternalAxiosRequestConfig } from 'axios'
import { DWClient, type DWClientDownStream } from 'dingtalk-stream'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type FakeDingtalk, MESSAGES, startFakeDingtalk, TAPS } from './index.ts'

async function start(): Promise<FakeDingtalk> {
  const fake = await startFakeDingtalk()
  onTestFinished(() => fake.stop())
  return fake
}

/** The official client, whose addresses are written in: its calls are led to the fake. */
function official(fake: FakeDingtalk, secret = fake.clientSecret): DWClient {
  vi.spyOn(console, 'info').mockImplementation(() => {})
  vi.spyOn(console, 'warn').mockImplementation(() => {})
  const lead = (config: InternalAxiosRequestConfig) => {
    if (config.url) config.url = config.url.replace(/^https:\/\/o?api\.dingtalk\.com/, fake.url)
    return config
  }
  const led = axios.interceptors.request.use(lead)
  const client = new DWClient({ clientId: fake.clientId, clientSecret: secret, keepAlive: true })
  onTestFinished(() => {
    client.disconnect()
    axios.interceptors.request.eject(led)
    vi.restoreAllMocks()
  })
  return client
}

test('the official client connects, and takes and answers messages and taps', async () => {
  const fake = await start()
  const ada = fake.user('陈晨')
  const ben = fake.user('李本')
  const group = fake.group('午餐俱乐部', [ada, ben])
  const client = official(fake)
  const heard: [string, Record<string, unknown>][] = []
  const take =
    (response: object | null) =>
    ({ headers, data }: DWClientDownStream) => {
      heard.push([headers.topic, JSON.parse(data)])
      client.socketCallBackResponse(headers.messageId, response)
    }
  client.registerCallbackListener(MESSAGES, take(null))
  client.registerCallbackListener(
    TAPS,
    take({
      cardUpdateOptions: { updateCardDataByKey: true, updatePrivateDataByKey: true },
      userPrivateData: { cardParamMap: { notice: 'done' } },
    }),
  )
  await client.connect()
  await fake.until(() => fake.streams.size === 1)

  await fake.says(ada, group, ['转账 20 给 ', ben])
  expect(heard.at(-1)).toMatchObject([
    MESSAGES,
    {
      conversationType: '2',
      senderStaffId: ada.userId,
      senderNick: '陈晨',
      msgtype: 'text',
      text: { content: ' 转账 20 给  ' },
      atUsers: [{ dingtalkId: ben.senderId, staffId: ben.userId }, { dingtalkId: fake.world.bot.id }],
    },
  ])

  const { accessToken } = (await (
    await fetch(`${fake.url}/v1.0/oauth2/accessToken`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ appKey: fake.clientId, appSecret: fake.clientSecret }),
    })
  ).json()) as { accessToken: string }
  // As in open-dingtalk/dingtalk-card-examples, examples/helloworld: what is not a string is JSON.
  const response = await axios.post(
    'https://api.dingtalk.com/v1.0/card/instances/createAndDeliver',
    {
      cardTemplateId: fake.template,
      outTrackId: 'one',
      callbackType: 'STREAM',
      userIdType: 1,
      cardData: {
        cardParamMap: {
          title: '20.00',
          body: 'for you',
          picture: '',
          buttons: JSON.stringify([
            {
              text: 'Collect',
              color: 'blue',
              status: 'normal',
              event: { type: 'sendCardRequest', params: { actionId: 'collect', params: { of: 'one' } } },
            },
          ]),
        },
      },
      imGroupOpenSpaceModel: { supportForward: true },
      openSpaceId: `dtv1.card//IM_GROUP.${group.id}`,
      imGroupOpenDeliverModel: {
        robotCode: client.getConfig().clientId,
        atUserIds: { [String(ben.userId)]: ben.name },
      },
    },
    { headers: { 'x-acs-dingtalk-access-token': accessToken } },
  )
  expect(response.data).toMatchObject({ success: true, result: { outTrackId: 'one' } })
  const [card] = fake.cards(group)
  expect(card && (await fake.taps(ben, card, 'Collect'))).toBe('done')
  expect(heard.at(-1)).toMatchObject([
    TAPS,
    { outTrackId: 'one', userId: ben.userId, type: 'actionCallback' },
  ])
  expect(JSON.parse(String(heard.at(-1)?.[1].content))).toEqual({
    cardPrivateData: { actionIds: ['collect'], params: { of: 'one' } },
  })
  expect(fake.breaches).toEqual([])
})

test('the official client answers a ping, and stays when it is told that the connection ends soon', async () => {
  const fake = await start()
  const client = official(fake)
  await client.connect()
  await fake.until(() => fake.streams.size === 1)
  const ping = fake.frameOf('SYSTEM', 'ping', { opaque: '123-dsfs' })
  expect(await fake.deliver(ping)).toMatchObject({ code: 200, data: JSON.stringify({ opaque: '123-dsfs' }) })
  fake.announceEnd()
  expect(fake.streams.size).toBe(1)
})

test('the official client is refused with a wrong secret, and with a ticket that was used', async () => {
  const fake = await start()
  const client = official(fake, 'wrong')
  await expect(client.getEndpoint()).rejects.toMatchObject({ response: { status: 401 } })
  const right = official(fake)
  await right.connect()
  const used = Reflect.get(right, 'dw_url') as string
  const again = new WebSocket(used)
  const refused = await new Promise((resolve) => {
    again.addEventListener('error', () => resolve(true))
    again.addEventListener('open', () => resolve(false))
  })
  expect(refused).toBe(true)
})
