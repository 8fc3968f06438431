import { createHmac } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { BlockList } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { messengers } from '../bots/registry.ts'
import { codeHashOf, codeOf } from '../src/access/codes.ts'
import { type Config, ConfigError, Environment, readConfig as read } from '../src/config.ts'
import { secretsOf } from '../src/shared/settings.ts'
import { newcomer, openTestCore } from './support/service.ts'

const readConfig = (env?: Record<string, string | undefined>) => read(env, messengers)

const DISCORD_TOKEN = 'MTA0OTU2.GhIjKl.s3cr3t-s3cr3t_s3cr3t'
const TELEGRAM = { TELEGRAM_BOT_TOKEN: '123456:ABC-DEF' }

test('with nothing set, all has a default: loopback, port 3000, the playground, CREDIT with two decimals', () => {
  expect(readConfig({})).toEqual({
    host: '127.0.0.1',
    port: 3000,
    publicUrl: undefined,
    dataDir: join(process.cwd(), 'data'),
    databaseUrl: undefined,
    secretKey: undefined,
    metricsToken: undefined,
    assets: [
      { code: 'CREDIT', scale: 2, symbols: [], maxTransfer: 2000_00n, lifetime: 24 * 3600 },
      {
        code: 'PLAY',
        scale: 2,
        symbols: [],
        maxTransfer: 2000_00n,
        lifetime: 24 * 3600,
        messenger: 'playground',
      },
    ],
    emvTemplates: new Map(),
    epc: undefined,
    operators: new Set(),
    messengers: new Map([['playground', {}]]),
    roles: new Set(['api', 'worker', 'playground']),
    memory: 'small',
    idempotencyDays: 90,
    backupDir: undefined,
    backupKeep: 7,
    backupPassphrase: undefined,
    trustedProxies: expect.any(BlockList),
    webhookNetworks: expect.any(BlockList),
  })
})

test('a variable that is empty is one that is not set', () => {
  expect(readConfig({ PORT: '', HOST: ' ', DATABASE_URL: '', ASSETS: '', OPERATORS: '' })).toEqual(
    readConfig({}),
  )
})

test('all that is set is read', async () => {
  const config = readConfig({
    HOST: '0.0.0.0',
    PORT: '0',
    PUBLIC_URL: 'https://pass.example.org/',
    DATA_DIR: '/var/lib/passalong',
    DATABASE_URL_FILE: await fileWith('postgres://pass:word@db:5432/passalong\n'),
    SECRET_KEY: 'x'.repeat(32),
    METRICS_TOKEN: 'm'.repeat(16),
    OPERATORS: ' telegram:123 , discord:80351110224678912, shop:ben ',
    ...TELEGRAM,
    TELEGRAM_API_ROOT: 'http://127.0.0.1:8081/',
    TELEGRAM_WEBHOOK: 'on',
    DISCORD_BOT_TOKEN_FILE: await fileWith(`${DISCORD_TOKEN}\n`),
    ROLES: 'api, telegram,discord',
  })
  expect(config).toMatchObject({
    host: '0.0.0.0',
    port: 0,
    publicUrl: 'https://pass.example.org',
    dataDir: '/var/lib/passalong',
    databaseUrl: 'postgres://pass:word@db:5432/passalong',
    secretKey: 'x'.repeat(32),
    metricsToken: 'm'.repeat(16),
    operators: new Set(['telegram:123', 'discord:80351110224678912', 'shop:ben']),
    messengers: new Map<string, object>([
      ['telegram', { token: '123456:ABC-DEF', apiRoot: 'http://127.0.0.1:8081', webhook: true }],
      ['discord', { token: DISCORD_TOKEN, apiRoot: undefined }],
      ['playground', {}],
    ]),
    roles: new Set(['api', 'telegram', 'discord']),
  })
})

test('a messenger that has its token runs, and then the playground does not unless ROLES says so', () => {
  expect(readConfig(TELEGRAM).roles).toEqual(new Set(['api', 'worker', 'telegram']))
  expect(readConfig({ DISCORD_BOT_TOKEN: DISCORD_TOKEN }).roles).toEqual(
    new Set(['api', 'worker', 'discord']),
  )
  expect(readConfig({ ...TELEGRAM, ROLES: 'api,playground' }).roles).toEqual(new Set(['api', 'playground']))
})

