// A fake of WeCom: a company with people and groups, and the long connection by which a smart bot hears of them.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { type WebSocket, WebSocketServer } from 'ws'
import type { z } from 'zod'
import { until } from '../until.ts'
import { Command, Respond, Send, type TemplateCard, Update, Welcome } from './shapes.ts'

export interface User {
  /** Their account in the company. */
  userId: string
  /** What they are called there, which a bot isn't told. */
  name: string
  /** Set for people of another company. */
  company?: string
}

export interface Chat {
  id: string
  kind: 'private' | 'group'
  members: User[]
  hasBot: boolean
  /** Whether somebody has spoken to the bot there: before that it can't write. */
  isOpen: boolean
  said: (string | Card)[]
}

/** A card, as everybody sees it, or as one reader does. */
export class Card {
  readonly chat: Chat
  /** The link above it, and whether a picture stands there. */
  readonly above: string
  readonly hasPicture: boolean
  shown: TemplateCard
  readonly #own = new Map<string, TemplateCard>()
  changes = 0

  constructor(chat: Chat, shown: TemplateCard, above = '', hasPicture = false) {
    this.chat = chat
    this.shown = shown
    this.above = above
    this.hasPicture = hasPicture
  }
  change(to: TemplateCard, userIds?: string[]): void {
    this.changes++
    if (userIds) for (const id of userIds) this.#own.set(id, to)
    else {
      this.shown = to
      this.#own.clear()
    }
  }
  seenBy({ userId }: User): TemplateCard {
    return this.#own.get(userId) ?? this.shown
  }
  /** What one reader is told on it. */
  notice(user: User): string | undefined {
    return this.seenBy(user).quote_area?.quote_text
  }
  get text(): string {
    const { main_title, sub_title_text } = this.shown
    return [main_title.title, main_title.desc, sub_title_text].filter(Boolean).join('\n')
  }
  get buttons() {
    return this.shown.card_type === 'button_interaction' ? this.shown.button_list : []
  }
  get labels(): string[] {
    return this.buttons.map(({ text }) => text)
  }
}

/** What may be answered, by its request. */
interface Asked {
  kind: 'message' | 'tap' | 'entry'
  chat: Chat
  user: User
  card?: Card
  at: number
  answers: number
}

const ANSWER_MS = 5000
const MINUTE = { ms: 60_000, most: 30 }
const HOUR = { ms: 3_600_000, most: 1000 }

