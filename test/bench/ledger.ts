import { openSql } from '../../db/drivers.ts'
import { accountOf, personOwner } from '../../src/ledger/accounts.ts'
import { write } from '../../src/ledger/writes.ts'
import { startMeter } from './cpu.ts'
import { type Stage, timed } from './stage.ts'
import { median, type Table } from './table.ts'

/** The ledger inside this process, 256 callers. */
export async function measureLedger(stage: Stage, table: Table, count: number): Promise<void> {
  const { at, create, collect } = stage
  const measure = async (row: string, job: (index: number) => Promise<unknown>) => {
    const meter = startMeter(stage.dataDir, { node: [process.pid] })
    const seconds = await timed(count, job)
    table.add({ row, count, seconds, cpu: meter() })
  }
  const made: string[] = []
  await measure('create, a thousand senders', async (index) => {
    made[index] = await create(at(index + 1))
  })
  await measure('collect, each another transfer', (index) => collect(made[index] as string, at(index + 2)))
  await measure('hot: one account sends all', async (index) => {
    made[index] = await create(at(0))
  })
  await measure('hot: everyone collects into one account', (index) => collect(made[index] as string, at(1)))
}

const LONE = 1500

/** One at a time, nobody else: a collect beside the one statement that it needs, by the driver alone. */
export async function measureAlone(stage: Stage): Promise<{ collect: number; statement: number }> {
  const { at, asset } = stage
  const ids = await stage.createMany(2 * LONE)
  const sql = openSql(stage.url, { max: 1 })
  const statement = async (id: string, index: number) => {
    const account = accountOf(personOwner(at(index).person), asset.code).id
    const entry = {
      transferId: id,
      accountId: account,
      kind: 'collect',
      amount: 1n,
      leaves: 'collected',
    } as const
    await write(sql, {
      now: new Date(),
      created: [],
      draws: [],
      entries: [entry],
      entrants: [],
      extended: [],
      reissued: [],
      requests: [],
      sentByTokens: [],
      asks: new Set<string>(),
    })
  }
  const taken = { collect: [] as number[], statement: [] as number[] }
  // In turns, so that what else the machine does is borne by both.
  for (let index = 0; index < LONE; index++) {
    const [one, other] = [ids[2 * index] as string, ids[2 * index + 1] as string]
    taken.collect.push(await seconds(() => stage.collect(one, at(2 * index + 500))))
    taken.statement.push(await seconds(() => statement(other, 2 * index + 500)))
  }
  await sql.end()
  return { collect: median(taken.collect), statement: median(taken.statement) }
}

async function seconds(job: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await job()
  return (performance.now() - started) / 1000
}
