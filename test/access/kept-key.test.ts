import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import {
  isOwnSecretKey,
  keepNewSecretKey,
  keepSecretKey,
  LOST,
  replaceSecretKey,
  secretKeyFor,
  takeSecretKey,
  WRONG,
} from '../../src/access/secret-key.ts'
import { ConfigError, readConfig } from '../../src/config.ts'
import { freshDatabase } from '../support/database.ts'
import { newcomer, openTestCore } from '../support/service.ts'

let service: Awaited<ReturnType<typeof openTestCore>>
beforeAll(async () => {
  service = await openTestCore({ roles: 'api' })
})
afterAll(() => service.close())

const KEY = 'a key of 32 characters, or longer'
/** A data folder that isn't there yet, and the settings of a service with it. */
async function place(more: Record<string, string> = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'passalong-key-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const dataDir = join(folder, randomUUID(), 'data')
  return { dataDir, file: join(dataDir, 'secret.key'), config: readConfig({ DATA_DIR: dataDir, ...more }) }
}

test('a new key is kept for the folder’s owner alone, and one that is there stays', async () => {
  const { dataDir, file, config } = await place()
  const made = await keepNewSecretKey(config)
  expect(made).toMatch(/^[\w-]{43}$/)
  expect(await keepNewSecretKey(config)).toBe(made)
  await keepSecretKey(config, KEY)
  expect(await readFile(file, 'utf8')).toBe(made)
  expect((await stat(file)).mode & 0o777).toBe(0o600)

  await rm(file)
  // Root may run the command line for a service that is another user's.
  if (process.getuid?.() === 0) await chown(dataDir, 54_321, 54_322)
  await keepSecretKey(config, KEY)
  const [{ uid, gid }, owner] = [await stat(file), await stat(dataDir)]
  expect([uid, gid]).toEqual([owner.uid, owner.gid])
})

test('a key that cannot be read or written, or is not whole, is told, and no other one is made', async () => {
  const { dataDir, file, config } = await place()
  const { database } = service
  await mkdir(file, { recursive: true })
  const message = `SECRET_KEY: the key in ${file} cannot be read (EISDIR).`
  await expect(secretKeyFor(config, database)).rejects.toThrow(new ConfigError(message))
  await rm(dataDir, { recursive: true })

  await mkdir(dataDir, { recursive: true })
  await writeFile(file, `${'k'.repeat(31)}\n`)
  await expect(secretKeyFor(config, database)).rejects.toThrow(
    new ConfigError(`SECRET_KEY: the key in ${file} is not whole: restore it from a backup.`),
  )
  await writeFile(file, ` ${'k'.repeat(32)}\n`)
  expect(await secretKeyFor(config, database)).toBe('k'.repeat(32))
})

test.skipIf(!existsSync('/proc/self'))('a folder that takes no file is told', async () => {
  await expect(keepSecretKey(readConfig({ DATA_DIR: '/proc/self' }), KEY)).rejects.toMatchObject({
    syscall: 'open',
  })
})

test('books have one key, which their latest transfer was made with', async () => {
  const { core, client, secretKey, database } = service
  const { db } = core
  const forget = () => db.execute(sql`delete from secret_keys`)
  const hash = async () =>
    (await db.execute(sql`select encode(hash, 'hex') as hash from secret_keys`))[0]?.hash
  const { config } = await place()

  await forget()
  expect(await isOwnSecretKey(db, secretKey)).toBe(false)
  await takeSecretKey(db, KEY)
  expect(await hash()).toBe('4e0bab6998864f809b8ef058143f34034c564ca638ba348f2561ceec6f61c730')
  await expect(takeSecretKey(db, secretKey)).rejects.toThrow(new ConfigError(WRONG))
  await expect(secretKeyFor(config, database)).rejects.toThrow(new ConfigError(LOST))
  await replaceSecretKey(db, secretKey)
  expect([await isOwnSecretKey(db, secretKey), await isOwnSecretKey(db, KEY)]).toEqual([true, false])

  await forget()
  const ada = newcomer()
  await client.issue(ada, '2')
  const { id } = await client.send(ada, '1')
  await client.reissue(id, ada)
  await expect(takeSecretKey(db, KEY)).rejects.toThrow(new ConfigError(WRONG))
  expect(await hash()).toBeUndefined()
  await expect(secretKeyFor(config, database)).rejects.toThrow(new ConfigError(LOST))
  await takeSecretKey(db, secretKey)
  expect(await isOwnSecretKey(db, secretKey)).toBe(true)

  await forget()
  await replaceSecretKey(db, KEY)
  await takeSecretKey(db, KEY)
  expect(await isOwnSecretKey(db, KEY)).toBe(true)
  await replaceSecretKey(db, secretKey)
})

test('what to do is said to whoever has lost it', () => {
  const replace =
    'Where it is lost, `replace-key` of the command line gives all open transfers back and takes another key.'
  expect(WRONG).toBe(
    `SECRET_KEY: it is not the key that the transfers in the database were made with; set that one, or bring DATA_DIR/secret.key back from a backup. ${replace}`,
  )
  expect(LOST).toBe(
    `SECRET_KEY: the database has a key, which is neither set nor kept in DATA_DIR; set it, or bring DATA_DIR/secret.key back from a backup. ${replace}`,
  )
})

test('empty books get a new key in the data folder, but with DATABASE_URL nothing is made', async () => {
  const fresh = await freshDatabase()
  onTestFinished(fresh.drop)
  const elsewhere = await place({ DATABASE_URL: fresh.url })
  await expect(secretKeyFor(elsewhere.config, fresh.url)).rejects.toThrow(
    new ConfigError(
      'SECRET_KEY: with DATABASE_URL it has to be set, the same for each process: `openssl rand -base64 32` makes one.',
    ),
  )
  expect(existsSync(elsewhere.file)).toBe(false)
  const here = await place()
  const made = await secretKeyFor(here.config, fresh.url)
  expect(await readFile(here.file, 'utf8')).toBe(made)
  const name = new URL(fresh.url).pathname.slice(1)
  await expect
    .poll(() => service.core.sql`select from pg_stat_activity where datname = ${name}`)
    .toHaveLength(0)
  expect(await secretKeyFor(await place({ SECRET_KEY: KEY }).then(({ config }) => config), fresh.url)).toBe(
    KEY,
  )
})
