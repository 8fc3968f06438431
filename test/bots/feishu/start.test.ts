import { expect, onTestFinished, test } from 'vitest'
import { messengers } from '../../../bots/registry.ts'
import { readConfig } from '../../../src/config.ts'
import { openClub } from '../../support/feishu/club.ts'
import { startFakeFeishu } from '../../support/feishu/index.ts'
import { startTestService } from '../../support/service.ts'

const ENV = { DATABASE_URL: 'postgres://x/x', SECRET_KEY: 'x'.repeat(32) }
const SET = { FEISHU_APP_ID: 'cli_abc123', FEISHU_APP_SECRET: 'secret', FEISHU_ENCRYPT_KEY: 'key' }

test.each([
  ['FEISHU_APP_ID', 'abc123', /App ID/],
  ['FEISHU_APP_SECRET', '', /FEISHU_APP_SECRET: .*docs\/messengers\/feishu\.md/],
  // Without it whoever finds the address could say anything in anybody's name.
  ['FEISHU_ENCRYPT_KEY', '', /FEISHU_ENCRYPT_KEY: .*docs\/messengers\/feishu\.md/],
  ['FEISHU_API_ROOT', 'api', /address like https/],
])('a %s of "%s" stops the start with a line that says so', (name, wrong, line) => {
  const env: Record<string, string> = { ...ENV, ...SET, [name]: wrong }
  if (wrong === '') delete env[name]
  expect(() => readConfig(env, messengers)).toThrow(line)
})

test('it is off without an app id, and on with what it needs', () => {
  expect(readConfig({ ...ENV }, messengers).roles.has('feishu')).toBe(false)
  expect(readConfig({ ...ENV, ...SET }, messengers).roles.has('feishu')).toBe(true)
})

test('a secret that Feishu doesn’t take is one line in the log, without the secret, and all else goes on', async () => {
  const fake = await startFakeFeishu()
  const service = await startTestService({
    roles: 'api,worker,feishu',
    environment: {
      ...SET,
      FEISHU_API_ROOT: fake.url,
      FEISHU_APP_ID: fake.appId,
      FEISHU_APP_SECRET: 'hush-hush',
    },
  })
  onTestFinished(async () => {
    await service.close()
    await fake.stop()
  })
  await fake.until(() => service.log.some((line) => line.includes('Feishu does not take them')))
  expect(service.log.join()).not.toContain('hush-hush')
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
  expect(fake.callsOf('token')).toHaveLength(1)
  // Events are not taken, so they come again to a process that knows the app.
  fake.tellAt(service.url)
  expect((await fake.push(fake.told('im.message.receive_v1', {}))).status).not.toBe(200)
})

test('codes, links and secrets are in no line of the log', async () => {
  const club = await openClub()
  onTestFinished(() => club.close())
  const { fake } = club
  const { ada, ben, group } = await club.pair()
  const card = await club.card(group, () => fake.says(ada, group, ['转账 20 给 ', ben]))
  const link = card.text.split('\n').find((line) => line.startsWith('http')) ?? '/c/'
  fake.messages.delete(card.id)
  await fake.taps(ben, card, '领取')
  group.hasBot = false
  ada.isAvailable = false
  await fake.says(ada, group, '余额')
  await fake.until(() => club.log().some((line) => line.includes('cannot be answered')))
  const log = club.log().join('\n')
  for (const secret of [link.split('/c/')[1] || 'no code', fake.appSecret, fake.encryptKey, 'Bearer'])
    expect(log).not.toContain(secret)
})
