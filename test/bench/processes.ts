import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { openSql } from '../../db/drivers.ts'
import { startMeter } from './cpu.ts'
import type { Stage } from './stage.ts'
import type { Table } from './table.ts'
import type { Order } from './worker.ts'

/** Two processes, each with a ledger of its own, on one Postgres: what they do in sum, beside what one does. */
export async function measureProcesses(stage: Stage, table: Table, count: number): Promise<void> {
  const [one, other] = (await Promise.all([startWorker(stage), startWorker(stage)])) as [
    ChildProcess,
    ChildProcess,
  ]
  try {
    const ids = await stage.createMany(3 * count)
    const shares = [ids.slice(0, count), ids.slice(count, 2 * count), ids.slice(2 * count)] as const
    const measure = async (row: string, orders: [ChildProcess, string[]][]) => {
      const meter = startMeter(stage.dataDir, { node: orders.map(([{ pid }]) => pid as number) })
      const started = performance.now()
      await Promise.all(orders.map(([worker, collect]) => run(worker, { collect })))
      const seconds = (performance.now() - started) / 1000
      table.add({ row, count: orders.length * count, seconds, cpu: meter() })
    }
    await measure('collect, one process', [[one, shares[0]]])
    await measure('collect, two processes, in sum', [
      [one, shares[1]],
      [other, shares[2]],
    ])
  } finally {
    for (const worker of [one, other]) worker.kill()
  }
}

/**
 * A million commands by two processes that want the same: each tries to collect what the other collects, from the
 * other end, out of and into the same thousand accounts. Answers how many were carried out, and the deadlocks.
 */
export async function measureContention(
  stage: Stage,
): Promise<{ commands: number; collected: number; deadlocks: number }> {
  const TRANSFERS = 333_000
  const workers = (await Promise.all([startWorker(stage), startWorker(stage)])) as [
    ChildProcess,
    ChildProcess,
  ]
  const sql = openSql(stage.url, { max: 1 })
  const deadlocks = async () => {
    const [row] = await sql`select deadlocks::int from pg_stat_database where datname = current_database()`
    return row?.deadlocks as number
  }
  const before = await deadlocks()
  let collected = 0
  for (let begun = 0; begun < TRANSFERS; begun += 37_000) {
    const ids = await stage.createMany(37_000)
    const won = await Promise.all([
      run(workers[0], { collect: ids }),
      run(workers[1], { collect: ids.toReversed() }),
    ])
    collected += won[0] + won[1]
  }
  await Promise.all(
    workers.map((worker) => {
      worker.kill()
      return once(worker, 'exit')
    }),
  )
  // A session tells what it has counted when it ends.
  await new Promise((resolve) => setTimeout(resolve, 1500))
  const after = await deadlocks()
  await sql.end()
  return { commands: 3 * TRANSFERS, collected, deadlocks: after - before }
}

async function startWorker({ url, secretKey, asset, at }: Stage): Promise<ChildProcess> {
  const worker = fork(fileURLToPath(new URL('./worker.ts', import.meta.url)))
  const people = Array.from({ length: 1000 }, (_, index) => at(index).person)
  worker.send({ url, secretKey, asset: asset.code, people })
  await once(worker, 'message')
  return worker
}

/** Answers how many of them were collected here. */
async function run(worker: ChildProcess, order: Order): Promise<number> {
  worker.send(order)
  const [won] = await once(worker, 'message')
  return won
}
