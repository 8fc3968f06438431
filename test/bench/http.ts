import { makeToken } from '../../src/access/tokens.ts'
import { startMeter } from './cpu.ts'
import { type Ask, type Hear, load, request } from './load.ts'
import { type RunningService, startBeside, startService } from './service.ts'
import type { Stage } from './stage.ts'
import type { Table } from './table.ts'

/** How many there are in one request to a route for many. */
const MANY = 100
/** V8 compiles for the first twenty thousand or so; what that costs is no request's. */
const WARM = 20_000

/** The service in a process of its own, asked over 256 connections; the load comes from this process. */
export async function measureHttp(stage: Stage, table: Table, count: number): Promise<void> {
  const token = await makeToken(stage.core.db, 'bench')
  const service = await startService(environmentOf(stage))
  try {
    const measure = measureOf(stage, table, service)
    const codes: string[] = []
    const created: Hear = (status, body, index) => {
      if (status !== 201) throw new Error(`A transfer was answered with ${status}: ${body}`)
      codes[index] = codeIn(body)
    }
    const create: Ask = (index) =>
      request('POST', '/v1/transfers', token, { amount: '0.01', from: person(index) })
    const collect: Ask = (index) =>
      request('POST', '/v1/claims', token, { code: codes[index], by: person(index + 500) })
    await load(service.port, WARM, create, created)
    await load(service.port, WARM, collect, expectStatus(201))
    await measure('create', count, create, created)
    await measure('collect', count, collect, expectStatus(201))

    // One rush more, so that the crowd is known when it counts.
    const rushes = 1 + Math.ceil(count / 10_000)
    await load(service.port, rushes, create, created)
    let winners = 0
    const rush: Ask = (index) =>
      request('POST', '/v1/claims', token, {
        code: codes[Math.floor(index / 10_000)],
        by: { messenger: 'crowd', id: String(index % 10_000) },
      })
    const counted: Hear = (status) => {
      if (status === 201) winners += 1
    }
    await load(service.port, 10_000, rush, counted)
    await measure(
      'ten thousand people at one code: refusals and the one winner',
      (rushes - 1) * 10_000,
      (index) => rush(index + 10_000),
      counted,
    )
    if (winners !== rushes) throw new Error(`${winners} have won ${rushes} transfers.`)

    const many = Math.ceil((2 * count) / MANY)
    const seat = (index: number) => Array.from({ length: MANY }, (_, nth) => index * MANY + nth)
    await measure(
      `create, ${MANY} in one request, 16 connections`,
      many,
      (index) => {
        const items = seat(index).map((nth) => ({ amount: '0.01', from: person(nth) }))
        return request('POST', '/v1/transfers:batch', token, { items })
      },
      (_status, body, index) => {
        for (const [nth, { transfer }] of JSON.parse(body).items.entries())
          codes[index * MANY + nth] = transfer.code
      },
      { connections: 16, each: MANY },
    )
    await measure(
      `collect, ${MANY} in one request, 16 connections`,
      many,
      (index) => {
        const items = seat(index).map((nth) => ({ code: codes[nth], by: person(nth + 500) }))
        return request('POST', '/v1/claims:batch', token, { items })
      },
      expectStatus(200),
      { connections: 16, each: MANY },
    )
  } finally {
    await service.stop()
  }
}

/** The yardstick: the same collects, as one would write them first. */
export async function measureOrdinary(stage: Stage, table: Table, count: number): Promise<void> {
  const service = await startBeside('./ordinary.ts', environmentOf(stage))
  try {
    const ids = await stage.createMany(count)
    await measureOf(stage, table, service)(
      'the ordinary way: a drizzle transaction for each collect',
      count,
      (index) =>
        request('POST', '/collect', '', { transfer: ids[index], account: stage.at(index + 500).account.id }),
      expectStatus(201),
    )
  } finally {
    await service.stop()
  }
}

const measureOf =
  (stage: Stage, table: Table, service: RunningService) =>
  async (row: string, count: number, ask: Ask, hear: Hear, { connections = 256, each = 1 } = {}) => {
    const meter = startMeter(stage.dataDir, { node: [service.pid], load: [process.pid] })
    const seconds = await load(service.port, count, ask, hear, connections)
    table.add({ row, count: count * each, seconds, cpu: meter() })
  }

export const environmentOf = (stage: Stage): Record<string, string> => ({
  DATA_DIR: stage.dataDir,
  DATABASE_URL: stage.url,
  SECRET_KEY: stage.secretKey,
  ROLES: 'api',
})

const person = (index: number) => ({ messenger: 'bench', id: String(index % 1000) })
const codeIn = (body: string) => /"code":"([\w-]+)"/.exec(body)?.[1] ?? ''
const expectStatus =
  (expected: number): Hear =>
  (status, body) => {
    if (status !== expected) throw new Error(`It was answered with ${status}: ${body}`)
  }
