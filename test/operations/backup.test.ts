import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { openSql } from '../../db/drivers.ts'
import { connect, migrate } from '../../db/postgres.ts'
import { newSecret } from '../../src/access/codes.ts'
import { readConfig } from '../../src/config.ts'
import { auditBooks } from '../../src/operations/audit.ts'
import { readLines } from '../../src/operations/backup/file.ts'
import { restoreBackup } from '../../src/operations/backup/restore.ts'
import { writeBackup } from '../../src/operations/backup/write.ts'
import { openLog } from '../../src/operations/log.ts'
import { startService } from '../../src/service.ts'
import { emptyDatabase } from '../old-books/restore.ts'
import { commandLine } from '../support/command-line.ts'
import { freshDatabase } from '../support/database.ts'
import { clientOf, newcomer, rich, startTestService } from '../support/service.ts'

/** A passphrase that nobody guesses. */
const PASSPHRASE = 'only for these tests, here'

type Service = Awaited<ReturnType<typeof startTestService>>
let service: Service
let folder: string
/** A backup of those books, with two transfers open in them. */
let file: string
/** Where it was restored. */
let place: Awaited<ReturnType<typeof emptyPlace>>
let restored: { code: number; out: string }
let code: string
let id: string

const drops: (() => Promise<void>)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'passalong-backups-'))
  await chmod(folder, 0o755)
  service = await startTestService()
  const { client } = service
  const [ada] = await rich(client, '100', newcomer())
  const sent = await client.send(ada, '20', { note: 'tab\tline\nback\\slash ⟂ \u2028 “quotes”' })
  ;({ id } = sent)
  code = sent.code ?? ''
  await client.post(`/v1/transfers/${id}/cards`, {
    messenger: 'telegram',
    chat: '-1',
    message: '7',
    language: 'en',
    drawn: 'open',
  })
  await client.send(ada, '5', { to: newcomer('Ben') })
  file = join(folder, 'backup.sql.gz')
  await backUp(file)
  place = await emptyPlace()
  restored = await place.call(['restore', file])
})
afterAll(async () => {
  for (const drop of drops) await drop()
  await service?.close()
  await rm(folder, { recursive: true, force: true })
})

const settings = (more: Record<string, string> = {}) =>
  commandLine({
    DATABASE_URL: service.database,
    SECRET_KEY: service.secretKey,
    DATA_DIR: join(folder, 'none'),
    ...more,
  })

async function backUp(name: string, more: Record<string, string> = {}, ...flags: string[]) {
  const done = await settings(more).call(['backup', name, ...flags])
  expect(done).toMatchObject({ code: 0, error: '' })
  return done.out
}

/** A database without anything, and the command line on it. */
async function emptyPlace(more: Record<string, string> = {}) {
  const { url, drop } = await emptyDatabase()
  drops.push(drop)
  const dataDir = await mkdtemp(join(folder, 'data-'))
  return { url, dataDir, ...commandLine({ DATABASE_URL: url, SECRET_KEY: '', DATA_DIR: dataDir, ...more }) }
}

async function query(url: string, text: string) {
  const sql = openSql(url, { max: 1, onnotice: () => {} })
  try {
    return [...(await sql.unsafe(text))]
  } finally {
    await sql.end()
  }
}

