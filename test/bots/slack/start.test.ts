import { expect, onTestFinished, test } from 'vitest'
import { commands } from '../../../bots/commands/index.ts'
import { messengers } from '../../../bots/registry.ts'
import { createEvents } from '../../../bots/slack/events.ts'
import { formFor, SHORTCUTS } from '../../../bots/slack/forms.ts'
import { REDIRECT_PATH, SCOPES } from '../../../bots/slack/install.ts'
import { ANY_COMMAND } from '../../../bots/slack/messages.ts'
import { PATHS } from '../../../bots/slack/webhook.ts'
import { readConfig } from '../../../src/config.ts'
import { LANGUAGES } from '../../../src/shared/language.ts'
import { startTestService } from '../../support/service.ts'
import { openClub, withClient } from '../../support/slack/club.ts'
import { startFakeSlack } from '../../support/slack/index.ts'
import { manifest } from '../../support/slack/manifest.ts'
import { Modal } from '../../support/slack/shapes.ts'

const ENV = { DATABASE_URL: 'postgres://x/x', SECRET_KEY: 'x'.repeat(32) }
const SET = { SLACK_SIGNING_SECRET: 'secret', SLACK_BOT_TOKEN: 'xoxb-1-abc' }
const CLIENT = { SLACK_CLIENT_ID: '123.456', SLACK_CLIENT_SECRET: 'secret' }

test.each([
  [{ ...SET, SLACK_BOT_TOKEN: 'xoxp-1' }, /SLACK_BOT_TOKEN: .*xoxb-/],
  [{ ...SET, SLACK_CLIENT_ID: 'A123' }, /SLACK_CLIENT_ID: .*like 1234567890/],
  [{ ...SET, ...CLIENT }, /SLACK_BOT_TOKEN: either .*docs\/messengers\/slack\.md/],
  [{ SLACK_SIGNING_SECRET: 'secret' }, /SLACK_BOT_TOKEN: .*docs\/messengers\/slack\.md/],
  [
    { SLACK_SIGNING_SECRET: 'secret', SLACK_CLIENT_ID: '1.2' },
    /SLACK_CLIENT_SECRET: .*docs\/messengers\/slack\.md/,
  ],
  [{ ...SET, SLACK_API_ROOT: 'api' }, /SLACK_API_ROOT: .*address like https/],
])('settings that don’t go together stop the start with a line that says so: %o', (set, line) => {
  expect(() => readConfig({ ...ENV, ...set }, messengers)).toThrow(line)
})

test('it is off without a signing secret, and on with what it needs', () => {
  const isOn = (set: object) => readConfig({ ...ENV, ...set }, messengers).roles.has('slack')
  expect([isOn({}), isOn(SET), isOn({ SLACK_SIGNING_SECRET: 'secret', ...CLIENT })]).toEqual([
    false,
    true,
    true,
  ])
})

test('the manifest names what the service takes and asks for, and no more', () => {
  const { features, oauth_config, settings } = manifest
  const at = (path: string) => `https://pass.example.com${path}`
  // Slack has commands of these names itself.
  const others = ['join', 'part', 'feedback', 'help']
  const own = commands.map(({ name }) => name).filter((name) => !others.includes(name))
  expect(features.slash_commands.map(({ command }) => command)).toEqual(
    [ANY_COMMAND, ...own].map((name) => `/${name}`),
  )
  // Without it a mention would come as its letters alone.
  expect(features.slash_commands.every(({ should_escape }) => should_escape)).toBe(true)
  expect(new Set(features.slash_commands.map(({ url }) => url))).toEqual(new Set([at(PATHS.commands)]))
  expect(Object.fromEntries(features.shortcuts.map(({ type, callback_id }) => [type, callback_id]))).toEqual(
    SHORTCUTS,
  )
  expect(settings.event_subscriptions.request_url).toBe(at(PATHS.events))
  expect(settings.event_subscriptions.bot_events).toEqual(
    createEvents({} as never, {} as never).names.toSorted(),
  )
  expect(settings.interactivity).toEqual({ is_enabled: true, request_url: at(PATHS.interactivity) })
  expect(oauth_config).toEqual({ redirect_urls: [at(REDIRECT_PATH)], scopes: { bot: SCOPES } })
  expect(features.app_home).toMatchObject({
    messages_tab_enabled: true,
    messages_tab_read_only_enabled: false,
  })
  // People's ids are of one workspace; and tokens don't end.
  expect(settings).toMatchObject({
    org_deploy_enabled: false,
    socket_mode_enabled: false,
    token_rotation_enabled: false,
  })
})

test.each(LANGUAGES)('the forms in %s are of the size that Slack takes', (language) => {
  const known = { workspace: 'T024BE7LD', who: 'U2147483697', channel: 'C2147483705' }
  for (const form of [formFor(known, language), formFor({ workspace: 'T024BE7LD' }, language)])
    expect(Modal.safeParse(form).error).toBeUndefined()
})

test('a token that Slack doesn’t take is one line in the log, without the token, and all else goes on', async () => {
  const fake = await startFakeSlack()
  const service = await startTestService({
    roles: 'api,worker,slack',
    environment: { ...fake.settings, SLACK_BOT_TOKEN: 'xoxb-hush-hush' },
  })
  onTestFinished(async () => {
    await service.close()
    await fake.stop()
  })
  await fake.until(() => service.log.some((line) => line.includes('Slack does not take it')))
  expect(service.log.join()).not.toContain('hush-hush')
  expect((await fetch(`${service.url}/healthz`)).status).toBe(200)
  expect(fake.callsOf('auth.test')).toHaveLength(1)
  // What is posted is not taken, so it comes again to a process that has the right one.
  const told = fake.told(fake.acme, { type: 'app_mention' })
  expect((await fake.push(told, service.url)).status).toBe(503)
  const command = fake.commandOf(
    fake.user('Ada', fake.acme),
    fake.group('g', [fake.user('Ben', fake.acme)]),
    '/send',
  )
  const posted = fake.signed(command.toString(), 'form')
  expect((await fake.send(posted, 'commands', service.url)).status).toBe(503)
})

test('codes, links and secrets are in no line of the log', async () => {
  const club = await openClub({}, withClient)
  onTestFinished(() => club.close())
  const { fake } = club
  const { ada, ben, group } = await club.pair()
  const opened = await fetch(`${club.service.url}/slack/install`, { redirect: 'manual' })
  const state = opened.headers.get('location') ?? ''
  const back = new URL(fake.agrees(state, fake.acme))
  await fetch(`${club.service.url}${back.pathname}${back.search}`, {
    headers: { cookie: opened.headers.get('set-cookie')?.split(';')[0] ?? '' },
  })
  const card = await club.card(group, () => fake.types(ada, group, '/send', ['20 ', ben]))
  const code = /\/c\/([\w-]+)/.exec(card.read)?.[1] ?? ''
  expect(code).not.toBe('')
  fake.faults.takesNoAnswers = true
  group.messages.splice(0)
  await fake.sendTap(fake.tapOf(ben, card, 'Collect'))
  group.members.splice(0)
  await fake.types(ada, group, '/balance')
  await fake.until(() => club.log().some((line) => line.includes('"level":"warn"')))
  const log = club.log().join('\n')
  const token = fake.acme.bot?.token ?? ''
  for (const secret of [code, token, fake.signingSecret, fake.clientSecret, 'Bearer', '/hooks/'])
    expect(log).not.toContain(secret)
})
