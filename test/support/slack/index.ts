// A fake of Slack: workspaces and their people, the API, and what it posts to an app, signed.
import { createHmac, randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from '../listen.ts'
import { type Delivery, openPosting } from '../posting.ts'
import { until } from '../until.ts'
import { createApi } from './api.ts'
import { manifest } from './manifest.ts'
import {
  type Channel,
  createWorld,
  type Form,
  type Message,
  newId,
  type User,
  type Workspace,
} from './world.ts'

export type { Channel, Message, User, Workspace } from './world.ts'

/** An answer that takes longer has failed. */
const ANSWER_MS = 3000
/** An event that wasn't answered comes again three times: at once, after a minute, and after five. Here it comes sooner. */
const TIMES = 4
const AGAIN_MS = 200
const APP_ID = 'A0001'
/** What has to be granted for an event to be told: https://docs.slack.dev/reference/events */
const EVENT_SCOPES: Record<string, string | undefined> = {
  app_mention: 'app_mentions:read',
  'message.im': 'im:history',
  member_joined_channel: 'channels:read',
  member_left_channel: 'channels:read',
}

/** An event, as it is posted. */
export type Told = Record<string, unknown> & { event_id: string; event: Record<string, unknown> }
/** What somebody types: words, and people whom they pick from the list. */
type Typed = string | (string | User)[]

/** What somebody fills into a form. */
interface Filled {
  who?: User
  amount: string
  note?: string
  where?: Channel
}

export type FakeSlack = Awaited<ReturnType<typeof startFakeSlack>>

export async function startFakeSlack() {
  const app = {
    signingSecret: randomBytes(16).toString('hex'),
    clientId: `${randomBytes(4).readUInt32BE()}.${randomBytes(4).readUInt32BE()}`,
    clientSecret: randomBytes(16).toString('hex'),
  }
  const world = createWorld()
  const api = createApi(app, world)
  const breaches: string[] = []
  /** What was not acknowledged in time. */
  const late: string[] = []
  /** Where the app is reached. */
  let bot = ''

  const server = await listen(api.http)
  const { url } = server
  api.listensAt(url)
  const posting = openPosting(ANSWER_MS)
  const acme = world.workspace('Acme')
  api.install(acme, manifest.oauth_config.scopes.bot)

  /** Signs a body, as of some moment. */
  function signed(
    body: string,
    type: 'json' | 'form',
    at = Date.now(),
    secret = app.signingSecret,
  ): Delivery {
    const timestamp = String(Math.floor(at / 1000))
    const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')
    return {
      body,
      headers: {
        'content-type': type === 'json' ? 'application/json' : 'application/x-www-form-urlencoded',
        'x-slack-request-timestamp': timestamp,
        'x-slack-signature': `v0=${signature}`,
      },
    }
  }

  /** Where the manifest says that something is posted to, at the app as it runs here. */
  const at = (address: string, base = bot) => base + new URL(address).pathname
  const { event_subscriptions, interactivity } = manifest.settings
  const [slash] = manifest.features.slash_commands
  const addresses = {
    events: event_subscriptions.request_url,
    interactivity: interactivity.request_url,
    commands: slash?.url ?? '',
  }
  const send = (delivery: Delivery, kind: keyof typeof addresses, base = bot) =>
    posting.post(delivery, at(addresses[kind], base))

  const told = (workspace: Workspace, event: Told['event']): Told => ({
    token: 'the verification token',
    team_id: workspace.id,
    api_app_id: APP_ID,
    event,
    type: 'event_callback',
    event_id: newId('Ev'),
    event_time: Math.floor(Date.now() / 1000),
    authorizations: [
      { enterprise_id: null, team_id: workspace.id, user_id: workspace.bot?.user, is_bot: true },
    ],
  })

  /** Posts an event once. */
  const push = (one: Told, base = bot) => send(signed(JSON.stringify(one), 'json'), 'events', base)

  /** Posts an event until it is taken. */
  async function deliver(one: Told): Promise<void> {
    const base = bot
    for (let times = 0; times < TIMES; times++) {
      if ((await push(one, base)).status === 200) return
      await sleep(AGAIN_MS)
    }
    breaches.push(`an event was never taken: ${one.event['type']}`)
  }

  /** Whether a workspace lets the app know of such an event, and the app has asked for it. */
  const isTold = (name: string, workspace: Workspace): boolean =>
    event_subscriptions.bot_events.includes(name) && allows(workspace, EVENT_SCOPES[name])
  const allows = ({ bot }: Workspace, scope: string | undefined) =>
    scope === undefined || (bot?.scopes.includes(scope) ?? false)

  /** Posts an event, if the app is told of such. */
  async function tell(name: string, workspace: Workspace, event: Told['event']): Promise<void> {
    if (isTold(name, workspace)) await deliver(told(workspace, event))
  }

  /** The workspaces whose bot is told of what happens in a channel: one of them. */
  const hearing = ({ home, members }: Channel): Workspace | undefined =>
    [home, ...members.map((member) => member.home)].find((one) => one.bot)

  /** Posts a form, which has to be acknowledged in time. */
  async function acknowledged(body: URLSearchParams, kind: 'commands' | 'interactivity'): Promise<void> {
    const { status } = await send(signed(body.toString(), 'form'), kind)
    if (status === undefined) late.push(kind)
    else if (status !== 200) breaches.push(`${kind} were answered with ${status}`)
  }
  const interact = (payload: object) =>
    acknowledged(new URLSearchParams({ payload: JSON.stringify(payload) }), 'interactivity')

  const escaped = (text: string) =>
    text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
  /** What is typed, as Slack tells it: who is picked, or named by their user name, is marked. */
  const marked = (typed: Typed, home: Workspace, withNames: boolean): string =>
    (typeof typed === 'string' ? [typed] : typed)
      .map((part) => {
        const mark = ({ id, username }: User) => (withNames ? `<@${id}|${username}>` : `<@${id}>`)
        if (typeof part === 'object') return mark(part)
        return escaped(part)
          .replace(/@([\w.]+)/g, (whole, name: string) => {
            const user = world.users.find((one) => one.home === home && one.username === name)
            return user ? mark(user) : whole
          })
          .replace(/https?:\/\/\S+/g, (link) => `<${link}>`)
      })
      .join('')

  const actorOf = ({ id, username, home }: User) => ({
    id,
    username,
    name: username,
    team_id: home.enterprise ?? home.id,
  })
  const teamOf = ({ id, domain }: Workspace) => ({ id, domain })

  const fake = {
    ...app,
    ...api,
    url,
    apiRoot: `${url}/api`,
    /** The variables of the service that let its bot in, with the token of one workspace. */
    get settings() {
      return {
        SLACK_SIGNING_SECRET: app.signingSecret,
        SLACK_BOT_TOKEN: acme.bot?.token ?? '',
        SLACK_API_ROOT: `${url}/api`,
      }
    },
    acme,
    breaches,
    late,
    world,
    user: world.user,
    group: world.group,
    workspace: world.workspace,
    direct: world.direct,
    privateChat: (user: User) => world.direct(user, 'bot'),
    signed,
    told,
    send,
    push,
    deliver,
    tell,
    callsOf: (method: string) => api.calls.filter((call) => call.method === method),
    /** @param base where the app is reached, from when it takes something */
    async tellAt(base: string): Promise<void> {
      bot = base
      await until(async () => (await push(told(acme, { type: 'nothing' }))).status === 200)
    },

    /** The form that is posted for a command. */
    commandOf(user: User, channel: Channel, command: string, words: Typed = '') {
      const known = manifest.features.slash_commands.find((one) => one.command === command)
      if (!known) throw new Error(`The app has no command ${command}.`)
      const response = api.newResponse(user, channel)
      return new URLSearchParams({
        token: 'the verification token',
        team_id: user.home.id,
        team_domain: user.home.domain,
        channel_id: channel.id,
        channel_name: { public: channel.name, private: 'privategroup', im: 'directmessage' }[channel.kind],
        user_id: user.id,
        user_name: user.username,
        command,
        text: marked(words, user.home, known.should_escape),
        api_app_id: APP_ID,
        is_enterprise_install: 'false',
        response_url: response.url,
        trigger_id: api.newTrigger(user),
      })
    },
    /** Somebody gives a command. Ends when it is acknowledged. */
    types: (user: User, channel: Channel, command: string, words: Typed = '') =>
      acknowledged(fake.commandOf(user, channel, command, words), 'commands'),

    /** The event of what somebody says: in private to the bot, else with a mention of it. */
    messageOf(user: User, channel: Channel, words: Typed, more: object = {}): Told {
      const workspace = hearing(channel) ?? user.home
      const isPrivate = channel.kind === 'im'
      const text = marked(words, user.home, false)
      return told(workspace, {
        type: isPrivate ? 'message' : 'app_mention',
        ...(isPrivate && { channel_type: 'im' }),
        user: user.id,
        text: isPrivate ? text : `<@${workspace.bot?.user}> ${text}`,
        ts: world.newTs(),
        team: user.home.id,
        channel: channel.id,
        ...more,
      })
    },
    async says(user: User, channel: Channel, words: Typed, more: object = {}): Promise<void> {
      const one = fake.messageOf(user, channel, words, more)
      const name = channel.kind === 'im' ? 'message.im' : 'app_mention'
      if (isTold(name, hearing(channel) ?? user.home)) await deliver(one)
    },
    /** Somebody comes into a channel, or goes. */
    async changes(what: 'joined' | 'left', channel: Channel, user: User): Promise<void> {
      if (what === 'joined') channel.members.push(user)
      else channel.members.splice(channel.members.indexOf(user), 1)
      const workspace = hearing(channel) ?? user.home
      const event = { type: `member_${what}_channel`, user: user.id, channel: channel.id, team: user.home.id }
      await tell(`member_${what}_channel`, workspace, event)
    },

    /** What is posted for a tap on a button, which the message must have. */
    tapOf(user: User, message: Message, label: string) {
      const button = message.buttons.find(({ text }) => text.text === label)
      if (!button) throw new Error(`There is no button "${label}": ${message.labels.join(', ')}`)
      const { channel, ts, thread } = message
      const response = api.newResponse(user, channel, message)
      const { action_id, text, value } = button
      const action = { type: 'button', block_id: 'b', action_id, text, action_ts: world.newTs() }
      return {
        answers: response.id,
        payload: {
          type: 'block_actions',
          user: actorOf(user),
          team: teamOf(user.home),
          api_app_id: APP_ID,
          container: {
            type: 'message',
            message_ts: ts,
            channel_id: channel.id,
            is_ephemeral: message.reader !== undefined,
            ...(thread && { thread_ts: thread }),
          },
          channel: { id: channel.id, name: channel.name },
          trigger_id: api.newTrigger(user),
          response_url: response.url,
          actions: [{ ...action, ...(value !== undefined && { value }) }],
        },
      }
    },
    sendTap: (tap: { payload: object }) => interact(tap.payload),
    /** Somebody taps, and reads what came of it. */
    async taps(user: User, message: Message, label: string): Promise<string> {
      const tap = fake.tapOf(user, message, label)
      await fake.sendTap(tap)
      return fake.until(() => fake.read(tap.answers)[0])
    },
    /** What somebody has read in answer to what they did. */
    read: (answers: string): string[] => api.responses.get(answers)?.read ?? [],

    /** Somebody chooses the shortcut on a message of somebody, or of an app. @returns what they read there */
    async usesOn(user: User, channel: Channel, author: User | 'app'): Promise<string> {
      const [shortcut] = manifest.features.shortcuts.filter(({ type }) => type === 'message')
      const response = api.newResponse(user, channel)
      await interact({
        type: 'message_action',
        callback_id: shortcut?.callback_id,
        trigger_id: api.newTrigger(user),
        response_url: response.url,
        user: actorOf(user),
        team: teamOf(user.home),
        channel: { id: channel.id, name: channel.name },
        message_ts: world.newTs(),
        message: {
          type: 'message',
          ts: world.newTs(),
          text: 'hello',
          ...(author === 'app' ? { bot_id: 'B0002' } : { user: author.id }),
        },
        action_ts: world.newTs(),
      })
      return response.id
    },
    async usesAnywhere(user: User): Promise<void> {
      const [shortcut] = manifest.features.shortcuts.filter(({ type }) => type === 'global')
      await interact({
        type: 'shortcut',
        callback_id: shortcut?.callback_id,
        trigger_id: api.newTrigger(user),
        user: actorOf(user),
        team: teamOf(user.home),
        action_ts: world.newTs(),
      })
    },
    /** The form that somebody has before them. */
    form: (user: User): Promise<Form> =>
      fake.until(() => [...world.forms.values()].find((form) => form.user === user)),
    submissionOf: ({ id, user, view }: Form, filled: Filled) => ({
      type: 'view_submission',
      user: actorOf(user),
      team: teamOf(user.home),
      api_app_id: APP_ID,
      trigger_id: api.newTrigger(user),
      view: {
        id,
        type: 'modal',
        callback_id: view.callback_id,
        private_metadata: view.private_metadata,
        app_installed_team_id: user.home.id,
        state: {
          values: Object.fromEntries(
            view.blocks.flatMap((block) => {
              if (block.type !== 'input') return []
              const { action_id, type } = block.element
              const state = {
                plain_text_input: { type, value: filled[action_id as 'amount' | 'note'] ?? null },
                users_select: { type, selected_user: filled.who?.id ?? null },
                conversations_select: { type, selected_conversation: filled.where?.id ?? null },
              }[type]
              return [[block.block_id, { [action_id]: state }]]
            }),
          ),
        },
      },
      response_urls: [],
    }),
    async submits(form: Form, filled: Filled): Promise<void> {
      world.forms.delete(form.id)
      await interact(fake.submissionOf(form, filled))
    },

    /** Somebody agrees that their workspace installs the app. @returns where their browser is sent back to */
    agrees(authorize: string, workspace: Workspace): string {
      const asked = new URL(authorize)
      const { client_id, scope = '', redirect_uri = '', state = '' } = Object.fromEntries(asked.searchParams)
      if (asked.origin + asked.pathname !== `${url}/oauth/v2/authorize`) throw new Error('no such page')
      if (client_id !== app.clientId) throw new Error('invalid_client_id')
      const isKnown = manifest.oauth_config.redirect_urls.some(
        (known) => new URL(known).pathname === new URL(redirect_uri).pathname,
      )
      if (!isKnown) throw new Error('bad_redirect_uri')
      const code = randomBytes(8).toString('hex')
      api.codes.set(code, { workspace, redirectUri: redirect_uri, scopes: scope.split(',') })
      return `${redirect_uri}?${new URLSearchParams({ code, state })}`
    },
    /** A workspace removes the app. */
    async removes(workspace: Workspace): Promise<void> {
      workspace.bot = undefined
      await tell('app_uninstalled', workspace, { type: 'app_uninstalled' })
    },

    /** What the bot has said in a channel, cards apart, as somebody reads it. */
    others: (channel: Channel, reader?: User) =>
      channel.messages.filter((one) => !one.isCard && (!one.reader || one.reader === reader)),
    cards: (channel: Channel) => channel.messages.filter(({ isCard }) => isCard),

    until,
    async stop() {
      await Promise.all([server.close(), posting.close()])
    },
  }
  return fake
}
