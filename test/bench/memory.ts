import { makeToken } from '../../src/access/tokens.ts'
import { processesOfPostgres, proportionalMegabytes, residentMegabytes } from './cpu.ts'
import { environmentOf } from './http.ts'
import { load, request } from './load.ts'
import { startService } from './service.ts'
import type { Stage } from './stage.ts'

const MINUTES = 10
const MANY = 100
/** It looks every five seconds whether it is at rest. */
const TO_REST_MS = 15_000

/**
 * What the service's process holds in memory: at rest, after a million transfers, under load, and at rest again; and what
 * Postgres holds.
 */
export async function measureMemory(stage: Stage): Promise<[what: string, megabytes: number | undefined][]> {
  const token = await makeToken(stage.core.db, 'memory')
  const service = await startService({ ...environmentOf(stage), ROLES: 'api,worker' })
  const told: [string, number | undefined][] = []
  const tell = (what: string) => told.push([what, residentMegabytes(service.pid)])
  const tellAtRest = async (what: string) => {
    await new Promise((resolve) => setTimeout(resolve, TO_REST_MS))
    tell(what)
    const postgres = proportionalMegabytes(processesOfPostgres(stage.dataDir))
    told.push([`${what}: Postgres, its processes together (PSS)`, postgres])
  }
  const person = (index: number) => ({ messenger: 'bench', id: String(index % 1000) })
  try {
    await tellAtRest('at rest')

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
    await tellAtRest('at rest after them')

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
    await tellAtRest('at rest again')
    return told
  } finally {
    await service.stop()
  }
}
