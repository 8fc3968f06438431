import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { serve } from '@hono/node-server'
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
  const server = await new Promise<ReturnType<typeof serve>>((resolve, reject) => {
    const listening = serve({ fetch, hostname: host, port, serverOptions: { ServerResponse: Answer } }, () =>
      resolve(listening),
    )
    listening.once('error', (error: NodeJS.ErrnoException) => {
      const wrong = wrongSetting(error.code, host, port)
      reject(wrong ? new ConfigError(wrong) : error)
    })
  })
  server.on('connection', closeAfterReading)
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    async close() {
      closing = true
      // Without this, idle kept-alive connections would hold it up.
      const idle = setInterval(() => 'closeIdleConnections' in server && server.closeIdleConnections(), 50)
      await new Promise((resolve) => server.close(resolve))
      clearInterval(idle)
    },
  }
}

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
