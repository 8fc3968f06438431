import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { canCluster, startBalancer, startCluster } from '../support/cluster.ts'
import { effort } from '../support/effort.ts'
import { startLoad } from '../support/load.ts'
import { killProcess, startProcess, stopProcess } from '../support/process.ts'
import { makeTokenIn } from '../support/service.ts'

const ROUNDS = effort(0, 10)
const CALLERS = 8
/** How long nobody may be answered, in seconds. */
const MOST = { kill: 30, freeze: 30, switchOver: 5 }

test.skipIf(!canCluster())(
  `the primary of a cluster is killed, frozen and switched over ${ROUNDS} times each under load: the next one is there in time, and what was answered is in the books, once`,
  { timeout: 600_000 + ROUNDS * 300_000 },
  async () => {
    const cluster = await startCluster()
    onTestFinished(cluster.remove)
    const folder = await mkdtemp(join(tmpdir(), 'passalong-balanced-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    const settings = {
      DATABASE_URL: cluster.url,
      SECRET_KEY: randomUUID(),
      ROLES: 'api,worker',
      PORT: '3000',
    }
    const services = []
    for (const machine of [11, 12]) {
      const service = await startProcess({
        ...settings,
        HOST: `${cluster.network}.${machine}`,
        DATA_DIR: folder,
      })
      onTestFinished(() => killProcess(service.child))
      services.push(service)
    }
    const balancer = await startBalancer(cluster.network, folder)
    onTestFinished(balancer.close)
    const load = await startLoad(balancer.url, await makeTokenIn(cluster.url, 'test'), CALLERS)
    load.begin()

    const ways = {
      async kill() {
        const name = await cluster.primary()
        await cluster.kill(name)
        await load.nextSuccess()
      },
      async freeze() {
        const name = await cluster.primary()
        await cluster.freeze(name)
        await load.nextSuccess()
        // As its watchdog does with a machine that hangs.
        await cluster.kill(name)
      },
      async switchOver() {
        await cluster.switchOver()
        await load.answers(50)
      },
    }
    const silences: { [way in keyof typeof ways]: number[] } = { kill: [], freeze: [], switchOver: [] }
    for (let round = 0; round < ROUNDS; round++)
      for (const way of ['kill', 'freeze', 'switchOver'] as const) {
        await load.answers(100)
        load.longestSilence()
        await ways[way]()
        silences[way].push(load.longestSilence())
        await cluster.gather()
      }
    await load.answers(100)
    const { refused, acknowledged, hung } = await load.end()
    console.log({ acknowledged, hung, silences })
    expect([...refused, ...(await load.check(cluster.url))]).toEqual([])
    for (const way of ['kill', 'freeze', 'switchOver'] as const)
      expect(Math.max(...silences[way]), way).toBeLessThan(MOST[way])
    for (const { child } of services) expect(await stopProcess(child)).toBe(0)
  },
)
