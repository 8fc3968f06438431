import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openSql } from '../db/drivers.ts'
import type { ViewWithCode } from '../src/transfers/view.ts'
import type { Answered, Made } from './old-books/made.ts'
import { emptyDatabase } from './old-books/restore.ts'
import { withoutAdditions } from './support/recorded.ts'
import { type Client, clientOf, PUBLIC_URL, startTestService } from './support/service.ts'

/**
 * Books as bbcef67 left them in November 2026, made by that version itself (see old-books/make.ts). Everything here is
 * looked at from outside, in order: what waits is looked at before it moves.
 */
const read = (name: string) =>
  readFile(fileURLToPath(new URL(`./old-books/${name}`, import.meta.url)), 'utf8')
const made: Made = JSON.parse(await read('made.json'))
const ben = { messenger: 'telegram', id: '2', handle: 'Ben' }
const cleo = { messenger: 'telegram', id: '3', handle: 'cleo' }
const dora = { messenger: 'discord', id: '80351110224678912' }
const ann = { messenger: 'signal', id: 'ann' }

let database: Awaited<ReturnType<typeof emptyDatabase>>
let service: Awaited<ReturnType<typeof startTestService>>
/** The client whose requests those were: its token is in the books. */
let shop: Client

beforeAll(async () => {
  database = await emptyDatabase()
  const sql = openSql(database.url, { max: 1, onnotice: () => {} })
  await sql.unsafe(await read('books.sql'))
  await sql.end()
  service = await startTestService({
    database: database.url,
    secretKey: made.secretKey,
    environment: { PUBLIC_URL },
  })
  shop = clientOf((path, init) => fetch(service.url + path, init), made.token)
})
afterAll(async () => {
  await service?.close()
  await database?.drop()
})

describe('old books', () => {
  test('pass the audit', auditIsClean)

  test.each(made.answers)('answer $path as before', isAnsweredAsBefore)

  test.each(made.retries)('give the first answer to $body.key', isAnsweredAsBefore)

  test('tell what was still to be told, and redraw the cards', async () => {
    const told: Record<string, number> = {}
    // One of Telegram's was tried before and comes again after a while: they are taken last.
    for (const messenger of ['signal', 'discord', 'telegram'])
      for (const { kind, notice = kind } of await deliveries(messenger))
        told[notice] = (told[notice] ?? 0) + 1
    expect(told).toEqual({ received: 13, collected: 9, declined: 2, returned: 2, redraw: 3 })
  })

  test('know a browser that is signed in', async () => {
    // Behind https the cookie has another name since.
    const cookie = `__Host-${made.session}`
    const page = await fetch(`${service.url}/c/${made.open.anyone}`, { headers: { cookie } })
    expect(await page.text()).toMatch(/You are .*Ben/)
  })

  test('open their codes', async () => {
    const { anyone, person, handle, button, drawn } = made.open
    expect((await shop.collect(anyone, dora)).amount).toBe('10.00')
    await expect(shop.collect(person, cleo)).rejects.toMatchObject({ code: 'not_for_you' })
    expect((await shop.collect(person, ben)).amount).toBe('11.00')
    await expect(shop.collect(handle, ben)).rejects.toMatchObject({ code: 'not_for_you' })
    expect((await shop.collect(handle, cleo)).amount).toBe('12.00')
    expect(await shop.post('/v1/claims', { transfer: button, by: ben })).toMatchObject({ amount: '13.00' })
    expect((await shop.collect(drawn, ann)).amount).toBe('14.00')
    expect(await shop.decline(made.open.toDecline, dora)).toMatchObject({ state: 'declined' })
    await expect(shop.collect(anyone, ben)).rejects.toMatchObject({ code: 'already_collected' })
  })

  test('redraw the cards of what is collected now', async () => {
    const messages = (await deliveries('signal')).flatMap(({ card }) => card?.message ?? [])
    expect(messages.sort()).toEqual(['1', '2'])
    expect((await deliveries('telegram')).flatMap(({ card }) => card?.message ?? [])).toEqual(['3'])
  })

  test('keep what has moved a group together when it moves again', async () => {
    await shop.post('/v1/transfers', {
      amount: '1',
      from: ben,
      group: { messenger: 'telegram', id: '-1200' },
    })
    const count = async (id: string) =>
      (await shop.get<{ items: unknown[] }>(`/v1/groups/telegram/${id}/history`)).items.length
    expect(await count('-1200')).toBe(4)
    await shop.call('POST', '/v1/groups/telegram/-1200/move', { to: '-1300' })
    expect(await count('-1300')).toBe(7)
  })

  test('pass the audit after all of that', auditIsClean)
})

interface Delivery {
  id: string
  kind: string
  notice?: string
  transfer: ViewWithCode
  card?: { message: string }
}

/** All that comes within two seconds of the last, and makes them. */
async function deliveries(messenger: string): Promise<Delivery[]> {
  const all: Delivery[] = []
  for (;;) {
    const path = `/v1/deliveries/${messenger}`
    const { items } = await shop.post<{ items: Delivery[] }>(`${path}/take`, { limit: 100, seconds: 2 })
    if (items.length === 0) return all
    all.push(...items)
    for (const { id, transfer } of items)
      await shop.call('POST', `${path}/${id}/done?drawn=${transfer.state}`)
  }
}

async function isAnsweredAsBefore({ method, path, body, status, answer }: Answered) {
  const now = await shop.call(method, path, body)
  const same = (value: unknown) => JSON.stringify(value, withoutWhatPasses, 2)
  expect(now.status).toBe(status)
  expect(same(withoutAdditions(answer, now.body))).toBe(same(answer))
}

/** The books are restored with later times; a request has a name of its own each time; a code may have an end since. */
const withoutWhatPasses = (name: string, value: unknown) => {
  if (name === 'code' || name === 'link') return String(value).replace(/([-_])0$/, '$1')
  return name.endsWith('At') && value !== null ? 'a time' : name === 'requestId' ? 'a request' : value
}

async function auditIsClean() {
  const cli = fileURLToPath(new URL('../src/cli.ts', import.meta.url))
  const env = { PATH: process.env.PATH, DATABASE_URL: database.url, SECRET_KEY: made.secretKey }
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'audit'], { env })
  expect(stdout).toContain('right')
}
