import { expect, onTestFinished, test } from 'vitest'
import { messengers } from '../../../bots/registry.ts'
import { readConfig } from '../../../src/config.ts'
import { openClub } from '../../support/matrix/club.ts'
import { startFakeMatrix } from '../../support/matrix/index.ts'
import { startTestService } from '../../support/service.ts'

const ENV = { DATABASE_URL: 'postgres://x/x', SECRET_KEY: 'x'.repeat(32) }
const SET = { MATRIX_HOMESERVER: 'https://matrix.example.org', MATRIX_ACCESS_TOKEN: 'token' }

test.each([
  ['MATRIX_HOMESERVER', '', /MATRIX_HOMESERVER: .*docs\/messengers\/matrix\.md/],
  ['MATRIX_HOMESERVER', 'example.org', /address like https/],
])('a %s of "%s" stops the start with a line that says so', (name, wrong, line) => {
  const env: Record<string, string> = { ...ENV, ...SET, [name]: wrong }
  if (wrong === '') delete env[name]
  expect(() => readConfig(env, messengers)).toThrow(line)
})

test('it is off without an access token, and on with what it needs', () => {
  expect(readConfig({ ...ENV }, messengers).roles.has('matrix')).toBe(false)
  expect(readConfig({ ...ENV, ...SET }, messengers).roles.has('matrix')).toBe(true)
})

test('an access token that the homeserver doesn’t take is one line in the log, without the token, and all else goes on', async () => {
  const fake = await startFakeMatrix()
  const service = await startTestService({
    roles: 'api,worker,matrix',
    environment: { MATRIX_HOMESERVER: fake.url, MATRIX_ACCESS_TOKEN: 'hush-hush' },
  })
  onTestFinished(async () => {
    await service.close()
    await fake.stop()
  })
  const told = () => service.log.filter((line) => line.includes('MATRIX_ACCESS_TOKEN'))
  await fake.until(() => told()[0])
  expect(told()).toHaveLength(1)
  expect(service.log.join()).not.toContain('hush-hush')
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
  expect(fake.calls).toHaveLength(1)
})

test('codes, links and the token are in no line of the log, nor the token in an address, also where the token ends while it runs', async () => {
  const club = await openClub()
  onTestFinished(() => club.close())
  const { fake } = club
  const { ada, ben, group } = await club.pair()
  const card = await club.card(group, () => fake.says(ada, group, ['!send 20 ', ben]))
  const [, code = 'no code'] = /\/c\/(\S+)/.exec(card.text) ?? []
  fake.faults.lost.set('send', 1)
  fake.says(ben, group, `!${card.numberOf('Collect')}`)
  await fake.until(() => card.text.includes('✅'))
  const { token } = fake.bot
  fake.bot.token = 'another one'
  fake.says(ada, group, '!help')
  const told = () => club.log().filter((line) => line.includes('MATRIX_ACCESS_TOKEN'))
  await fake.until(() => told()[0])
  expect(told()).toHaveLength(1)
  const log = club.log().join('\n')
  for (const secret of [code, token, 'Bearer']) expect(log).not.toContain(secret)
})
