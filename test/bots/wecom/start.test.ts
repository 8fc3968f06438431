import { expect, onTestFinished, test } from 'vitest'
import { messengers } from '../../../bots/registry.ts'
import { readConfig } from '../../../src/config.ts'
import { startTestService } from '../../support/service.ts'
import { startFakeWecom } from '../../support/wecom/index.ts'

const ENV = { DATABASE_URL: 'postgres://x/x', SECRET_KEY: 'x'.repeat(32) }
const SET = { WECOM_BOT_ID: 'aibABC', WECOM_BOT_SECRET: 'secret' }

test.each([
  ['WECOM_BOT_ID', 'aib abc', /Bot ID/],
  ['WECOM_BOT_SECRET', '', /WECOM_BOT_SECRET: .*docs\/messengers\/wecom\.md/],
  ['WECOM_ADDRESS', 'https://x', /address like wss/],
])('a %s of "%s" stops the start with a line that says so', (name, wrong, line) => {
  const env: Record<string, string> = { ...ENV, ...SET, [name]: wrong }
  if (wrong === '') delete env[name]
  expect(() => readConfig(env, messengers)).toThrow(line)
})

test('it is off without a bot id, and on with what it needs', () => {
  expect(readConfig({ ...ENV }, messengers).roles.has('wecom')).toBe(false)
  expect(readConfig({ ...ENV, ...SET }, messengers).roles.has('wecom')).toBe(true)
})

test('a secret that WeCom doesn’t take is one line in the log, without the secret, and all else goes on', async () => {
  const fake = await startFakeWecom()
  const service = await startTestService({
    roles: 'api,worker,wecom',
    environment: { WECOM_BOT_ID: fake.botId, WECOM_BOT_SECRET: 'hush-hush', WECOM_ADDRESS: fake.address },
  })
  onTestFinished(async () => {
    await service.close()
    await fake.stop()
  })
  await fake.until(() => service.log.some((line) => line.includes('WeCom does not take them')))
  expect(service.log.join()).not.toContain('hush-hush')
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
  expect(fake.arrivals()).toBe(1)
})
