import { randomUUID } from 'node:crypto'
import WebSocket from 'ws'
import { z } from 'zod'
import { inTime } from '../in-time.ts'
import type { Log } from '../log.ts'
import { Undeliverable } from '../messenger.ts'
import { createQueues } from '../queues.ts'

/**
 * The long connection by which WeCom tells what people say and tap, and takes what the bot says:
 * https://developer.work.weixin.qq.com/document/path/101463
 */
export interface Connection {
  /** Connects, and is let in. From then on it connects anew where the connection is lost. */
  open(): Promise<void>
  /**
   * Sends a command, and waits until WeCom has taken it. Commands that answer the same request go one after the other.
   * @param request the id of what it answers; by default it answers nothing
   * @returns the body of the answer
   * @throws WecomRefusal where WeCom refuses it, and `Error` where it may not have arrived
   */
  send(command: Command, body: object, request?: string): Promise<unknown>
  /** Throws where WeCom doesn't answer. */
  ping(): Promise<void>
  /** Takes nothing more; what was taken before can still be answered. */
  stopTaking(): void
  close(): Promise<void>
}

export type Command =
  | 'aibot_respond_msg'
  | 'aibot_respond_welcome_msg'
  | 'aibot_respond_update_msg'
  | 'aibot_send_msg'

interface Sources {
  settings: { botId: string; secret: string; address: string }
  /**
   * Takes a message or an event.
   * @param request by which it can be answered
   */
  take(kind: 'message' | 'event', body: unknown, request: string): void
  /** Is told that another process has connected as the same bot: this one hears nothing more. */
  onOusted(): void
  /** Retries what it is given, for as long as it takes. */
  retry(work: () => Promise<void>): Promise<void>
  log: Log
}

/** WeCom refuses this very command: the bot may not write there, what it answers is over, the card is wrong. */
export class WecomRefusal extends Undeliverable {
  code: number

  constructor(command: string, { errcode = 0, errmsg = '' }: Answer) {
    super(`${command}: ${errcode} ${errmsg}`)
    this.code = errcode
  }
}

/** WeCom has too much to do, or has had too many messages in this chat. */
class WecomError extends Error {
  override name = 'WecomError'
}

/** https://developer.work.weixin.qq.com/document/path/90313: busy, too often, too many at once; and a connection that isn't let in. */
const TEMPORARY = new Set([-1, 6000, 45009, 45033, 846609])
const BAD_SECRET = 853000

const HANDSHAKE_MS = 10_000
/** How long WeCom may take to answer, in milliseconds. */
const ANSWER_MS = 10_000
/** https://developer.work.weixin.qq.com/document/path/101463: every 30 seconds, or the connection is closed. */
const PING_MS = 30_000
/** How long the close waits for the other side, in milliseconds. */
const CLOSE_MS = 1000
const messenger = 'wecom'

const Frame = z.object({
  cmd: z.string().optional(),
  headers: z.object({ req_id: z.string() }),
  errcode: z.number().optional(),
  errmsg: z.string().optional(),
  body: z.unknown().optional(),
})
type Answer = z.output<typeof Frame>

export const isBadSecret = (error: unknown): boolean =>
  error instanceof WecomRefusal && error.code === BAD_SECRET