test.each<[variable: string, value: string, mend: RegExp, more?: Record<string, string>]>([
  ['PORT', 'http', /port number from 0 to 65535/],
  ['PORT', '65536', /port number from 0 to 65535/],
  ['PORT', '-1', /port number/],
  ['PORT', '3000.5', /port number/],
  ['PUBLIC_URL', 'pass.example.org', /like https:\/\/pass\.example\.org/],
  ['PUBLIC_URL', 'ftp://pass.example.org', /like https:/],
  ['PUBLIC_URL', 'javascript:alert(1)', /like https:/],
  ['DATABASE_URL', 'mysql://db/passalong', /like postgres:/],
  ['DATABASE_URL', '/var/run/postgres', /like postgres:/],
  ['SECRET_KEY', 'short', /32 characters or more/],
  ['METRICS_TOKEN', 'too short', /16 characters or more/],
  ['OPERATORS', '123', /messenger:id/],
  ['OPERATORS', 'telegram:1,,', /messenger:id/],
  ['TELEGRAM_BOT_TOKEN', 'token', /BotFather/],
  ['TELEGRAM_WEBHOOK', 'maybe', /on or off/],
  ['TELEGRAM_WEBHOOK', 'on', /PUBLIC_URL/, TELEGRAM],
  ['TELEGRAM_WEBHOOK', 'on', /PUBLIC_URL/, { ...TELEGRAM, PUBLIC_URL: 'http://pass.example.org' }],
  ['TELEGRAM_API_ROOT', 'api.telegram.org', /like https:/],
  ['DISCORD_API_ROOT', 'nowhere', /like https:/],
  ...['10.0.0.0/33', '10.0.0', 'fd00::/129', '10.0.0.0/8/8', '10.0.0.0/', 'proxy.example', '10.0.0.1,,'].map(
    (wrong): [string, string, RegExp] => ['TRUSTED_PROXIES', wrong, /addresses or networks, like/],
  ),
  ['MEMORY', 'large', /small or fast/],
  ['IDEMPOTENCY_DAYS', '30', /from 31 on/],
  ['BACKUP_KEEP', '0', /number of backups/],
  ['BACKUP_PASSPHRASE', 'too short', /12 characters or more/],
  [
    'ROLES',
    'api,wrker',
    /some of api,worker,telegram,discord,xmpp,dingtalk,feishu,line,slack,wecom,wechat,qq,matrix,playground/,
  ],
  ['ROLES', 'telegram', /TELEGRAM_BOT_TOKEN/],
  ['ROLES', 'discord', /DISCORD_BOT_TOKEN/],
  ['ASSETS', '/nowhere/assets.json', /cannot be read/],
  ['EMV_TEMPLATES', '/nowhere/templates.json', /cannot be read/],
  ['EPC_IBAN', 'DE89370400440532013001', /no IBAN/, { EPC_NAME: 'Shop Ltd' }],
  ['EPC_IBAN', 'DE89 3704 0044 0532 0130 00', /name that in ASSETS/, { EPC_NAME: 'Shop Ltd' }],
  ['EPC_IBAN', 'DE89370400440532013000', /set EPC_NAME, too/],
  ['EPC_NAME', 'Shop Ltd', /set EPC_IBAN, too/],
  ['EPC_BIC', 'COBADE', /must be a BIC/],
  ['HOST', 'http://127.0.0.1', /like 0\.0\.0\.0/],
  ['PUBLIC_URL', 'https://pass.example.org/c', /without a path/],
  ['PUBLIC_URL', 'https://pass example.org', /like https:/],
  ['PUBLIC_URL', 'https://pass.example.org?from=here', /without .* a query/],
  ['PUBLIC_URL', 'https://pass.example.org?', /without .* a query/],
  ['PUBLIC_URL', 'https://pass.example.org#top', /fragment/],
  ['PUBLIC_URL', 'https://me@pass.example.org', /a user/],
  ['PUBLIC_URL', 'https:\\\\pass.example.org', /like https:/],
  ['PUBLIC_URL', ' https://pass.example.org', /a blank/],
  ['TELEGRAM_API_ROOT', 'https://api.telegram.org/?x', /without .* a query/],
  ['DISCORD_API_ROOT', 'https://discord.com/api#x', /fragment/],
  ['TELEGRAM_BOT_TOKEN', '123456:ABC-DEF\n', /a line break/],
  ['DISCORD_BOT_TOKEN', `${DISCORD_TOKEN}\n`, /a line break/],
  ['DISCORD_BOT_TOKEN', DISCORD_TOKEN.replace('.', '\n.'), /a line break/],
  ['DISCORD_BOT_TOKEN', ` ${DISCORD_TOKEN}`, /a blank/],
  ['DISCORD_BOT_TOKEN', `"${DISCORD_TOKEN}"`, /a quote/],
  ['DISCORD_BOT_TOKEN', `Bot ${DISCORD_TOKEN}`, /three parts/],
  ['DISCORD_BOT_TOKEN', '80351110224678912', /three parts/],
  ['DATABASE_URL', "'postgres://pass:word@db/passalong'", /a quote/],
  ['DATA_DIR', '"./data"', /a quote/],
  ['PORT', '3000 ', /a blank/],
  ['OPERATORS', 'telegram:ben', /numbers, like telegram:/],
  ['OPERATORS', 'telegram:1,discord:456', /17 to 20 digits/],
])('%s=%s stops the start with a line that names it and the mend', (variable, value, mend, more) => {
  const message = refusalOf({ ...more, [variable]: value })
  expect(message).toMatch(new RegExp(`^${variable}: `))
  expect(message).toMatch(mend)
  expect(message).not.toContain('\n')
})

