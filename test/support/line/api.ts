// The API of the fake, which refuses what the real one refuses.
import { type Context, Hono } from 'hono'
import { apiShape, breachesOf } from './schema.ts'
import { type Chat, Message, type World } from './world.ts'

/** What the tests set. */
export interface Faults {
  /** How many more messages may be sent this month, each counted for whoever reads it. */
  left: number
  /** So many answers of a kind of call are lost: it is carried out, and answered with 500. */
  lost: Map<string, number>
}

/** A token that an event may be answered by. */
export interface ReplyToken {
  chat: Chat
  /** In milliseconds since the epoch. */
  until: number
  isUsed?: true
}

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/

/** https://developers.line.biz/en/reference/messaging-api/#error-messages */
class Refused extends Error {
  readonly status: 400 | 404 | 409 | 429
  readonly more: object
  constructor(status: 400 | 404 | 409 | 429, message: string, more: object = {}) {
    super(message)
    this.status = status
    this.more = more
  }
}

export function createApi(accessToken: string, world: World) {
  const calls: { kind: string; status: number }[] = []
  const floods: string[] = []
  const breaches: string[] = []
  /** Messages to people who don't get them. */
  const unheard: string[] = []
  const tokens = new Map<string, ReplyToken>()
  const pushed = new Map<string, object>()
  const faults: Faults = { left: Number.POSITIVE_INFINITY, lost: new Map() }
  /** Calls of each kind in a second. */
  const limits = { others: 2000, loading: 100, ms: 1000 }
  const lately = new Map<string, number[]>()

  function admit(kind: string): void {
    const now = performance.now()
    const recent = (lately.get(kind) ?? []).filter((at) => now - at < limits.ms)
    lately.set(kind, recent)
    if (recent.length >= (kind === 'loading' ? limits.loading : limits.others)) {
      floods.push(kind)
      throw new Refused(429, 'The API rate limit has been exceeded. Try again later.')
    }
    recent.push(now)
  }

  function read<T>(shape: string, body: unknown): T {
    const { error, data } = apiShape(shape).safeParse(body)
    const wrong = error ? [error.message] : breachesOf((body as { messages?: unknown }).messages)
    if (wrong.length === 0) return data as T
    breaches.push(...wrong)
    throw new Refused(400, `The request body has ${wrong.length} error(s)`)
  }

  /** What is said arrives. */
  function sent(chat: Chat, messages: Record<string, unknown>[], token?: string) {
    const arrived = messages.map((json) => new Message(chat, json, token))
    if (chat.kind !== 'user' || chat.members[0]?.isFriend) chat.messages.push(...arrived)
    else unheard.push(chat.id)
    return { sentMessages: arrived.map(({ id }) => ({ id })) }
  }

  function chatFor(to: string): Chat {
    const user = world.userOf(to)
    const chat = user ? world.privateChat(user) : world.groupOf(to)
    if (!chat)
      throw new Refused(400, "The property, 'to', in the request body is invalid (line: -, column: -)")
    if (!chat.hasBot) throw new Refused(400, 'Failed to send messages')
    return chat
  }

  function groupFor(kind: 'group' | 'room', id: string): Chat {
    const group = world.groupOf(id)
    if (group?.kind !== kind || !group.hasBot) throw new Refused(404, 'Not found')
    return group
  }

  const http = new Hono()

  const route = (
    method: 'get' | 'post',
    path: string,
    kind: string,
    shape: string | undefined,
    carryOut: (c: Context, id: string) => object | Promise<object>,
  ) =>
    http[method](`/v2/bot${path}`, async (c) => {
      const answer = (status: 200 | 202 | 401 | 500 | Refused['status'], body: object) => {
        calls.push({ kind, status })
        const judged = status < 300 ? shape : 'ErrorResponse'
        const wrong = judged && apiShape(judged).safeParse(body).error
        if (wrong) throw new Error(`the fake answers what LINE doesn’t: ${wrong.message}`)
        return c.json(body, status)
      }
      if (c.req.header('authorization') !== `Bearer ${accessToken}`)
        return answer(401, { message: 'Authentication failed. Confirm that the access token is valid.' })
      try {
        admit(kind)
        const done = await carryOut(c, c.req.param('id') ?? '')
        const lost = faults.lost.get(kind) ?? 0
        faults.lost.set(kind, lost - 1)
        return lost > 0
          ? answer(500, { message: 'Internal error' })
          : answer(kind === 'loading' ? 202 : 200, done)
      } catch (error) {
        if (error instanceof Refused) return answer(error.status, { message: error.message, ...error.more })
        throw error
      }
    })

  interface Sending {
    messages: Record<string, unknown>[]
  }

  route('get', '/info', 'info', 'BotInfoResponse', () => {
    const { id: userId, basicId, name: displayName } = world.bot
    return { userId, basicId, displayName, chatMode: 'bot', markAsReadMode: 'auto' }
  })
  route('post', '/message/reply', 'reply', 'ReplyMessageResponse', async (c) => {
    const { replyToken, messages } = read<Sending & { replyToken: string }>(
      'ReplyMessageRequest',
      await c.req.json(),
    )
    if (c.req.header('x-line-retry-key')) throw new Refused(400, 'The retry key is not supported here')
    const token = tokens.get(replyToken)
    if (!token || token.isUsed || token.until < Date.now()) throw new Refused(400, 'Invalid reply token')
    token.isUsed = true
    return sent(token.chat, messages, replyToken)
  })
  route('post', '/message/push', 'push', 'PushMessageResponse', async (c) => {
    const { to, messages } = read<Sending & { to: string }>('PushMessageRequest', await c.req.json())
    const key = c.req.header('x-line-retry-key')
    if (!key || !UUID.test(key)) throw new Refused(400, 'The retry key is missing or invalid')
    const before = pushed.get(key)
    if (before) throw new Refused(409, 'The retry key is already accepted', before)
    const chat = chatFor(to)
    if (faults.left < chat.members.length) throw new Refused(429, 'You have reached your monthly limit.')
    faults.left -= chat.members.length
    const done = sent(chat, messages)
    pushed.set(key, done)
    return done
  })
  route('post', '/chat/loading/start', 'loading', undefined, async (c) => {
    const { chatId } = read<{ chatId: string }>('ShowLoadingAnimationRequest', await c.req.json())
    if (!world.userOf(chatId)) throw new Refused(400, 'The value for the property chatId is invalid')
    return {}
  })
  route('get', '/profile/:id', 'profile', 'UserProfileResponse', (_, id) => {
    const user = world.userOf(id)
    if (!user?.isFriend) throw new Refused(404, 'Not found')
    const { name: displayName, language } = user
    return { userId: id, displayName, ...(language && { language }) }
  })
  route('get', '/group/:id/summary', 'summary', 'GroupSummaryResponse', (_, id) => ({
    groupId: id,
    groupName: groupFor('group', id).title,
  }))
  for (const kind of ['group', 'room'] as const) {
    const shape = kind === 'group' ? 'Group' : 'Room'
    route('get', `/${kind}/:id/member/:user`, 'member', `${shape}UserProfileResponse`, (c, id) => {
      const user = groupFor(kind, id).members.find((one) => one.id === c.req.param('user'))
      if (!user) throw new Refused(404, 'Not found')
      return { userId: user.id, displayName: user.name }
    })
    route('get', `/${kind}/:id/members/count`, 'count', `${shape}MemberCountResponse`, (_, id) => ({
      count: groupFor(kind, id).members.length,
    }))
  }
  http.all('*', (c) => c.json({ message: 'Not found' }, 404))

  return { http, calls, floods, breaches, unheard, tokens, faults, limits }
}
