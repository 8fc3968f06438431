import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import { WebSocketManager } from '@discordjs/ws'
import type { REST } from 'discord.js'
import { expect, onTestFinished, test } from 'vitest'
import '../../../bots/discord/run.ts'

test('a connection that is given up while it is being made fails in silence', async () => {
  const silent = createServer().listen(0, '127.0.0.1')
  onTestFinished(() => void silent.close())
  await once(silent, 'listening')
  const url = `ws://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const session_start_limit = { total: 1, remaining: 1, reset_after: 60_000, max_concurrency: 1 }
  const rest = { get: async () => ({ url, shards: 1, session_start_limit }) } as unknown as REST
  const manager = new WebSocketManager({ token: 'token', intents: 0, rest })
  const uncaught: Error[] = []
  const hear = (error: Error) => void uncaught.push(error)
  process.on('uncaughtException', hear)
  onTestFinished(() => void process.off('uncaughtException', hear))

  manager.connect().catch(() => {})
  const [socket] = (await once(silent, 'connection')) as [Socket]
  await manager.destroy()
  socket.destroy()
  await once(socket, 'close')
  for (let time = 0; time < 20; time++) await turn()
  expect(uncaught).toEqual([])
})
