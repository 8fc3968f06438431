import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { ConfigError } from '../../src/config.ts'
import { listen } from '../../src/http/server.ts'

const answer = () => new Response('ok')

test('a port that is taken is named', async () => {
  const { port, close } = await listen(answer, { host: '127.0.0.1', port: 0 })
  const second = await listen(answer, { host: '127.0.0.1', port }).catch((error: unknown) => error)
  await close()
  expect(second).toBeInstanceOf(ConfigError)
  expect(String(second)).toContain(`PORT: ${port} is taken on 127.0.0.1`)
})

test.each(['192.0.2.7', 'no-such-machine.invalid'])('%s, where it cannot listen, is named', async (host) => {
  const refused = await listen(answer, { host, port: 0 }).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(ConfigError)
  expect(String(refused)).toContain(`HOST: ${host} is no address of this machine`)
})

test('who still sends when the connection is closed to them reads the answer all the same', async () => {
  const busy = () => new Response('busy', { status: 503, headers: { connection: 'close' } })
  const { port, close } = await listen(busy, { host: '127.0.0.1', port: 0 })
  onTestFinished(close)
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n')
  await once(socket, 'readable')
  for (let sent = 0; sent < 30; sent += 10) {
    const written = await new Promise((done) => socket.write('0123456789', done))
    expect(written ?? 'sent').toBe('sent')
  }
  socket.end('0123456789')
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 503 /)
})