export function createConnection({ settings, take, onOusted, retry, log }: Sources): Connection {
  const { botId, secret, address } = settings
  const inTurn = createQueues()
  const awaited = new Map<string, (answer: Answer | Error) => void>()
  /** The socket by which the bot is let in. */
  let current: WebSocket | undefined
  let letIn = Promise.withResolvers<WebSocket>()
  let isStopped = false

  async function open(): Promise<void> {
    const socket = new WebSocket(address, { handshakeTimeout: HANDSHAKE_MS })
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', () => reject(new Error('the connection to WeCom could not be opened')))
    })
    const pinging = setInterval(() => {
      ask(socket, 'ping').catch(() => socket.terminate())
    }, PING_MS)
    socket.on('error', () => log.warn({ messenger }, 'the connection to WeCom has a problem'))
    socket.on('message', (bytes: Buffer) => receive(socket, String(bytes)))
    socket.on('close', () => {
      clearInterval(pinging)
      for (const answer of awaited.values()) answer(new Error('the connection to WeCom was lost'))
      if (current !== socket) return
      current = undefined
      letIn = Promise.withResolvers()
      // Rejects at the stop alone.
      if (!isStopped) void retry(open).catch(() => {})
    })
    try {
      await ask(socket, 'aibot_subscribe', { bot_id: botId, secret })
    } catch (error) {
      socket.terminate()
      throw error
    }
    current = socket
    letIn.resolve(socket)
    if (isStopped) socket.close()
  }

  async function ask(socket: WebSocket, cmd: string, body?: object, request?: string): Promise<unknown> {
    const id = request ?? `${cmd}_${randomUUID()}`
    const answered = new Promise<Answer>((resolve, reject) => {
      awaited.set(id, (answer) => (answer instanceof Error ? reject(answer) : resolve(answer)))
    })
    socket.send(JSON.stringify({ cmd, headers: { req_id: id }, ...(body && { body }) }), (error) => {
      if (error) awaited.get(id)?.(new Error('the connection to WeCom was lost'))
    })
    const late = setTimeout(() => awaited.get(id)?.(new Error(`${cmd}: no answer`)), ANSWER_MS)
    try {
      const answer = await answered
      if (!answer.errcode) return answer.body
      throw TEMPORARY.has(answer.errcode)
        ? new WecomError(`${cmd}: ${answer.errcode} ${answer.errmsg}`)
        : new WecomRefusal(cmd, answer)
    } finally {
      clearTimeout(late)
      awaited.delete(id)
    }
  }

  function receive(socket: WebSocket, text: string): void {
    const frame = readFrame(text)
    if (!frame) return log.error({ messenger, bytes: text.length }, 'what WeCom has sent could not be read')
    const { cmd, headers, body } = frame
    if (!cmd) return awaited.get(headers.req_id)?.(frame)
    if (cmd === 'aibot_event_callback' && Ousted.safeParse(body).success) {
      log.error({ messenger }, OUSTED)
      onOusted()
      return socket.close()
    }
    if (isStopped) return
    if (cmd === 'aibot_msg_callback') take('message', body, headers.req_id)
    else if (cmd === 'aibot_event_callback') take('event', body, headers.req_id)
  }

  const NOT_THERE = 'there is no connection to WeCom at this moment'

  /** The connection, or the one that is being opened anew. */
  async function socketSoon(): Promise<WebSocket> {
    if (current) return current
    const socket = await inTime(ANSWER_MS, letIn.promise)
    if (!socket) throw new Error(NOT_THERE)
    return socket
  }

  async function send(command: Command, body: object, request?: string): Promise<unknown> {
    const attempt = async () => ask(await socketSoon(), command, body, request)
    // WeCom answers by the id of the request alone, so that two answers to one would be taken for each other.
    return request === undefined ? attempt() : inTurn(request, attempt)
  }

  return {
    open,
    send,
    async ping() {
      if (!current) throw new Error(NOT_THERE)
      await ask(current, 'ping')
    },
    stopTaking() {
      isStopped = true
    },
    async close() {
      isStopped = true
      const socket = current
      if (!socket) return
      const closed = new Promise((resolve) => socket.once('close', resolve))
      socket.close()
      await inTime(CLOSE_MS, closed)
      socket.terminate()
    },
  }
}

const Ousted = z.object({ event: z.object({ eventtype: z.literal('disconnected_event') }) })

const OUSTED =
  'WeCom has closed this connection, as another process has connected as the same bot: a bot has one connection at a time. ' +
  'This process no longer hears of WeCom, and leaves it to the other one; start it again where the other one is not meant to run'

function readFrame(text: string): Answer | undefined {
  try {
    return Frame.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
