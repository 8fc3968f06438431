import { expect, onTestFinished, test } from 'vitest'
import { messengers } from '../../../bots/registry.ts'
import { readConfig } from '../../../src/config.ts'
import { openClub } from '../../support/dingtalk/club.ts'
import { startFakeDingtalk } from '../../support/dingtalk/index.ts'
import { startTestService } from '../../support/service.ts'

const ENV = { DATABASE_URL: 'postgres://x/x', SECRET_KEY: 'x'.repeat(32) }
const SET = {
  DINGTALK_CLIENT_ID: 'dingabc123',
  DINGTALK_CLIENT_SECRET: 'secret',
  DINGTALK_CARD_TEMPLATE: '0c9d3f5a.schema',
}

test.each([
  ['DINGTALK_CLIENT_ID', 'ding abc', /Client ID/],
  ['DINGTALK_CLIENT_SECRET', '', /DINGTALK_CLIENT_SECRET: .*docs\/messengers\/dingtalk\.md/],
  ['DINGTALK_CARD_TEMPLATE', '', /DINGTALK_CARD_TEMPLATE: .*docs\/messengers\/dingtalk\.md/],
  ['DINGTALK_CARD_TEMPLATE', '0c9d3f5a', /id of a card template/],
  ['DINGTALK_API_ROOT', 'api', /address like https/],
])('a %s of "%s" stops the start with a line that says so', (name, wrong, line) => {
  const env: Record<string, string> = { ...ENV, ...SET, [name]: wrong }
  if (wrong === '') delete env[name]
  expect(() => readConfig(env, messengers)).toThrow(line)
})

test('it is off without a client id, and on with what it needs', () => {
  expect(readConfig({ ...ENV }, messengers).roles.has('dingtalk')).toBe(false)
  expect(readConfig({ ...ENV, ...SET }, messengers).roles.has('dingtalk')).toBe(true)
})

test('a secret that DingTalk doesn’t take is one line in the log, without the secret, and all else goes on', async () => {
  const fake = await startFakeDingtalk()
  const service = await startTestService({
    roles: 'api,worker,dingtalk',
    environment: { ...SET, DINGTALK_API_ROOT: fake.url, DINGTALK_CLIENT_SECRET: 'hush-hush' },
  })
  onTestFinished(async () => {
    await service.close()
    await fake.stop()
  })
  await fake.until(() => service.log.some((line) => line.includes('DingTalk does not take them')))
  expect(service.log.join()).not.toContain('hush-hush')
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
  expect(fake.callsOf('/v1.0/gateway/connections/open')).toHaveLength(1)
})

test('codes, links and secrets are in no line of the log', async () => {
  const club = await openClub()
  onTestFinished(() => club.close())
  const { fake } = club
  const { ada, ben, group } = await club.pair()
  const card = await club.card(group, () => fake.says(ada, group, ['转账 20 给 ', ben]))
  await fake.taps(ben, card, '领取')
  fake.cut()
  await fake.until(() => fake.streams.size === 1)
  const link = card.text.split('\n').find((line) => line.startsWith('http')) ?? '/c/'
  const log = club.log().join('\n')
  for (const secret of [link.split('/c/')[1] || 'no code', fake.clientSecret, 'ticket=', 'access_token='])
    expect(log).not.toContain(secret)
})
