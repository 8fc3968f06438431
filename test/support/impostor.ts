import { once } from 'node:events'
import { createServer, type ListenOptions, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

type Answer = Buffer | ((heard: string) => Buffer)

/** What somebody says who listens in a server's place: an answer to each message of the client's. */
export const IMPOSTORS = {
  'asks for the password itself': [authentication(3)],
  'asks for its MD5': [authentication(5, 'salt')],
  'lets in without asking': [Buffer.concat([authentication(0), ready()])],
  'is ready without a word of it': [message('Z', Buffer.from('I   '))],
  'lets in before it has proven itself': [scram(), challenge(), Buffer.concat([authentication(0), ready()])],
  'asks for the password in the middle of SCRAM': [scram(), challenge(), authentication(3)],
  'makes up a proof': [scram(), challenge(), proof()],
  'makes up a proof without SCRAM': [proof()],
  'makes up a proof before it has said what of': [scram(), proof()],
  'asks for SCRAM that takes hours': [scram(), challenge(2 ** 31 - 1)],
  'speaks another language': [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
} satisfies Record<string, Answer[]>

/** Listens in a server's place; `heard` is all that it was told. */
export async function startImpostor(
  place: ListenOptions,
  says: Answer[],
): Promise<{ port: number; heard(): string; calls(): number; close(): void }> {
  const heard: Buffer[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    const answers = [...says]
    socket.on('error', () => undefined)
    socket.on('data', (chunk) => {
      heard.push(chunk)
      const answer = answers.shift()
      if (answer) socket.write(typeof answer === 'function' ? answer(chunk.toString('latin1')) : answer)
    })
  })
  for (let tries = 0; ; tries++) {
    server.listen(place)
    try {
      await once(server, 'listening')
      break
    } catch (error) {
      // What is left of a killed server may need a moment to go.
      if (tries === 50) throw error
      await sleep(100)
    }
  }
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    heard: () => Buffer.concat(heard).toString('latin1'),
    calls: () => sockets.size,
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

/** https://www.postgresql.org/docs/current/protocol-message-formats.html */
function message(type: string, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(type), int32(4 + body.length), body])
}

function authentication(step: number, text = ''): Buffer {
  return message('R', int32(step), Buffer.from(text))
}

function ready(): Buffer {
  return message('Z', Buffer.from('I'))
}

function scram(): Buffer {
  return authentication(10, 'SCRAM-SHA-256\0\0')
}

function challenge(iterations = 4096): Answer {
  return (heard) => authentication(11, `${/r=.*$/.exec(heard)?.[0]}more,s=c2FsdA==,i=${iterations}`)
}

function proof(): Buffer {
  return Buffer.concat([authentication(12, 'v=bm8='), authentication(0), ready()])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
