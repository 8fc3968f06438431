import { openSql } from '../../db/drivers.ts'
import { startMeter } from './cpu.ts'
import { plantDue } from './plant.ts'
import { CALLERS, type Stage, timed } from './stage.ts'
import type { Table } from './table.ts'

/** Of collects that go on meanwhile there are as many as the sweep finds the time for. */
const DUE = 1_000_000
const PLENTY = 1_200_000

/** A million due at once, while 256 callers collect; beside what those callers collect when nothing is due. */
export async function measureReturns(stage: Stage, table: Table): Promise<void> {
  const { at } = stage
  const ids = await stage.createMany(PLENTY)
  let next = 0
  const collect = () => {
    const index = next++
    return stage.collect(ids[index] as string, at(index + 7))
  }
  const alone = 60_000
  table.add({ row: 'collects, nothing due', count: alone, seconds: await timed(alone, collect) })

  const sql = openSql(stage.url, { max: 1, onnotice: () => {} })
  await plantDue(sql, stage, DUE)
  await sql.end()
  const meter = startMeter(stage.dataDir, { node: [process.pid] })
  const begun = next
  const started = performance.now()
  let swept = false
  const collecting = Promise.all(
    Array.from({ length: CALLERS }, async () => {
      while (!swept && next < ids.length) await collect()
    }),
  )
  const returned = await stage.core.ledger.sweep(stage.core.db)
  const seconds = (performance.now() - started) / 1000
  const count = next - begun
  swept = true
  await collecting
  if (returned < DUE) throw new Error(`Of ${DUE} that were due ${returned} came back.`)
  table.add({ row: 'returns, a million due at once', count: returned, seconds, cpu: meter() })
  table.add({ row: 'collects meanwhile', count, seconds })
}
