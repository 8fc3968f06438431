import { expect, test } from 'vitest'
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
