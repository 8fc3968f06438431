import { openSql } from '../../db/drivers.ts'
import { audit } from '../../src/ledger/audit.ts'
import { startMeter } from './cpu.ts'
import { plantOld } from './plant.ts'
import { type Stage, timed } from './stage.ts'
import type { Table } from './table.ts'

const SIZES = [100_000, 10_000_000]

/** The ledger's rates with so many transfers in the tables already. */
export async function measureVolume(
  stage: Stage,
  table: Table,
  rounds: number,
  count: number,
): Promise<void> {
  const sql = openSql(stage.url, { max: 1, onnotice: () => {} })
  let planted = 0
  for (const size of SIZES) {
    await plantOld(sql, stage, planted, size)
    planted = size
    for (let round = -1; round < rounds; round++) {
      const warm = round < 0
      if (!warm) table.begin(stage.yardstick())
      const made: string[] = []
      const measure = async (row: string, job: (index: number) => Promise<unknown>) => {
        const meter = startMeter(stage.dataDir, { node: [process.pid] })
        const seconds = await timed(count, job)
        if (!warm)
          table.add({
            row: `${row}, ${size.toLocaleString('en')} transfers there`,
            count,
            seconds,
            cpu: meter(),
          })
      }
      await measure('create', async (index) => {
        made[index] = await stage.create(stage.at(index))
      })
      await measure('collect', (index) => stage.collect(made[index] as string, stage.at(index + 7)))
    }
  }
  await sql.end()
  const { faults } = await audit(stage.core.db)
  if (faults.length > 0) throw new Error(faults.join('\n'))
}
