import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../db/postgres.ts'
import type { Problem } from '../../src/http/problem.ts'
import { audit } from '../../src/ledger/audit.ts'
import type { TransferView } from '../../src/transfers/view.ts'
import { expectBooksRight, type Holder, openSideBySide, outcomesOf } from '../support/books.ts'
import { effort } from '../support/effort.ts'
import { clientAt, settingsOf } from '../support/folder.ts'
import { killProcess, type ServiceProcess, startProcess } from '../support/process.ts'
import { type Client, makeTokenIn, newcomer, rich, startTestService } from '../support/service.ts'

/** Codes that a hundred callers are after, and as many transfers about which two disagree. */
const CODES = effort(200, 10_000)
const CALLERS = 100
/** Codes that are raced for at the same moment. */
const AT_ONCE = 20

/** Two processes on the same books. */
let here: Awaited<ReturnType<typeof startTestService>>
let there: ServiceProcess
let folder: string
let clients: [Client, Client]
beforeAll(async () => {
  here = await startTestService({ roles: 'api' })
  const { database, secretKey } = here
  folder = await mkdtemp(join(tmpdir(), 'passalong-race-'))
  there = await startProcess({
    ...settingsOf(folder),
    ROLES: 'api',
    DATABASE_URL: database,
    SECRET_KEY: secretKey,
  })
  clients = [here.client, clientAt(there.url, await makeTokenIn(database, 'there'))]
})
afterAll(async () => {
  await killProcess(there.child)
  await here.close()
  await rm(folder, { recursive: true, force: true })
})

test(`of a hundred callers at once in two processes one has the money, ${CODES} times over`, {
  timeout: CODES * 2000,
}, async () => {
  const [ada, ...callers] = await rich(
    here.client,
    '1',
    newcomer('Ada'),
    ...Array.from({ length: CALLERS }, () => newcomer()),
  )
  await here.client.issue(ada, String(CODES))
  const race = async () => {
    const { code } = await here.client.send(ada, '1')
    const answers = await Promise.all(
      Array.from({ length: CALLERS / 10 }, (_, tenth) => {
        const items = callers.slice(10 * tenth, 10 * tenth + 10).map((by) => ({ code, by }))
        const client = clients[tenth % 2] as Client
        return client.post<{ items: { problem?: Problem }[] }>('/v1/claims:batch', { items })
      }),
    )
    const codes = answers.flatMap(({ items }) => items.map(({ problem }) => problem?.code ?? 'done'))
    expect(codes.toSorted()).toEqual([...Array(CALLERS - 1).fill('already_collected'), 'done'])
  }
  for (let raced = 0; raced < CODES; raced += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, CODES - raced) }, race))
  const balances = await Promise.all(callers.map((caller) => here.client.balance(caller)))
  expect(balances.reduce((sum, balance) => sum + Number(balance), 0)).toBe(CALLERS + CODES)
  await expectRight()
})

test.each(['cancel', 'decline'] as const)(
  `collect against %s at the same moment in two processes: one of them is done, ${CODES} times over`,
  { timeout: CODES * 2000 },
  async (act) => {
    const [ada, ben] = await rich(here.client, String(CODES), newcomer('Ada'), newcomer('Ben'))
    const by = act === 'cancel' ? ada : ben
    let collected = 0
    const race = async (_: unknown, turn: number) => {
      const [one, other] = (turn % 2 ? clients : clients.toReversed()) as [Client, Client]
      const { id } = await one.send(ada, '1', { to: ben })
      const outcomes = await Promise.allSettled([
        one.post<{ transfer: TransferView }>('/v1/claims', { transfer: id, by: ben }),
        other[act](id, by),
      ])
      expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
      if (outcomes[0].status === 'fulfilled') collected += 1
    }
    for (let raced = 0; raced < CODES; raced += AT_ONCE)
      await Promise.all(Array.from({ length: Math.min(AT_ONCE, CODES - raced) }, race))
    expect(Number(await here.client.balance(ben))).toBe(CODES + collected)
    expect(Number(await here.client.balance(ada))).toBe(CODES - collected)
    await expectRight()
  },
)

test(`collect against return about the end of a transfer, through two ledgers: one of them is done, ${CODES} times over`, {
  timeout: CODES * 2000,
}, async () => {
  const [books, all] = await openSideBySide(2)
  const [ada, ben] = (await books.holders(2, BigInt(CODES) * 100n)) as [Holder, Holder]
  const race = async (_: unknown, turn: number) => {
    const [one, other] = turn % 2 ? all : all.toReversed()
    if (!one || !other) throw new Error('There are two of them.')
    const transfer = await one.send(ada, 1_00n, { lifetime: 0.03 })
    const collect = async () => {
      await sleep(26 + (turn % 5))
      return one.collect(transfer, ben)
    }
    const giveBack = async (): Promise<unknown> => {
      for (;;)
        try {
          return await other.ledger.submit({ do: 'return', which: { id: transfer.id } })
        } catch (error) {
          if ((error as Partial<Problem>).code !== 'not_due') throw error
          await sleep(1)
        }
    }
    return outcomesOf([collect(), giveBack()])
  }
  const collected = { done: 1, already_collected: 1 }
  const returned = { done: 1, expired: 1 }
  let count = 0
  for (let raced = 0; raced < CODES; raced += AT_ONCE) {
    const outcomes = await Promise.all(Array.from({ length: Math.min(AT_ONCE, CODES - raced) }, race))
    for (const outcome of outcomes) expect([collected, returned]).toContainEqual(outcome)
    count += outcomes.filter(({ already_collected }) => already_collected).length
  }
  expect(await books.balance(ben)).toBe(100n * BigInt(CODES + count))
  await expectBooksRight(books)
})

async function expectRight() {
  const { db, close } = connect(here.database)
  expect((await audit(db)).faults).toEqual([])
  await close()
}
