import { expect, onTestFinished, test } from 'vitest'
import { messengers } from '../../../bots/registry.ts'
import { readConfig } from '../../../src/config.ts'
import { openClub } from '../../support/qq/club.ts'
import { startFakeQq } from '../../support/qq/index.ts'
import { startTestService } from '../../support/service.ts'

const ENV = { DATABASE_URL: 'postgres://x/x', SECRET_KEY: 'x'.repeat(32) }
const SET = { QQ_APP_ID: '102146862', QQ_APP_SECRET: 'secret' }

test.each([
  ['QQ_APP_ID', 'bot', /AppID/],
  ['QQ_APP_SECRET', '', /QQ_APP_SECRET: .*docs\/messengers\/qq\.md/],
  ['QQ_API_ROOT', 'api', /address like https/],
])('a %s of "%s" stops the start with a line that says so', (name, wrong, line) => {
  const env: Record<string, string> = { ...ENV, ...SET, [name]: wrong }
  if (wrong === '') delete env[name]
  expect(() => readConfig(env, messengers)).toThrow(line)
})

test('a secret that QQ doesn’t take is one line in the log, without the secret, and all else goes on', async () => {
  const fake = await startFakeQq()
  const service = await startTestService({
    roles: 'api,worker,qq',
    environment: { ...SET, QQ_API_ROOT: fake.url, QQ_APP_SECRET: 'hush-hush' },
  })
  onTestFinished(async () => {
    await service.close()
    await fake.stop()
  })
  await fake.until(() => service.log.some((line) => line.includes('QQ does not take them')))
  expect(service.log.join()).not.toContain('hush-hush')
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
  expect(fake.callsOf('token')).toHaveLength(1)
})

test('codes, links and secrets are in no line of the log; where QQ takes no links to us, that is', async () => {
  const club = await openClub({ environment: { PUBLIC_URL: 'https://another.example.org' } })
  onTestFinished(() => club.close())
  const { fake } = club
  const ada = await club.person()
  const { code } = await club.service.client.send({ messenger: 'qq', id: ada.id }, '1')
  await fake.says(ada, code)
  await fake.says(ada, '转账 20')
  await fake.until(() => club.log().some((line) => line.includes('消息URL配置')))
  await expect.poll(() => club.balance(ada)).toBe('99.00')
  const log = club.log().join('\n')
  for (const secret of [code, fake.appSecret, 'QQBot ', ...fake.tokens]) expect(log).not.toContain(secret)
})