/** What is in every table, as text. */
async function contentOf(url: string): Promise<Record<string, string>> {
  const tables = await query(
    url,
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'drizzle') order by 1`,
  )
  const all: Record<string, string> = {}
  // The worker notes there when it looked for what is over.
  for (const { name } of tables.filter(({ name }) => name !== 'public.sweeps')) {
    const rows = await query(url, `select t::text as row from ${name} t order by 1`)
    all[name] = rows.map(({ row }) => row).join('\n')
  }
  return all
}

test('what was backed up is there again to the last row, and only its owner can read the file', async () => {
  expect(restored.code).toBe(0)
  expect(restored.out).toContain('The books are right.')
  expect(await contentOf(place.url)).toEqual(await contentOf(service.database))
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  // Counters go on behind the last number, and every rule of the database is there again.
  const rules = `select conname, pg_get_constraintdef(oid) as rule, convalidated from pg_constraint where connamespace = 'public'::regnamespace order by 1, conrelid::regclass::text`
  expect(await query(place.url, rules)).toEqual(await query(service.database, rules))
  const triggers = `select tgname, tgenabled from pg_trigger where not tgisinternal order by 1, tgrelid::regclass::text`
  expect(await query(place.url, triggers)).toEqual(await query(service.database, triggers))
})

test('books that are moved under load into a folder of their own are those of one moment, and go on from there', async () => {
  const { client } = service
  const [cy] = await rich(client, '1000', newcomer('Cy'))
  let isOver = false
  const load = (async () => {
    for (let sent = 0; !isOver; sent++) await client.send(cy, '0.01', { key: `load-${sent}` })
  })()
  const name = join(folder, 'moving.sql.gz')
  await backUp(name)
  isOver = true
  await load
  const dataDir = await mkdtemp(join(folder, 'moved-'))
  await chmod(dataDir, 0o755)
  const there = commandLine({ DATABASE_URL: '', SECRET_KEY: '', DATA_DIR: dataDir })
  const restored = await there.json<{ right: boolean; secretKey: string }>(['restore', name])
  expect(restored).toMatchObject({ right: true, secretKey: 'kept' })
  expect((await stat(join(dataDir, 'secret.key'))).mode & 0o777).toBe(0o600)

  const moved = await startService(
    readConfig({ DATA_DIR: dataDir, PORT: '0', ROLES: 'api,worker' }),
    openLog(() => {}),
  )
  onTestFinished(moved.close)
  const token = (await there.call(['token', 'drill', '--may', 'all'])).out.trim()
  const api = clientOf((path, init) => fetch(moved.url + path, init), token)
  // From there they can move on.
  expect((await there.call(['backup', join(folder, 'moved.sql.gz')])).code).toBe(0)
  const ben = newcomer('Ben')
  expect((await api.collect(code, ben)).amount).toBe('20.00')
  expect(await api.balance(ben)).toBe('20.00')
  // The card that stood there before is redrawn.
  const taken: string[] = []
  await expect
    .poll(async () => {
      const { items } = await api.post<{ items: { kind: string }[] }>('/v1/deliveries/telegram/take', {
        limit: 100,
        seconds: 1,
      })
      taken.push(...items.map(({ kind }) => kind))
      return taken
    })
    .toContain('redraw')
})

test('what messengers were still to be told is told by those who restore it', async () => {
  const jobs = `select name, data ->> 'kind' as kind, singleton_key from pgboss.job where state < 'completed' order by 1, 2, 3`
  const waiting = await query(place.url, jobs)
  expect(waiting.length).toBeGreaterThan(0)
  expect(waiting.map(({ name }) => name)).toContain('deliveries-telegram')
})

test('an encrypted one is opened by its passphrase alone', async () => {
  const name = join(folder, 'backup.age')
  expect(await backUp(name, { BACKUP_PASSPHRASE: PASSPHRASE })).toContain('It is encrypted')
  const bytes = await readFile(name, 'latin1')
  expect(bytes.startsWith('age-encryption.org/v1\n-> scrypt ')).toBe(true)
  const none = await (await emptyPlace()).call(['restore', name])
  expect(none).toMatchObject({ code: 2, error: expect.stringContaining('set BACKUP_PASSPHRASE') })
  const wrong = await emptyPlace({ BACKUP_PASSPHRASE: `${PASSPHRASE}!` })
  expect((await wrong.call(['restore', name])).error).toContain("BACKUP_PASSPHRASE: it doesn't open")
  const right = await emptyPlace({ BACKUP_PASSPHRASE: PASSPHRASE })
  expect((await right.call(['restore', name])).code).toBe(0)
})

test('without the key it says what that means, and takes no other one', async () => {
  const name = join(folder, 'keyless.sql.gz')
  await backUp(name, {}, '--without-key')
  expect(gunzipSync(await readFile(name)).toString()).not.toContain(service.secretKey)
  const place = await emptyPlace()
  const { out } = await place.call(['restore', name])
  expect(out).toContain('set SECRET_KEY to it')
  expect(existsSync(join(place.dataDir, 'secret.key'))).toBe(false)
  const other = await emptyPlace({ SECRET_KEY: newSecret() })
  expect((await other.call(['restore', name])).error).toContain('it is not the key of the books')
  expect(
    await query(other.url, `select 1 from pg_tables where schemaname in ('public', 'pgboss', 'drizzle')`),
  ).toEqual([])
})

test('one that is cut, changed, or of something else is refused, and leaves the place empty', async () => {
  const text = gunzipSync(await readFile(file)).toString()
  const broken: [string, Buffer, RegExp][] = [
    ['cut', (await readFile(file)).subarray(0, 3000), /is not whole/],
    ['without its end', gzipSync(text.slice(0, text.lastIndexOf('-- passalong end'))), /its end is missing/],
    ['another balance', gzipSync(text.replace('“quotes”', '“quotas”')), /its content was changed/],
    ['of something else', gzipSync('hello\n'), /is no backup/],
    ['no file of that kind', Buffer.from('hello'), /is not whole, or no backup/],
    [
      'of other balances',
      gzipSync(text.replace(/"root":"\w+"/, `"root":"${'0'.repeat(64)}"`)),
      /the balances are others/,
    ],
    [
      'of more rows',
      gzipSync(text.replace(/"public.entries":\d+/, '"public.entries":99')),
      /public.entries has \d+ rows, and had 99/,
    ],
    [
      'of a later version',
      gzipSync(text.replace(/"migration":\d+/, '"migration":9999999999999')),
      /update this one first/,
    ],
  ]
  const empty = await emptyPlace()
  for (const [what, bytes, reason] of broken) {
    const name = join(folder, `broken-${what}`)
    await writeFile(name, bytes)
    const { code: exit, error } = await empty.call(['restore', name])
    expect({ what, exit, error }).toEqual({ what, exit: 2, error: expect.stringMatching(reason) })
    expect(
      await query(empty.url, `select 1 from pg_tables where schemaname in ('public', 'pgboss', 'drizzle')`),
    ).toEqual([])
  }
  expect((await empty.call(['restore', join(folder, 'missing')])).error).toContain('cannot be read')
  // The same place takes a whole one.
  expect((await empty.call(['restore', file])).code).toBe(0)
  // And then no other.
  expect((await empty.call(['restore', file])).error).toContain('There are books already')
})

test('a file that is cut is read to where it was cut, and no further, wherever that is', async () => {
  // As long as books are that take some reading.
  const whole = gzipSync(randomBytes(50_000).toString('hex').replace(/.{60}/g, '$&\n'))
  const name = join(folder, 'cut')
  for (let end = 30; end < whole.length; end += Math.ceil(whole.length / 50)) {
    await writeFile(name, whole.subarray(0, end))
    const read = Array.fromAsync(readLines(name, undefined))
    await expect(read).rejects.toThrow(/is not whole/)
  }
})

test('a balance that somebody has changed by hand is found when it is restored', async () => {
  await query(
    place.url,
    `alter table entries disable trigger user; update entries set amount = amount + 1 where id = (select min(id) from entries where amount > 0)`,
  )
  const bent = join(folder, 'bent.sql.gz')
  const there = commandLine({
    DATABASE_URL: place.url,
    SECRET_KEY: service.secretKey,
    DATA_DIR: place.dataDir,
  })
  expect((await there.call(['backup', bent])).code).toBe(0)
  const next = await emptyPlace()
  const { code: exit, out } = await next.call(['restore', bent])
  expect(exit).toBe(1)
  expect(out).toContain('THE BOOKS ARE WRONG')
})

test('no file is written over, nor left in part', async () => {
  const before = await readFile(file)
  expect((await settings().call(['backup', file])).error).toContain('is there already')
  expect(await readFile(file)).toEqual(before)
  expect((await settings().call(['backup', join(folder, 'no', 'such')])).error).toContain('cannot be written')
  expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
})

test('books of an earlier version are restored as they were, and brought up to date; a start does so, too, and says so, but takes no later ones', async () => {
  const old = await emptyDatabase()
  onTestFinished(old.drop)
  await query(old.url, await readFile(new URL('../old-books/books.sql', import.meta.url), 'utf8'))
  const { sql, close } = connect(old.url)
  const name = join(folder, 'old.sql.gz')
  // Somebody else's.
  await sql`create table invoices (id int primary key)`
  await writeBackup(sql, name, {})
  await close()
  const place = await emptyPlace()
  await query(place.url, 'create table invoices (id int primary key); insert into invoices values (7)')
  const restored = await restoreBackup(name, {
    url: place.url,
    passphrase: undefined,
    secretKey: undefined,
    log: openLog(() => {}),
  })
  expect(restored.isOlder).toBe(true)
  expect(await query(place.url, 'select id from invoices')).toEqual([{ id: 7 }])
  const books = connect(place.url)
  onTestFinished(books.close)
  expect((await auditBooks(books.db)).faults).toEqual([])

  const told: number[] = []
  for (const _ of ['at the first start', 'at the next one'])
    await migrate(old.url, (migrations) => void told.push(migrations))
  expect(told).toEqual([expect.any(Number)])
  await query(old.url, `update drizzle.__drizzle_migrations set created_at = created_at + 1e12`)
  await expect(migrate(old.url)).rejects.toThrow('later version than this passalong')
})

test('with BACKUP_DIR one is made each day by one process alone, and the oldest ones go', async () => {
  const { url, drop } = await freshDatabase()
  onTestFinished(drop)
  const backups = join(folder, 'daily')
  await mkdir(backups)
  for (const day of ['01', '02', '03'])
    await writeFile(join(backups, `passalong-202611${day}T000000Z.sql.gz`), '')
  await writeFile(join(backups, 'notes.txt'), '')
  await writeFile(join(backups, 'passalong-20261103T000000Z.sql.gz.0123-ab.part'), '')
  const environment = { DATABASE_URL: url, SECRET_KEY: newSecret(), BACKUP_DIR: backups, BACKUP_KEEP: '2' }
  // The process that makes it has the same variables.
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  const log: string[] = []
  const start = () =>
    startService(
      readConfig({ ...environment, DATA_DIR: join(folder, 'none'), PORT: '0', ROLES: 'api,worker' }),
      openLog((line) => void log.push(line)),
    )
  const first = await start()
  onTestFinished(first.close)
  const second = await start()
  onTestFinished(second.close)
  const made = () => log.filter((line) => line.includes('a backup was made'))
  await expect.poll(made).toHaveLength(1)
  const names = (await readdir(backups)).sort()
  expect(names).toHaveLength(3)
  expect(names.slice(0, 2)).toEqual(['notes.txt', 'passalong-20261103T000000Z.sql.gz'])
  expect(gunzipSync(await readFile(join(backups, names[2] ?? ''))).toString()).toContain('-- passalong end')
  const metrics = async () => (await fetch(`${first.url}/metrics`)).text()
  expect(await metrics()).toContain('passalong_backup_finished_timestamp_seconds')
  expect(made()).toHaveLength(1)
})
