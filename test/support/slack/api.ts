// The API of the fake, which refuses what the real one refuses, with its codes.
import { randomBytes } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { Blocks, Modal, Response } from './shapes.ts'
import { type Channel, Message, newId, type User, type Workspace, type World } from './world.ts'

/** What the tests set. */
interface Faults {
  /** Whether Slack can't fetch pictures. */
  fetchesNoPictures: boolean
  /** Calls of a method fail so often: with 500, or as too many. */
  failing: Map<string, { times: number; status: 429 | 500 }>
  /** Whether addresses for answers take none. */
  takesNoAnswers: boolean
}

/** An address for answers to what somebody did. */
interface ResponseUrl {
  user: User
  channel: Channel
  /** The message whose button was pressed. */
  message?: Message | undefined
  madeAt: number
  uses: number
  /** What they have read there. */
  read: string[]
}

const TRIGGER_MS = 3000
const OPEN_MS = 30 * 60_000
const MOST_ANSWERS = 5
const MINUTE_MS = 60_000
const SECOND_MS = 1000

/** What each method takes: https://docs.slack.dev/reference/methods */
const METHODS: Record<string, { perMinute: number; scopes: string[] }> = {
  'chat.postMessage': { perMinute: 300, scopes: ['chat:write'] },
  'chat.postEphemeral': { perMinute: 100, scopes: ['chat:write'] },
  'chat.update': { perMinute: 50, scopes: ['chat:write'] },
  'conversations.open': { perMinute: 50, scopes: ['im:write'] },
  'conversations.info': { perMinute: 50, scopes: ['channels:read', 'groups:read'] },
  'conversations.members': { perMinute: 100, scopes: ['channels:read', 'groups:read'] },
  'users.info': { perMinute: 100, scopes: ['users:read'] },
  'views.open': { perMinute: 100, scopes: [] },
  'auth.test': { perMinute: 300, scopes: [] },
}

class Refused extends Error {}

