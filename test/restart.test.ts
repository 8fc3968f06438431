import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { joinEmbeddedPostgres } from '../db/embedded.ts'
import { connect } from '../db/postgres.ts'
import { newSecret } from '../src/codes.ts'
import type { TransferView } from '../src/transfers.ts'
import { freshDatabase } from './support/database.ts'
import { type Env, killProcess, type ServiceProcess, startProcess, stopProcess } from './support/process.ts'
import { type Client, clientOf, makeTokenIn, newcomer, type Person } from './support/service.ts'

const run = promisify(execFile)
const source = (file: string) => fileURLToPath(new URL(`../src/${file}`, import.meta.url))

test('a service killed in the middle of its work loses nothing that it has answered, and doubles nothing', {
  timeout: 120_000,
}, async () => {
  const env = await ownFolder()
  const first = await start(env)
  const { stdout: token } = await run(process.execPath, [source('cli.ts'), 'token', 'test'], {
    env,
    cwd: env.DATA_DIR,
  })
  const people = ['Ada', 'Ben', 'Eve'].map((name) => newcomer(name))
  const before = client(first.url, token)
  for (const person of people) await before.issue(person, '100')

  const asked = await untilItBreaks(
    before,
    people,
    (answered) => answered === 150 && first.child.kill('SIGKILL'),
  )
  const answered = asked.filter(({ answer }) => answer)
  expect(answered.length).toBeGreaterThanOrEqual(150)
  expect(answered.length).toBeLessThan(asked.length)

  const second = await start(env)
  const after = client(second.url, token)
  for (const { answer, ask } of asked) {
    const again = await ask(after)
    if (answer) expect(again).toEqual(answer)
  }
  const sent = asked.filter(({ kind }) => kind === 'send').length
  const collected = asked.filter(({ kind }) => kind === 'collect').length
  const { stdout: beside } = await run(process.execPath, [source('cli.ts'), 'audit'], {
    env,
    cwd: env.DATA_DIR,
  })
  expect(beside).toContain(
    `The books are right: 4 accounts, ${3 + sent} transfers, ${2 * 3 + sent + collected} entries`,
  )
  const balances = await Promise.all(people.map((person) => after.balance(person)))
  expect(balances.reduce((sum, balance) => sum + Number(balance), 0)).toBe(300 - (sent - collected))

  expect(await stopProcess(second.child)).toBe(0)
  const { stdout: alone } = await run(process.execPath, [source('cli.ts'), 'audit'], {
    env,
    cwd: env.DATA_DIR,
  })
  expect(alone).toBe(beside)
})

test('a service told to end answers what is under way, takes nothing new, and ends with 0', async () => {
  const { url: database, drop } = await freshDatabase()
  onTestFinished(drop)
  const service = await start({ ...(await ownFolder()), DATABASE_URL: database, SECRET_KEY: newSecret() })
  const caller = client(service.url, await makeTokenIn(database, 'test'))
  const [ada, ben] = [newcomer('Ada'), newcomer('Ben')]
  await caller.issue(ada, '100')
  const transfers = await Promise.all(Array.from({ length: 20 }, () => caller.send(ada, '1')))

  const { sql, close } = connect(database)
  onTestFinished(close)
  let claims: Promise<unknown>[] = []
  let ended: Promise<number | null> | undefined
  await sql.begin(async (tx) => {
    await tx`select from transfers for update`
    claims = transfers.map(({ code }) => caller.collect(code, ben))
    const waiting = () =>
      sql`select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
    await expect.poll(async () => (await waiting()).length, { timeout: 10_000 }).toBeGreaterThan(0)
    ended = stopProcess(service.child)
    await expect
      .poll(() =>
        fetch(`${service.url}/healthz`).then(
          () => 'open',
          () => 'closed',
        ),
      )
      .toBe('closed')
  })
  for (const claim of claims) expect(await claim).toMatchObject({ transfer: { state: 'collected' } })
  expect(await ended).toBe(0)
  expect(service.lines.join()).toContain('finishing what is under way')
  const [row] = await sql`select count(*)::int as collected from transfers where state = 'collected'`
  expect(row).toEqual({ collected: 1 + 20 })
})

interface Asked {
  kind: 'send' | 'collect'
  ask(client: Client): Promise<unknown>
  answer?: unknown
}

/** Sends and collects with keys, many at once, until nobody answers any more. */
async function untilItBreaks(
  client: Client,
  people: Person[],
  told: (answered: number) => unknown,
): Promise<Asked[]> {
  const asked: Asked[] = []
  let answered = 0
  const put = async <T>(kind: Asked['kind'], ask: (client: Client) => Promise<T>): Promise<T> => {
    const one: Asked = { kind, ask }
    asked.push(one)
    const answer = await ask(client)
    one.answer = answer
    told(++answered)
    return answer
  }
  const worker = async (index: number) => {
    for (let round = 0; ; round++) {
      const [from, to] = [people[index % 3], people[(index + 1 + (round % 2)) % 3]] as [Person, Person]
      const key = `${index}-${round}`
      const { code } = await put<TransferView>('send', (one) =>
        one.send(from, '1', { to, key: `send-${key}` }),
      )
      await put('collect', (one) => one.collect(code, to, { key: `collect-${key}` }))
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: 12 }, (_, index) => worker(index)))
  for (const end of ends) if (end.status === 'rejected' && end.reason.code) throw end.reason
  return asked
}

const client = (url: string, token: string) => clientOf((path, init) => fetch(url + path, init), token.trim())

/** Settings for a service with a folder of its own, which goes away with its server when the test ends. */
async function ownFolder(): Promise<Env> {
  const folder = await mkdtemp(join(tmpdir(), 'passalong-restart-'))
  // Postgres runs as another user where the tests run as root.
  await chmod(folder, 0o755)
  onTestFinished(async () => {
    // A killed service has left its server behind: whoever leaves it last stops it.
    const guest = await joinEmbeddedPostgres(folder)
    await guest.stop()
    await rm(folder, { recursive: true, force: true })
  })
  const { PATH = '' } = process.env
  return { PATH, DATA_DIR: folder, PORT: '0', PUBLIC_URL: 'https://pass.test', ROLES: 'api,worker' }
}

async function start(env: Env): Promise<ServiceProcess> {
  const service = await startProcess(env)
  onTestFinished(() => killProcess(service.child))
  return service
}
