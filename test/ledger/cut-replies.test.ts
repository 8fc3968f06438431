import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect } from '../../db/postgres.ts'
import { audit } from '../../src/ledger/audit.ts'
import { freshDatabase } from '../support/database.ts'
import { effort } from '../support/effort.ts'
import { AT_COMMIT, openProxy } from '../support/proxy.ts'
import { type Client, clientOf, makeTokenIn, newcomer, rich, startTestService } from '../support/service.ts'

const REPLIES = effort(250, 25_000)
/** Sent in one request, so that they are written together. */
const MANY = 25

/** A service with a proxy on either side of it: before the database, and before itself. */
let database: Awaited<ReturnType<typeof freshDatabase>>
let behind: Awaited<ReturnType<typeof openProxy>>
let before: Awaited<ReturnType<typeof openProxy>>
let service: Awaited<ReturnType<typeof startTestService>>
let client: Client
beforeAll(async () => {
  database = await freshDatabase()
  behind = await openProxy(new URL(database.url))
  service = await startTestService({ database: behind.url, roles: 'api' })
  before = await openProxy(new URL(service.url))
  const token = await makeTokenIn(database.url, 'through-the-proxy')
  client = clientOf((path, init) => fetch(before.url.replace(/\/$/, '') + path, init), token)
})
afterAll(async () => {
  before.close()
  await service.close()
  behind.close()
  await database.drop()
})

/** What was asked, and how it was answered. */
const kept: { ask(): Promise<unknown>; answer: unknown }[] = []

/** Asks until it is answered. @returns how often nobody answered */
async function insist(ask: () => Promise<unknown>): Promise<number> {
  for (let lost = 0; ; lost++) {
    try {
      kept.push({ ask, answer: await ask() })
      return lost
    } catch (error) {
      if (!isLost(error)) throw error
    }
  }
}

test(`${REPLIES} replies of the service are cut after the commit: asked again with its key, each is what it would have been, and all is done once`, {
  timeout: REPLIES * 1000,
}, async () => {
  const [ada] = await rich(client, String(REPLIES), newcomer('Ada'))
  const ben = newcomer('Ben')
  let lost = 0
  for (let turn = 0; turn < REPLIES; turn += 2) {
    const cut = () => before.cutAt(/^POST/, true)
    const send = () => client.send(ada, '0.01', { key: `${ada.id}-send-${turn}` })
    let code = ''
    const sent = cut()
    lost += await insist(async () => {
      const made = await send()
      code = made.code
      return made
    })
    await sent
    const claimed = cut()
    lost += await insist(() => client.collect(code, ben, { key: `${ada.id}-claim-${turn}` }))
    await claimed
  }
  expect(lost).toBe(REPLIES)
  await expectDoneOnce(1 + REPLIES / 2)
})

test(`${REPLIES} replies of the database are cut after the commit: the service finds out what became of them, and all is done once`, {
  timeout: REPLIES * 1000,
}, async () => {
  const [ada] = await rich(client, String(REPLIES), newcomer('Ada'))
  const ben = newcomer('Ben')
  let [lost, turn] = [0, 0]
  for (; lost < REPLIES; turn++) {
    const items = Array.from({ length: MANY }, (_, nth) => ({
      from: ada,
      to: ben,
      amount: '0.01',
      key: `${ada.id}-${turn}-${nth}`,
    }))
    const cut = behind.cutAt(AT_COMMIT, true)
    await insist(() => client.post('/v1/transfers:batch', { items }))
    lost += (await cut).match(/\bfund\b/g)?.length ?? 0
  }
  await expectDoneOnce(1 + turn * MANY)
})

/** Who asks once more gets the same answers, and only so many transfers were made since the last look. */
async function expectDoneOnce(made: number) {
  for (const { ask, answer } of kept.splice(0).slice(-100)) expect(await ask()).toEqual(answer)
  const { db, close } = connect(database.url)
  const { transfers, faults } = await audit(db)
  await close()
  expect(faults).toEqual([])
  expect(transfers - seen).toBe(made)
  seen = transfers
}
let seen = 0

/** Nobody answered, or the service doesn't know what became of it. */
const isLost = (error: unknown): boolean => {
  const { name, code } = error as { name?: string; code?: string }
  return name === 'TypeError' || code === 'outcome_unknown'
}
