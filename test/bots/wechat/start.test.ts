import { expect, onTestFinished, test } from 'vitest'
import { messengers } from '../../../bots/registry.ts'
import { readConfig } from '../../../src/config.ts'
import { startTestService } from '../../support/service.ts'
import { startFakeWechat } from '../../support/wechat/index.ts'

const ENV = { DATABASE_URL: 'postgres://x/x', SECRET_KEY: 'x'.repeat(32) }
const SET = {
  WECHAT_APP_ID: 'wx0123456789abcdef',
  WECHAT_APP_SECRET: '0'.repeat(32),
  WECHAT_TOKEN: 'token',
  WECHAT_ENCODING_AES_KEY: 'A'.repeat(43),
}

test.each([
  ['WECHAT_APP_ID', 'gh_0123', /AppID/],
  ['WECHAT_APP_SECRET', '', /WECHAT_APP_SECRET: .*docs\/messengers\/wechat\.md/],
  ['WECHAT_TOKEN', '', /WECHAT_TOKEN: .*docs\/messengers\/wechat\.md/],
  ['WECHAT_ENCODING_AES_KEY', '', /WECHAT_ENCODING_AES_KEY: .*docs\/messengers\/wechat\.md/],
  ['WECHAT_ENCODING_AES_KEY', 'A'.repeat(44), /43 letters/],
])('a %s of "%s" stops the start with a line that says so', (name, wrong, line) => {
  const env: Record<string, string> = { ...ENV, ...SET, [name]: wrong }
  if (wrong === '') delete env[name]
  expect(() => readConfig(env, messengers)).toThrow(line)
})

test('it is off without an AppID, and on with what it needs', () => {
  expect(readConfig({ ...ENV }, messengers).roles.has('wechat')).toBe(false)
  expect(readConfig({ ...ENV, ...SET }, messengers).roles.has('wechat')).toBe(true)
})

test('a secret that WeChat doesn’t take is one line in the log, without the secret, and all else goes on', async () => {
  const fake = await startFakeWechat()
  const service = await startTestService({
    roles: 'api,worker,wechat',
    environment: { ...SET, WECHAT_APP_ID: fake.appId, WECHAT_API_ROOT: fake.url },
  })
  onTestFinished(async () => {
    await service.close()
    await fake.stop()
  })
  await fake.until(() => service.log.some((line) => line.includes('WeChat does not take them')))
  expect(service.log.join()).not.toContain(SET.WECHAT_APP_SECRET)
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
  expect(fake.callsOf('stable_token')).toHaveLength(1)
})