export function createApi(app: { clientId: string; clientSecret: string }, world: World) {
  const calls: { method: string; answer: string }[] = []
  const floods: string[] = []
  const faults: Faults = { fetchesNoPictures: false, failing: new Map(), takesNoAnswers: false }
  const responses = new Map<string, ResponseUrl>()
  const triggers = new Map<string, { user: User; madeAt: number; isUsed: boolean }>()
  const codes = new Map<string, { workspace: Workspace; redirectUri: string; scopes: string[] }>()
  const lately = new Map<string, number[]>()
  let address = ''

  function isTooMuch(key: string, most: number, ms: number): boolean {
    const now = performance.now()
    const recent = (lately.get(key) ?? []).filter((at) => now - at < ms)
    lately.set(key, recent)
    if (recent.length >= most) {
      floods.push(`${key}: more than ${most} in ${ms} ms`)
      return true
    }
    recent.push(now)
    return false
  }

  const sees = (workspace: Workspace, { home, members }: Channel) =>
    home === workspace || members.some((member) => member.home === workspace)

  /** @param writes whether the bot is to write there, as one of its own or not */
  function channelFor(workspace: Workspace, id: string, writes?: 'as a member' | 'from outside'): Channel {
    const channel = world.channelOf(id)
    if (!channel || !sees(workspace, channel)) throw new Refused('channel_not_found')
    if (channel.hasBot) return channel
    if (channel.kind !== 'public') throw new Refused('channel_not_found')
    const isOpen = writes !== 'as a member' && workspace.bot?.scopes.includes('chat:write.public')
    if (writes !== undefined && !isOpen) throw new Refused('not_in_channel')
    return channel
  }

  function userFor(workspace: Workspace, id: string): User {
    const user = world.userOf(id)
    if (!user) throw new Refused('user_not_found')
    // Others are seen where they share a channel.
    if (user.home !== workspace && !world.shareChannel(user, workspace)) throw new Refused('user_not_found')
    return user
  }

  function contentOf(form: Record<string, string>) {
    const blocks = Blocks.safeParse(parsed(form['blocks'] ?? ''))
    if (!blocks.success || !form['text'] || form['text'].length > 40_000) throw new Refused('invalid_blocks')
    const hasPicture = blocks.data.some(({ type }) => type === 'image')
    if (hasPicture && faults.fetchesNoPictures) throw new Refused('invalid_blocks')
    return { text: form['text'], blocks: blocks.data }
  }

  const methods: Record<string, (workspace: Workspace, form: Record<string, string>) => object> = {
    'auth.test': (workspace) => ({
      url: `https://${workspace.domain}.slack.com/`,
      team: workspace.name,
      team_id: workspace.id,
      user: 'passalong',
      user_id: workspace.bot?.user,
      bot_id: 'B0001',
    }),
    'chat.postMessage'(workspace, form) {
      const place = form['channel'] ?? ''
      // The id of a person stands for their private chat with the bot.
      const reader = world.userOf(place)
      const channel =
        reader?.home === workspace
          ? world.direct(reader, 'bot')
          : channelFor(workspace, place, 'from outside')
      const thread = form['thread_ts']
      const message = new Message(channel, contentOf(form), { ts: world.newTs(), thread })
      channel.messages.push(message)
      return { channel: channel.id, ts: message.ts }
    },
    'chat.postEphemeral'(workspace, form) {
      const channel = channelFor(workspace, form['channel'] ?? '', 'as a member')
      const reader = userFor(workspace, form['user'] ?? '')
      if (!channel.members.includes(reader)) throw new Refused('user_not_in_channel')
      const message = new Message(channel, contentOf(form), {
        ts: world.newTs(),
        thread: form['thread_ts'],
        reader,
      })
      channel.messages.push(message)
      return { message_ts: message.ts }
    },
    'chat.update'(workspace, form) {
      const channel = channelFor(workspace, form['channel'] ?? '')
      const message = channel.messages.find(({ ts, reader }) => ts === form['ts'] && !reader)
      if (!message) throw new Refused('message_not_found')
      Object.assign(message, contentOf(form))
      return { channel: channel.id, ts: message.ts }
    },
    'conversations.open'(workspace, { users = '' }) {
      const user = world.userOf(users)
      if (!user || user.home !== workspace) throw new Refused('user_not_found')
      return { channel: { id: world.direct(user, 'bot').id } }
    },
    'conversations.info'(workspace, { channel = '' }) {
      const { id, kind, name, creator } = channelFor(workspace, channel)
      return { channel: { id, name, is_private: kind === 'private', creator: creator.id } }
    },
    'conversations.members'(workspace, { channel = '', limit = '100', cursor = '' }) {
      const { members } = channelFor(workspace, channel)
      if (!(Number(limit) >= 1 && Number(limit) <= 1000)) throw new Refused('invalid_limit')
      const start = Number(cursor || 0)
      const end = start + Number(limit)
      const next_cursor = end < members.length ? String(end) : ''
      return { members: members.slice(start, end).map(({ id }) => id), response_metadata: { next_cursor } }
    },
    'users.info'(workspace, { user: id = '', include_locale }) {
      const { home, name, username, locale, isAdmin, isBot } = userFor(workspace, id)
      return {
        user: {
          id,
          team_id: home.id,
          name: username,
          real_name: name,
          deleted: false,
          is_bot: isBot,
          is_admin: isAdmin,
          is_owner: false,
          is_stranger: home !== workspace,
          profile: { display_name: name, real_name: name },
          ...(home.enterprise && {
            enterprise_user: { enterprise_id: home.enterprise, teams: [home.id] },
          }),
          ...(include_locale === 'true' && { locale }),
        },
      }
    },
    'views.open'(workspace, { trigger_id = '', view = '' }) {
      const trigger = triggers.get(trigger_id)
      if (!trigger || trigger.user.home !== workspace) throw new Refused('invalid_trigger_id')
      if (trigger.isUsed) throw new Refused('exchanged_trigger_id')
      if (Date.now() - trigger.madeAt > TRIGGER_MS) throw new Refused('expired_trigger_id')
      const shown = Modal.safeParse(parsed(view))
      if (!shown.success) throw new Refused('invalid_arguments')
      trigger.isUsed = true
      const id = newId('V')
      world.forms.set(id, { id, user: trigger.user, view: shown.data })
      return { view: { id } }
    },
  }

  const http = new Hono()

  http.post('/api/api.test', (c) => c.json({ ok: true }))
  http.post('/api/oauth.v2.access', async (c) => {
    const form = await formOf(c)
    const basic = /^Basic (.+)$/.exec(c.req.header('authorization') ?? '')?.[1]
    const [id, secret] = basic
      ? Buffer.from(basic, 'base64').toString().split(':')
      : [form['client_id'], form['client_secret']]
    if (id !== app.clientId) return c.json({ ok: false, error: 'invalid_client_id' })
    if (secret !== app.clientSecret) return c.json({ ok: false, error: 'bad_client_secret' })
    const granted = codes.get(form['code'] ?? '')
    codes.delete(form['code'] ?? '')
    if (!granted) return c.json({ ok: false, error: 'invalid_code' })
    if (form['redirect_uri'] !== granted.redirectUri) return c.json({ ok: false, error: 'bad_redirect_uri' })
    const { workspace, scopes } = granted
    const bot = install(workspace, scopes)
    return c.json({
      ok: true,
      access_token: bot.token,
      token_type: 'bot',
      scope: scopes.join(),
      bot_user_id: bot.user,
      app_id: 'A0001',
      team: { id: workspace.id, name: workspace.name },
      enterprise: null,
      is_enterprise_install: false,
      authed_user: { id: 'U0001' },
    })
  })
  http.post('/api/:method', async (c) => {
    const method = c.req.param('method')
    const answer = (error: string | undefined, more: object, status = 200, headers = {}) => {
      calls.push({ method, answer: error ?? 'ok' })
      return c.json({ ok: error === undefined, ...(error && { error }), ...more }, status as never, headers)
    }
    const form = await formOf(c)
    const token = c.req.header('authorization')?.replace(/^Bearer /, '') ?? form['token']
    if (!token) return answer('not_authed', {})
    const workspace = world.workspaceOf(token)
    if (!workspace) return answer('invalid_auth', {})
    const carryOut = methods[method]
    const known = METHODS[method]
    if (!carryOut || !known) return answer('unknown_method', {})
    const place = method === 'chat.postMessage' ? form['channel'] : undefined
    if (
      isTooMuch(`${workspace.id} ${method}`, known.perMinute, MINUTE_MS) ||
      (place !== undefined && isTooMuch(`${workspace.id} ${place}`, 1, SECOND_MS))
    )
      return answer('ratelimited', {}, 429, { 'retry-after': '1' })
    const needed = known.scopes.find((scope) => !workspace.bot?.scopes.includes(scope))
    if (needed) return answer('missing_scope', { needed })
    const failing = faults.failing.get(method)
    if (failing && failing.times-- > 0)
      return answer('ratelimited', {}, failing.status, failing.status === 429 ? { 'retry-after': '1' } : {})
    try {
      return answer(undefined, carryOut(workspace, form))
    } catch (error) {
      if (error instanceof Refused) return answer(error.message, {})
      throw error
    }
  })
  http.post('/hooks/:id', async (c) => {
    const response = responses.get(c.req.param('id'))
    if (!response || faults.takesNoAnswers) return c.text('no_such_url', 404)
    if (Date.now() - response.madeAt > OPEN_MS) return c.text('expired_url', 404)
    if (response.uses >= MOST_ANSWERS) return c.text('used_url', 404)
    const shown = Response.safeParse(await c.req.json())
    if (!shown.success) return c.text('invalid_payload', 400)
    response.uses += 1
    const { replace_original, text, blocks } = shown.data
    const { channel, user, message } = response
    if (replace_original && !message) return c.text('invalid_payload', 400)
    if (replace_original && message) Object.assign(message, { text, blocks })
    else channel.messages.push(new Message(channel, { text, blocks }, { ts: world.newTs(), reader: user }))
    response.read.push(channel.messages.at(-1)?.read ?? '')
    if (replace_original && message) response.read[response.read.length - 1] = message.read
    return c.text('ok')
  })
  http.all('*', (c) => c.text('not found', 404))

  function install(workspace: Workspace, scopes: string[]) {
    const token = `xoxb-${randomBytes(12).toString('hex')}`
    workspace.bot = { token, user: workspace.bot?.user ?? newId('U'), scopes }
    return workspace.bot
  }

  return {
    http,
    calls,
    floods,
    faults,
    responses,
    codes,
    install,
    listensAt(url: string) {
      address = url
    },
    /** An address for answers to what somebody has just done. */
    newResponse(user: User, channel: Channel, message?: Message): { id: string; url: string } {
      const id = randomBytes(12).toString('hex')
      responses.set(id, { user, channel, message, madeAt: Date.now(), uses: 0, read: [] })
      return { id, url: `${address}/hooks/${id}` }
    },
    newTrigger(user: User): string {
      const id = `${Date.now()}.${randomBytes(8).toString('hex')}`
      triggers.set(id, { user, madeAt: Date.now(), isUsed: false })
      return id
    },
  }
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** Methods that read something take no JSON: https://docs.slack.dev/apis/web-api#body_types */
const formOf = async (c: Context): Promise<Record<string, string>> =>
  Object.fromEntries(new URLSearchParams(await c.req.text()))