class Refused extends Error {
  code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export type FakeWecom = Awaited<ReturnType<typeof startFakeWecom>>

let people = 0

export async function startFakeWecom() {
  const botId = `aib${randomBytes(12).toString('base64url')}`
  const secret = randomBytes(24).toString('base64url')
  /** Who runs the service. */
  const boss: User = { userId: 'boss', name: '老板' }
  const users = [boss]
  const chats: Chat[] = []
  const privateChats = new Map<User, Chat>()
  const cards = new Map<string, Card>()
  const asked = new Map<string, Asked>()
  const breaches: string[] = []
  const floods: string[] = []
  /** Refusals that the bot was given, in order. */
  const refusals: string[] = []
  const calls: { command: string; body: object }[] = []
  const sent = new Map<Chat, number[]>()
  /** The one connection that the bot has. */
  let connection: WebSocket | undefined
  let subscribed = 0
  /** Commands that are carried out, and whose answer is lost, as the connection breaks. */
  const lost = new Map<string, number>()
  const held = new Map<string, Promise<void>>()
  /** Commands that are carried out at once, and answered only then. */
  const lateAnswers = new Map<string, Promise<void>>()

  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 })
  await new Promise((resolve) => server.once('listening', resolve))

  const address = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`

  server.on('connection', (socket) => {
    socket.on('message', (bytes: Buffer) => void hear(socket, String(bytes)))
    socket.on('close', () => {
      if (connection === socket) connection = undefined
    })
  })

  async function hear(socket: WebSocket, text: string): Promise<void> {
    const { data: frame, error } = Command.safeParse(JSON.parse(text))
    if (!frame) return void breaches.push(`a frame of the wrong form: ${error.message}`)
    const { cmd, headers, body } = frame
    const answer = (errcode: number, errmsg: string) =>
      socket.send(JSON.stringify({ headers, errcode, errmsg }))
    if (cmd === 'aibot_subscribe') return subscribe(socket, body as Record<string, unknown>, answer)
    if (cmd === 'ping' && connection === socket) return answer(0, 'ok')
    try {
      if (connection !== socket) throw new Refused(846609, 'aibot websocket not subscribed')
      await held.get(cmd)
      carryOut(cmd, body, headers.req_id)
      const losing = lost.get(cmd) ?? 0
      lost.set(cmd, losing - 1)
      if (losing > 0) return socket.terminate()
      await lateAnswers.get(cmd)
      answer(0, 'ok')
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      refusals.push(`${cmd}: ${error.code} ${error.message}`)
      answer(error.code, error.message)
    }
  }

  function subscribe(
    socket: WebSocket,
    body: Record<string, unknown>,
    answer: (code: number, message: string) => void,
  ) {
    subscribed++
    if (body.bot_id !== botId || body.secret !== secret)
      return answer(853000, 'signature is incorrect, please check if the bot secret is correct')
    const before = connection
    connection = socket
    answer(0, 'ok')
    if (!before || before === socket) return
    push(before, 'aibot_event_callback', eventOf({ eventtype: 'disconnected_event' }))
    before.close()
  }

  function carryOut(cmd: string, body: unknown, request: string): void {
    const read = <T>(shape: z.ZodType<T>): T => {
      const { data, error } = shape.safeParse(body)
      if (data !== undefined) return data
      breaches.push(`${cmd}: ${error?.message}`)
      throw new Refused(40008, 'invalid message type')
    }
    calls.push({ command: cmd, body: body as object })
    switch (cmd) {
      case 'aibot_respond_msg': {
        const one = answerable(request, 'message')
        const message = read(Respond)
        const stream = 'stream' in message ? message.stream : undefined
        const card = 'template_card' in message ? message.template_card : undefined
        if (card) checkTask(card)
        checkPictures(stream?.msg_item)
        countMessage(one.chat)
        one.answers++
        if (card) post(one.chat, card, stream?.content, (stream?.msg_item?.length ?? 0) > 0)
        else one.chat.said.push(stream?.content ?? '')
        return
      }
      case 'aibot_send_msg': {
        const message = read(Send)
        const chat = chatOf(message.chatid, message.chat_type)
        if (message.msgtype === 'template_card') checkTask(message.template_card)
        countMessage(chat)
        if (message.msgtype === 'template_card') post(chat, message.template_card)
        else chat.said.push(message.markdown.content)
        return
      }
      case 'aibot_respond_welcome_msg': {
        const one = answerable(request, 'entry')
        const message = read(Welcome)
        one.answers++
        if (message.msgtype === 'text') one.chat.said.push(message.text.content)
        else post(one.chat, message.template_card)
        return
      }
      case 'aibot_respond_update_msg': {
        const one = answerable(request, 'tap')
        const { userids, template_card: card } = read(Update)
        if (card.task_id !== one.card?.shown.task_id) throw new Refused(40058, 'task_id is another card’s')
        if (userids?.some((id) => !one.chat.members.some(({ userId }) => userId === id)))
          throw new Refused(60111, 'userid not found')
        one.answers++
        one.card.change(card, userids)
        return
      }
      default:
        breaches.push(`a command that WeCom doesn't know: ${cmd}`)
        throw new Refused(40008, 'invalid cmd')
    }
  }

  /** What a request asks, where it may still be answered: once, a tap and an entry within five seconds. */
  function answerable(request: string, kind: Asked['kind']): Asked {
    const one = asked.get(request)
    if (one?.kind !== kind || one.answers > 0) throw new Refused(846605, 'invalid req_id')
    if (kind !== 'message' && performance.now() - one.at > ANSWER_MS)
      throw new Refused(846606, 'req_id expired')
    return one
  }

  function checkTask({ task_id: id }: TemplateCard): void {
    // Which code WeCom has for it no page says.
    if (cards.has(id)) throw new Refused(40058, 'task_id exists')
  }

  function checkPictures(items: { image: { base64: string; md5: string } }[] = []): void {
    for (const { image } of items)
      if (createHash('md5').update(Buffer.from(image.base64, 'base64')).digest('hex') !== image.md5)
        throw new Refused(40008, 'md5 mismatch')
  }

  function countMessage(chat: Chat): void {
    const now = performance.now()
    const before = (sent.get(chat) ?? []).filter((at) => now - at < HOUR.ms)
    const lastMinute = before.filter((at) => now - at < MINUTE.ms)
    if (lastMinute.length >= MINUTE.most || before.length >= HOUR.most) {
      floods.push(chat.id)
      throw new Refused(45009, 'api freq out of limit')
    }
    sent.set(chat, [...before, now])
  }

  function post(chat: Chat, shown: TemplateCard, above?: string, hasPicture?: boolean): void {
    const card = new Card(chat, shown, above, hasPicture)
    cards.set(shown.task_id, card)
    chat.said.push(card)
  }

  function chatOf(id: string, type: 0 | 1 | 2): Chat {
    const user = type === 2 ? undefined : users.find(({ userId }) => userId === id)
    const chat = user ? fake.privateChat(user) : chats.find((one) => one.id === id && type !== 1)
    // Which codes WeCom has for these no page says.
    if (!chat?.hasBot) throw new Refused(93006, 'invalid chatid')
    if (!chat.isOpen) throw new Refused(93008, 'nobody there has written to the bot')
    return chat
  }

  const push = (socket: WebSocket | undefined, cmd: string, body: object, request: string = randomUUID()) =>
    socket?.send(JSON.stringify({ cmd, headers: { req_id: request }, body }))

  const eventOf = (event: object, more: object = {}) => ({
    msgid: randomUUID(),
    create_time: Math.floor(Date.now() / 1000),
    aibotid: botId,
    msgtype: 'event',
    event,
    ...more,
  })
  const where = (user: User, chat: Chat) => ({
    ...(chat.kind === 'group' && { chatid: chat.id }),
    chattype: chat.kind === 'group' ? 'group' : 'single',
    from: { userid: user.userId, ...(user.company && { corpid: user.company }) },
  })

  const fake = {
    botId,
    secret,
    boss,
    address,
    /** The variables of the service that let its bot in. */
    settings: { WECOM_BOT_ID: botId, WECOM_BOT_SECRET: secret, WECOM_ADDRESS: address },
    /** How often a bot has come. */
    arrivals: () => subscribed,
    breaches,
    floods,
    refusals,
    calls,
    lost,
    held,
    lateAnswers,
    isConnected: () => connection !== undefined,
    callsOf: (command: string) => calls.filter((call) => call.command === command),

    user(name: string, company?: string): User {
      const user = { userId: `zhang${++people}`, name, ...(company && { company }) }
      users.push(user)
      return user
    },
    group(members: User[]): Chat {
      const chat: Chat = {
        id: `wr${randomUUID()}`,
        kind: 'group',
        members,
        hasBot: true,
        isOpen: false,
        said: [],
      }
      chats.push(chat)
      return chat
    },
    privateChat(user: User): Chat {
      const known = privateChats.get(user)
      if (known) return known
      const chat: Chat = {
        id: `user:${user.userId}`,
        kind: 'private',
        members: [user],
        hasBot: true,
        isOpen: false,
        said: [],
      }
      privateChats.set(user, chat)
      return chat
    },

    /** What WeCom tells of words: in a group those that mention the bot, whose name stands in them. */
    messageOf: (user: User, chat: Chat, words: string, more: object = {}) => ({
      msgid: randomUUID(),
      create_time: Math.floor(Date.now() / 1000),
      aibotid: botId,
      ...where(user, chat),
      msgtype: 'text',
      text: { content: chat.kind === 'group' ? `@转账助手 ${words}` : words },
      ...more,
    }),
    /** Tells the bot of a message, once more if it is an old one. */
    tell(user: User, chat: Chat, message: object): void {
      const request = randomUUID()
      chat.isOpen = true
      asked.set(request, { kind: 'message', chat, user, at: performance.now(), answers: 0 })
      push(connection, 'aibot_msg_callback', message, request)
    },
    says: (user: User, chat: Chat, words: string, more: object = {}) =>
      fake.tell(user, chat, fake.messageOf(user, chat, words, more)),
    enters(user: User): void {
      const chat = fake.privateChat(user)
      const request = randomUUID()
      asked.set(request, { kind: 'entry', chat, user, at: performance.now(), answers: 0 })
      push(
        connection,
        'aibot_event_callback',
        eventOf({ eventtype: 'enter_chat', enter_chat: {} }, where(user, chat)),
        request,
      )
    },

    /** What WeCom tells of a tap on a button, which the card must have. */
    tapOf(user: User, card: Card, label: string) {
      const button = card.buttons.find(({ text }) => text === label)
      if (!button) throw new Error(`The card has no button "${label}": ${card.labels.join(', ')}`)
      const tapped = { card_type: 'button_interaction', event_key: button.key, task_id: card.shown.task_id }
      return eventOf(
        { eventtype: 'template_card_event', template_card_event: tapped },
        where(user, card.chat),
      )
    },
    /** Tells the bot of a tap. @returns its request, by which `changedAt` knows it */
    sendTap(user: User, card: Card, event: object): string {
      const request = randomUUID()
      asked.set(request, { kind: 'tap', chat: card.chat, user, card, at: performance.now(), answers: 0 })
      push(connection, 'aibot_event_callback', event, request)
      return request
    },
    /** Whether a tap was answered by a change of its card. */
    isAnswered: (request: string) => (asked.get(request)?.answers ?? 0) > 0,
    /** Somebody taps, and reads what they alone are told: on the card, or in private. */
    async taps(user: User, card: Card, label: string): Promise<string> {
      const own = fake.texts(fake.privateChat(user)).length
      const request = fake.sendTap(user, card, fake.tapOf(user, card, label))
      await fake.until(() => fake.isAnswered(request))
      if (card.notice(user)) return card.notice(user) ?? ''
      // A notice that they have received it may be quicker.
      const isAnswer = (text: string) => !text.startsWith('💰')
      return fake.until(() => fake.texts(fake.privateChat(user)).slice(own).find(isAnswer))
    },

    cards: (chat: Chat) => chat.said.filter((one) => one instanceof Card),
    texts: (chat: Chat) => chat.said.filter((one) => typeof one === 'string'),

    /** The connection breaks without a word. */
    cut: () => connection?.terminate(),
    /** Sends what is no frame of the protocol, or none that the bot knows. */
    raw: (text: string) => connection?.send(text),
    until,
    async stop() {
      for (const socket of server.clients) socket.terminate()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return fake
}
