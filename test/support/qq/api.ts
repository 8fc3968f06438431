// The API of the fake, which refuses what the real one refuses, with its codes.
import { randomUUID } from 'node:crypto'
import { type Context, Hono } from 'hono'
import type { z } from 'zod'
import { FileRequest, MessageRequest, TokenRequest } from './shapes.ts'

/** A person's chat with the bot, or a group. */
export interface Chat {
  id: string
  /** What the bot has said. */
  messages: { text: string; picture?: string; answers: string }[]
}

/** What somebody has said, or done, which the bot may answer. */
export interface Source {
  chat: Chat
  until: number
  turns: Set<number>
}

class Refused extends Error {
  readonly code: number
  constructor(code: number) {
    super(String(code))
    this.code = code
  }
}

/** The most answers to one message. */
const MOST = 5

interface Setting {
  appId: string
  appSecret: string
  /** The site that messages may link to. */
  site: string
  /** How QQ reaches a site. */
  fetchPicture(url: string): Promise<Response>
}

export function createApi({ appId, appSecret, site, fetchPicture }: Setting) {
  const calls: { kind: string; status: number; code: number }[] = []
  /** What the real one would have refused. */
  const breaches: string[] = []
  const tokens = new Set<string>()
  const pictures = new Map<string, string>()
  const chats = new Map<string, Chat>()
  const sources = new Map<string, Source>()
  /** So many answers of a kind of call are lost: it is carried out, and answered with 500. */
  const lost = new Map<string, number>()
  const setting = { takesPictures: true }

  function read<T extends z.ZodType>(shape: T, given: unknown): z.output<T> {
    const { data, error } = shape.safeParse(given)
    if (!error) return data as z.output<T>
    breaches.push(error.message)
    throw new Refused(11255)
  }

  async function say(chat: Chat, given: unknown): Promise<object> {
    const { content, media, msg_id, event_id, msg_seq } = read(MessageRequest, given)
    const links = content.match(/https?:\/\/[^/\s]+/g) ?? []
    if (links.some((link) => link !== site)) throw new Refused(304003)
    const answers = msg_id ?? event_id ?? ''
    const source = sources.get(answers)
    // A message that answers none isn't taken any more, nor one that answers what was said elsewhere.
    if (source?.chat !== chat) throw new Refused(40034102)
    if (source.until < Date.now()) throw new Refused(40034005)
    if (source.turns.has(msg_seq)) throw new Refused(40054005)
    if (source.turns.size >= MOST) throw new Refused(22009)
    const picture = media && pictures.get(media.file_info)
    if (media && !picture) throw new Refused(304082)
    source.turns.add(msg_seq)
    chat.messages.push({ text: content.trim(), answers, ...(picture && { picture }) })
    return { id: `ROBOT1.0_${randomUUID()}`, timestamp: new Date().toISOString() }
  }

  async function upload(given: unknown): Promise<object> {
    const { url } = read(FileRequest, given)
    const answer = await fetchPicture(url)
    if (!setting.takesPictures || !answer.headers.get('content-type')?.startsWith('image/png'))
      throw new Refused(304082)
    const file_info = randomUUID()
    pictures.set(file_info, url)
    return { file_uuid: randomUUID(), file_info, ttl: 3600 }
  }

  const http = new Hono()
  http.post('/app/getAppAccessToken', async (c) => {
    const given = read(TokenRequest, await c.req.json())
    calls.push({ kind: 'token', status: 200, code: 0 })
    if (given.appId !== appId || given.clientSecret !== appSecret)
      return c.json({ code: 100016, message: 'invalid appid or secret' })
    const token = randomUUID()
    tokens.add(token)
    return c.json({ access_token: token, expires_in: '7200' })
  })
  const route = (path: string, kind: string, carryOut: (chat: Chat, body: unknown) => Promise<object>) =>
    http.post(path, async (c: Context) => {
      const answer = (status: 200 | 400 | 401 | 500, code: number, body: object = {}) => {
        calls.push({ kind, status, code })
        return c.json(
          status === 200 ? body : { message: 'refused', code, err_code: code, trace_id: 'x' },
          status,
        )
      }
      if (!tokens.has((c.req.header('authorization') ?? '').replace(/^QQBot /, ''))) return answer(401, 11244)
      try {
        const chat = chats.get(c.req.param('id') ?? '')
        if (!chat) throw new Refused(40034101)
        const done = await carryOut(chat, await c.req.json())
        const left = lost.get(kind) ?? 0
        lost.set(kind, left - 1)
        return left > 0 ? answer(500, 1) : answer(200, 0, done)
      } catch (error) {
        if (error instanceof Refused) return answer(400, error.code)
        throw error
      }
    })
  route('/v2/users/:id/messages', 'messages', say)
  route('/v2/groups/:id/messages', 'messages', say)
  route('/v2/users/:id/files', 'files', (_, body) => upload(body))

  return { http, calls, breaches, tokens, chats, sources, lost, setting }
}