test('a line about a bad secret does not repeat it', () => {
  const secret = 'hunter2-but-longer'
  expect(refusalOf({ SECRET_KEY: secret })).not.toContain(secret)
  expect(refusalOf({ TELEGRAM_BOT_TOKEN: secret })).not.toContain(secret)
  expect(refusalOf({ DATABASE_URL: `mysql://me:${secret}@db` })).not.toContain(secret)
})

describe('A secret', () => {
  const SECRETS = [Environment, ...messengers.map(({ settings }) => settings)].flatMap(secretsOf)

  test('is each setting of the README that is called so, and the address of the database', async () => {
    const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
    const named = readme.match(/\b[A-Z]+(_[A-Z]+)*_(TOKEN|SECRET|KEY|PASSWORD|PASSPHRASE)\b/g)
    expect(SECRETS.toSorted()).toEqual([...new Set([...named!, 'DATABASE_URL'])].toSorted())
  })

  test.each(SECRETS)(
    '%s is taken from the file that is named for it as it is from the environment',
    async (name) => {
      for (const text of [' hunter2', 'hunter2']) {
        const taken = outcomeOf({ [name]: text })
        for (const end of ['', '\n', '\r\n'])
          expect(outcomeOf({ [`${name}_FILE`]: await fileWith(text + end) })).toEqual(taken)
      }
      expect(outcomeOf({ [name]: ' hunter2' })).toMatch(new RegExp(`^${name}: `))

      const file = await fileWith('hunter2')
      expect(outcomeOf({ [`${name}_FILE`]: file, [name]: 'hunter2' })).toBe(
        `${name}_FILE: ${name} is set, too: set one of them.`,
      )
      for (const [wrong, what] of [
        [await fileWith(' \n'), 'is empty'],
        ['/nowhere/hunter2', 'cannot be read (ENOENT)'],
        [dirname(file), 'cannot be read (EISDIR)'],
      ])
        expect(outcomeOf({ [`${name}_FILE`]: wrong })).toBe(`${name}_FILE: the file ${what}`)
    },
  )

  test('loses one line break of its file and nothing else, as codes follow from the key', async () => {
    const key = ` ${'k'.repeat(32)}\n`
    expect(readConfig({ SECRET_KEY_FILE: await fileWith(`${key}\n`) }).secretKey).toBe(key)
    expect(readConfig({ SECRET_KEY: key }).secretKey).toBe(key)
  })
})

