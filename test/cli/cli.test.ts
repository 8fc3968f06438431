import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { messengers } from '../../bots/registry.ts'
import { connect } from '../../db/postgres.ts'
import { commandLine } from '../support/command-line.ts'
import { type Called, type Installation, install } from '../support/installation.ts'
import { clientOf, newcomer, startTestService } from '../support/service.ts'

const MESSENGERS = messengers.map(({ name }) => name).join(', ')

let service: Awaited<ReturnType<typeof startTestService>>
let installation: Installation
let settings: Record<string, string>
/** What it says and its exit code are the same in this process, which has no second to lose for each call. */
const passalong = (line: string, { env, input }: Pick<Called, 'env' | 'input'> = {}) =>
  commandLine({ ...settings, ...env }).call(wordsOf(line), input)
const inOwnProcess = (line: string, called?: Called) => installation.passalong(wordsOf(line), called)
const wordsOf = (line: string) => line.match(/[^ "]+|"[^"]*"/g)?.map((word) => word.replaceAll('"', '')) ?? []

beforeAll(async () => {
  service = await startTestService({
    assets: [{ code: 'CREDIT', scale: 2, symbols: [], maxTransfer: 2000_00n, lifetime: 60 }],
  })
  settings = { DATABASE_URL: service.database, SECRET_KEY: service.secretKey }
  installation = await install(settings)
})
afterAll(async () => {
  await service.close()
  await installation.remove()
})

test('token prints a token that the API takes for the account of its own, and nothing else; one that may do all says so', async () => {
  const { out, error, code } = await inOwnProcess('token shop')
  expect([code, error]).toEqual([0, ''])
  expect(out).toMatch(/^pa_[\w-]{43}\n$/)
  const clientBy = (token: string) => clientOf((path, init) => fetch(service.url + path, init), token.trim())
  const client = clientBy(out)
  expect(await client.balance({ messenger: 'app', id: 'shop' })).toBe('0.00')
  await expect(client.balance(newcomer())).rejects.toMatchObject({ code: 'not_allowed_by_token' })
  const all = await passalong('token bridge --may all')
  expect(all.error).toBe('bridge can do all that the operator can, for everybody. Keep it like a password.\n')
  expect(await clientBy(all.out).balance(newcomer())).toBe('0.00')
})

test('token says what the token may do, for whom, how much and how long; tokens lists it', async () => {
  const chat = '-100700800'
  await passalong('issue 1 telegram:700800')
  const group = { messenger: 'telegram', id: chat }
  await service.client.send({ messenger: 'telegram', id: '700800' }, '1', { group })
  await passalong(
    `token payroll --may send,read --for telegram:${chat} --per-transfer 50 --per-day 500.5 --until 2999-01-31`,
  )
  await passalong('token till --counter')
  expect((await passalong('token till --counter --may read')).error).toContain('--may has to have ask')
  await passalong('token mint --may issue --for CREDIT --until 2999-01-31T18:00:00+02:00')
  const { tokens } = await commandLine(settings).json<{ tokens: { name: string }[] }>(['tokens'])
  const listed = (name: string) => tokens.find((one) => one.name === name)
  expect(listed('payroll')).toMatchObject({
    may: ['read', 'send'],
    for: `telegram:${chat}`,
    perTransfer: '50',
    perDay: '500.5',
    endsAt: '2999-01-31T00:00:00.000Z',
  })
  expect(listed('till')).toMatchObject({ may: ['read', 'send', 'collect', 'ask'], counter: true })
  expect(listed('payroll')).toMatchObject({ counter: false })
  expect(listed('mint')).toMatchObject({ may: ['issue'], for: 'CREDIT', endsAt: '2999-01-31T16:00:00.000Z' })
  expect((await passalong('tokens')).out).toMatch(
    /^payroll +read,send +telegram:-100700800 +50 +500\.5 +\S+Z +2999-01-31T00:00:00Z +never$/m,
  )
})

describe('issue and withdraw', () => {
  test('move money in and out, in the asset that is named or meant, with a note', async () => {
    const ada = newcomer('Ada')
    expect(await inOwnProcess(`issue 99.5 telegram:${ada.id} --note "for  lunch"`)).toMatchObject({
      code: 0,
      out: `Issued to telegram:${ada.id}: 99.50 CREDIT\n`,
      error: '',
    })
    expect(await passalong(`issue 1.2k credit telegram:${ada.id}`)).toMatchObject({ code: 0 })
    expect(await passalong(`withdraw 9.5 telegram:${ada.id}`)).toMatchObject({
      code: 0,
      out: `Taken back from telegram:${ada.id}: 9.50 CREDIT\n`,
    })
    expect(await service.client.balance(ada)).toBe('1290.00')
    const { items } = await service.client.history(ada)
    expect(items.map(({ transfer }) => transfer.note)).toEqual([null, null, 'for lunch'])
  })

  test('with --dry-run say what would come of it, and make nobody known', async () => {
    const ada = newcomer('Ada')
    const before = await rows()
    expect(await passalong(`issue 5 telegram:${ada.id} --dry-run`)).toMatchObject({
      code: 0,
      out: `Would be issued to telegram:${ada.id}: 5.00 CREDIT; balance 5.00 CREDIT\n`,
    })
    expect(await rows()).toEqual(before)

    await service.client.issue(ada, '7')
    const then = await rows()
    expect(await passalong(`withdraw --dry-run 3 telegram:${ada.id} --json`)).toMatchObject({
      code: 0,
      out: `${JSON.stringify({
        do: 'withdraw',
        person: `telegram:${ada.id}`,
        amount: '3.00',
        asset: 'CREDIT',
        before: false,
        dryRun: true,
        balance: '4.00',
      })}\n`,
    })
    expect(await passalong(`withdraw --dry-run 8 telegram:${ada.id}`)).toMatchObject({ code: 2, out: '' })
    expect(await rows()).toEqual(then)
  })

  test('with a key happen once, however often they are called, and are refused with other words', async () => {
    const ada = newcomer('Ada')
    const call = `issue 5 telegram:${ada.id} --key once-${ada.id}`
    expect(await passalong(call)).toMatchObject({ code: 0, out: expect.stringMatching(/^Issued to /) })
    expect(await passalong(`${call} --dry-run`)).toMatchObject({
      code: 0,
      out: `Issued before to telegram:${ada.id}: 5.00 CREDIT; balance 5.00 CREDIT\n`,
    })
    const again = await passalong(call.replace('5', '5.00'))
    expect(again).toMatchObject({ code: 0, out: `Issued before to telegram:${ada.id}: 5.00 CREDIT\n` })
    for (const other of [call.replace('5', '6'), call.replace('issue', 'withdraw'), `${call} --note x`])
      expect((await passalong(other)).error).toContain('This key was used before with another content.\n')
    expect(await service.client.balance(ada)).toBe('5.00')
  })

  test('many at once are lines, each with its outcome, and the same lines again move nothing twice', async () => {
    const [ada, ben] = [newcomer('Ada'), newcomer('Ben', 'discord')]
    const input = `\uFEFF5 telegram:${ada.id}\r\n\r\n 6  CREDIT discord:${ben.id}\n5 telegram:${ada.id}`
    const issued = (deed: string) => ({
      code: 0,
      out: [
        `Line 1: ${deed} to telegram:${ada.id}: 5.00 CREDIT`,
        `Line 3: ${deed} to discord:${ben.id}: 6.00 CREDIT`,
        `Line 4: ${deed} to telegram:${ada.id}: 5.00 CREDIT\n`,
      ].join('\n'),
      error: '',
    })
    const key = `--key many-${ada.id}`
    expect(await passalong(`issue - ${key} --dry-run`, { input })).toMatchObject({
      out: expect.stringMatching(/; balance 5\.00 .*\n.*; balance 6\.00 .*\n.*; balance 10\.00 /),
    })
    expect(await inOwnProcess(`issue - ${key}`, { input })).toEqual(issued('Issued'))
    expect(await passalong(`issue - ${key}`, { input })).toEqual(issued('Issued before'))
    expect(await service.client.balance(ada)).toBe('10.00')

    const out = await passalong(`withdraw - ${key}-back --json`, {
      input: `1 telegram:${ada.id}\n7 discord:${ben.id}`,
    })
    expect(out).toMatchObject({ code: 2, error: 'Not carried out: 1 of 2 lines.\n' })
    expect(
      out.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { do: 'withdraw', line: 1, amount: '1.00', before: false, transfer: expect.any(String) },
      { do: 'withdraw', line: 2, error: { code: 'insufficient_funds' } },
    ])
    expect([await service.client.balance(ada), await service.client.balance(ben)]).toEqual(['9.00', '6.00'])
  })

  test('of many lines none is carried out where one is not of the right form', async () => {
    const before = await rows()
    const wrong: [input: string | Buffer, line: string][] = [
      ['5 telegram:1\nfive telegram:1', 'Line 2: "five" is not an amount. '],
      ['5 telegram:1\n\n5', 'Line 3: MESSENGER:ID is missing.'],
      ['5 CREDIT telegram:1 lunch', 'Line 1: "lunch" is one word too many.'],
      ['5 telegram:1\n5 telegramm:1', 'Line 2: "telegramm" is no messenger here'],
      ['\n \n', 'The standard input holds no line.'],
      [Buffer.from('5 telegram:1', 'utf16le').fill(0xff, 0, 1), 'The standard input is not text in UTF-8.'],
    ]
    for (const [input, line] of wrong) {
      const { code, out, error } = await passalong('issue - --key wrong', { input })
      expect([code, out, error.split('\n')[0]]).toEqual([2, '', expect.stringContaining(line)])
    }
    expect(await rows()).toEqual(before)
  })

  test('reach people of other messengers where the books know them, and take back from any who is known', async () => {
    const stray = { messenger: 'shop', id: `ben-${newcomer().id}` }
    expect((await passalong(`issue 1 shop:${stray.id}`)).code).toBe(2)
    await service.client.issue(stray, '5')
    expect(await passalong(`issue 1 shop:${stray.id}`)).toMatchObject({ code: 0 })
    const { sql, close } = connect(service.database)
    onTestFinished(close)
    // As an earlier version would have taken it.
    await sql`update identities set messenger = 'telegram' where id = ${stray.id}`
    expect((await passalong(`issue 1 telegram:${stray.id}`)).error).toContain("is nobody's id")
    expect(await passalong(`withdraw 6 telegram:${stray.id}`)).toMatchObject({ code: 0 })
  })
})

describe('what is wrong is refused in a first line that says why, and in another one that tells how to get help', () => {
  test.each<[words: string, line: string]>([
    [
      '',
      'A command is missing: issue, withdraw, find, people, balance, history, circulation, token, tokens, webhooks, operator-link, audit, backup, restore, replace-key.',
    ],
    [
      'steal',
      '"steal" is no command. There are: issue, withdraw, find, people, balance, history, circulation, token, tokens, webhooks, operator-link, audit, backup, restore, replace-key.',
    ],
    [
      '--verbose',
      '"--verbose" is no command. There are: issue, withdraw, find, people, balance, history, circulation, token, tokens, webhooks, operator-link, audit, backup, restore, replace-key.',
    ],
    ['--help issue', '"issue" is one word too many.'],
    ['--version now', '"now" is one word too many.'],
    ['issue', 'AMOUNT is missing.'],
    ['issue 1', 'MESSENGER:ID is missing.'],
    ['issue 1 CREDIT telegram:1 lunch', '"lunch" is one word too many.'],
    ['issue 1 "" telegram:1', 'A word is empty.'],
    ['issue 1 telegram:1 --dryrun', "Unknown option '--dryrun'."],
    ['issue 1 telegram:1 -n', "Unknown option '-n'."],
    ['issue -1 telegram:1', "Unknown option '-1'."],
    ['issue 1 telegram:1 --dry-run=no', "Option '--dry-run' does not take an argument."],
    ['issue 1 telegram:1 --key', "Option '--key <value>' argument missing."],
    ['issue 1 telegram:1 --key --note x', "Option '--key' argument is ambiguous."],
    ['issue 1 telegram:1 --key=', '--key has no value.'],
    ['issue 1 telegram:1 --key a --key b', '--key is there twice.'],
    [
      'issue 1 telegram:1 --key "a b"',
      '--key: 1 to 180 letters, digits and signs without blanks, like order-4711.',
    ],
    ['issue 1 telegram:1 --note " "', '--note: 1 to 200 characters.'],
    [`issue 1 telegram:1 --note ${'x'.repeat(201)}`, '--note: 1 to 200 characters.'],
    [
      'issue - --note x',
      '--key is missing: with it the same lines, when they come again, move no money twice.',
    ],
    ['issue - telegram:1 --key a', '"telegram:1" is one word too many after -.'],
    ['issue twenty telegram:1', '"twenty" is not an amount. Amounts look like 20, 20.5 or 1.2k.'],
    ['issue 1,50 telegram:1', '"1,50" can be read in two ways. Write it like 1234 or 1.50.'],
    ['issue 1.234 telegram:1', '"1.234" can be read in two ways. Write it like 1234 or 1.50.'],
    ['issue 0 telegram:1', 'The amount must be above zero.'],
    ['issue 1 DOGE telegram:1', 'There is no asset DOGE. There are: CREDIT.'],
    ['issue 1 CREDIT playground:ada', 'There is no asset CREDIT. There are: PLAY.'],
    ['issue 1 ada', '"ada" is not a person. People are named like telegram:123456789.'],
    [
      'issue 1 CREDIT "telegram:a b"',
      '"telegram:a b" is not a person. People are named like telegram:123456789.',
    ],
    [
      'issue 1 telegramm:12',
      `"telegramm" is no messenger here, and the books know nobody who goes by telegramm:12. There are: ${MESSENGERS}.`,
    ],
    [
      'issue 1 telegram:-100123456',
      '"-100123456" is nobody\'s id: those of people in telegram are numbers, like telegram:123456789; a handle or a group is none.',
    ],
    [
      'issue 1 telegram:ben',
      '"ben" is nobody\'s id: those of people in telegram are numbers, like telegram:123456789; a handle or a group is none.',
    ],
    [
      'issue 1 discord:123',
      '"123" is nobody\'s id: those of people in discord are numbers of 17 to 20 digits, like discord:80351110224678912; a handle is none.',
    ],
    ['withdraw', 'AMOUNT is missing.'],
    ['withdraw 1 telegram:1 2 3', '"3" is one word too many.'],
    ['withdraw 1 telegram:1 --force', "Unknown option '--force'."],
    ['withdraw 1 telegram:424242', 'The books know nobody who goes by telegram:424242.'],
    ['token', 'NAME is missing.'],
    ['token my shop', '"shop" is one word too many.'],
    ['token shop --key a', "Unknown option '--key'."],
    ['token shop --may dance', '--may: "dance" is none of read, send, collect, ask, issue, all.'],
    ['token shop --may all,read', '--may all is all, for everybody: nothing else goes with it but --until.'],
    [
      'token shop --may all --per-day 5',
      '--may all is all, for everybody: nothing else goes with it but --until.',
    ],
    [
      'token shop --for nobody',
      '--for: "nobody" is neither everybody, nor sandbox, nor an asset of these books, nor a group of the form MESSENGER:GROUP, like telegram:-1001234567890.',
    ],
    ['token shop --for telegram:-1', '--for: nobody has met the group telegram:-1 yet.'],
    ['token shop --per-day 0.00', '--per-day: "0.00" is no amount above zero, like 50 or 12.50.'],
    ['token shop --per-transfer 1,5', '--per-transfer: "1,5" is no amount above zero, like 50 or 12.50.'],
    [
      'token shop --until tomorrow',
      '--until: "tomorrow" is no time, like 2027-01-31 or 2027-01-31T18:00:00Z.',
    ],
    [
      'token shop --until 2026-02-30',
      '--until: "2026-02-30" is no time, like 2027-01-31 or 2027-01-31T18:00:00Z.',
    ],
    ['token shop --until 2020-01-01', '--until: 2020-01-01 is over.'],
    ['audit all', '"all" is one word too many.'],
    ['audit --fix', "Unknown option '--fix'."],
    ['replace-key now', '"now" is one word too many.'],
    ['replace-key --force', "Unknown option '--force'."],
  ])('%s', async (words, line) => {
    const { code, out, error } = await passalong(words)
    const command = /^(issue|withdraw|token|operator-link|audit|replace-key)/.exec(words)?.[0]
    const help = `passalong ${command ? `${command} ` : ''}--help tells how it goes.`
    expect([code, out, error]).toEqual([2, '', `${line}\n${help}\n`])
  })

  test('and with --json in JSON, too', async () => {
    expect(await inOwnProcess('issue 1 telegram:ben --json')).toMatchObject({
      code: 2,
      out: expect.stringMatching(
        /^\{"error":\{"code":"usage","message":"\\"ben\\" is nobody's id: .*"\}\}\n$/,
      ),
    })
    expect(JSON.parse((await passalong('issue 0 telegram:1 --json')).out)).toMatchObject({
      error: { code: 'amount_too_small' },
    })
  })
})

describe('operator-link', () => {
  const link = (words: string, env: Record<string, string> = {}) =>
    passalong(`operator-link ${words}`.trim(), { env: { OPERATORS: 'telegram:71,shop:ben', ...env } })

  test('prints a link that signs an operator in once, and nothing else', async () => {
    const { out, error, code } = await link('', { PUBLIC_URL: service.url })
    expect([code, error]).toEqual([0, ''])
    const [, path = ''] = new RegExp(`^${service.url}(/session/[\\w-]{43})\n$`).exec(out) ?? []
    const press = () =>
      fetch(service.url + path, { method: 'POST', headers: { origin: service.url }, redirect: 'manual' })
    const signedIn = await press()
    expect([signedIn.status, signedIn.headers.get('location')]).toEqual([303, '/operators'])
    expect((await press()).status).toBe(410)
  })

  test('is for one of OPERATORS, at the address that the service has', async () => {
    expect(JSON.parse((await link('shop:ben --json', { HOST: '192.0.2.7', PORT: '8080' })).out)).toEqual({
      operator: 'shop:ben',
      link: expect.stringMatching(/^http:\/\/192\.0\.2\.7:8080\/session\/[\w-]{43}$/),
      expiresAt: expect.any(String),
    })
  })

  test('says what to set, or whom it is for, where it can’t be made', async () => {
    const lines = [
      await link('', { OPERATORS: '' }),
      await link('telegram:72'),
      await link('', { PORT: '0', PUBLIC_URL: '' }),
    ].map(({ code, out, error }) => [code, out, error.split('\n')[0]])
    expect(lines).toEqual([
      [2, '', expect.stringMatching(/^OPERATORS: nobody is set/)],
      [2, '', '"telegram:72" is none of OPERATORS: telegram:71, shop:ben.'],
      [2, '', expect.stringMatching(/^PUBLIC_URL: with PORT=0/)],
    ])
  })
})

test.each([
  ['token "my shop"', 'NAME: 1 to 64 letters, digits, dots, dashes and underscores.'],
  ['token pages', 'NAME: the service itself goes by "pages"; choose another one.'],
  ['token telegram', 'NAME: the service itself goes by "telegram"; choose another one.'],
])('%s is no name to give away', async (words, line) => {
  expect(await passalong(words)).toEqual({ code: 2, out: '', error: `${line}\n` })
})

test('all and each say how they go, and which version this is, without books and without colours', async () => {
  const all = await inOwnProcess('--help', { env: { DATABASE_URL: '', FORCE_COLOR: '1' } })
  expect(all).toMatchObject({
    code: 0,
    error: '',
    out: expect.stringContaining('Usage: passalong COMMAND\n'),
  })
  const commands = [...all.out.matchAll(/^ {2}([a-z][a-z-]*) /gm)].map(([, name = '']) => name)
  expect(commands).toEqual(expect.arrayContaining(['issue', 'find', 'backup', 'restore', 'replace-key']))
  for (const command of commands) {
    expect(all.out).toMatch(new RegExp(`^ {2}${command} `, 'm'))
    const one = await passalong(`${command} --help`)
    expect(one).toMatchObject({ code: 0, error: '' })
    expect(one.out).toMatch(new RegExp(`^Usage: passalong ${command}.*\n\n[^]+--json[^]+With --json: \\{"`))
  }
  expect(all.out).not.toContain('\u001B')
  expect(await passalong('--version')).toMatchObject({ code: 0, out: '0.1.0\n' })
})

test('a setting that is wrong, or does not fit the books, is refused in a line that names it', async () => {
  const cases: [env: Record<string, string>, line: string][] = [
    [{ PORT: 'http' }, 'PORT: '],
    [{ DATABASE_URL: 'mysql://db' }, 'DATABASE_URL: '],
    [{ SECRET_KEY: 'another-key-of-more-than-32-characters' }, 'SECRET_KEY: it is not the key'],
    [{ SECRET_KEY: '' }, 'SECRET_KEY: the database has a key, which is neither set nor kept'],
  ]
  for (const [env, line] of cases) {
    const { code, out, error } = await passalong('issue 1 telegram:1', { env })
    expect([code, out]).toEqual([2, ''])
    expect(error).toContain(line)
    expect(error.trim()).not.toContain('\n')
  }
})

test('a database that cannot be reached is told of in one line, without its password', async () => {
  const nowhere = 'postgres://passalong:hunter2hunter2@127.0.0.1:1/passalong'
  const { code, error } = await inOwnProcess('audit', { env: { DATABASE_URL: nowhere } })
  expect(code).toBe(2)
  expect(error).toMatch(/^DATABASE_URL: 127\.0\.0\.1:1 cannot be reached \(connect ECONNREFUSED [^\n]*\n$/)
  expect(error).not.toContain('hunter2')
})

test('a query that fails is told of in one line, without what was given to it', async () => {
  const { sql, close } = connect(service.database)
  onTestFinished(close)
  await sql`alter table identities rename to identities_of_yesterday`
  const { code, error } = await passalong('issue 1 telegram:987654321')
  await sql`alter table identities_of_yesterday rename to identities`
  expect(code).toBe(2)
  expect(error).toMatch(
    /^passalong failed: relation "identities" does not exist; call it again with --key \S+,.*\n$/,
  )
})

test('where nobody knows whether money moved it says how to find out, and that moves it once', async () => {
  const { sql, close } = connect(service.database)
  onTestFinished(close)
  await sql.unsafe(`
    create function cut() returns trigger language plpgsql as $$
      begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$;
    create trigger cut before insert on entries execute function cut()`)
  const { code, error } = await inOwnProcess('issue 1 telegram:31415926')
  await sql.unsafe('drop trigger cut on entries; drop function cut()')
  expect(code).toBe(2)
  const key = /^passalong failed: .*; call it again with (--key \S+), and it moves no money twice\n$/.exec(
    error,
  )?.[1]
  expect(await passalong(`issue 1 telegram:31415926 ${key}`)).toMatchObject({ code: 0, error: '' })
  expect((await passalong(`issue 1 telegram:31415926 ${key}`)).out).toMatch(/^Issued before to /)
})

test('audit ends with 0 where the books are right, and with 1, saying what is wrong, where they are not', async () => {
  const right = await inOwnProcess('audit')
  expect(right.code).toBe(0)
  expect(right.out).toMatch(/^The books are right: \d+ accounts, \d+ transfers, \d+ entries recomputed\.\n$/)
  expect(JSON.parse((await passalong('audit --json')).out)).toEqual({
    right: true,
    accounts: expect.any(Number),
    transfers: expect.any(Number),
    entries: expect.any(Number),
    faults: [],
  })

  const { sql, close } = connect(service.database)
  onTestFinished(close)
  await sql.unsafe(`
    alter table accounts disable trigger user;
    update accounts set balance = balance - 1 where kind = 'issuer' and asset = 'CREDIT';
    alter table accounts enable trigger user;
    insert into trail (group_id, turn, at, messenger, identity, what, details, previous, hash)
    values (null, 1000, now(), 'telegram', '1', 'hold', '{}', sha256(''), sha256(''))`)
  const wrong = await inOwnProcess('audit')
  expect(wrong.code).toBe(1)
  expect(wrong.out.trim().split('\n')).toEqual([
    expect.stringMatching(/^Account [0-9a-f-]{36} says -\d+, its entries -\d+\.$/),
    'CREDIT: balances and open transfers add up to -1, not to 0.',
    'The trail of the operators is broken at its entry 1000.',
    expect.stringMatching(/^THE BOOKS ARE WRONG: /),
  ])
  const json = await passalong('audit --json')
  expect([json.code, JSON.parse(json.out)]).toMatchObject([1, { right: false, faults: [{}, {}, {}] }])
})

/** How many there are of what a command could make. */
async function rows(): Promise<unknown> {
  const { sql, close } = connect(service.database)
  try {
    const [row] = await sql`
      select (select count(*) from entries) as entries, (select count(*) from people) as people,
        (select count(*) from accounts) as accounts, (select count(*) from requests) as requests`
    return row
  } finally {
    await close()
  }
}
