import WebSocket from 'ws'
import { z } from 'zod'
import { inTime } from '../in-time.ts'
import type { Log } from '../log.ts'
import { openOnce } from '../once.ts'

/** The connection by which DingTalk tells what people say and tap: https://opensource.dingtalk.com/developerpedia/docs/learn/stream/protocol */
export interface Stream {
  /** Connects. Ends when it is connected, and rejects where that fails. From then on it connects anew where it is lost. */
  open(): Promise<void>
  /** Takes nothing more; what was taken before can still be answered. */
  stopTaking(): void
  close(): Promise<void>
}

/**
 * Takes a callback. What it answers is sent back; where it rejects, the callback may come again.
 * @param id the same, however often it comes
 */
export type Take = (topic: string, data: unknown, id: string) => Promise<object | null>

interface Sources {
  /** Asks for an address and a ticket. */
  connect(): Promise<{ endpoint: string; ticket: string }>
  take: Take
  /** Retries what it is given, for as long as it takes. */
  retry(work: () => Promise<void>): Promise<void>
  log: Log
}

const HANDSHAKE_MS = 10_000
/** How often the connection is tried, in milliseconds: one that was lost without a word is noticed after twice that. */
const PING_MS = 20_000
/** For how long the same callback is known, in milliseconds; it comes again after one minute, where no answer has arrived. */
const KNOWN_MS = 10 * 60_000
/** How long the close waits for the other side, in milliseconds. */
const CLOSE_MS = 1000
const messenger = 'dingtalk'

const Frame = z.object({
  type: z.string(),
  headers: z.looseObject({ topic: z.string(), messageId: z.string().default('') }),
  data: z.string().default('{}'),
})

export function createStream({ connect, take, retry, log }: Sources): Stream {
  const once = openOnce<object | null>(KNOWN_MS)
  const sockets = new Set<WebSocket>()
  let isStopped = false

  async function open(): Promise<void> {
    const { endpoint, ticket } = await connect()
    const url = new URL(endpoint)
    url.searchParams.set('ticket', ticket)
    const socket = new WebSocket(url, { handshakeTimeout: HANDSHAKE_MS })
    // At once, as the first frames come along with the handshake.
    serve(socket)
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve)
      // The address has the ticket, so the error of before is not passed on.
      socket.once('error', () => reject(new Error('the Stream of DingTalk could not be opened')))
    })
  }

  /** Takes what comes by a socket until it is closed, then opens another one. */
  function serve(socket: WebSocket): void {
    let isNext = false
    let isAlive = true
    const next = () => {
      if (isNext || isStopped) return
      isNext = true
      // Rejects at the stop alone.
      void retry(open).catch(() => {})
    }
    const timer = setInterval(() => {
      if (!isAlive) return socket.terminate()
      isAlive = false
      if (socket.readyState === WebSocket.OPEN) socket.ping()
    }, PING_MS)
    socket.on('open', () => {
      sockets.add(socket)
      if (isStopped) socket.close()
    })
    socket.on('pong', () => {
      isAlive = true
    })
    socket.on('message', (bytes: Buffer) => {
      isAlive = true
      const topic = receive(socket, String(bytes))
      // It is closed in ten seconds: what comes until then is taken, while the next one is opened.
      if (topic === 'disconnect') next()
    })
    socket.on('error', () => {
      if (sockets.has(socket)) log.warn({ messenger }, 'the Stream of DingTalk has a problem')
    })
    socket.on('close', () => {
      clearInterval(timer)
      // One that was never open is tried again by whoever has opened it.
      if (sockets.delete(socket)) next()
    })
  }

  /** @returns the topic, where it is about the connection itself */
  function receive(socket: WebSocket, text: string): string | undefined {
    const frame = readFrame(text)
    if (!frame) {
      log.error({ messenger, bytes: text.length }, 'what DingTalk has sent could not be read')
      return undefined
    }
    const { type, headers, data } = frame
    const { topic, messageId } = headers
    const answer = (code: number, message: string, answered: string) => {
      if (socket.readyState !== WebSocket.OPEN) return
      const told = { contentType: 'application/json', messageId }
      socket.send(JSON.stringify({ code, headers: told, message, data: answered }))
    }
    if (type === 'SYSTEM') {
      if (topic === 'ping') answer(200, 'OK', data)
      return topic
    }
    // What isn't answered may come again, to a process that goes on.
    if (isStopped) return undefined
    if (type !== 'CALLBACK' || messageId === '') {
      answer(404, 'no such topic', '{}')
      return undefined
    }
    void once(messageId, () => take(topic, JSON.parse(data), messageId)).then(
      (response) => answer(200, 'OK', JSON.stringify({ response })),
      () => answer(500, 'internal error', '{}'),
    )
    return undefined
  }

  return {
    open,
    stopTaking() {
      isStopped = true
    },
    async close() {
      isStopped = true
      const closed = [...sockets].map((socket) => {
        const done = new Promise((resolve) => socket.once('close', resolve))
        socket.close()
        return done
      })
      await inTime(CLOSE_MS, Promise.all(closed))
      for (const socket of sockets) socket.terminate()
    },
  }
}

function readFrame(text: string): z.output<typeof Frame> | undefined {
  try {
    return Frame.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
