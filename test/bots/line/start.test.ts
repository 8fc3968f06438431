import { expect, onTestFinished, test } from 'vitest'
import { messengers } from '../../../bots/registry.ts'
import { readConfig } from '../../../src/config.ts'
import { openClub } from '../../support/line/club.ts'
import { startFakeLine } from '../../support/line/index.ts'
import { startTestService } from '../../support/service.ts'

const ENV = { DATABASE_URL: 'postgres://x/x', SECRET_KEY: 'x'.repeat(32) }
const SET = { LINE_CHANNEL_ACCESS_TOKEN: 'token', LINE_CHANNEL_SECRET: 'f'.repeat(32) }

test.each([
  // Without it whoever finds the address could say anything in anybody's name.
  ['LINE_CHANNEL_SECRET', '', /LINE_CHANNEL_SECRET: .*docs\/messengers\/line\.md/],
  ['LINE_CHANNEL_SECRET', 'short', /Channel secret/],
  ['LINE_API_ROOT', 'api', /address like https/],
])('a %s of "%s" stops the start with a line that says so', (name, wrong, line) => {
  const env: Record<string, string> = { ...ENV, ...SET, [name]: wrong }
  if (wrong === '') delete env[name]
  expect(() => readConfig(env, messengers)).toThrow(line)
})

test('it is off without an access token, and on with what it needs', () => {
  expect(readConfig({ ...ENV }, messengers).roles.has('line')).toBe(false)
  expect(readConfig({ ...ENV, ...SET }, messengers).roles.has('line')).toBe(true)
})

test('an access token that LINE doesn’t take is one line in the log, without the token, and all else goes on', async () => {
  const fake = await startFakeLine()
  const service = await startTestService({
    roles: 'api,worker,line',
    environment: {
      ...SET,
      LINE_API_ROOT: fake.url,
      LINE_CHANNEL_SECRET: fake.secret,
      LINE_CHANNEL_ACCESS_TOKEN: 'hush-hush',
    },
  })
  onTestFinished(async () => {
    await service.close()
    await fake.stop()
  })
  await fake.until(() => service.log.some((line) => line.includes('LINE does not take it')))
  expect(service.log.join()).not.toContain('hush-hush')
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
  expect(fake.callsOf('info')).toHaveLength(1)
  // Events are not taken, so they come again to a process that knows the bot.
  fake.tellAt(service.url)
  expect(await fake.push()).toBe(503)
})

test('codes, links and secrets are in no line of the log', async () => {
  const club = await openClub()
  onTestFinished(() => club.close())
  const { fake } = club
  const { ada, ben, group } = await club.pair()
  const card = await club.card(group, () => fake.says(ada, group, ['send 20 to ', ben]))
  const [, code = 'no code'] = /\/c\/(\S+)/.exec(card.text) ?? []
  fake.faults.lost.set('reply', 1)
  await fake.taps(ben, card, 'Collect')
  ada.isFriend = false
  fake.tokens.clear()
  group.hasBot = false
  const lost = fake.textOf(ada, group, 'help')
  fake.tokens.clear()
  await fake.deliver(lost)
  await fake.until(() => club.log().some((line) => line.includes('cannot be answered')))
  const log = club.log().join('\n')
  for (const secret of [code, fake.accessToken, fake.secret, 'Bearer']) expect(log).not.toContain(secret)
})
