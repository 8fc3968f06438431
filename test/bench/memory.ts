import { makeToken } from '../../src/tokens.ts'
import { residentMegabytes } from './cpu.ts'
import { environmentOf } from './http.ts'
import { load, request } from './load.ts'
import { startService } from './service.ts'
import type { Stage } from './stage.ts'

const MINUTES = 10
const MANY = 100

/** What the service's process holds in memory: at rest, after a million transfers, and while it is under load. */
export async function measureMemory(stage: Stage): Promise<[what: string, megabytes: number | undefined][]> {
  const token = await makeToken(stage.core.db, 'memory')
  const service = await startService({ ...environmentOf(stage), ROLES: 'api,worker' })
  const told: [string, number | undefined][] = []
  const tell = (what: string) => told.push([what, residentMegabytes(service.pid)])
  const person = (index: number) => ({ messenger: 'bench', id: String(index % 1000) })
  try {
    await new Promise((resolve) => setTimeout(resolve, 5000))
    tell('at rest')

    const items = Array.from({ length: MANY }, (_, index) => ({ amount: '0.01', from: person(index) }))
    const create = request('POST', '/v1/transfers:batch', token, { items })
    let made: string[] = []
    const codesOf = (body: string) =>
      [...body.matchAll(/"code":"([\w-]{30,31})"/g)].map(([, code = '']) => code)
    await load(
      service.port,
      1_000_000 / MANY,
      () => create,
      () => {},
      16,
    )
    tell('after a million transfers')

    const until = Date.now() + MINUTES * 60_000
    let minute = 0
    let moved = 0
    while (Date.now() < until) {
      made = []
      await load(
        service.port,
        100,
        () => create,
        (_status, body) => made.push(...codesOf(body)),
        16,
      )
      await load(
        service.port,
        made.length,
        (index) => request('POST', '/v1/claims', token, { code: made[index], by: person(index + 500) }),
        () => {},
      )
      moved += 2 * made.length
      const now = MINUTES - (until - Date.now()) / 60_000
      if (now < minute + 1 && minute < MINUTES) continue
      minute = Math.floor(now)
      tell(
        `after ${minute} minute${minute > 1 ? 's' : ''} under load, ${moved.toLocaleString('en')} commands`,
      )
    }
    return told
  } finally {
    await service.stop()
  }
}
