// A fake of Feishu: people and groups, the API, and the events that it posts to a bot, encrypted and signed.
import { createCipheriv, createHash, randomBytes, randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from '../listen.ts'
import { type Delivery, openPosting } from '../posting.ts'
import { until } from '../until.ts'
import { createApi } from './api.ts'
import { TapAnswer } from './shapes.ts'
import { type Chat, createWorld, type Message, newId, type User } from './world.ts'

export type { Chat, Message, User } from './world.ts'

/** An answer that takes longer has failed. */
const ANSWER_MS = 3000
/** An event that wasn't answered comes again four times: after 15 seconds, five minutes, an hour and six hours. Here it comes sooner. */
const TIMES = 5
const AGAIN_MS = 200
const TENANT = '736588c9260f175d'

/** An event, before it is encrypted. */
export interface Told {
  schema: '2.0'
  header: Record<'event_id' | 'token' | 'create_time' | 'event_type' | 'tenant_key' | 'app_id', string>
  event: Record<string, unknown>
}

/** What somebody says: words, people whom they pick from the list, and the bot. */
type Said = string | (string | User | { bot: true })[]

export type FakeFeishu = Awaited<ReturnType<typeof startFakeFeishu>>

export async function startFakeFeishu() {
  const app = {
    appId: `cli_${randomBytes(8).toString('hex')}`,
    appSecret: randomBytes(16).toString('base64url'),
    encryptKey: randomBytes(16).toString('base64url'),
  }
  const world = createWorld()
  const api = createApi(app, world)
  const breaches: string[] = []
  /** Taps whose answer was late. */
  const late: string[] = []
  /** Where the bot takes events. */
  let webhook = ''

  const server = await listen(api.http)

  function encrypted(text: string, key = app.encryptKey): string {
    const iv = randomBytes(16)
    const cipher = createCipheriv('aes-256-cbc', createHash('sha256').update(key).digest(), iv)
    const bytes = Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final()])
    return JSON.stringify({ encrypt: bytes.toString('base64') })
  }

  /** Signs a body, as of some moment. */
  function signed(body: string, at = Date.now(), key = app.encryptKey): Delivery {
    const timestamp = String(Math.floor(at / 1000))
    const nonce = String(randomBytes(4).readUInt32BE())
    const signature = createHash('sha256').update(`${timestamp}${nonce}${key}${body}`).digest('hex')
    return {
      body,
      headers: {
        'content-type': 'application/json',
        'x-lark-request-timestamp': timestamp,
        'x-lark-request-nonce': nonce,
        'x-lark-signature': signature,
      },
    }
  }

  const told = (type: string, event: Told['event']): Told => ({
    schema: '2.0',
    header: {
      event_id: randomUUID().replaceAll('-', ''),
      token: 'the verification token',
      create_time: String(Date.now()),
      event_type: type,
      tenant_key: TENANT,
      app_id: app.appId,
    },
    event,
  })

  const posting = openPosting(ANSWER_MS)
  const send = (delivery: Delivery, url = webhook) => posting.post(delivery, url)

  /** Posts an event once. */
  const push = (one: Told, url = webhook) => send(signed(encrypted(JSON.stringify(one))), url)

  /** Posts an event until it is taken. */
  async function deliver(one: Told): Promise<void> {
    const url = webhook
    for (let times = 0; times < TIMES; times++) {
      if ((await push(one, url)).status === 200) return
      await sleep(AGAIN_MS)
    }
    breaches.push(`an event was never taken: ${one.header.event_type}`)
  }

  const idsOf = ({ openId }: { openId: string }) => ({
    open_id: openId,
    union_id: openId.replace('ou_', 'on_'),
    user_id: '',
  })

  /** What Feishu tells of a message. In a group the bot is mentioned in front, unless it is somewhere else, or `more` says otherwise. */
  function messageOf(user: User, chat: Chat, words: Said, more: object = {}): Told {
    const parts = typeof words === 'string' ? [words] : words
    const isBotNamed = parts.some((part) => typeof part === 'object' && 'bot' in part)
    const called = chat.kind === 'group' && !isBotNamed ? [{ bot: true as const }, ' ', ...parts] : parts
    const mentions: object[] = []
    const text = called
      .map((part) => {
        if (typeof part === 'string') return part
        const who = 'bot' in part ? world.bot : part
        const key = `@_user_${mentions.length + 1}`
        mentions.push({ key, id: idsOf(who), name: who.name, tenant_key: TENANT })
        return key
      })
      .join('')
    const id = newId('om_')
    world.said.set(id, { author: user, chat })
    return told('im.message.receive_v1', {
      sender: { sender_id: idsOf(user), sender_type: 'user', tenant_key: TENANT },
      message: {
        message_id: id,
        create_time: String(Date.now()),
        update_time: String(Date.now()),
        chat_id: chat.id,
        chat_type: chat.kind,
        message_type: 'text',
        content: JSON.stringify({ text }),
        ...(mentions.length > 0 && { mentions }),
        ...more,
      },
    })
  }

  const fake = {
    ...app,
    url: server.url,
    /** The variables of the service that let its bot in. */
    settings: {
      FEISHU_APP_ID: app.appId,
      FEISHU_APP_SECRET: app.appSecret,
      FEISHU_ENCRYPT_KEY: app.encryptKey,
      FEISHU_API_ROOT: server.url,
    },
    /** How often a bot has come. */
    arrivals: () => fake.callsOf('bot').length,
    ...api,
    bot: world.bot,
    messages: world.messages,
    breaches,
    late,
    user: world.user,
    group: world.group,
    privateChat: world.privateChat,
    encrypted,
    signed,
    told,
    send,
    push,
    deliver,
    messageOf,
    callsOf: (kind: string) => api.calls.filter((call) => call.kind === kind),
    /** @param url where the service listens */
    tellAt(url: string) {
      webhook = `${url}/feishu/events`
    },

    /** Somebody says something: in a group to the bot. Ends when the bot has taken the event. @returns the id of the message */
    async says(user: User, chat: Chat, words: Said, more: object = {}): Promise<string> {
      const one = messageOf(user, chat, words, more)
      await deliver(one)
      return (one.event as { message: { message_id: string } }).message.message_id
    },

    /** Somebody comes into a group, or goes. */
    async changes(type: 'added' | 'deleted', chat: Chat, user: User): Promise<void> {
      if (type === 'added') chat.members.push(user)
      else chat.members.splice(chat.members.indexOf(user), 1)
      const users = [{ name: user.name, tenant_key: TENANT, user_id: idsOf(user) }]
      const event = { chat_id: chat.id, operator_id: idsOf(chat.owner), external: false, users }
      await deliver(told(`im.chat.member.user.${type}_v1`, event))
    },

    /** The event of a tap on a button, which the message must have. */
    tapOf(user: User, message: Message, label: string): Told {
      const button = message.buttons.find(({ text }) => text.content === label)
      if (!button?.value) throw new Error(`There is no button "${label}": ${message.labels.join(', ')}`)
      return told('card.action.trigger', {
        operator: { ...idsOf(user), tenant_key: TENANT },
        token: `c-${randomUUID()}`,
        action: { value: button.value, tag: 'button', timezone: 'Asia/Shanghai' },
        host: 'im_message',
        context: { open_message_id: message.id, open_chat_id: message.chat.id },
      })
    },

    /** Sends a tap. @returns what whoever has tapped reads; undefined where no answer came in time */
    async answerTo(message: Message, tap: Told): Promise<{ type?: string; content: string } | undefined> {
      const answer = await push(tap)
      if (answer.status === undefined) {
        late.push(message.id)
        return undefined
      }
      const { data, error } = TapAnswer.safeParse(answer.json)
      if (answer.status !== 200 || !data) {
        breaches.push(`a tap was answered with ${answer.status}: ${error?.message}`)
        return undefined
      }
      if (data.card) message.change(data.card.data)
      return data.toast ?? { content: '' }
    },
    sendTap: async (message: Message, tap: Told) => (await fake.answerTo(message, tap))?.content,
    /** Somebody taps, and reads what came of it: at once, or where it takes longer in private, or on the card. */
    async taps(user: User, message: Message, label: string): Promise<string | undefined> {
      // Cards come to them by themselves, and change when others tap.
      const told = () => fake.texts(world.privateChat(user))
      const before = told().length
      const { text } = message
      const isQuestion = message.card?.header === undefined
      const isOver = () => message.labels.length === 0 && !message.text.includes(user.name)
      const toast = await fake.answerTo(message, fake.tapOf(user, message, label))
      if (toast?.type !== 'info') return toast?.content
      return fake.until(
        () =>
          told()[before] ?? (message.text !== text && (isQuestion || isOver()) ? message.text : undefined),
      )
    },

    cards: (chat: Chat) => chat.messages.filter(({ card }) => card?.header !== undefined),
    /** Whatever else the bot has said, with or without buttons. */
    others: (chat: Chat) => chat.messages.filter(({ card }) => card?.header === undefined),
    texts: (chat: Chat) => fake.others(chat).map(({ text }) => text),

    until,
    async stop() {
      await Promise.all([server.close(), posting.close()])
    },
  }
  return fake
}
