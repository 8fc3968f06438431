import { sql } from 'drizzle-orm'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { connect } from '../../db/postgres.ts'
import { codeOf, newSecret } from '../../src/access/codes.ts'
import { readConfig } from '../../src/config.ts'
import { openLog } from '../../src/operations/log.ts'
import { prettyLine } from '../../src/operations/pretty-line.ts'
import { startService } from '../../src/service.ts'
import { newcomer, startTestService } from '../support/service.ts'

const CODE = codeOf(newSecret(), 'a transfer')
const TOKEN = `pa_${newSecret()}`
const SESSION = newSecret()
const BOT = `123456789:AA${newSecret().slice(0, 33)}`
const PASSWORD = 'p@ss/w:rd'
const SECRETS = { CODE, TOKEN, SESSION, BOT, PASSWORD }

const lines: string[] = []
afterEach(() => void lines.splice(0))
const log = openLog((line) => void lines.push(line))

test.each([
  ['a link', `opened https://pass.example.org/c/${CODE}`],
  ['a picture of a link', `GET /c/${CODE}/qr.svg?x=1`],
  ['a start link', `https://t.me/passalong_bot?start=${CODE}`],
  ['a start command', `/start ${CODE}`],
  ['a collect command', `/collect ${CODE}`],
  ['a header', `authorization: Bearer ${TOKEN}`],
  ['a header of a session', `Authorization: bearer ${SESSION}`],
  ['a token alone', TOKEN],
  ["a bot's address", `https://api.telegram.org/bot${BOT}/sendMessage`],
  ['a database address', `postgres://passalong:${PASSWORD}@db:5432/passalong`],
  ['a database address without a user', `postgres://:${PASSWORD}@db/passalong`],
])('%s loses its secret in a message, a field, and an error with its cause', (_what, text) => {
  log.info(text)
  log.info({ deep: { text: [text] } }, 'a field')
  log.error({ err: new Error(text, { cause: new TypeError(text) }) }, 'an error')
  expect(lines).toHaveLength(3)
  expectNoSecrets()
  for (const line of lines) expect(() => JSON.parse(line)).not.toThrow()
})

test('a field whose name says that it is secret is not told, whatever it looks like', () => {
  log.info({ code: CODE, ticket: SESSION, token: SESSION, deep: { secretKey: SESSION, password: PASSWORD } })
  expectNoSecrets()
})

test('what is no secret is told as it is', () => {
  const err = Object.assign(new Error('The connection is gone.'), { code: 'ERR_CONNECTION_IS_GONE' })
  log.error({ err, requestId: '6efb2582-02a7-4ca6-b98c-c1f2b5240f76', route: '/c/:code' }, 'no answer')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    level: 'error',
    err: { type: 'Error', code: 'ERR_CONNECTION_IS_GONE', message: 'The connection is gone.' },
    requestId: '6efb2582-02a7-4ca6-b98c-c1f2b5240f76',
    route: '/c/:code',
    msg: 'no answer',
    time: expect.stringMatching(/^\d{4}-/),
  })
})

test('on a terminal a line tells when, how bad, what, and the details, without secrets, and commands nothing', () => {
  const told: string[] = []
  const toPeople = openLog((line) => void told.push(prettyLine(line)))
  toPeople.info('it is ready')
  toPeople.warn({ port: 3000, name: 'Ben\u001B[2J' }, 'look \u001B[31mhere')
  toPeople.error({ err: new Error('it broke', { cause: new TypeError(`Bearer ${TOKEN}`) }) }, 'no answer')
  expect(told[0]).toMatch(/^\d\d:\d\d:\d\d it is ready\n$/)
  expect(told[1]).toMatch(/^\d\d:\d\d:\d\d WARN look  \[31mhere port=3000 name="Ben\\u001b\[2J"\n$/)
  expect(told[2]).toMatch(/^\d\d:\d\d:\d\d ERROR no answer\n {4}Error: it broke\n {4}at /)
  expect(told[2]).toMatch(/\n {4}TypeError: Bearer pa_…\n/)
})

test('an error of the database tells its kind and its place, and nothing of what people wrote', async () => {
  const service = await startTestService({ roles: 'api' })
  onTestFinished(service.close)
  const { db, close } = connect(service.database)
  onTestFinished(close)
  const error = await db
    .execute(sql`select ${CODE}::text, ${'lunch with Ben'}::text from nowhere`)
    .catch((thrown: unknown) => thrown)
  expect(String(error)).toContain('lunch with Ben')
  log.error({ err: error }, 'it failed')
  expectNoSecrets()
  expect(lines[0]).not.toContain('lunch')
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    err: { cause: { code: '42P01', message: expect.stringContaining('nowhere') } },
  })
})