test('a byte order mark before a file hides nothing in it, and what is no UTF-8 is refused', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'passalong-env-'))
  const before = process.cwd()
  process.chdir(folder)
  onTestFinished(async () => {
    process.chdir(before)
    delete process.env.OPERATORS
    await rm(folder, { recursive: true, force: true })
  })
  await writeFile('.env', '\uFEFFOPERATORS=telegram:4711\n')
  expect(readConfig().operators).toEqual(new Set(['telegram:4711']))

  await writeFile('.env', Buffer.from('\uFEFFOPERATORS=telegram:4711\n', 'utf16le'))
  expect(refusalOf(undefined)).toBe(`${join(process.cwd(), '.env')}: is not text in UTF-8: save it as that`)

  await writeFile('assets.json', '\uFEFF[{ "code": "CNY" }]')
  expect(readConfig({ ASSETS: 'assets.json' }).assets).toMatchObject([{ code: 'CNY' }, { code: 'PLAY' }])
  await writeFile('assets.json', Buffer.from('[{ "code": "CNY" }]', 'utf16le'))
  expect(refusalOf({ ASSETS: 'assets.json' })).toMatch(/^ASSETS: assets\.json: is not/)
})

test('EMV_TEMPLATES is for assets that there are, and says which part of it is wrong', async () => {
  const template = {
    asset: 'CREDIT',
    currency: '156',
    country: 'CN',
    category: '5812',
    name: 'BEST TEA',
    city: 'BEIJING',
    accounts: { 29: { '00': 'D15600000000' } },
  }
  const read = async (content: unknown) => ({ EMV_TEMPLATES: await assetFile(content) })
  expect(readConfig(await read([template])).emvTemplates.get('CREDIT')).toEqual(template)
  expect(refusalOf(await read([{ ...template, currency: 'CNY' }]))).toMatch(
    /0\.currency: must be the three digits/,
  )
  expect(refusalOf(await read([{ ...template, asset: 'CNY' }]))).toMatch(/CNY is none of the assets/)
  expect(refusalOf(await read([template, template]))).toMatch(/same asset/)
})

describe('ASSETS', () => {
  test('gives each asset its decimals, its signs, its limit and its time; PLAY stays as it is', async () => {
    const file = await assetFile([
      {
        code: 'CNY',
        symbols: ['¥'],
        maxTransfer: '200.50',
        anyoneUpTo: '50',
        confirmAbove: '100',
        hours: 0.5,
      },
      { code: 'POINT', scale: 0, maxTransfer: '1.5k' },
    ])
    expect(readConfig({ ASSETS: file }).assets).toMatchObject([
      {
        code: 'CNY',
        scale: 2,
        symbols: ['¥'],
        maxTransfer: 200_50n,
        anyoneUpTo: 50_00n,
        confirmAbove: 100_00n,
        lifetime: 1800,
      },
      { code: 'POINT', scale: 0, symbols: [], maxTransfer: 1500n, lifetime: 24 * 3600 },
      { code: 'PLAY' },
    ])
  })

  test.each<[what: string, content: unknown, mend: RegExp]>([
    ['no JSON', '[{', /is not JSON/],
    ['no list', {}, /array/],
    ['nothing', [], /1/],
    ['an unknown rule', [{ code: 'CNY', fee: 1 }], /fee/],
    ['a code in small letters', [{ code: 'cny' }], /capital letters/],
    ['two of one code', [{ code: 'CNY' }, { code: 'CNY' }], /same code/],
    ['PLAY', [{ code: 'PLAY' }], /belongs to the playground/],
    ['half a decimal', [{ code: 'CNY', scale: 0.5 }], /scale/],
    ['a scale beyond all coins', [{ code: 'CNY', scale: 9 }], /scale/],
    ['a word as a sign', [{ code: 'CNY', symbols: ['RMB'] }], /currency sign/],
    ['a limit as a number', [{ code: 'CNY', maxTransfer: 2000 }], /maxTransfer/],
    ['a limit that reads two ways', [{ code: 'CNY', maxTransfer: '2.000' }], /maxTransfer/],
    ['a limit for anyone that is no amount', [{ code: 'CNY', anyoneUpTo: 'much' }], /anyoneUpTo/],
    ['a limit without a yes that is no amount', [{ code: 'CNY', confirmAbove: '-1' }], /confirmAbove/],
    ['a limit of nothing', [{ code: 'CNY', maxTransfer: '0' }], /maxTransfer/],
    ['no time', [{ code: 'CNY', hours: 0 }], /a second at least/],
    ['less than a second', [{ code: 'CNY', hours: 0.0001 }], /a second at least/],
    ['ten years', [{ code: 'CNY', hours: 87_600 }], /a year at most/],
  ])('with %s stops the start with a line that names the file', async (_what, content, mend) => {
    const file = await assetFile(content)
    const message = refusalOf({ ASSETS: file })
    expect(message).toContain(`ASSETS: ${file}: `)
    expect(message).toMatch(mend)
    expect(message).not.toContain('\n')
  })
})

