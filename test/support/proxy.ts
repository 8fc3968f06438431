import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { connectTo } from './upstream.ts'

/** At the one statement that writes a batch: it names the kinds of its entries. */
export const AT_COMMIT = /\{(fund|collect)\b/

/** A proxy before a database that can cut the next connection that says a certain thing. */
export async function openProxy(target: URL) {
  let isFrozen = false
  let watch: { at: RegExp; deliver: boolean; freeze?: boolean; cut: (said: string) => void } | undefined
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connectTo(target)
    const end = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', end).on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    upstream.pipe(client)
    client.on('data', (said) => {
      if (isFrozen) return
      const text = watch && said.toString('latin1')
      if (!watch || text === undefined || !watch.at.test(text)) return void upstream.write(said)
      const { deliver, freeze, cut } = watch
      watch = undefined
      if (freeze) return cut(text)
      if (!deliver) {
        end()
        return cut(text)
      }
      // The server has done it when it answers, and the answer goes nowhere.
      upstream.unpipe(client)
      upstream.resume().once('data', () => {
        end()
        cut(text)
      })
      upstream.write(said)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = new URL(target)
  url.host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url: url.href,
    /**
     * Cuts the next connection that says so, and answers what it said.
     * @param deliver whether the server still hears it: then it is cut in place of the answer
     */
    cutAt: (at: RegExp, deliver: boolean) =>
      new Promise<string>((cut) => {
        watch = { at, deliver, cut }
      }),
    /** From the next one that says so nothing goes on, and nothing comes back. */
    freezeAt: (at: RegExp) =>
      new Promise<string>((cut) => {
        watch = { at, deliver: false, freeze: true, cut }
      }),
    freezeAlways() {
      isFrozen = true
    },
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}