test('requests with a code in their path, and what fails in them, leave no secret in the log or the metrics', async () => {
  const service = await startTestService({ roles: 'api,worker' })
  onTestFinished(service.close)
  const ada = newcomer('Ada')
  await service.client.issue(ada, '20')
  const { code, id } = await service.client.send(ada, '20', { note: 'for the dentist' })
  const visit = async () => {
    for (const path of [
      `/c/${code}`,
      `/c/${code}/qr.svg`,
      `/c/${code}/qr.png`,
      `/c/${code}x`,
      `/v1/people/${code}`,
    ])
      await fetch(service.url + path, { headers: { authorization: `Bearer ${TOKEN}` } })
    await service.client.call('POST', '/v1/claims', { code, by: newcomer('Ben') })
    await service.client.call('POST', '/v1/transfers/find', { code })
    await service.client.call('POST', '/v1/claims', `{"code": "${code}", `)
    await service.client.call('GET', `/v1/transfers/${id}`)
  }
  await visit()
  const { db, close } = connect(service.database)
  onTestFinished(close)
  await db.execute(sql`alter table transfers rename to transfers_of_yesterday`)
  await visit()

  const metrics = await (await fetch(`${service.url}/metrics`)).text()
  const failures = service.log.filter((line) => line.includes('"level":"error"'))
  expect(failures.length).toBeGreaterThan(2)
  for (const told of [...service.log, metrics])
    for (const secret of [code, TOKEN, 'dentist']) expect(told).not.toContain(secret)
  expect(metrics).toContain('passalong_http_request_seconds')
})

test('the metrics tell when the worker last gave back what was over, and handed on what had happened', async () => {
  const service = await startTestService({ roles: 'api,worker' })
  onTestFinished(service.close)
  for (const name of ['sweep', 'dispatch'])
    await expect
      .poll(async () => {
        const metrics = await (await fetch(`${service.url}/metrics`)).text()
        return Number(
          new RegExp(`^passalong_${name}_finished_timestamp_seconds (\\S+)$`, 'm').exec(metrics)?.[1],
        )
      })
      .toBeGreaterThan(Date.now() / 1000 - 60)
  const metrics = await (await fetch(`${service.url}/metrics`)).text()
  expect(metrics).toMatch(/^passalong_database_connections_in_use \d$/m)
  expect(metrics).toMatch(/^passalong_database_queries_waiting \d+$/m)
})

test('a database that refuses the password is told of without it', async () => {
  const service = await startTestService({ roles: 'api' })
  onTestFinished(service.close)
  const wrong = new URL(service.database)
  wrong.password = 'hunter2hunter2'
  const config = readConfig({ DATABASE_URL: wrong.href, PORT: '0', SECRET_KEY: newSecret(), ROLES: 'api' })
  const error = await startService(config, log).catch((thrown: unknown) => thrown)
  log.fatal({ err: error }, 'passalong could not start')
  expect(lines.join()).toContain('28P01')
  expect(lines.join()).not.toContain('hunter2')
})

test('an outage is told once for each cause, whoever meets it; all else is told each time', () => {
  const failing = (code: string) => Object.assign(new Error('failed'), { code, syscall: 'connect' })
  const asQuery = (code: string) => new Error('Failed query', { cause: failing(code) })
  for (const code of ['ECONNREFUSED', 'ECONNRESET', '53100', '57P01', '53100', '23505', '23505'])
    log.error({ err: asQuery(code) }, 'a page failed')
  log.error({ err: failing('EPIPE') }, 'the sweep failed')
  const refused = Object.assign(new Error('The books cannot be reached.'), { code: 'unavailable' })
  log.error({ err: refused }, 'deliveries are in trouble')
  log.error({ err: refused }, 'deliveries are in trouble')
  const told = lines.map((line) => JSON.parse(line).err).map(({ code, cause }) => code ?? cause.code)
  expect(told).toEqual(['ECONNREFUSED', '53100', '57P01', '23505', '23505', 'unavailable'])
})

test('an error that is a plain object, as pg-boss has them, is told as all others are', () => {
  const plain = (message: string, code: string) => ({
    message,
    code,
    stack: 'Error\n    at fetch (pg-boss.js)',
  })
  log.error({ err: plain('no such queue', 'XX000') }, 'the delivery queue has a problem')
  for (let told = 0; told < 2; told++)
    log.error({ err: plain('connection refused', '57P03') }, 'the delivery queue has a problem')
  expect(lines.map((line) => JSON.parse(line).err)).toMatchObject([
    { message: 'no such queue', code: 'XX000', stack: expect.stringContaining('pg-boss.js') },
    { message: 'connection refused', code: '57P03' },
  ])
})

function expectNoSecrets() {
  for (const line of lines)
    for (const [name, secret] of Object.entries(SECRETS))
      expect(line.includes(secret.slice(2)), `${name} in ${line}`).toBe(false)
}
