// Slack's own libraries against the fake: what they take and send there, they take from and send to the real one.
import type { AddressInfo } from 'node:net'
import { App, HTTPReceiver, LogLevel, webApi } from '@slack/bolt'
import { expect, onTestFinished, test } from 'vitest'
import { type FakeSlack, startFakeSlack } from './index.ts'

async function start(): Promise<FakeSlack> {
  const fake = await startFakeSlack()
  onTestFinished(() => fake.stop())
  return fake
}

const clientOf = ({ apiRoot, acme }: FakeSlack, token = acme.bot?.token) =>
  new webApi.WebClient(token, {
    slackApiUrl: `${apiRoot}/`,
    retryConfig: { retries: 0 },
    logLevel: LogLevel.ERROR,
  })

const BLOCKS = [
  { type: 'header' as const, text: { type: 'plain_text' as const, text: '20.00' } },
  {
    type: 'actions' as const,
    elements: [
      {
        type: 'button' as const,
        action_id: 'collect',
        text: { type: 'plain_text' as const, text: 'Collect' },
        value: 'it',
      },
    ],
  },
]

test('the official client posts, whispers, changes, and reads channels and people; and installs the app', async () => {
  const fake = await start()
  const [ada, ben] = [fake.user('Ada', fake.acme, { isAdmin: true }), fake.user('Ben', fake.acme)]
  const group = fake.group('lunch', [ada, ben])
  const client = clientOf(fake)
  expect(await client.auth.test()).toMatchObject({ team_id: fake.acme.id, user_id: fake.acme.bot?.user })
  const posted = await client.chat.postMessage({ channel: group.id, text: '20.00', blocks: BLOCKS })
  expect(fake.cards(group)[0]).toMatchObject({ ts: posted.ts, labels: ['Collect'] })
  await client.chat.update({
    channel: group.id,
    ts: posted.ts ?? '',
    text: 'gone',
    blocks: BLOCKS.slice(0, 1),
  })
  expect(fake.cards(group)[0]?.labels).toEqual([])
  await client.chat.postEphemeral({
    channel: group.id,
    user: ben.id,
    text: 'hush',
    blocks: BLOCKS.slice(1),
  })
  expect(fake.others(group, ben)).toHaveLength(1)
  expect(fake.others(group, ada)).toHaveLength(0)
  const direct = await client.conversations.open({ users: ben.id })
  expect(direct.channel?.id).toBe(fake.privateChat(ben).id)
  const private_ = await client.chat.postMessage({
    channel: ben.id,
    text: 'hello',
    blocks: BLOCKS.slice(0, 1),
  })
  expect(private_.channel).toBe(direct.channel?.id)
  expect((await client.conversations.info({ channel: group.id })).channel).toMatchObject({
    name: 'lunch',
    creator: ada.id,
  })
  const first = await client.conversations.members({ channel: group.id, limit: 1 })
  expect(first).toMatchObject({ members: [ada.id], response_metadata: { next_cursor: '1' } })
  expect((await client.users.info({ user: ada.id, include_locale: true })).user).toMatchObject({
    team_id: fake.acme.id,
    locale: 'en-US',
    is_admin: true,
  })
  await expect(client.users.info({ user: 'U0NOBODY' })).rejects.toThrow('user_not_found')
  await expect(clientOf(fake, 'xoxb-wrong').auth.test()).rejects.toThrow('invalid_auth')

  const globex = fake.workspace('Globex')
  const url = new URL('/oauth/v2/authorize', fake.url)
  const redirect_uri = 'https://pass.example.com/slack/oauth'
  url.search = new URLSearchParams({
    client_id: fake.clientId,
    scope: 'chat:write',
    redirect_uri,
    state: 'x',
  }).toString()
  const back = new URL(fake.agrees(url.href, globex))
  const access = await clientOf(fake, '').oauth.v2.access({
    client_id: fake.clientId,
    client_secret: fake.clientSecret,
    code: back.searchParams.get('code') ?? '',
    redirect_uri,
  })
  expect(access).toMatchObject({ team: { id: globex.id }, access_token: globex.bot?.token })
})

