import { connect } from 'node:net'

/** What is sent: a whole request of HTTP/1.1, in ASCII. */
export type Ask = (index: number) => string

/** Told each answer: its status and its body. */
export type Hear = (status: number, body: string, index: number) => void

/**
 * Sends so many requests over kept-alive connections, each the next when the last is answered; answers the seconds.
 * By bare sockets: the usual clients cost more than the server that they measure.
 */
export function load(port: number, count: number, ask: Ask, hear: Hear, connections = 256): Promise<number> {
  let next = 0
  let answered = 0
  const started = performance.now()
  return new Promise((resolve, reject) => {
    for (let connection = 0; connection < Math.min(connections, count); connection++) {
      let index = 0
      let heard = ''
      // Without a stream: less is done for each answer on the cores that are measured.
      const onread = {
        buffer: Buffer.alloc(64 * 1024),
        callback(bytes: number, buffer: Uint8Array) {
          heard += (buffer as Buffer).toString('latin1', 0, bytes)
          const head = heard.indexOf('\r\n\r\n')
          if (head < 0) return true
          const length = Number(/content-length: (\d+)/i.exec(heard.slice(0, head))?.[1])
          if (heard.length < head + 4 + length) return true
          hear(Number(heard.slice(9, 12)), heard.slice(head + 4), index)
          heard = ''
          if (++answered === count) resolve((performance.now() - started) / 1000)
          send()
          return true
        },
      }
      const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread })
      const send = () => {
        if (next >= count) return void socket.end()
        index = next++
        socket.write(ask(index), 'latin1')
      }
      socket.on('connect', send)
      socket.on('error', reject)
    }
  })
}

export function request(method: string, path: string, token: string, content?: unknown): string {
  const body = content === undefined ? '' : JSON.stringify(content)
  return (
    `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer ${token}\r\n` +
    `content-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
  )
}
