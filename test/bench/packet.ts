import { makeToken } from '../../src/access/tokens.ts'
import { startMeter } from './cpu.ts'
import { environmentOf } from './http.ts'
import { load, request } from './load.ts'
import { startService } from './service.ts'
import { type Funded, type Stage, timed } from './stage.ts'
import type { Table } from './table.ts'

const SHARES = 10_000
const MANY = 100

/** One transfer of ten thousand shares, collected by ten thousand people: in-process, over HTTP, and many in one request. */
export async function measurePacket(stage: Stage, table: Table): Promise<void> {
  const people = await stage.crowd(SHARES)
  const inProcess = await stage.createPacket(SHARES)
  const meter = startMeter(stage.dataDir, { node: [process.pid] })
  const seconds = await timed(SHARES, (index) => stage.collectById(inProcess, people[index] as Funded))
  table.add({ row: 'one packet of 10,000 shares, in-process', count: SHARES, seconds, cpu: meter() })

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
  } finally {
    await service.stop()
  }
}
