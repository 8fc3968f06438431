import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { call, start, startedUser, telegraf } from './bot.ts'
import type { Json } from './wire.ts'

describe('a fake Telegram', () => {
  test('ends the first poller with 409 when a second one comes, and any while a webhook is set', async () => {
    const fake = await start()
    const poll = () => call(fake, 'getUpdates', { timeout: 20 })
    const first = poll()
    await fake.until(() => fake.callsOf('getUpdates').length === 1)
    const second = poll()
    expect((await first).description).toMatch(/^Conflict: terminated by other getUpdates request/)
    await fake.until(() => fake.callsOf('getUpdates').length === 2)
    await call(fake, 'setWebhook', { url: 'http://127.0.0.1:9/' })
    expect((await second).description).toBe('Conflict: terminated by setWebhook request')
    expect((await poll()).error_code).toBe(409)
  })

  test('repeats an update when the answer to a poll got lost', async () => {
    const fake = await start()
    fake.failNext('getUpdates', { loseAnswer: true })
    fake.user({ first_name: 'Ada' }).starts()
    await expect(call(fake, 'getUpdates', { offset: 0 })).rejects.toThrow()
    const again = await call(fake, 'getUpdates', { offset: 0 })
    const offset = again.result[0].update_id + 1
    expect((await call(fake, 'getUpdates', { offset })).result).toEqual([])
    fake.repeatUpdate()
    expect((await call(fake, 'getUpdates', { offset })).result).toEqual(again.result)
    expect((await call(fake, 'getUpdates', { offset })).result).toEqual([])
  })

  test('posts updates to a webhook with its secret, again when not taken, and does what is answered', async () => {
    const fake = await start({ delivery: { webhookRetryMs: 20 } })
    const ada = startedUser(fake)
    const reply = { method: 'sendMessage', chat_id: ada.id, text: 'by the way' }
    const got: { secret: unknown; id: number }[] = []
    const server = createServer(async (request, response) => {
      const body = (await request.toArray()).join('')
      got.push({ secret: request.headers['x-telegram-bot-api-secret-token'], id: JSON.parse(body).update_id })
      if (got.length === 1) response.writeHead(500).end()
      else response.end(got.length === 3 ? JSON.stringify(reply) : '')
    })
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo
    await telegraf(fake).telegram.setWebhook(`http://127.0.0.1:${port}/`, { secret_token: 's3cret' })
    ada.says(ada.chat, '/help')
    await fake.until(() => fake.messages(ada.chat).at(-1)?.text === 'by the way')
    expect(got.map(({ secret }) => secret)).toEqual(['s3cret', 's3cret', 's3cret'])
    const [first, again, next] = got.map(({ id }) => id)
    expect([again, next]).toEqual([first, Number(first) + 1])
    expect(fake.pendingUpdates).toBe(0)
    expect(fake.breaches).toEqual([])
  })

  test('shows a bot in privacy mode only what is addressed to it, unless it is an admin', async () => {
    const fake = await start()
    const ada = fake.user({ first_name: 'Ada' })
    const group = fake.group({ members: [ada] })
    const { result } = await call(fake, 'sendMessage', { chat_id: group.id, text: 'hi' })
    const fromBot = fake.messages(group)[0]
    expect(fromBot?.id).toBe(result.message_id)
    const seen = async () => {
      const updates = (await call(fake, 'getUpdates', { offset: 0 })).result
      const id = updates.at(-1)?.update_id ?? 0
      await call(fake, 'getUpdates', { offset: id + 1 })
      return (updates as Json[]).map(({ message }) => message?.text ?? 'service')
    }
    ada.says(group, 'good morning')
    ada.says(group, '/help')
    ada.says(group, '/help@other_bot')
    ada.says(group, '/help@passalong_bot')
    ada.says(group, 'ask @passalong_bot')
    if (fromBot) ada.says(group, 'yes', { replyTo: fromBot })
    expect(await seen()).toEqual(['/help', '/help@passalong_bot', 'ask @passalong_bot', 'yes'])
    fake.addsBot(group, ada, 'administrator')
    ada.says(group, 'good evening')
    expect(await seen()).toEqual(['service', 'good evening'])
    fake.kicksBot(group, ada)
    ada.says(group, '/help')
    expect(await seen()).toEqual(['service'])
    const refused = await call(fake, 'sendMessage', { chat_id: group.id, text: 'hi' })
    expect(refused.description).toBe('Forbidden: bot was kicked from the supergroup chat')
  })
})
