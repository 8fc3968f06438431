import { randomBytes } from 'node:crypto'
import { makeToken } from '../../src/access/tokens.ts'
import { luckyShares } from '../../src/ledger/lucky.ts'
import { Refusal } from '../../src/shared/refusal.ts'
import { startMeter } from './cpu.ts'
import { environmentOf } from './http.ts'
import { load, request } from './load.ts'
import { type RunningService, startService } from './service.ts'
import { type Funded, type Stage, timed } from './stage.ts'
import type { Table } from './table.ts'

const SHARES = 10_000
const MANY = 100
const LUCKY = 1000

/** One transfer of ten thousand shares, collected by ten thousand people: in-process, over HTTP, and many in one request; and a thousand lucky ones. */
export async function measurePacket(stage: Stage, table: Table): Promise<void> {
  const people = await stage.crowd(SHARES)
  const inProcess = await stage.createPacket(SHARES)
  const meter = startMeter(stage.dataDir, { node: [process.pid] })
  const seconds = await timed(SHARES, (index) => stage.collectById(inProcess, people[index] as Funded))
  table.add({ row: 'one packet of 10,000 shares, in-process', count: SHARES, seconds, cpu: meter() })

  await measureLucky(stage, table, people)

  const token = await makeToken(stage.core.db, 'bench')
  const service = await startService(environmentOf(stage))
  const by = (index: number) => ({ messenger: 'bench', id: `crowd-${index}` })
  const takeAll = async (each: number, connections: number) => {
    const transfer = await stage.createPacket(SHARES)
    return load(
      service.port,
      SHARES / each,
      (index) =>
        each === 1
          ? request('POST', '/v1/claims', token, { transfer, by: by(index) })
          : request('POST', '/v1/claims:batch', token, {
              items: Array.from({ length: each }, (_, nth) => ({ transfer, by: by(index * each + nth) })),
            }),
      (status, body) => {
        if (status >= 300 || body.includes('"problem"'))
          throw new Error(`A share was answered with ${status}: ${body}`)
      },
      connections,
    )
  }
  const measure = async (row: string, each: number, connections: number) => {
    // A new process has its code to compile, and everybody to meet.
    await takeAll(each, connections)
    const meter = startMeter(stage.dataDir, { node: [service.pid], load: [process.pid] })
    const seconds = await takeAll(each, connections)
    table.add({ row, count: SHARES, seconds, cpu: meter() })
  }
  try {
    await measure('one packet of 10,000 shares, over HTTP', 1, 256)
    await measure(`one packet of 10,000 shares, ${MANY} claims in one request`, MANY, 16)
    await measureTwo(stage, table, token, service)
  } finally {
    await service.stop()
  }
}

/** Ten thousand people tap on a thousand lucky shares: those are paid, as they were drawn, and all others are refused. */
async function measureLucky(stage: Stage, table: Table, people: Funded[]): Promise<void> {
  const seed = randomBytes(32).toString('hex')
  const packet = await stage.createPacket(LUCKY, seed)
  const refused: unknown[] = []
  const meter = startMeter(stage.dataDir, { node: [process.pid] })
  const seconds = await timed(people.length, (index) =>
    stage.collectById(packet, people[index] as Funded).catch((error: unknown) => refused.push(error)),
  )
  const row = '10,000 people on one packet of 1,000 lucky shares, in-process'
  table.add({ row, count: people.length, seconds, cpu: meter() })
  if (!refused.every((error) => error instanceof Refusal && error.code === 'already_collected'))
    throw refused.find((error) => !(error instanceof Refusal))
  await expectPaid(stage, packet, seed, people.length - refused.length)
}

/** The same over HTTP, half of them in one messenger and half in another, through two processes on one Postgres at once. */
async function measureTwo(stage: Stage, table: Table, token: string, one: RunningService): Promise<void> {
  const other = await startService(environmentOf(stage))
  const crowd = async (row?: string) => {
    const seed = randomBytes(32).toString('hex')
    const packet = await stage.createPacket(LUCKY, seed)
    let paid = 0
    const taps = (port: number, messenger: string) =>
      load(
        port,
        SHARES / 2,
        (index) =>
          request('POST', '/v1/claims', token, {
            transfer: packet,
            by: { messenger, id: `crowd-${index}` },
          }),
        (status, body) => {
          if (status === 201) paid++
          else if (!body.includes('"already_collected"'))
            throw new Error(`A tap was answered with ${status}: ${body}`)
        },
      )
    const meter = startMeter(stage.dataDir, { node: [one.pid, other.pid], load: [process.pid] })
    const seconds = Math.max(...(await Promise.all([taps(one.port, 'bench'), taps(other.port, 'shop')])))
    if (row) table.add({ row, count: SHARES, seconds, cpu: meter() })
    await expectPaid(stage, packet, seed, paid)
  }
  try {
    await crowd()
    await crowd(
      '10,000 people of two messengers on one packet of 1,000 lucky shares, over HTTP, two processes',
    )
  } finally {
    await other.stop()
  }
}

/** Exactly the shares that were drawn are paid, in their order, whatever was answered. */
async function expectPaid({ core }: Stage, packet: string, seed: string, answered: number): Promise<void> {
  const paid = (await core.transfers.claimsOf(packet)).map(({ amount }) => amount)
  if (answered !== LUCKY || paid.join() !== luckyShares(seed, BigInt(LUCKY) * 10n, LUCKY).join())
    throw new Error(`${paid.length} lucky shares were paid, ${answered} answered.`)
}
