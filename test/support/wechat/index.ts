// A fake of a WeChat official account: people who follow it, the API, and the posts by which a service hears of them. Envelopes are made and
// opened by `@wecom/crypto`, whose format is the same.
import { randomBytes, randomUUID } from 'node:crypto'
import { decrypt, encrypt, getSignature } from '@wecom/crypto'
import { XMLParser, XMLValidator } from 'fast-xml-parser'
import { Hono } from 'hono'
import { z } from 'zod'
import { listen } from '../listen.ts'
import { until } from '../until.ts'

export interface User {
  openId: string
  isFollowing: boolean
  /** What they have read, in order. */
  messages: Said[]
  /** Until when the account may write to them by itself, in milliseconds since the epoch, and how often. */
  window: { until: number; left: number }
}

export interface Said {
  text: string
  picture?: string
  /** Whether it was the answer to what they have said. */
  isAnswer: boolean
}

/** How often, and for how long, an account may write to somebody by itself after what they do: https://developers.weixin.qq.com/doc/offiaccount/Message_Management/Service_Center_messages.html */
const WINDOWS = { message: { ms: 48 * 3600_000, most: 5 }, event: { ms: 60_000, most: 3 } }
const MAX_BYTES = 2048
const WAIT_MS = 5000

const openId = z.string().regex(/^o[\w-]{27}$/)
const text = z.string().refine((said) => said.length > 0 && Buffer.byteLength(said) <= MAX_BYTES)
const CustomMessage = z.discriminatedUnion('msgtype', [
  z.strictObject({ touser: openId, msgtype: z.literal('text'), text: z.strictObject({ content: text }) }),
  z.strictObject({
    touser: openId,
    msgtype: z.literal('image'),
    image: z.strictObject({ media_id: z.string() }),
  }),
])
const bytes = (most: number) => z.string().refine((name) => Buffer.byteLength(name) <= most)
const click = (most: number) =>
  z.strictObject({ type: z.literal('click'), name: bytes(most), key: bytes(128) })
const Menu = z.strictObject({
  button: z
    .array(
      z.union([click(16), z.strictObject({ name: bytes(16), sub_button: z.array(click(60)).min(1).max(5) })]),
    )
    .min(1)
    .max(3),
})
const Scene = z.strictObject({
  expire_seconds: z.int().min(60).max(2_592_000),
  action_name: z.literal('QR_STR_SCENE'),
  action_info: z.strictObject({ scene: z.strictObject({ scene_str: z.string().min(1).max(64) }) }),
})
const TokenQuery = z.strictObject({
  grant_type: z.literal('client_credential'),
  appid: z.string(),
  secret: z.string(),
})

/** An answer, and what is in its envelope, in the documented forms. */
const Outer = z.strictObject({
  Encrypt: z.string(),
  MsgSignature: z.string(),
  TimeStamp: z.string(),
  Nonce: z.string(),
})
const Inner = z.strictObject({
  ToUserName: z.string(),
  FromUserName: z.string(),
  CreateTime: z.string().regex(/^\d{10}$/),
  MsgType: z.literal('text'),
  Content: text,
})

class Refused extends Error {
  code: number
  constructor(code: number) {
    super(String(code))
    this.code = code
  }
}

export type FakeWechat = Awaited<ReturnType<typeof startFakeWechat>>

