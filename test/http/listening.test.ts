import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { ConfigError } from '../../src/config.ts'
import { listen } from '../../src/http/server.ts'

const answer = () => new Response('ok')
const CROWD = 1000

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

test('who has connected and said nothing does not hold up the end', async () => {
  const { port, close } = await listen(answer, { host: '127.0.0.1', port: 0 })
  const socket = connect({ host: '127.0.0.1', port })
  onTestFinished(() => void socket.destroy())
  await once(socket, 'connect')
  expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toBe('ok')
  await close()
})

test.skipIf(!takesMany())(
  'a crowd that comes at once waits to be taken, and nobody is left to come again',
  async () => {
    const { port, close } = await listen(answer, { host: '127.0.0.1', port: 0 })
    onTestFinished(close)
    const crowd = `
    const { connect } = require('node:net')
    let connected = 0
    const end = () => { console.log(connected); process.exit() }
    for (let one = 0; one < ${CROWD}; one++)
      connect(${port}, '127.0.0.1', () => ++connected === ${CROWD} && end()).on('error', () => {})
    setTimeout(end, 10_000)`
    // This process takes nobody meanwhile.
    expect(execFileSync(process.execPath, ['--eval', crowd], { encoding: 'utf8' }).trim()).toBe(String(CROWD))
  },
)

/** Whether the system lets so many wait. */
function takesMany(): boolean {
  try {
    return Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8')) > CROWD
  } catch {
    return false
  }
}
