// A fake of DingTalk: a company with people and groups, both APIs, and the Stream by which a bot hears of them.
import { randomBytes, randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { type WebSocket, WebSocketServer } from 'ws'
import { listen } from '../listen.ts'
import { until } from '../until.ts'
import { type App, createApi } from './api.ts'
import { Ack, TapAnswer } from './shapes.ts'
import { Card, type Chat, createWorld, Said, type User } from './world.ts'

export { Card, type Chat, type User } from './world.ts'

export const MESSAGES = '/v1.0/im/bot/messages/get'
export const TAPS = '/v1.0/card/instances/callback'

/** A tap that isn't answered by then has failed, for whoever has tapped. */
const TAP_MS = 2000

export interface Frame {
  specVersion: '1.0'
  type: 'CALLBACK' | 'SYSTEM' | 'EVENT'
  headers: Record<string, string>
  data: string
}

/** A frame that the bot has not answered yet. */
interface Pending {
  frame: Frame
  answer: PromiseWithResolvers<{ code: number; data: string }>
}

export type FakeDingtalk = Awaited<ReturnType<typeof startFakeDingtalk>>

export async function startFakeDingtalk() {
  const app: App = {
    clientId: `ding${randomBytes(8).toString('hex')}`,
    clientSecret: randomBytes(24).toString('base64url'),
    template: `${randomUUID()}.schema`,
  }
  const world = createWorld()
  let port = 0
  const api = createApi(app, world, () => `ws://127.0.0.1:${port}/connect`)
  const breaches: string[] = []
  /** Taps whose answer was late. */
  const late: string[] = []
  const pending = new Map<string, Pending>()
  const streams = new Map<WebSocket, Set<string>>()
  const sockets = new WebSocketServer({ noServer: true })
  let isDeaf = false

  const server = await listen(api.http)
  port = server.port

  server.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://fake')
    const topics = pathname === '/connect' ? api.useTicket(searchParams.get('ticket') ?? '') : undefined
    if (!topics) return void socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n')
    sockets.handleUpgrade(request, socket, head, (stream) => {
      streams.set(stream, topics)
      stream.on('close', () => streams.delete(stream))
      stream.on('message', (bytes: Buffer) => hear(String(bytes)))
      // What nobody has answered comes again.
      for (const { frame } of pending.values()) push(frame)
    })
  })

  function hear(text: string): void {
    const read = Ack.safeParse(JSON.parse(text))
    if (!read.success) return void breaches.push(`an answer of the wrong form: ${read.error.message}`)
    const { headers, code, data } = read.data
    pending.get(headers.messageId)?.answer.resolve({ code, data })
    pending.delete(headers.messageId)
  }

  /** Sends a frame by one of the connections that asked for its topic, whichever that is. */
  function push(frame: Frame): void {
    const topic = frame.headers.topic ?? ''
    const able = [...streams].filter(([, topics]) => frame.type === 'SYSTEM' || topics.has(topic))
    if (isDeaf) return
    able[Math.floor(Math.random() * able.length)]?.[0].send(JSON.stringify(frame))
  }

  const frameOf = (type: Frame['type'], topic: string, data: object): Frame => ({
    specVersion: '1.0',
    type,
    headers: {
      appId: randomUUID(),
      connectionId: randomUUID(),
      contentType: 'application/json',
      messageId: randomUUID(),
      time: String(Date.now()),
      topic,
    },
    data: JSON.stringify(data),
  })

  /** Sends a frame, and waits for its answer, also by another connection. */
  function deliver(frame: Frame): Promise<{ code: number; data: string }> {
    const id = frame.headers.messageId ?? ''
    const { answer } = pending.get(id) ?? { answer: Promise.withResolvers<{ code: number; data: string }>() }
    pending.set(id, { frame, answer })
    push(frame)
    return answer.promise
  }

  /** What DingTalk tells of a message: names of those who are mentioned are taken out of the text. */
  function messageOf(user: User, chat: Chat, parts: (string | User)[], more: object = {}): object {
    const others = parts.filter((part) => typeof part !== 'string')
    const at = (id: string, staffId: string | undefined) => ({ dingtalkId: id, ...(staffId && { staffId }) })
    const isGroup = chat.kind === 'group'
    return {
      conversationId: chat.id,
      conversationType: isGroup ? '2' : '1',
      ...(isGroup && { conversationTitle: chat.title }),
      ...(isGroup && {
        isInAtList: true,
        atUsers: [
          ...others.map(({ senderId, userId }) => at(senderId, userId)).reverse(),
          at(world.bot.id, undefined),
        ],
      }),
      chatbotCorpId: world.company,
      chatbotUserId: world.bot.id,
      msgId: `msg${randomBytes(12).toString('base64')}`,
      senderNick: user.name,
      isAdmin: user.isAdmin,
      ...(user.userId && { senderStaffId: user.userId, senderCorpId: world.company }),
      senderId: user.senderId,
      sessionWebhook: `http://127.0.0.1:${port}${api.webhook(chat)}`,
      sessionWebhookExpiredTime: Date.now() + 90 * 60_000,
      createAt: Date.now(),
      robotCode: app.clientId,
      msgtype: 'text',
      text: { content: ` ${parts.map((part) => (typeof part === 'string' ? part : ' ')).join('')}` },
      ...more,
    }
  }

  const fake = {
    ...app,
    url: server.url,
    /** The variables of the service that let its bot in. */
    settings: {
      DINGTALK_CLIENT_ID: app.clientId,
      DINGTALK_CLIENT_SECRET: app.clientSecret,
      DINGTALK_CARD_TEMPLATE: app.template,
      DINGTALK_API_ROOT: server.url,
    },
    /** How often a bot has come. */
    arrivals: () => streams.size,
    world,
    calls: api.calls,
    floods: api.floods,
    faults: api.faults,
    breaches,
    late,
    streams,
    user: world.user,
    outsider: world.outsider,
    group: world.group,
    privateChat: world.privateChat,
    frameOf,
    deliver,
    messageOf,
    callsOf: (path: string) => api.calls.filter((call) => call.path === path),

    /** Somebody says something: in a group to the bot, whom they mention. Ends when the bot has answered the frame. */
    async says(user: User, chat: Chat, parts: string | (string | User)[], more: object = {}) {
      const words = typeof parts === 'string' ? [parts] : parts
      await deliver(frameOf('CALLBACK', MESSAGES, messageOf(user, chat, words, more)))
    },

    /** The frame of a tap on a button, which the card must have. */
    tapOf(user: User, card: Card, label: string): Frame {
      const button = card.buttons.find(({ text }) => text === label)
      if (button?.event.type !== 'sendCardRequest')
        throw new Error(`The card has no button "${label}": ${card.labels.join(', ')}`)
      const { actionId, params } = button.event.params
      return frameOf('CALLBACK', TAPS, {
        type: 'actionCallback',
        outTrackId: card.id,
        corpId: world.company,
        userId: user.userId ?? '',
        userIdType: 1,
        spaceType: card.chat.kind === 'group' ? 'IM_GROUP' : 'IM_ROBOT',
        spaceId: card.chat.id,
        extension: '{}',
        content: JSON.stringify({ cardPrivateData: { actionIds: [actionId], params } }),
      })
    },

    /** Sends a tap. Answers whether it was answered in time; what the answer says is on the card then. */
    async sendTap(user: User, card: Card, frame: Frame): Promise<boolean> {
      const answered = deliver(frame)
      const ack = await Promise.race([answered, sleep(TAP_MS, undefined, { ref: false })])
      if (!ack) {
        late.push(`${user.name} on ${card.id}`)
        return false
      }
      const { data: answer } = TapAnswer.safeParse(ack.data)
      if (ack.code !== 200 || !answer) {
        breaches.push(`a tap was answered with ${ack.code} ${ack.data}`)
        return false
      }
      const { cardData, userPrivateData } = answer.response ?? {}
      if (cardData) card.change(cardData.cardParamMap)
      // An outsider has no id, and sees on their own phone what the answer says to them.
      if (userPrivateData) card.changeFor(user.userId ?? '', userPrivateData.cardParamMap)
      return true
    },

    /** Somebody taps, and reads what the card tells them, at once or soon. */
    async taps(user: User, card: Card, label: string): Promise<string> {
      const before = card.notice(user)
      card.changeFor(user.userId ?? '', { notice: '' })
      await fake.sendTap(user, card, fake.tapOf(user, card, label))
      await fake.until(() => card.notice(user))
      return card.notice(user) ?? before ?? ''
    },

    cards: (chat: Chat) => chat.said.filter((one) => one instanceof Card),
    texts: (chat: Chat) => chat.said.filter((one) => one instanceof Said).map(({ text }) => text),

    /** All connections break without a word. */
    cut() {
      for (const stream of streams.keys()) stream.terminate()
    },
    /** Announces that the connections are closed soon; the real one does so for each every few hours. */
    announceEnd() {
      const data = { reason: 'connection is expired' }
      for (const stream of streams.keys()) stream.send(JSON.stringify(frameOf('SYSTEM', 'disconnect', data)))
    },
    /** Frames are lost on their way, while this is on. */
    deafen(on: boolean) {
      isDeaf = on
    },
    /** Sends once more all that nobody has answered. */
    redeliver() {
      for (const { frame } of pending.values()) push(frame)
    },
    /** No access token from before is taken any more. */
    endTokens() {
      api.tokens.clear()
    },

    until,
    async stop() {
      for (const stream of streams.keys()) stream.terminate()
      await server.close()
    },
  }
  return fake
}
