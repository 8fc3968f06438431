import { expect, onTestFinished, test } from 'vitest'
import { startFakeDingtalk } from './index.ts'

const BUTTON = {
  text: 'Collect',
  color: 'blue',
  status: 'normal',
  event: { type: 'sendCardRequest', params: { actionId: 'collect', params: {} } },
}

async function start() {
  const fake = await startFakeDingtalk()
  onTestFinished(() => fake.stop())
  const ada = fake.user('陈晨')
  const group = fake.group('午餐俱乐部', [ada])
  const call = async (method: string, path: string, body: object, token = '') => {
    const response = await fetch(fake.url + path, {
      method,
      headers: { 'content-type': 'application/json', 'x-acs-dingtalk-access-token': token },
      body: JSON.stringify(body),
    })
    const answer = (await response.json()) as { code?: string; accessToken?: string }
    return { status: response.status, ...answer }
  }
  const token = async () => {
    const credentials = { appKey: fake.clientId, appSecret: fake.clientSecret }
    return String((await call('POST', '/v1.0/oauth2/accessToken', credentials)).accessToken)
  }
  const card = {
    cardTemplateId: fake.template,
    outTrackId: 'one',
    callbackType: 'STREAM',
    userIdType: 1,
    cardData: { cardParamMap: { title: 'a', body: 'b', picture: '', buttons: JSON.stringify([BUTTON]) } },
    openSpaceId: `dtv1.card//IM_GROUP.${group.id}`,
    imGroupOpenSpaceModel: { supportForward: false },
    imGroupOpenDeliverModel: { robotCode: fake.clientId },
  }
  return { fake, ada, group, call, token, card }
}

const CREATE = '/v1.0/card/instances/createAndDeliver'

test('the fake takes a card once, and refuses what is not of the right form, place or template', async () => {
  const { fake, group, call, token, card } = await start()
  const with_ = await token()
  const vars = card.cardData.cardParamMap
  const wrong: [object, string][] = [
    [{ cardTemplateId: 'other.schema' }, 'cardTemplate'],
    [{ openSpaceId: 'dtv1.card//IM_GROUP.cidUnknown==' }, 'decryptOpenconversationIdFailed'],
    [{ openSpaceId: group.id }, 'openSpaceId'],
    [{ callbackType: 'HTTP' }, 'callbackType'],
    [{ imGroupOpenDeliverModel: { robotCode: 'dingOther' } }, 'chatbot.notFound'],
    [{ imGroupOpenDeliverModel: { robotCode: fake.clientId, atUserIds: { nobody: 'x' } } }, 'userNotExist'],
    [{ imGroupOpenSpaceModel: undefined }, 'openSpaceModelInvalid'],
    [{ cardData: { cardParamMap: { ...vars, more: 'x' } } }, 'param.more'],
    [{ cardData: { cardParamMap: { ...vars, title: 1 } } }, 'cardParamMap'],
    [{ cardData: { cardParamMap: { ...vars, buttons: '[{"text":""}]' } } }, 'param.buttons'],
    [{ cardData: { cardParamMap: { ...vars, picture: '@never' } } }, 'getPictureFailed'],
    [{ unknown: true }, 'unknown'],
  ]
  for (const [change, code] of wrong) {
    const answer = await call('POST', CREATE, { ...card, ...change }, with_)
    expect([answer.status, answer.code]).toEqual([400, expect.stringContaining(code)])
  }
  expect(fake.cards(group)).toEqual([])
  expect(await call('POST', CREATE, card, with_)).toMatchObject({ status: 200, success: true })
  expect(await call('POST', CREATE, card, with_)).toMatchObject({ status: 400 })
  expect(fake.cards(group)).toHaveLength(1)
  group.hasBot = false
  const other = { ...card, outTrackId: 'two' }
  expect(await call('POST', CREATE, other, with_)).toMatchObject({ code: 'chatbotNotInstall' })
})

test('the fake refuses a wrong secret, a token that ended, and whoever calls too often', async () => {
  const { fake, call, token, card } = await start()
  const credentials = { appKey: fake.clientId, appSecret: 'wrong' }
  expect(await call('POST', '/v1.0/oauth2/accessToken', credentials)).toMatchObject({ status: 400 })
  const with_ = await token()
  fake.endTokens()
  expect(await call('POST', CREATE, card, with_)).toMatchObject({ code: 'InvalidAuthentication' })
  const next = await token()
  const many = Array.from({ length: 40 }, (_, i) =>
    call('POST', CREATE, { ...card, outTrackId: `many${i}` }, next),
  )
  const answers = await Promise.all(many)
  expect(answers.some(({ code }) => code === 'Forbidden.AccessDenied.QpsLimitForApi')).toBe(true)
  expect(fake.floods).not.toEqual([])
})

test('the fake refuses messages that are too long, and tells who can’t be reached', async () => {
  const { fake, ada, group, call, token } = await start()
  const with_ = await token()
  const message = (content: string) => ({
    robotCode: fake.clientId,
    msgKey: 'sampleText',
    msgParam: JSON.stringify({ content }),
  })
  const toGroup = (content: string) =>
    call(
      'POST',
      '/v1.0/robot/groupMessages/send',
      { ...message(content), openConversationId: group.id },
      with_,
    )
  expect(await toGroup('好'.repeat(5001))).toMatchObject({ status: 400 })
  expect(await toGroup('')).toMatchObject({ status: 400 })
  expect(await toGroup('hello')).toMatchObject({ status: 200 })
  const answer = await call(
    'POST',
    '/v1.0/robot/oToMessages/batchSend',
    { ...message('hi'), userIds: [ada.userId, 'nobody'] },
    with_,
  )
  expect(answer).toMatchObject({ invalidStaffIdList: ['nobody'] })
  expect(fake.texts(fake.privateChat(ada))).toEqual(['hi'])
})
