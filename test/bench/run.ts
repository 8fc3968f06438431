import { rm } from 'node:fs/promises'
import { cpus } from 'node:os'
import { measureBooks } from './books.ts'
import { measureGrowth } from './growth.ts'
import { measureHttp, measureOrdinary } from './http.ts'
import { measureAlone, measureLedger } from './ledger.ts'
import { measureMemory } from './memory.ts'
import { measurePacket } from './packet.ts'
import { measurePayout } from './payouts.ts'
import { measurePictures } from './pictures.ts'
import { measureContention, measureProcesses } from './processes.ts'
import { measureRedraws } from './redraws.ts'
import { measureReturns } from './returns.ts'
import { openStage, type Stage, temporaryFolder } from './stage.ts'
import { measureStart } from './start.ts'
import { median, openTable } from './table.ts'
import { measureTaps } from './taps.ts'
import { measureVolume } from './volume.ts'
import { measureWebhooks } from './webhooks.ts'

/**
 * `npm run bench` measures everything, which takes half an hour to three quarters; `npm run bench ledger http` only these parts.
 * Three rounds in one sitting, each beside pgbench on the same server: the ratios count, the rest is the machine's.
 */
const ROUNDS = 3

const parts: Record<string, (stage: Stage) => Promise<void>> = {
  ledger: (stage) =>
    inRounds(stage, 'ledger in-process, 256 callers', (table, warm) =>
      measureLedger(stage, table, warm ? 10_000 : 60_000),
    ),
  http: (stage) =>
    inRounds(stage, 'the API over HTTP, 256 connections', async (table, warm) => {
      await measureHttp(stage, table, warm ? 5000 : 50_000)
      await measureOrdinary(stage, table, warm ? 500 : 5000)
    }),
  packet: (stage) => inRounds(stage, 'one packet of 10,000 shares', (table) => measurePacket(stage, table)),
  processes: async (stage) => {
    await inRounds(stage, 'ledgers in processes of their own, 256 callers each', (table, warm) =>
      measureProcesses(stage, table, warm ? 10_000 : 60_000),
    )
    const { commands, collected, deadlocks } = await measureContention(stage)
    console.log(
      `\nTwo processes after the same transfers: ${commands.toLocaleString('en')} commands, ${collected.toLocaleString('en')} collected, ${deadlocks} deadlocks.`,
    )
  },
  returns: (stage) =>
    inRounds(stage, 'returns', (table, warm) => (warm ? Promise.resolve() : measureReturns(stage, table))),
  alone: async (stage) => {
    console.log(
      '\n| one at a time, nobody else | collect, µs | the one statement that it needs, µs | ratio |',
    )
    console.log('|---|--:|--:|--:|')
    for (let round = 1; round <= ROUNDS; round++) {
      const { collect, statement } = await measureAlone(stage)
      const micros = (seconds: number) => Math.round(seconds * 1e6)
      console.log(
        `| round ${round} | ${micros(collect)} | ${micros(statement)} | ${(collect / statement).toFixed(2)} |`,
      )
    }
  },
  taps: async (stage) => {
    console.log(
      '\n| from a tap to its answer, 1,000 taps a second | p50, ms | p99, ms | longest, ms |\n|---|--:|--:|--:|',
    )
    for (let round = 1; round <= ROUNDS; round++) {
      const { p50, p99, most } = await measureTaps(stage)
      console.log(`| round ${round} | ${p50.toFixed(1)} | ${p99.toFixed(1)} | ${most.toFixed(1)} |`)
    }
  },
  redraws: async (stage) => {
    const { here, elsewhere } = await measureRedraws(stage)
    console.log('\n| from a tap in Telegram, one at a time | median, ms | p95, ms |\n|---|--:|--:|')
    for (const [what, { median, p95 }] of [
      ['to its card, drawn anew', here],
      ['to its card in another messenger', elsewhere],
    ] as const)
      console.log(`| ${what} | ${median.toFixed(0)} | ${p95.toFixed(0)} |`)
  },
  webhooks: async (stage) => {
    console.log(
      '\n| a hundred programs are told, one never answers | events a second | of them told | p50, ms | p99, ms | longest, ms |\n|---|--:|--:|--:|--:|--:|',
    )
    for (const rate of [2000, 5000, 10_000]) {
      const { events, told, p50, p99, most } = await measureWebhooks(stage, rate)
      console.log(
        `| ${rate} asked for | ${Math.round(events)} | ${Math.round(told)} | ${p50.toFixed(0)} | ${p99.toFixed(0)} | ${most.toFixed(0)} |`,
      )
    }
  },
  payouts: async (stage) => {
    console.log('\n| a payout to 10,000 people, seconds | checked | noted | paid |\n|---|--:|--:|--:|')
    for (let round = 1; round <= ROUNDS; round++) {
      const { checked, noted, paid } = await measurePayout(stage)
      console.log(`| round ${round} | ${checked.toFixed(2)} | ${noted.toFixed(2)} | ${paid.toFixed(2)} |`)
    }
  },
  pictures: async (stage) => {
    console.log(
      '\n| one after the other, in-process | a second | bytes | processor, ms each | event loop held, ms at most |\n|---|--:|--:|--:|--:|',
    )
    for (const { what, perSecond, bytes, processorMs, heldMs } of await measurePictures(stage))
      console.log(
        `| ${what} | ${Math.round(perSecond)} | ${bytes} | ${processorMs.toFixed(2)} | ${heldMs.toFixed(0)} |`,
      )
  },
  memory: async (stage) => {
    console.log("\n| resident memory of the service's process | MB |\n|---|--:|")
    for (const [what, megabytes] of await measureMemory(stage))
      console.log(`| ${what} | ${megabytes?.toFixed(0) ?? '–'} |`)
  },
  books: async (stage) => {
    console.log(
      "\n| a group's books, a million transfers | median, ms | p95, ms | read by |\n|---|--:|--:|---|",
    )
    for await (const { what, median, p95, scans } of measureBooks(stage, 1_000_000))
      console.log(`| ${what} | ${median.toFixed(1)} | ${p95.toFixed(1)} | ${scans.join(', ')} |`)
  },
  growth: async (stage) => {
    console.log('\n| each adds to the database, in bytes | kept | log | where |\n|---|--:|--:|---|')
    for await (const { what, kept, wal, tables } of measureGrowth(stage)) {
      const where = tables.map(([name, bytes]) => `${name} ${Math.round(bytes)}`)
      console.log(`| ${what} | ${Math.round(kept)} | ${Math.round(wal)} | ${where.join(', ')} |`)
    }
  },
  volume: async (stage) => {
    const table = openTable()
    await measureVolume(stage, table, ROUNDS, 60_000)
    table.print('ledger in-process, 256 callers')
  },
}

