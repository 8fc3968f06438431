// The API of the fake, which refuses what the real one refuses, with its codes.
import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import type { z } from 'zod'
import { CardJson, CreateMessage, PatchMessage, PostJson, ReplyMessage } from './shapes.ts'
import { type Chat, Message, type World } from './world.ts'

/** What the tests set. */
export interface Faults {
  /** Whether the app may not read what people are called. */
  hidesPeople: boolean
  takesNoPictures: boolean
  /** Calls of a kind fail so often with 500, after they were carried out. */
  failing: Map<string, number>
}

const MAX_BYTES = 30 * 1024
const CHANGEABLE_MS = 14 * 24 * 60 * 60_000
const SAME_MS = 60 * 60_000

/** https://open.feishu.cn/document/server-docs/im-v1/message/create and the pages next to it tell the codes. */
class Refused extends Error {
  readonly code: number
  readonly status: 400 | 429
  constructor(code: number, status: 400 | 429 = 400) {
    super(String(code))
    this.code = code
    this.status = status
  }
}

export function createApi(app: { appId: string; appSecret: string }, world: World) {
  const calls: { kind: string; code: number }[] = []
  const floods: string[] = []
  const tokens = new Set<string>()
  const pictures = new Set<string>()
  /** Messages that were posted with a uuid, and when. */
  const posted = new Map<string, { message: Message; at: number }>()
  const faults: Faults = { hidesPeople: false, takesNoPictures: false, failing: new Map() }
  /** Calls of a kind, twice; messages to a chat, and changes of a message. */
  const limits = {
    aSecond: { most: 50, ms: 1000 },
    aMinute: { most: 1000, ms: 60_000 },
    aPlace: { most: 5, ms: 1000 },
  }
  const lately = new Map<string, number[]>()

  function admit(name: string, { most, ms }: { most: number; ms: number }, refusal: Refused): void {
    const now = performance.now()
    const key = `${name} in ${ms} ms`
    const recent = (lately.get(key) ?? []).filter((at) => now - at < ms)
    lately.set(key, recent)
    if (recent.length >= most) {
      floods.push(key)
      throw refusal
    }
    recent.push(now)
  }
  const admitTo = (place: string) => admit(place, limits.aPlace, new Refused(230020))

  function read<T extends z.ZodType>(shape: T, given: unknown): z.output<T> {
    const { data, success } = shape.safeParse(given)
    if (!success) throw new Refused(230001)
    return data
  }

  function contentOf(type: 'interactive' | 'post', content: string) {
    if (Buffer.byteLength(content) > MAX_BYTES) throw new Refused(230025)
    let json: unknown
    try {
      json = JSON.parse(content)
    } catch {
      throw new Refused(230001)
    }
    if (type === 'post') return { post: read(PostJson, json) }
    const card = CardJson.safeParse(json)
    // Of the wrong form, or with a picture that nobody has uploaded.
    const isGood = card.data?.elements.every((one) => one.tag !== 'img' || pictures.has(one.img_key))
    if (!card.success || !isGood) throw new Refused(230099)
    return { card: card.data }
  }

  function chatFor(type: string | undefined, id: string): Chat {
    if (type === 'chat_id') {
      const group = world.groupOf(id)
      if (!group) throw new Refused(230001)
      if (!group.hasBot) throw new Refused(230002)
      return group
    }
    const user = type === 'open_id' ? world.userOf(id) : undefined
    if (!user) throw new Refused(230001)
    if (!user.isAvailable) throw new Refused(230013)
    return world.privateChat(user)
  }

  function post(
    chat: Chat,
    { msg_type, content, uuid }: z.output<typeof ReplyMessage>,
    thread?: string,
  ): object {
    const shown = contentOf(msg_type, content)
    admitTo(chat.id)
    const before = uuid === undefined ? undefined : posted.get(uuid)
    if (before && Date.now() - before.at < SAME_MS) return { data: told(before.message) }
    const message = new Message(chat, shown, thread)
    world.messages.set(message.id, message)
    if (uuid !== undefined) posted.set(uuid, { message, at: Date.now() })
    chat.messages.push(message)
    return { data: told(message) }
  }

  const told = (message: Message) => ({
    message_id: message.id,
    chat_id: message.chat.id,
    msg_type: message.card ? 'interactive' : 'post',
    create_time: String(message.sentAt),
    sender: { id: app.appId, id_type: 'app_id', sender_type: 'app' },
  })

  function groupFor(id: string): Chat {
    const group = world.groupOf(id)
    if (!group) throw new Refused(232006)
    if (!group.hasBot) throw new Refused(232011)
    return group
  }

  const http = new Hono()

  /** A call with an access token. */
  const route = (
    method: 'get' | 'post' | 'patch',
    path: string,
    kind: string,
    carryOut: (c: Context, id: string) => object | Promise<object>,
  ) =>
    http[method](`/open-apis${path}`, async (c) => {
      const answer = (code: number, data: object, status: number) => {
        calls.push({ kind, code })
        const headers = status === 429 ? { 'x-ogw-ratelimit-reset': '1' } : {}
        return c.json({ code, msg: code === 0 ? 'success' : 'refused', ...data }, status as never, headers)
      }
      const token = c.req.header('authorization')?.replace(/^Bearer /, '')
      if (!token) return answer(99991661, {}, 400)
      if (!tokens.has(token)) return answer(99991663, {}, 400)
      try {
        const tooMany = new Refused(99991400, 429)
        admit(kind, limits.aSecond, tooMany)
        admit(kind, limits.aMinute, tooMany)
        const done = await carryOut(c, c.req.param('id') ?? '')
        const failing = faults.failing.get(kind) ?? 0
        faults.failing.set(kind, failing - 1)
        return failing > 0 ? c.text('', 500) : answer(0, done, 200)
      } catch (error) {
        if (error instanceof Refused) return answer(error.code, {}, error.status)
        throw error
      }
    })

  http.post('/open-apis/auth/v3/tenant_access_token/internal', async (c) => {
    const { app_id, app_secret } = (await c.req.json()) as Record<string, string>
    calls.push({ kind: 'token', code: 0 })
    if (app_id !== app.appId) return c.json({ code: 10003, msg: 'invalid param' })
    if (app_secret !== app.appSecret) return c.json({ code: 10014, msg: 'app secret invalid' })
    const token = `t-${randomUUID()}`
    tokens.add(token)
    return c.json({ code: 0, msg: 'ok', tenant_access_token: token, expire: 7200 })
  })
  route('get', '/bot/v3/info', 'bot', () => ({
    bot: { activate_status: 2, app_name: world.bot.name, open_id: world.bot.openId },
  }))
  route('post', '/im/v1/messages', 'post', async (c) => {
    const { receive_id, ...message } = read(CreateMessage, await c.req.json())
    return post(chatFor(c.req.query('receive_id_type'), receive_id), message)
  })
  route('post', '/im/v1/messages/:id/reply', 'reply', async (c, id) => {
    const message = read(ReplyMessage, await c.req.json())
    const chat = world.messages.get(id)?.chat ?? world.said.get(id)?.chat
    if (!chat) throw new Refused(230011)
    if (!chat.hasBot) throw new Refused(230002)
    return post(chat, message, message.reply_in_thread ? id : undefined)
  })
  route('patch', '/im/v1/messages/:id', 'patch', async (c, id) => {
    const { content } = read(PatchMessage, await c.req.json())
    const message = world.messages.get(id)
    if (!message) throw new Refused(230011)
    if (Date.now() - message.sentAt > CHANGEABLE_MS) throw new Refused(230031)
    if (!message.card) throw new Refused(230054)
    const { card } = contentOf('interactive', content)
    admitTo(message.id)
    if (card) message.change(card)
    return { data: {} }
  })
  route('get', '/im/v1/messages/:id', 'message', (_, id) => {
    const own = world.messages.get(id)
    const author = world.said.get(id)?.author
    if (own) return { data: { items: [told(own)] } }
    if (!author) throw new Refused(230011)
    const sender = { id: author.openId, id_type: 'open_id', sender_type: 'user' }
    return { data: { items: [{ message_id: id, sender }] } }
  })
  route('post', '/im/v1/images', 'upload', async (c) => {
    const form = await c.req.formData()
    const file = form.get('image')
    const isPicture = form.get('image_type') === 'message' && file instanceof File && file.size > 0
    if (!isPicture || faults.takesNoPictures) throw new Refused(234001)
    const key = `img_v3_${randomUUID()}`
    pictures.add(key)
    return { data: { image_key: key } }
  })
  route('get', '/im/v1/chats/:id', 'chat', (_, id) => {
    const { title, owner, managers } = groupFor(id)
    return {
      data: {
        name: title,
        chat_mode: 'group',
        owner_id_type: 'open_id',
        owner_id: owner.openId,
        user_manager_id_list: managers.map(({ openId }) => openId),
      },
    }
  })
  route('get', '/im/v1/chats/:id/members', 'members', (c, id) => {
    const { members } = groupFor(id)
    const size = Number(c.req.query('page_size') ?? 20)
    if (c.req.query('member_id_type') !== 'open_id' || !(size >= 1 && size <= 100)) throw new Refused(232001)
    const start = Number(c.req.query('page_token') || 0)
    const items = members
      .slice(start, start + size)
      .map(({ openId, name }) => ({ member_id_type: 'open_id', member_id: openId, name }))
    const has_more = start + size < members.length
    return { data: { items, has_more, page_token: has_more ? String(start + size) : '' } }
  })
  route('get', '/contact/v3/users/:id', 'contact', (_, id) => {
    if (faults.hidesPeople) throw new Refused(99991672)
    const user = world.userOf(id)
    if (!user) throw new Refused(99992351)
    return { data: { user: { open_id: user.openId, name: user.name } } }
  })
  http.all('*', (c) => c.text('404 page not found', 404))

  return { http, calls, floods, faults, limits, tokens }
}
