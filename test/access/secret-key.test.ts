import { existsSync } from 'node:fs'
import { chown, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { startEmbeddedPostgres } from '../../db/embedded.ts'
import { connect, migrate } from '../../db/postgres.ts'
import { newSecret } from '../../src/access/codes.ts'
import { secretKeyFor } from '../../src/access/secret-key.ts'
import { readConfig } from '../../src/config.ts'
import { freshDatabase } from '../support/database.ts'
import { install } from '../support/installation.ts'
import { newcomer, openTestCore, startTestService } from '../support/service.ts'

let database: string
let dataDir: string
beforeEach(async () => {
  const fresh = await freshDatabase()
  const folder = await mkdtemp(join(tmpdir(), 'passalong-key-'))
  database = fresh.url
  dataDir = folder
  return async () => {
    await fresh.drop()
    await rm(folder, { recursive: true, force: true })
  }
})

const ask = async (query: string) => {
  const { sql, close } = connect(database)
  try {
    return Array.from(await sql.unsafe(query))
  } finally {
    await close()
  }
}
const hasKey = async () => (await ask('select from secret_keys')).length === 1
const keyFile = () => join(dataDir, 'secret.key')

test('of two services with keys of their own the second is refused, also while the books are empty', async () => {
  const first = await startTestService({ database })
  onTestFinished(first.close)
  await expect(startTestService({ database })).rejects.toThrow(/^SECRET_KEY: it is not the key/)
  const second = await startTestService({ database, secretKey: first.secretKey })
  await second.close()
  const [row] = await ask('select hash from secret_keys')
  expect(row?.hash).toHaveLength(32)
  expect(String(row?.hash)).not.toContain(first.secretKey)
})

test('of two that start at once on an empty database one starts', async () => {
  const started = await Promise.allSettled([openTestCore({ database }), openTestCore({ database })])
  for (const one of started) if (one.status === 'fulfilled') await one.value.core.close()
  expect(started.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
})

test('with DATABASE_URL it has to be set: nothing is made, and the line says how', async () => {
  const installation = await install({ DATABASE_URL: database, DATA_DIR: dataDir, PORT: '0' })
  onTestFinished(installation.remove)
  const line =
    'SECRET_KEY: with DATABASE_URL it has to be set, the same for each process: `openssl rand -base64 32` makes one.\n'
  expect(await installation.service()).toEqual({ code: 1, out: '', error: line })

  const service = await startTestService({ database })
  await service.close()
  const { code, error } = await installation.service()
  expect([code, error]).toEqual([
    1,
    expect.stringMatching(/^SECRET_KEY: the database has a key, which is neither/),
  ])
  expect(existsSync(keyFile())).toBe(false)
})

test('books of before tell their key by their latest transfer, and know it from the next start on', async () => {
  const first = await openTestCore({ database })
  await first.client.issue(newcomer(), '1')
  await first.core.close()
  await ask('delete from secret_keys')

  await expect(openTestCore({ database })).rejects.toThrow(/^SECRET_KEY: it is not the key/)
  expect(await hasKey()).toBe(false)
  const again = await openTestCore({ database, secretKey: first.secretKey })
  await again.core.close()
  expect(await hasKey()).toBe(true)
})

test('a key that is kept is used, also with DATABASE_URL; a new one is kept for empty books alone', async () => {
  const own = readConfig({ DATA_DIR: dataDir })
  const kept = newSecret()
  await writeFile(keyFile(), `${kept}\n`)
  expect(await secretKeyFor(readConfig({ DATA_DIR: dataDir, DATABASE_URL: database }), database)).toBe(kept)
  await writeFile(keyFile(), 'half')
  await expect(secretKeyFor(own, database)).rejects.toThrow(/^SECRET_KEY: the key in .* is not whole/)

  await rm(keyFile())
  const made = await secretKeyFor(own, database)
  expect(await readFile(keyFile(), 'utf8')).toBe(made)
  const core = await openTestCore({ database, secretKey: made })
  await core.client.issue(newcomer(), '1')
  await core.core.close()
  await rm(keyFile())
  for (const forget of ['select 1', 'delete from secret_keys']) {
    await ask(forget)
    await expect(secretKeyFor(own, database)).rejects.toThrow(/^SECRET_KEY: the database has a key/)
  }
  expect(existsSync(keyFile())).toBe(false)
})

test('where it is lost, open transfers go back to their senders, and another key is taken', async () => {
  const first = await startTestService({ database, roles: 'api' })
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
  await first.client.issue(ada, '100')
  const open = await first.client.send(ada, '20', { to: ben })
  await first.client.issue(ada, '7', { asset: 'FLASH' })
  const due = await first.client.send(ada, '7', { asset: 'FLASH' })
  const { code } = await first.client.send(ada, '30')
  await first.client.collect(code, ben)

  const key = newSecret()
  const installation = await install({ DATABASE_URL: database, DATA_DIR: dataDir, SECRET_KEY: key })
  onTestFinished(installation.remove)
  const replaceKey = (...words: string[]) => installation.passalong(['replace-key', ...words])
  expect(await replaceKey()).toMatchObject({
    code: 2,
    error: 'DATABASE_URL: the service runs on these books: stop it first.\n',
  })
  await first.close()
  await expect
    .poll(() => ask("select from transfers where state = 'open' and expires_at < now()"))
    .toHaveLength(1)

  expect(await replaceKey('--dry-run')).toMatchObject({
    code: 0,
    out: 'Open transfers that would be given back: 2. Then the new key would be taken.\n',
  })
  expect(await ask("select from transfers where state = 'open'")).toHaveLength(2)
  await expect(startTestService({ database, secretKey: key })).rejects.toThrow(/^SECRET_KEY: it is not/)
  for (const more of [{ SECRET_KEY: '' }, { SECRET_KEY: first.secretKey }]) {
    const { code: exit, error } = await installation.passalong(['replace-key'], { env: more })
    expect([exit, error]).toEqual([
      2,
      expect.stringMatching(/^SECRET_KEY: (with DATABASE_URL|it is the key of)/),
    ])
  }

  expect(await replaceKey('--json')).toEqual({ code: 0, out: '{"returned":2,"dryRun":false}\n', error: '' })
  await expect(startTestService({ database, secretKey: first.secretKey })).rejects.toThrow(
    /^SECRET_KEY: it is/,
  )
  const second = await startTestService({ database, secretKey: key })
  onTestFinished(second.close)
  expect(await second.client.balance(ada)).toBe('70.00')
  expect(await second.client.transfer(open.id)).toMatchObject({ state: 'cancelled' })
  expect(await second.client.transfer(due.id)).toMatchObject({ state: 'returned' })
  expect(await second.client.balance(ada, 'FLASH')).toBe('7.00')
  const next = await second.client.send(ada, '5')
  await second.client.collect(next.code, ben)
  expect(await second.client.balance(ben)).toBe('35.00')
  expect(await installation.passalong(['audit'])).toMatchObject({ code: 0 })
})

test('with the embedded Postgres the new key is made, where there is none, and kept', async () => {
  const installation = await install()
  onTestFinished(installation.remove)
  const folder = join(installation.folder, 'data')
  const server = await startEmbeddedPostgres(folder)
  await migrate(server.url)
  const { core, client } = await openTestCore({ database: server.url })
  const ada = newcomer('Ada')
  await client.issue(ada, '100')
  await client.send(ada, '20')
  await core.close()
  expect((await installation.passalong(['replace-key'])).error).toMatch(
    /^Another passalong is running on DATA_DIR/,
  )
  await server.stop()

  // Root replaces the key of a service that is another user's.
  if (process.getuid?.() === 0) await chown(folder, 54_321, 54_321)
  expect((await installation.passalong(['issue', '1', 'telegram:1'])).error).toMatch(
    /^SECRET_KEY: the database has/,
  )
  expect(await installation.passalong(['replace-key'])).toEqual({
    code: 0,
    out: 'Open transfers given back: 1. The new key is taken: start the service.\n',
    error: '',
  })
  const { mode, uid } = await stat(join(folder, 'secret.key'))
  expect([mode & 0o777, uid]).toEqual([0o600, (await stat(folder)).uid])
  expect((await installation.passalong(['replace-key'])).error).toMatch(
    /^SECRET_KEY: it is the key of these books/,
  )
  expect(await installation.passalong(['withdraw', '100', `telegram:${ada.id}`])).toMatchObject({ code: 0 })
})
