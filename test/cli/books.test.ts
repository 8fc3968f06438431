import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { openSql } from '../../db/drivers.ts'
import { commandLine } from '../support/command-line.ts'
import { freshDatabase } from '../support/database.ts'
import { type Installation, install } from '../support/installation.ts'
import { startTestService } from '../support/service.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let installation: Installation
beforeAll(async () => {
  service = await startTestService()
  installation = await install()
})
afterAll(async () => {
  await service.close()
  await installation.remove()
})

const COMMANDS = [
  ['issue', '1', 'telegram:1'],
  ['withdraw', '1', 'telegram:1'],
  ['token', 'shop'],
  ['audit'],
  ['replace-key'],
]

test('no command makes books where there are none, neither in a folder nor in a database', async () => {
  const dataDir = join(await emptyFolder(), 'data')
  const database = await freshDatabase()
  onTestFinished(database.drop)
  await execute(database.url, 'drop schema drizzle cascade')
  for (const words of COMMANDS) {
    expect(await commandLine({ DATABASE_URL: '', DATA_DIR: dataDir }).call(words)).toEqual({
      code: 2,
      out: '',
      error: `DATA_DIR: there are no books in ${dataDir}. Set DATA_DIR or DATABASE_URL as the service has it, or start the service once.\n`,
    })
    expect(await commandLine({ DATABASE_URL: database.url }).call(words)).toEqual({
      code: 2,
      out: '',
      error:
        'DATABASE_URL: there are no books in that database. Set it as the service has it, or start the service once.\n',
    })
  }
  expect(existsSync(dataDir)).toBe(false)
})

test('books of another version are left as they are', async () => {
  const database = await freshDatabase()
  onTestFinished(database.drop)
  const { call } = commandLine({ DATABASE_URL: database.url })
  const newest = '(select max(created_at) from drizzle.__drizzle_migrations)'
  await execute(
    database.url,
    `update drizzle.__drizzle_migrations set created_at = created_at + 1 where created_at = ${newest}`,
  )
  for (const words of COMMANDS)
    expect((await call(words)).error).toBe(
      'DATABASE_URL: the books in that database are of a later version than this passalong, which is to be updated.\n',
    )
  await execute(database.url, `delete from drizzle.__drizzle_migrations where created_at = ${newest}`)
  for (const words of COMMANDS)
    expect((await call(words)).error).toBe(
      'DATABASE_URL: the books in that database are of an earlier version. Start the service of this one once, which brings them up to date.\n',
    )
})

test('an asset that the service does not deal in yet is not issued', async () => {
  const file = join(await emptyFolder(), 'assets.json')
  await writeFile(file, '[{ "code": "CREDIT" }, { "code": "FLASH" }, { "code": "POINT", "scale": 0 }]')
  const env = { DATABASE_URL: service.database, SECRET_KEY: service.secretKey, ASSETS: file }
  const { code, error } = await installation.passalong(['issue', '1', 'POINT', 'telegram:1'], { env })
  expect([code, error]).toEqual([
    2,
    'ASSETS: POINT is not in the books yet: start the service with it once, so that it deals in it.\n',
  ])
})

test('it is called by any link, from any folder, with another Node or none, with no home, and means its own installation', async () => {
  const elsewhere = await emptyFolder()
  await writeFile(join(elsewhere, '.env'), 'DATABASE_URL=postgres://somebody@else:1/s\nPORT=http\n')
  await writeFile(
    join(installation.folder, '.env'),
    `DATABASE_URL=${service.database}\nSECRET_KEY=${service.secretKey}\n`,
  )
  onTestFinished(() => rm(join(installation.folder, '.env')))
  const [bin, other] = [join(elsewhere, 'a bin'), join(elsewhere, 'other')]
  await mkdir(bin)
  await mkdir(other)
  await writeFile(join(other, 'node'), '#!/bin/sh\necho another node\nexit 99\n', { mode: 0o755 })
  await symlink(join(installation.folder, 'src/passalong'), join(elsewhere, 'first'))
  await symlink('../first', join(bin, 'passalong'))

  const env = { PATH: `${other}:/usr/bin:/bin`, HOME: '/nowhere', CDPATH: '/' }
  for (const program of [join(bin, 'passalong'), 'a bin/passalong'])
    expect(await installation.run(program, ['audit'], { env, cwd: elsewhere })).toMatchObject({
      code: 0,
      error: '',
      out: expect.stringContaining('The books are right'),
    })
})

test('where the packages are not installed it says so', async () => {
  const bare = await install()
  onTestFinished(bare.remove)
  await rm(join(bare.folder, 'node_modules'))
  expect(await bare.passalong(['audit'])).toEqual({
    code: 2,
    out: '',
    error: `passalong: its packages are not installed: run npm install in ${bare.folder}\n`,
  })
})

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'passalong-cli-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

async function execute(url: string, statement: string): Promise<void> {
  const sql = openSql(url, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(statement)
  } finally {
    await sql.end()
  }
}
