import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { openSql } from '../../db/drivers.ts'
import type * as embedded from '../../db/embedded.ts'
import { dump } from './dump.ts'
import type { Answered, Made } from './made.ts'

/**
 * Makes `books.sql` and `made.json` with another version of the service, which is asked over HTTP alone:
 * `node test/old-books/make.ts FOLDER`, where FOLDER is a checkout of that version after `npm install`.
 */
const version = resolve(process.argv[2] ?? '')
const secretKey = 'a key that only the tests know, of enough characters'
const dataDir = await mkdtemp(join(tmpdir(), 'passalong-old-books-'))
// Postgres runs as another user where this runs as root.
await chmod(dataDir, 0o755)
// Its own, as another version's may listen where it does not look.
const { joinEmbeddedPostgres }: typeof embedded = await import(join(version, 'db/embedded.ts'))
const server = await joinEmbeddedPostgres(dataDir)
const sql = openSql(server.url, { max: 1, onnotice: () => {} })
const hour = 1 / 3600
await writeFile(
  join(dataDir, 'assets.json'),
  JSON.stringify([{ code: 'CREDIT' }, { code: 'FLASH', hours: hour }]),
)
const env = {
  PATH: process.env.PATH,
  DATA_DIR: dataDir,
  SECRET_KEY: secretKey,
  ASSETS: join(dataDir, 'assets.json'),
  PUBLIC_URL: 'https://pass.example.org',
  PORT: '4715',
}
const URL_OF_SERVICE = `http://127.0.0.1:${env.PORT}`
let token = ''
let end = async () => {}

try {
  end = await start('api,worker')
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(version, 'src/cli.ts'), 'token', 'shop'],
    {
      env,
    },
  )
  token = stdout.trim()
  const made = await fill()
  await untilSpread()
  await end()

  // Without a worker, what ends now is still to be spread.
  end = await start('api')
  await leaveUnspread(made)
  await lookAtAll(made)
  await end()
  const here = fileURLToPath(new URL('.', import.meta.url))
  await writeFile(join(here, 'made.json'), `${JSON.stringify(made, null, 2)}\n`)
  await writeFile(join(here, 'books.sql'), await dump(sql, version))
} finally {
  await end()
  await sql.end()
  await server.stop()
  await rm(dataDir, { recursive: true, force: true })
}

