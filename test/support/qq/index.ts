// A fake of QQ: people and groups, the API, and the events that it posts to a bot, signed.
import { createPrivateKey, randomBytes, randomUUID, sign } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { listen } from '../listen.ts'
import { type Delivery, openPosting } from '../posting.ts'
import { PUBLIC_URL } from '../service.ts'
import { until } from '../until.ts'
import { type Chat, createApi } from './api.ts'
import { Ack } from './shapes.ts'

/** An answer that takes longer has failed. */
const ANSWER_MS = 3000
/** How often an event comes that isn't taken. */
const TIMES = 20
const AGAIN_MS = 200
const WINDOW_MS = 60 * 60_000

/** An event, as QQ tells it. */
export interface Told {
  op: number
  id: string
  t: string
  d: Record<string, unknown>
}

export type FakeQq = Awaited<ReturnType<typeof startFakeQq>>

export async function startFakeQq() {
  const bot = { appId: '102146862', appSecret: randomBytes(12).toString('base64url') }
  /** Where the service listens, and takes events. */
  let service = ''
  const webhook = () => `${service}/qq/events`
  const api = createApi({
    ...bot,
    site: PUBLIC_URL,
    fetchPicture: (url) => fetch(url.replace(PUBLIC_URL, service)),
  })
  const late: string[] = []
  const server = await listen(api.http)
  const posting = openPosting(ANSWER_MS)

  /** Signs a body, as of some moment. */
  function signed(body: string, at = Date.now(), secret = bot.appSecret): Delivery {
    const timestamp = String(Math.floor(at / 1000))
    const seed = Buffer.from(secret.repeat(32)).subarray(0, 32)
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
    const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })
    return {
      body,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'QQBot-Callback',
        'x-bot-appid': bot.appId,
        'x-signature-timestamp': timestamp,
        'x-signature-ed25519': sign(null, Buffer.from(timestamp + body), key).toString('hex'),
      },
    }
  }

  /** Posts something once. Without a status no answer came in time. */
  async function send(delivery: Delivery, url = webhook()): Promise<{ status?: number; json?: unknown }> {
    const answer = await posting.post(delivery, url)
    if (answer.status === undefined) late.push(delivery.body)
    return answer
  }

  /** Posts an event once. @returns whether it is taken */
  async function push(told: Told, url = webhook()): Promise<boolean> {
    const { status, json } = await send(signed(JSON.stringify(told)), url)
    const { data } = Ack.safeParse(json)
    if (status === 200 && !data) api.breaches.push('an event was answered wrongly')
    return status === 200 && data?.d === 0
  }

  /** Posts an event until it is taken. */
  async function deliver(told: Told): Promise<void> {
    const url = webhook()
    for (let times = 0; times < TIMES; times++) {
      if (await push(told, url)) return
      await sleep(AGAIN_MS)
    }
    api.breaches.push(`an event was never taken: ${told.t}`)
  }

  function newChat(): Chat {
    const chat = { id: randomBytes(16).toString('hex').toUpperCase(), messages: [] }
    api.chats.set(chat.id, chat)
    return chat
  }

  /** What may be answered for an hour. */
  function sourceIn(chat: Chat): string {
    const id = `ROBOT1.0_${randomUUID()}!`
    api.sources.set(id, { chat, until: Date.now() + WINDOW_MS, turns: new Set() })
    return id
  }

  const told = (t: string, d: Told['d']): Told => ({ op: 0, id: `${t}:${randomUUID()}`, t, d })

  /** What QQ tells of a message in private. */
  function messageOf(user: Chat, content: string, more: object = {}): Told {
    const author = { id: user.id, user_openid: user.id, union_openid: user.id }
    const timestamp = `${new Date(Date.now() + 8 * 60 * 60_000).toISOString().slice(0, 19)}+08:00`
    const scene = { source: 'default', callback_data: '' }
    return told('C2C_MESSAGE_CREATE', {
      id: sourceIn(user),
      author,
      content,
      timestamp,
      message_scene: scene,
      ...more,
    })
  }

  const fake = {
    ...bot,
    url: server.url,
    /** The variables of the service that let its bot in. */
    settings: {
      QQ_APP_ID: bot.appId,
      QQ_APP_SECRET: bot.appSecret,
      QQ_API_ROOT: server.url,
    },
    /** How often a bot has come. */
    arrivals: () => fake.callsOf('token').length,
    ...api,
    late,
    signed,
    send,
    push,
    deliver,
    told,
    messageOf,
    sourceIn,
    newChat,
    callsOf: (kind: string) => api.calls.filter((call) => call.kind === kind),
    /** @param url where the service listens */
    tellAt(url: string) {
      service = url
    },
    /** Somebody says something to the bot. @returns the id of the message */
    async says(user: Chat, content: string, more: object = {}): Promise<string> {
      const one = messageOf(user, content, more)
      await deliver(one)
      return String(one.d.id)
    },
    until,
    async stop() {
      await Promise.all([server.close(), posting.close()])
    },
  }
  return fake
}