export async function startFakeWechat() {
  const appId = `wx${randomBytes(8).toString('hex')}`
  const appSecret = randomBytes(16).toString('hex')
  const token = randomBytes(12).toString('hex')
  const encodingAesKey = randomBytes(33).toString('base64').replace(/[+/]/g, 'A').slice(0, 42) + 'A'
  const account = `gh_${randomBytes(6).toString('hex')}`
  const users = new Map<string, User>()
  const tokens = new Set<string>()
  const media = new Set<string>()
  const scenes: string[] = []
  const breaches: string[] = []
  const calls: { path: string; code: number }[] = []
  /** Paths that the account has no right to. */
  const unauthorized = new Set<string>()
  let menu: z.output<typeof Menu> | undefined
  let url = ''

  function read<T>(shape: z.ZodType<T>, body: unknown): T {
    const { data, error } = shape.safeParse(body)
    if (data !== undefined) return data
    breaches.push(error?.message ?? '')
    throw new Refused(47001)
  }

  function arrive(message: z.output<typeof CustomMessage>): void {
    const user = users.get(message.touser)
    if (!user) throw new Refused(40003)
    if (!user.isFollowing) throw new Refused(43004)
    if (Date.now() > user.window.until) throw new Refused(45015)
    if (user.window.left === 0) throw new Refused(45047)
    if (message.msgtype === 'image' && !media.has(message.image.media_id)) throw new Refused(40007)
    user.window.left--
    user.messages.push(
      message.msgtype === 'text'
        ? { text: message.text.content, isAnswer: false }
        : { text: '', picture: message.image.media_id, isAnswer: false },
    )
  }

  const routes: Record<string, (body: unknown) => object> = {
    '/cgi-bin/message/custom/send': (body) => {
      arrive(read(CustomMessage, body))
      return {}
    },
    '/cgi-bin/menu/create': (body) => {
      menu = read(Menu, body)
      return {}
    },
    '/cgi-bin/qrcode/create': (body) => {
      const ticket = randomBytes(48).toString('base64')
      scenes.push(read(Scene, body).action_info.scene.scene_str)
      return { ticket, expire_seconds: 2_592_000, url: `http://weixin.qq.com/q/${randomUUID()}` }
    },
  }

  const http = new Hono()
  http.post('/cgi-bin/stable_token', async (c) => {
    const { appid, secret } = read(TokenQuery, await c.req.json())
    const code = appid !== appId ? 40013 : secret !== appSecret ? 40125 : 0
    calls.push({ path: '/cgi-bin/stable_token', code })
    if (code) return c.json({ errcode: code, errmsg: `refused, rid: ${randomUUID()}` })
    const access_token = randomBytes(64).toString('base64url')
    tokens.add(access_token)
    return c.json({ access_token, expires_in: 7200 })
  })
  http.post('/cgi-bin/media/upload', async (c) => {
    const file = (await c.req.formData()).get('media')
    const isImage = c.req.query('type') === 'image' && file instanceof File && file.name.endsWith('.png')
    const code = !tokens.has(c.req.query('access_token') ?? '') ? 40001 : isImage && file.size > 0 ? 0 : 40004
    calls.push({ path: '/cgi-bin/media/upload', code })
    if (code) return c.json({ errcode: code, errmsg: 'refused' })
    const media_id = randomBytes(32).toString('base64url')
    media.add(media_id)
    return c.json({ type: 'image', media_id, created_at: Math.floor(Date.now() / 1000) })
  })
  http.post('*', async (c) => {
    const { path } = c.req
    const answer = (code: number, more: object = {}) => {
      calls.push({ path, code })
      return c.json({ errcode: code, errmsg: code ? 'refused' : 'ok', ...more })
    }
    if (!tokens.has(c.req.query('access_token') ?? '')) return answer(40001)
    if (unauthorized.has(path)) return answer(48001)
    try {
      const carryOut = routes[path]
      return carryOut ? answer(0, carryOut(await c.req.json())) : answer(44002)
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      return answer(error.code)
    }
  })
  const server = await listen(http)

  const parser = new XMLParser({ parseTagValue: false, processEntities: false })

  /** What an answer of the service says; undefined where it says nothing. */
  function answerIn(body: string, user: User): string | undefined {
    if (body === 'success' || body === '') return undefined
    if (XMLValidator.validate(body) !== true) return void breaches.push('an answer that is no XML')
    const { data: outer, error } = Outer.safeParse(parser.parse(body).xml)
    if (!outer) return void breaches.push(error.message)
    const { Encrypt, MsgSignature, TimeStamp, Nonce } = outer
    if (getSignature(token, TimeStamp, Nonce, Encrypt) !== MsgSignature)
      return void breaches.push('an answer with a wrong signature')
    const { message, id } = decrypt(encodingAesKey, Encrypt)
    const inner = Inner.safeParse(parser.parse(message).xml)
    if (
      id !== appId ||
      !inner.success ||
      inner.data.ToUserName !== user.openId ||
      inner.data.FromUserName !== account
    )
      return void breaches.push(`an answer of the wrong form: ${inner.error?.message ?? id}`)
    return inner.data.Content
  }

  const element = ([name, value]: [string, string | number]) =>
    `<${name}>${typeof value === 'number' ? value : `<![CDATA[${value.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`}</${name}>`

  const fake = {
    appId,
    appSecret,
    token,
    encodingAesKey,
    account,
    url: server.url,
    /** The variables of the service that let its bot in. */
    settings: {
      WECHAT_APP_ID: appId,
      WECHAT_APP_SECRET: appSecret,
      WECHAT_TOKEN: token,
      WECHAT_ENCODING_AES_KEY: encodingAesKey,
      WECHAT_API_ROOT: server.url,
    },
    /** How often a bot has come. */
    arrivals: () => fake.callsOf('menu/create').length,
    breaches,
    calls,
    scenes,
    tokens,
    unauthorized,
    menu: () => menu,
    callsOf: (path: string) => calls.filter((call) => call.path === `/cgi-bin/${path}`),
    tellAt(service: string): void {
      url = `${service}/wechat/events`
    },
    user({ isFollowing = true } = {}): User {
      const user: User = {
        openId: `o${randomBytes(24).toString('base64url').slice(0, 27)}`,
        isFollowing,
        messages: [],
        window: { until: 0, left: 0 },
      }
      users.set(user.openId, user)
      return user
    },

    messageOf: (user: User, content: string, more: Record<string, string | number> = {}) => ({
      ToUserName: account,
      FromUserName: user.openId,
      CreateTime: Math.floor(Date.now() / 1000),
      MsgType: 'text',
      Content: content,
      MsgId: String(BigInt(`0x${randomBytes(7).toString('hex')}`)),
      ...more,
    }),
    eventOf: (user: User, Event: string, EventKey = '') => ({
      ToUserName: account,
      FromUserName: user.openId,
      CreateTime: Math.floor(Date.now() / 1000),
      MsgType: 'event',
      Event,
      EventKey,
    }),

    /** The request by which WeChat tells of something. */
    requestOf(message: Record<string, string | number>) {
      const Encrypt = encrypt(
        encodingAesKey,
        `<xml>${Object.entries(message).map(element).join('')}</xml>`,
        appId,
      )
      const timestamp = String(Math.floor(Date.now() / 1000))
      const nonce = randomBytes(5).toString('hex')
      const query = new URLSearchParams({
        signature: getSignature(token, timestamp, nonce, '').slice(0, 40),
        timestamp,
        nonce,
        openid: String(message.FromUserName),
        encrypt_type: 'aes',
        msg_signature: getSignature(token, timestamp, nonce, Encrypt),
      })
      return {
        query,
        body: `<xml>${[
          ['ToUserName', account],
          ['Encrypt', Encrypt],
        ]
          .map((one) => element(one as [string, string]))
          .join('')}</xml>`,
      }
    },
    post: (
      { query, body }: { query: URLSearchParams; body: string },
      signal: AbortSignal = AbortSignal.timeout(WAIT_MS),
    ) => fetch(`${url}?${query}`, { method: 'POST', body, headers: { 'content-type': 'text/xml' }, signal }),
    /** The question whether the address is ours. */
    check(signature = getSignature(token, '1', '2', '')) {
      return fetch(`${url}?${new URLSearchParams({ signature, timestamp: '1', nonce: '2', echostr: '42' })}`)
    },

    /** Tells of something, three times where no answer comes within five seconds. @returns what is answered at once */
    async tell(user: User, message: Record<string, string | number>): Promise<string | undefined> {
      const { ms, most } = message.MsgType === 'event' ? WINDOWS.event : WINDOWS.message
      user.window = { until: Date.now() + ms, left: most }
      for (let tries = 3; tries > 0; tries--) {
        const response = await fake.post(fake.requestOf(message)).catch(() => undefined)
        if (!response) continue
        if (response.status !== 200) throw new Error(`The service has answered with ${response.status}.`)
        const said = answerIn(await response.text(), user)
        if (said !== undefined) user.messages.push({ text: said, isAnswer: true })
        return said
      }
      return undefined
    },
    answerIn,
    /** Somebody writes to the account. @returns the first that they read then */
    async says(user: User, words: string): Promise<string> {
      const before = user.messages.length
      await fake.tell(user, fake.messageOf(user, words))
      return fake.until(() => user.messages.slice(before).find(({ text: said }) => said !== '')?.text)
    },
    pictures: (user: User) => user.messages.filter(({ picture }) => picture),

    until,
    stop: server.close,
  }
  return fake
}
