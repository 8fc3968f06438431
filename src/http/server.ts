import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { ConfigError } from '../config.ts'

/** A server that listens for HTTP requests. */
export interface Server {
  port: number
  /** Takes no new connections, and answers the requests that are under way, each with `Connection: close`. */
  close(): Promise<void>
}

/** Listens at a host and a port; with port 0 at any free one. @throws ConfigError where that isn't possible */
export async function listen(
  fetch: (request: Request) => Response | Promise<Response>,
  { host, port }: { host: string; port: number },
): Promise<Server> {
  let closing = false
  class Answer<Request extends IncomingMessage> extends ServerResponse<Request> {
    override writeHead(status: number, message?: never, headers?: never): this {
      if (closing) this.shouldKeepAlive = false
      return super.writeHead(status, message, headers)
    }
  }
  const server = createAdaptorServer({ fetch, hostname: host, serverOptions: { ServerResponse: Answer } })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const wrong = wrongSetting(error.code, host, port)
      reject(wrong ? new ConfigError(wrong) : error)
    })
    server.listen({ host, port, backlog: WAITING }, resolve)
  })
  server.on('connection', closeAfterReading)
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    async close() {
      closing = true
      // Without this, idle kept-alive connections would hold it up, and those that have said nothing yet, which Node takes for busy.
      const idle = setInterval(() => {
        if ('closeIdleConnections' in server) server.closeIdleConnections()
        for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy()
      }, 50)
      await new Promise((resolve) => server.close(resolve))
      clearInterval(idle)
    },
  }
}

/**
 * Connections that may wait to be taken, of which Node takes one in each turn of its loop; the system may allow fewer (`net.core.somaxconn`). Where the
 * queue is full, Linux leaves those who come to try again after 1, 2, 4 seconds, so that a few would wait for much longer than all others.
 */
const WAITING = 4096

/**
 * Closes a connection in two steps where an answer says `Connection: close`: no more is written, and what is still sent is read, until the
 * caller closes it, too. A caller who still sends a body would lose the answer to a reset otherwise (RFC 9112, section 9.6).
 */
export function closeAfterReading(socket: Socket): void {
  socket.destroySoon = () => {
    socket.end()
    socket.setTimeout(CLOSING_MS, () => socket.destroy())
  }
}

/** For so long a caller who was answered may go on sending nothing, in milliseconds. */
const CLOSING_MS = 1000

function wrongSetting(code: string | undefined, host: string, port: number): string | undefined {
  switch (code) {
    case 'EADDRINUSE':
      return `PORT: ${port} is taken on ${host}; set another one.`
    case 'EACCES':
      return `PORT: ${port} is not for this user; set one from 1024 on.`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `HOST: ${host} is no address of this machine; 0.0.0.0 stands for all that it has.`
    default:
      return undefined
  }
}
