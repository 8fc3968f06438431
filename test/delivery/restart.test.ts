import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../db/postgres.ts'
import { newSecret } from '../../src/access/codes.ts'
import type { ViewWithCode } from '../../src/transfers/view.ts'
import { freshDatabase } from '../support/database.ts'
import { emptyFolder } from '../support/embedded.ts'
import { clientAt, commandLine, ownFolder, settingsOf, started } from '../support/folder.ts'
import { stopProcess } from '../support/process.ts'
import { type Client, makeTokenIn, newcomer, type Person } from '../support/service.ts'

test('a service killed in the middle of its work loses nothing that it has answered, and doubles nothing', {
  timeout: 120_000,
}, async () => {
  const env = await ownFolder()
  const first = await started(env)
  const token = await commandLine(env, 'token', 'test')
  const people = ['Ada', 'Ben', 'Eve'].map((name) => newcomer(name))
  const before = clientAt(first.url, token)
  for (const person of people) await before.issue(person, '100')

  const asked = await untilItBreaks(
    before,
    people,
    (answered) => answered === 150 && first.child.kill('SIGKILL'),
  )
  const answered = asked.filter(({ answer }) => answer)
  expect(answered.length).toBeGreaterThanOrEqual(150)
  expect(answered.length).toBeLessThan(asked.length)

  const second = await started(env)
  const after = clientAt(second.url, token)
  for (const { answer, ask } of asked) {
    const again = await ask(after)
    if (answer) expect(again).toEqual(answer)
  }
  const sent = asked.filter(({ kind }) => kind === 'send').length
  const collected = asked.filter(({ kind }) => kind === 'collect').length
  const beside = await commandLine(env, 'audit')
  expect(beside).toContain(
    `The books are right: 4 accounts, ${3 + sent} transfers, ${2 * 3 + sent + collected} entries`,
  )
  const balances = await Promise.all(people.map((person) => after.balance(person)))
  expect(balances.reduce((sum, balance) => sum + Number(balance), 0)).toBe(300 - (sent - collected))

  expect(await stopProcess(second.child)).toBe(0)
  expect(await commandLine(env, 'audit')).toBe(beside)
})

test('a service told to end answers what is under way, takes nothing new, and ends with 0', async () => {
  const { url: database, drop } = await freshDatabase()
  onTestFinished(drop)
  const service = await started({
    ...settingsOf(await emptyFolder()),
    DATABASE_URL: database,
    SECRET_KEY: newSecret(),
  })
  const caller = clientAt(service.url, await makeTokenIn(database, 'test'))
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
      const { code } = await put<ViewWithCode>('send', (one) =>
        one.send(from, '1', { to, key: `send-${key}` }),
      )
      await put('collect', (one) => one.collect(code, to, { key: `collect-${key}` }))
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: 12 }, (_, index) => worker(index)))
  for (const end of ends) if (end.status === 'rejected' && end.reason.code) throw end.reason
  return asked
}
