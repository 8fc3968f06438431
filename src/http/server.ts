import { type IncomingMessage, ServerResponse } from 'node:http'
import { serve } from '@hono/node-server'
import { ConfigError } from '../config.ts'

/** What listens for requests over HTTP. */
export interface Server {
  port: number
  /** Takes no new connections, answers what is under way, and tells those who were asked on that it was their last answer. */
  close(): Promise<void>
}

/** @throws ConfigError where it can't listen there */
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
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : port,
    async close() {
      closing = true
      // A kept-alive connection that idles holds up nobody's end.
      const idle = setInterval(() => 'closeIdleConnections' in server && server.closeIdleConnections(), 50)
      await new Promise((resolve) => server.close(resolve))
      clearInterval(idle)
    },
  }
}

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
