import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { connect } from '../db/postgres.ts'
import { newSecret } from '../src/codes.ts'
import { clientOf, newcomer, startTestService } from './support/service.ts'

let service: Awaited<ReturnType<typeof startTestService>>
let dataDir: string
beforeAll(async () => {
  service = await startTestService({
    assets: [{ code: 'CREDIT', scale: 2, symbols: [], maxTransfer: 2000_00n, lifetime: 60 }],
  })
  dataDir = await emptyFolder()
})
afterAll(async () => {
  await service.close()
  await rm(dataDir, { recursive: true, force: true })
})

test('token prints a token that the API takes, and nothing else', async () => {
  const { out, error, code } = await passalong('token', 'shop')
  expect([code, error]).toEqual([0, ''])
  expect(out).toMatch(/^pa_[\w-]{43}\n$/)
  const client = clientOf((path, init) => fetch(service.url + path, init), out.trim())
  expect(await client.balance(newcomer())).toBe('0.00')
})

test('issue puts money into circulation, in the asset that is named or meant', async () => {
  const ada = newcomer('Ada')
  expect(await passalong('issue', '99.5', `telegram:${ada.id}`)).toMatchObject({
    code: 0,
    out: `Issued to telegram:${ada.id}: 99.50 CREDIT\n`,
  })
  expect(await passalong('issue', '1.2k', 'credit', `telegram:${ada.id}`)).toMatchObject({ code: 0 })
  expect(await service.client.balance(ada)).toBe('1299.50')
})

test.each<[what: string, words: string[], line: string]>([
  ['an amount that is none', ['issue', 'twenty', 'telegram:1'], '"twenty" is not an amount'],
  ['an amount that reads two ways', ['issue', '1,50', 'telegram:1'], '"1,50" can be read in two ways'],
  [
    'an asset that there is not',
    ['issue', '1', 'DOGE', 'telegram:1'],
    'There is no asset DOGE. There are: CREDIT.',
  ],
  ['a person without a messenger', ['issue', '1', 'ada'], '"ada" is not a person'],
  ['a person in another shape', ['issue', '1', 'CREDIT', 'telegram:a b'], '"telegram:a b" is not a person'],
  ['a name with blanks', ['token', 'my shop'], 'NAME: 1 to 64 letters'],
  ['a name of the service’s own', ['token', 'pages'], 'NAME: the service itself goes by "pages"'],
  ['the name of a messenger of ours', ['token', 'telegram'], 'NAME: the service itself goes by "telegram"'],
])('%s is refused in one line, and moves nothing', async (_what, words, line) => {
  const before = await countEntries()
  const { code, out, error } = await passalong(...words)
  expect([code, out]).toEqual([2, ''])
  expect(error).toContain(line)
  expect(error.trim()).not.toContain('\n')
  expect(await countEntries()).toBe(before)
})

test.each([[['issue']], [['issue', '1']], [['token']], [['steal']], [[]]])(
  'what is not a whole command is answered with how it goes: %j',
  async (words) => {
    const { code, out, error } = await passalong(...words)
    expect(code).toBe(1)
    expect(out + error).toContain('USAGE')
  },
)

test('a setting that is wrong, or does not fit the books, is refused in a line that names it', async () => {
  const cases: [env: Record<string, string>, line: string][] = [
    [{ PORT: 'http' }, 'PORT: '],
    [{ DATABASE_URL: 'mysql://db' }, 'DATABASE_URL: '],
    [{ SECRET_KEY: newSecret() }, 'SECRET_KEY: it is not the key'],
  ]
  await service.client.issue(newcomer(), '1')
  for (const [env, line] of cases) {
    const { code, out, error } = await passalongIn(env, 'token', 'shop')
    expect([code, out]).toEqual([2, ''])
    expect(error).toContain(line)
    expect(error.trim()).not.toContain('\n')
  }
})

test('a database that cannot be reached is told of in one line, without its password', async () => {
  const nowhere = 'postgres://passalong:hunter2hunter2@127.0.0.1:1/passalong'
  const { code, error } = await passalongIn({ DATABASE_URL: nowhere }, 'audit')
  expect(code).toBe(2)
  expect(error.trim()).toMatch(
    /^DATABASE_URL: 127\.0\.0\.1:1 cannot be reached \(connect ECONNREFUSED [^\n]*$/,
  )
})

test('a query that fails is told of in one line, without what was given to it', async () => {
  const { sql, close } = connect(service.database)
  onTestFinished(close)
  await sql`alter table identities rename to identities_of_yesterday`
  const { code, error } = await passalong('issue', '1', 'telegram:987654321')
  await sql`alter table identities_of_yesterday rename to identities`
  expect(code).toBe(2)
  expect(error.trim()).toBe('passalong failed: relation "identities" does not exist')
})

test('audit ends with 0 where the books are right, and with 1, saying what is wrong, where they are not', async () => {
  const right = await passalong('audit')
  expect(right.code).toBe(0)
  expect(right.out).toMatch(/^The books are right: \d+ accounts, \d+ transfers, \d+ entries recomputed\.\n$/)

  const { sql, close } = connect(service.database)
  onTestFinished(close)
  await sql.unsafe(`
    alter table accounts disable trigger user;
    update accounts set balance = balance - 1 where kind = 'issuer';
    alter table accounts enable trigger user`)
  const wrong = await passalong('audit')
  expect(wrong.code).toBe(1)
  expect(wrong.out.trim().split('\n')).toEqual([
    expect.stringMatching(/^Account [0-9a-f-]{36} says -\d+, its entries -\d+\.$/),
    'CREDIT: balances and open transfers add up to -1, not to 0.',
    expect.stringMatching(/^THE BOOKS ARE WRONG: /),
  ])
})

interface Outcome {
  code: number
  out: string
  error: string
}

const CLI = fileURLToPath(new URL('../src/cli.ts', import.meta.url))

const passalong = (...words: string[]) => passalongIn({}, ...words)

/** Runs the command beside the service, in a folder without an `.env`. */
const passalongIn = (env: Record<string, string>, ...words: string[]): Promise<Outcome> =>
  new Promise((resolve) => {
    const { PATH = '' } = process.env
    const settings = {
      PATH,
      DATA_DIR: dataDir,
      DATABASE_URL: service.database,
      SECRET_KEY: service.secretKey,
      ...env,
    }
    const options = { env: settings, cwd: dataDir, timeout: 25_000 }
    execFile(process.execPath, [CLI, ...words], options, (failure, out, error) =>
      resolve({ code: failure ? Number(failure.code ?? -1) : 0, out, error }),
    )
  })

async function countEntries(): Promise<number> {
  const { sql, close } = connect(service.database)
  try {
    const [row] = await sql`select count(*)::int as count from entries`
    return row?.count
  } finally {
    await close()
  }
}

async function emptyFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'passalong-cli-'))
  // Postgres runs as another user where the tests run as root.
  await chmod(folder, 0o755)
  return folder
}