describe('books that are there already', () => {
  const asset = (code: string, scale: number) => ({
    code,
    scale,
    symbols: [],
    maxTransfer: 2000_00n,
    lifetime: 60,
  })

  test('are not opened with another scale, without an asset that they hold, or with another key', async () => {
    const first = await openTestCore({ roles: 'api', assets: [asset('CREDIT', 2), asset('POINT', 0)] })
    onTestFinished(first.close)
    await first.client.issue(newcomer(), '1')
    const { database, secretKey } = first
    const open = (assets: ReturnType<typeof asset>[], key = secretKey) =>
      openTestCore({ roles: 'api', database, secretKey: key, assets }).then(({ core }) => core.close())

    await expect(open([asset('CREDIT', 3)])).rejects.toThrow(/^ASSETS: CREDIT has 2 decimals in the books/)
    await expect(open([asset('EURO', 2)])).rejects.toThrow(
      /^ASSETS: the books hold CREDIT, and ASSETS doesn't/,
    )
    await expect(open([asset('CREDIT', 2)], 'x'.repeat(43))).rejects.toThrow(/^SECRET_KEY: it is not the key/)
    // POINT was never used, so it may go.
    await open([asset('CREDIT', 2), asset('EURO', 2)])
  })
})

test('codes follow from the key and the transfer, and the database holds only what they hash to', () => {
  const id = '019a0000-0000-7000-8000-000000000000'
  const code = codeOf('key', id)
  expect(code).toMatch(/^[\w-]{30,31}$/)
  expect(codeOf('key', id)).toBe(code)
  expect(codeOf('another key', id)).not.toBe(code)
  expect(codeOf('key', id.replace('9', '8'))).not.toBe(code)
  expect(codeHashOf(code)).toHaveLength(76)
  expect(Buffer.from(codeHashOf(code), 'hex').toString('latin1')).not.toContain(code.slice(8))
})

test.each([
  ['short', 'key'],
  ['as long as a block', 'k'.repeat(64)],
  ['longer than a block', 'k'.repeat(65)],
  ['not in ASCII', 'clé 🔑'],
])('the secret of a code is the HMAC of RFC 2104: with a key that is %s', (_, key) => {
  const id = '019a0000-0000-7000-8000-000000000000'
  const hmac = createHmac('sha256', key).update(`transfer code ${id}`).digest('base64url')
  expect(codeOf(key, id).slice(8)).toBe(hmac.slice(0, 22))
})

test('no secret is made of a part of an id', () => {
  expect(() => codeOf('key', 'x'.repeat(115))).toThrow(RangeError)
  expect(codeOf('key', 'x'.repeat(114))).not.toBe(codeOf('key', `${'x'.repeat(113)}y`))
})

test("what the database holds of codes is in the order of their transfers' making, and of none without its whole code", () => {
  const ids = ['019a0000-0000', '019a0000-0001', '019b0000-0000'].map(
    (time) => `${time}-7000-8000-000000000000`,
  )
  const [first, second, third] = ids.map((id) => codeHashOf(codeOf('key', id))) as [string, string, string]
  expect(first < second && second < third).toBe(true)
  const code = codeOf('key', ids[0] as string)
  for (const place of [0, 8, 29])
    expect(
      codeHashOf(`${code.slice(0, place)}${code[place] === 'A' ? 'B' : 'A'}${code.slice(place + 1)}`),
    ).not.toEqual(first)
})

function refusalOf(env: Record<string, string> | undefined): string {
  try {
    readConfig(env)
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError)
    return (error as Error).message
  }
  throw new Error('It was taken.')
}

/** What is read, or the line that refuses it. */
function outcomeOf(env: Record<string, string | undefined>): Config | string {
  try {
    return readConfig(env)
  } catch (error) {
    return (error as Error).message
  }
}

const assetFile = (content: unknown) =>
  fileWith(typeof content === 'string' ? content : JSON.stringify(content))

async function fileWith(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'passalong-settings-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'file')
  await writeFile(file, text)
  return file
}
