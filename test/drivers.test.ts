import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { PgBoss } from 'pg-boss'
import { expect, onTestFinished, test } from 'vitest'
import { openSql, poolOptions } from '../db/drivers.ts'
import { freshDatabase } from './support/database.ts'
import { IMPOSTORS, startImpostor } from './support/impostor.ts'
import { connectTo } from './support/upstream.ts'

const PASSWORD = 'correct-horse-battery-staple'

test.each(Object.entries(IMPOSTORS))(
  'a server that %s is told no password, and asked nothing',
  async (_, says) => {
    const impostor = await startImpostor({ port: 0, host: '127.0.0.1' }, says)
    onTestFinished(impostor.close)
    const url = `postgres://ada:${PASSWORD}@127.0.0.1:${impostor.port}/books?require_auth=scram-sha-256`

    const sql = openSql(url, { max: 1 })
    await expect(sql`select 'a secret'`).rejects.toMatchObject({
      code: expect.stringMatching(/^(SERVER_NOT_PROVEN|SASL_SIGNATURE_MISMATCH)$/),
    })
    await expect(sql`select 'a secret'`).rejects.toThrow()
    await sql.end({ timeout: 0 })
    const boss = new PgBoss(poolOptions(url))
    boss.on('error', () => undefined)
    await expect(boss.start()).rejects.toThrow()

    expect(impostor.calls()).toBeGreaterThanOrEqual(3)
    const heard = impostor.heard()
    expect(heard).toContain('ada')
    expect(heard).not.toContain(PASSWORD)
    expect(heard).not.toContain(md5Answer())
    expect(heard).not.toMatch(/select|create/i)
  },
)

test('a server that proves itself in single bytes is believed', async () => {
  const { url, drop } = await freshDatabase()
  onTestFinished(drop)
  const address = new URL(url)
  const proxy = createServer((client) => {
    const server = connectTo(new URL(url))
    client.setNoDelay().pipe(server)
    server.on('data', (chunk) => {
      for (const byte of chunk) client.write(Buffer.of(byte))
    })
    server.on('close', () => client.destroy())
    client.on('close', () => server.destroy())
  }).listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => void proxy.close())
  address.hostname = '127.0.0.1'
  address.port = String((proxy.address() as AddressInfo).port)

  const sql = openSql(address.href, { max: 1 })
  expect(await sql`select 1 as works`).toEqual([{ works: 1 }])
  await sql.end()
})

/** What both drivers would answer to the salt "salt". */
function md5Answer(): string {
  const md5 = (text: string) => createHash('md5').update(text).digest('hex')
  return md5(`${md5(`${PASSWORD}ada`)}salt`)
}