async function start(roles: string): Promise<() => Promise<void>> {
  const child = spawn(process.execPath, [join(version, 'src/main.ts')], {
    env: { ...env, ROLES: roles },
    cwd: dataDir,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const isReady = () =>
    fetch(`${URL_OF_SERVICE}/readyz`).then(
      (answer) => answer.ok,
      () => false,
    )
  while (!(await isReady())) {
    if (child.exitCode !== null) throw new Error('The service ended before it was ready.')
    await sleep(50)
  }
  return async () => {
    child.kill('SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  }
}

async function ask(method: string, path: string, body?: object): Promise<Answered> {
  const answer = await fetch(URL_OF_SERVICE + path, {
    method,
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  return {
    method,
    path,
    ...(body && { body }),
    status: answer.status,
    ...(text && { answer: JSON.parse(text) }),
  }
}

async function well(method: string, path: string, body?: object) {
  const asked = await ask(method, path, body)
  if (asked.status >= 300) throw new Error(`${method} ${path}: ${JSON.stringify(asked.answer)}`)
  return asked.answer as { id: string; code: string; ticket: string; items: { id: string; kind: string }[] }
}

async function fill(): Promise<Made> {
  const ada = { messenger: 'telegram', id: '1', handle: 'ada', name: 'Ada Lovelace', language: 'en' }
  const ben = { messenger: 'telegram', id: '2', handle: 'Ben', name: 'Ben' }
  const dora = { messenger: 'discord', id: '80351110224678912', handle: 'dora', name: 'Dora' }
  const ann = { messenger: 'signal', id: 'ann', name: 'Ann' }
  const late = { messenger: 'telegram', id: '9', name: 'Late' }
  const create = (amount: string, more: object = {}) =>
    well('POST', '/v1/transfers', { amount, from: ada, ...more })
  const collect = (code: string, by: object) => well('POST', '/v1/claims', { code, by })
  const group = (id: string, title: string) => ({ group: { messenger: 'telegram', id, title } })
  const card = (id: string, message: string, messenger = 'signal') =>
    well('POST', `/v1/transfers/${id}/cards`, {
      messenger,
      chat: 'room',
      message,
      language: 'en',
      drawn: 'open',
    })
  const retries: Answered[] = []
  const keyed = async (path: string, body: object) => {
    await ask('POST', path, body)
    // As a retry was answered: what a refusal tells comes in the order in which the database keeps it.
    retries.push(await ask('POST', path, body))
  }

  for (const to of [ada, ben, dora, ann])
    await well('POST', '/v1/issues', { amount: '1500', to, note: 'welcome' })
  for (const to of [ada, late]) await well('POST', '/v1/issues', { amount: '20', asset: 'FLASH', to })
  await well('POST', '/v1/issues', { amount: '20', from: dora, note: 'taken back' })
  const flash = await create('1', { asset: 'FLASH' })

  const open = {
    anyone: (await create('10', { note: 'for whoever' })).code,
    person: (await create('11', { to: ben })).code,
    handle: (await create('12', { to: { messenger: 'telegram', handle: 'Cleo' } })).code,
    button: (await create('13', { ...group('-100', 'Lunch club') })).id,
    drawn: (await create('14', { to: ann })).code,
    taken: (await create('15')).id,
    toDecline: (await create('16', { to: dora })).id,
  }
  const shown = await well('POST', '/v1/transfers/find', { code: open.drawn })
  await card(shown.id, '1')
  await card(shown.id, '2')
  await card(shown.id, '3', 'telegram')

  // Each of the ways in which one ends, with a card that is to be told of it.
  const collected = await create('21', { to: ann })
  await card(collected.id, '11')
  await collect(collected.code, ann)
  const cancelled = await create('22', group('-100', 'Lunch club'))
  await card(cancelled.id, '12')
  await well('POST', `/v1/transfers/${cancelled.id}/cancel`, { by: ada })
  const declined = await create('23', { from: ann, to: ben })
  await well('POST', `/v1/transfers/${declined.id}/decline`, { by: ben })
  const byHandle = await create('24', { to: { messenger: 'telegram', handle: 'ben' } })
  await collect(byHandle.code, ben)

  // A group that moved, and one that moved after somebody had sent under its new id.
  await create('31', group('-200', 'Movers'))
  await collect((await create('32', group('-200', 'Movers'))).code, ben)
  await well('POST', '/v1/groups/telegram/-200/move', { to: '-1200' })
  await create('33', group('-1200', 'Movers'))
  await create('34', { ...group('-300', 'Late movers'), from: dora })
  await collect((await create('35', group('-300', 'Late movers'))).code, dora)
  await create('36', group('-1300', 'Late movers'))
  await well('POST', '/v1/groups/telegram/-300/move', { to: '-1300' })

  const first = { amount: '41', from: ada, to: ben, ...group('-100', 'Lunch club'), key: 'create-1' }
  await keyed('/v1/transfers', first)
  await keyed('/v1/transfers', {
    amount: '42',
    from: ada,
    to: { messenger: 'telegram', handle: 'Gus' },
    key: 'create-2',
  })
  await keyed('/v1/claims', { code: (await create('43')).code, by: ben, key: 'claim-1' })
  await keyed('/v1/claims', { transfer: (await create('44', { to: dora })).id, by: dora, key: 'claim-2' })
  await keyed(`/v1/transfers/${(await create('45')).id}/cancel`, { by: ada, key: 'cancel-1' })
  await keyed(`/v1/transfers/${(await create('46', { to: ben })).id}/decline`, { by: ben, key: 'decline-1' })
  await keyed('/v1/issues', { amount: '47', to: ben, note: 'once', key: 'issue-1' })
  await keyed('/v1/issues', { amount: '1.5', from: ben, key: 'issue-2' })
  await keyed('/v1/transfers', { amount: '1999', from: ben, key: 'refused-1' })
  await keyed('/v1/claims', { code: byHandle.code, by: ann, key: 'refused-2' })

  const { ticket } = await well('POST', '/v1/tickets', { by: ben })
  const signedIn = await fetch(`${URL_OF_SERVICE}/session`, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: env.PUBLIC_URL },
    body: new URLSearchParams({ ticket }),
  })
  const [session = ''] = /session=[\w-]+/.exec(signedIn.headers.get('set-cookie') ?? '') ?? []
  if (!session) throw new Error(`Nobody was signed in: ${signedIn.status}`)

  const isOpen = async () =>
    ((await well('GET', `/v1/transfers/${flash.id}`)) as { state?: string }).state === 'open'
  while (await isOpen()) await sleep(200)
  return { secretKey, token, session, open, answers: [], retries }
}

/** The deliveries are queued then, and nobody has taken them. */
async function untilSpread(): Promise<void> {
  while ((await sql`select from changes`).length > 0) await sleep(100)
  // One was made, and one comes again.
  const { items } = await well('POST', '/v1/deliveries/telegram/take', { limit: 2, seconds: 0 })
  await well('POST', `/v1/deliveries/telegram/${items[0]?.id}/done`)
  await well('POST', `/v1/deliveries/telegram/${items[1]?.id}/failed`, { reason: 'the connection broke' })
}

async function leaveUnspread({ open }: Made): Promise<void> {
  const by = { messenger: 'discord', id: '80351110224678912' }
  await well('POST', '/v1/claims', { transfer: open.taken, by })
  await well('POST', `/v1/transfers/${open.taken}/cards`, {
    messenger: 'signal',
    chat: 'room',
    message: '21',
    language: 'zh-Hans',
    drawn: 'open',
  })
  await well('POST', '/v1/transfers', {
    amount: '1',
    asset: 'FLASH',
    from: { messenger: 'telegram', id: '9' },
  })
}

async function lookAtAll({ answers }: Made): Promise<void> {
  const look = async (path: string) => void answers.push(await ask('GET', path))
  for (const { id } of await sql`select id from transfers where asset = 'CREDIT' order by id`)
    await look(`/v1/transfers/${id}`)
  for (const who of ['telegram/1', 'telegram/2', 'discord/80351110224678912', 'signal/ann'])
    await look(`/v1/people/${who}/balances`)
  for (const who of ['telegram/1', 'telegram/2', 'discord/80351110224678912', 'signal/ann'])
    await look(`/v1/people/${who}/history?limit=100`)
  for (const group of ['-100', '-200', '-1200', '-300', '-1300'])
    await look(`/v1/groups/telegram/${group}/history?limit=100`)
  await look('/v1/assets?messenger=telegram')
}
