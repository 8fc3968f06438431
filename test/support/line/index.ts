// A fake of LINE: people and groups, the API, and the events that it posts to a bot, signed.
import { createHmac, randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from '../listen.ts'
import { type Delivery, openPosting } from '../posting.ts'
import { until } from '../until.ts'
import { createApi } from './api.ts'
import { webhookShape } from './schema.ts'
import { type Chat, createWorld, type Message, type User } from './world.ts'

export type { Chat, Message, User } from './world.ts'

/** An answer that takes longer has failed. */
const ANSWER_MS = 2000
/** How often an event comes that isn't taken. */
const TIMES = 20
const AGAIN_MS = 300
const TOKEN_MS = 60_000

/** An event, as LINE tells it. */
export interface Event extends Record<string, unknown> {
  type: string
  webhookEventId: string
  deliveryContext: { isRedelivery: boolean }
}

/** What somebody says: words, people whom they pick from the list, and the bot. */
type Said = string | (string | User | { bot: true })[]

export type FakeLine = Awaited<ReturnType<typeof startFakeLine>>

export async function startFakeLine() {
  const channel = {
    secret: randomBytes(16).toString('hex'),
    accessToken: randomBytes(24).toString('base64url'),
  }
  const world = createWorld()
  const api = createApi(channel.accessToken, world)
  /** Requests that were not answered in time. */
  const late: string[] = []
  /** Where the bot takes events. */
  let webhook = ''

  const server = await listen(api.http)
  const posting = openPosting(ANSWER_MS)

  const signed = (body: string, secret = channel.secret): Delivery => ({
    body,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      'x-line-signature': createHmac('sha256', secret).update(body).digest('base64'),
    },
  })

  /** The body of a request that tells of events. */
  function bodyOf(events: Event[], destination = world.bot.id): string {
    const told = { destination, events }
    const { error } = webhookShape('CallbackRequest').safeParse(told)
    if (error) throw new Error(`the fake tells what LINE doesn’t: ${error.message}`)
    return JSON.stringify(told)
  }

  /** Posts something once. Without a status no answer came in time. */
  async function send(delivery: Delivery, url = webhook): Promise<number | undefined> {
    const { status } = await posting.post(delivery, url)
    if (status === undefined) late.push(delivery.body.slice(0, 200))
    return status
  }

  const push = (...events: Event[]) => send(signed(bodyOf(events)))

  /** Posts an event until it is taken. */
  async function deliver(event: Event): Promise<void> {
    const url = webhook
    for (let times = 0; times < TIMES; times++) {
      const isRedelivery = event.deliveryContext.isRedelivery || times > 0
      const body = bodyOf([{ ...event, deliveryContext: { isRedelivery } }])
      if ((await send(signed(body), url)) === 200) return
      await sleep(AGAIN_MS)
    }
    api.breaches.push(`an event was never taken: ${event.type}`)
  }

  function sourceOf(chat: Chat, user: User | undefined) {
    const told = user && !(user.isHidden && chat.kind !== 'user') ? { userId: user.id } : {}
    if (chat.kind === 'user') return { type: 'user', ...told }
    return chat.kind === 'group'
      ? { type: 'group', groupId: chat.id, ...told }
      : { type: 'room', roomId: chat.id, ...told }
  }

  function eventOf(type: string, chat: Chat, user: User | undefined, more: object): Event {
    const isAnswered = !['memberLeft', 'unfollow', 'leave', 'unsend'].includes(type)
    const replyToken = randomUUID()
    if (isAnswered) api.tokens.set(replyToken, { chat, until: Date.now() + TOKEN_MS })
    return {
      type,
      mode: 'active',
      timestamp: Date.now(),
      webhookEventId: `01${randomBytes(12).toString('hex').toUpperCase()}`,
      deliveryContext: { isRedelivery: false },
      source: sourceOf(chat, user),
      ...(isAnswered && { replyToken }),
      ...more,
    }
  }

  /** What LINE tells of a text. In a group the bot is mentioned in front, unless it is somewhere else, or `how` says otherwise. */
  function textOf(
    user: User,
    chat: Chat,
    words: Said,
    how: { isPlain?: true; picture?: object; message?: object; event?: object } = {},
  ): Event {
    const parts = typeof words === 'string' ? [words] : words
    const isBotNamed = parts.some((part) => typeof part === 'object' && 'bot' in part)
    const isCalled = chat.kind !== 'user' && !isBotNamed && !how.isPlain
    const mentionees: object[] = []
    let text = ''
    for (const part of isCalled ? [{ bot: true as const }, ' ', ...parts] : parts) {
      if (typeof part === 'string') {
        text += part
        continue
      }
      const isSelf = 'bot' in part
      const name = `@${isSelf ? world.bot.name : part.name}`
      const userId = isSelf ? world.bot.id : part.isTold ? part.id : undefined
      mentionees.push({
        type: 'user',
        index: text.length,
        length: name.length,
        isSelf,
        ...(userId && { userId }),
      })
      text += name
    }
    return eventOf('message', chat, user, {
      message: {
        ...(how.picture ?? {
          type: 'text',
          text,
          ...(mentionees.length > 0 && { mention: { mentionees } }),
        }),
        id: String(randomBytes(6).readUIntBE(0, 6)),
        quoteToken: randomUUID(),
        ...how.message,
      },
      ...how.event,
    })
  }

  const fake = {
    ...channel,
    url: server.url,
    /** The variables of the service that let its bot in. */
    settings: {
      LINE_CHANNEL_ACCESS_TOKEN: channel.accessToken,
      LINE_CHANNEL_SECRET: channel.secret,
      LINE_API_ROOT: server.url,
    },
    /** How often a bot has come. */
    arrivals: () => fake.callsOf('info').length,
    ...api,
    bot: world.bot,
    late,
    user: world.user,
    group: world.group,
    privateChat: world.privateChat,
    signed,
    bodyOf,
    send,
    push,
    deliver,
    eventOf,
    textOf,
    callsOf: (kind: string) => api.calls.filter((call) => call.kind === kind),
    /** @param url where the service listens */
    tellAt(url: string) {
      webhook = `${url}/line/events`
    },

    /** Somebody says something: in a group to the bot. Ends when the bot has taken the event. @returns the id of the message */
    async says(...said: Parameters<typeof textOf>): Promise<string> {
      const event = textOf(...said)
      await deliver(event)
      return (event.message as { id: string }).id
    },
    /** Somebody comes into a group, or goes. */
    async changes(type: 'memberJoined' | 'memberLeft', chat: Chat, user: User): Promise<void> {
      if (type === 'memberJoined') chat.members.push(user)
      else chat.members.splice(chat.members.indexOf(user), 1)
      const members = { members: [{ type: 'user', userId: user.id }] }
      await deliver(
        eventOf(type, chat, undefined, type === 'memberJoined' ? { joined: members } : { left: members }),
      )
    },
    /** The event of a tap on a button, which the message must have. */
    tapOf(user: User, message: Message, label: string): Event {
      const button = message.buttons.find((one) => one.label === label)
      if (!button?.data) throw new Error(`There is no button "${label}": ${message.labels.join(', ')}`)
      return eventOf('postback', message.chat, user, { postback: { data: button.data } })
    },
    /** Somebody taps. @returns what the bot answers to that */
    async taps(user: User, message: Message, label: string): Promise<string> {
      const tap = fake.tapOf(user, message, label)
      await deliver(tap)
      const isAnswer = ({ answers }: Message) => answers === tap.replyToken
      return (await fake.until(() => message.chat.messages.find(isAnswer))).text
    },

    cards: (chat: Chat) => chat.messages.filter(({ isCard }) => isCard),
    /** Whatever else the bot has said, with or without buttons. */
    others: (chat: Chat) => chat.messages.filter(({ isCard }) => !isCard),
    texts: (chat: Chat) => fake.others(chat).map(({ text }) => text),

    until,
    async stop() {
      await Promise.all([server.close(), posting.close()])
    },
  }
  return fake
}