/** A first round warms up; it isn't told. */
async function inRounds(
  stage: Stage,
  title: string,
  measure: (table: ReturnType<typeof openTable>, warm: boolean) => Promise<void>,
): Promise<void> {
  await measure(openTable(), true)
  const table = openTable()
  for (let round = 0; round < ROUNDS; round++) {
    table.begin(stage.yardstick())
    await measure(table, false)
  }
  table.print(title)
}

async function start(): Promise<void> {
  const empty: number[] = []
  const existing: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const dataDir = await temporaryFolder()
    empty.push(await measureStart(dataDir))
    existing.push(await measureStart(dataDir))
    await rm(dataDir, { recursive: true, force: true })
  }
  console.log('\n| from the start to the first served request | seconds |\n|---|--:|')
  console.log(
    `| empty folder | ${median(empty).toFixed(2)} |\n| existing folder | ${median(existing).toFixed(2)} |`,
  )
}

const chosen = process.argv.slice(2)
const unknown = chosen.find((part) => part !== 'start' && !parts[part])
if (unknown) {
  console.error(`There is no part "${unknown}". There are: start, ${Object.keys(parts).join(', ')}.`)
  process.exit(1)
}
console.log(`Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'})`)
if (chosen.length === 0 || chosen.includes('start')) await start()
const staged = Object.entries(parts).filter(([part]) => chosen.length === 0 || chosen.includes(part))
if (staged.length > 0) {
  const stage = await openStage()
  try {
    for (const [, measure] of staged) await measure(stage)
  } finally {
    await stage.close()
  }
}