test('Bolt reads what the fake posts, whose signature it checks, and its answers are taken', async () => {
  const fake = await start()
  const [ada, ben] = [fake.user('Ada', fake.acme), fake.user('Ben', fake.acme)]
  const group = fake.group('lunch', [ada, ben])
  const heard: object[] = []
  const receiver = new HTTPReceiver({
    signingSecret: fake.signingSecret,
    endpoints: ['/slack/events', '/slack/commands', '/slack/interactivity'],
    port: 0,
    logLevel: LogLevel.ERROR,
  })
  const app = new App({
    receiver,
    token: fake.acme.bot?.token ?? '',
    clientOptions: { slackApiUrl: `${fake.apiRoot}/` },
    logLevel: LogLevel.ERROR,
  })
  app.command('/send', async ({ command, ack, respond }) => {
    await ack()
    heard.push(command)
    await respond({ response_type: 'ephemeral', replace_original: false, text: 'done', blocks: BLOCKS })
  })
  app.event('app_mention', async ({ event }) => void heard.push(event))
  app.message(async ({ message }) => void heard.push(message))
  app.event('member_joined_channel', async ({ event }) => void heard.push(event))
  app.action('collect', async ({ action, body, ack, respond }) => {
    await ack()
    heard.push({ ...action, user: body.user.id })
    await respond({
      response_type: 'ephemeral',
      replace_original: true,
      text: 'done',
      blocks: BLOCKS.slice(0, 1),
    })
  })
  app.shortcut('send_to_author', async ({ shortcut, ack, client }) => {
    await ack()
    const plain = (text: string) => ({ type: 'plain_text' as const, text })
    await client.views.open({
      trigger_id: shortcut.trigger_id,
      view: {
        type: 'modal',
        callback_id: 'send',
        private_metadata: '{}',
        title: plain('Send'),
        submit: plain('Send'),
        close: plain('Close'),
        blocks: [
          {
            type: 'input',
            block_id: 'amount',
            label: plain('Amount'),
            element: { type: 'plain_text_input', action_id: 'amount' },
          },
        ],
      },
    })
  })
  app.view('send', async ({ view, ack }) => {
    await ack()
    heard.push(view.state.values)
  })
  const server = await app.start(0)
  onTestFinished(() => void app.stop())
  await fake.tellAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)

  await fake.types(ada, group, '/send', ['20 ', ben, ' a < b'])
  expect(await fake.until(() => heard.pop())).toMatchObject({
    command: '/send',
    text: `20 <@${ben.id}|ben> a &lt; b`,
    user_id: ada.id,
    team_id: fake.acme.id,
    channel_id: group.id,
  })
  const answer = await fake.until(() => fake.cards(group)[0])
  expect(answer.reader).toBe(ada)
  await fake.taps(ada, answer, 'Collect')
  expect([answer.labels, heard.pop()]).toMatchObject([[], { value: 'it', user: ada.id }])
  await fake.says(ada, group, ['send 20 ', ben])
  expect(heard.pop()).toMatchObject({
    user: ada.id,
    text: `<@${fake.acme.bot?.user}> send 20 <@${ben.id}>`,
    channel: group.id,
  })
  await fake.says(ada, fake.privateChat(ada), 'balance')
  expect(heard.pop()).toMatchObject({ user: ada.id, channel_type: 'im', text: 'balance' })
  const cy = fake.user('Cy', fake.acme)
  await fake.changes('joined', group, cy)
  expect(heard.pop()).toMatchObject({ user: cy.id, channel: group.id })
  await fake.usesOn(ada, group, ben)
  await fake.submits(await fake.form(ada), { amount: '20' })
  expect(await fake.until(() => heard.pop())).toMatchObject({ amount: { amount: { value: '20' } } })

  const forged = fake.signed(
    JSON.stringify(fake.messageOf(ada, group, 'forged')),
    'json',
    Date.now(),
    'another',
  )
  expect((await fake.send(forged, 'events')).status).toBe(401)
  expect([...heard, ...fake.breaches, ...fake.late]).toEqual([])
})
