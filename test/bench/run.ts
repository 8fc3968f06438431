import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Measured, measureLedger } from './ledger.ts'
import { findPgbench, tpcb } from './pgbench.ts'
import { measureStart } from './start.ts'

/**
 * `npm run bench` measures everything, `npm run bench ledger` or `npm run bench start` one part of it.
 * Three rounds in one sitting, in turns with pgbench on the same server: the ratios count, the rest is the machine's.
 */
const ROUNDS = 3
const parts = new Set(process.argv.slice(2))
const wanted = (part: string) => parts.size === 0 || parts.has(part)

console.log(`Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'})\n`)
if (wanted('start')) await start()
if (wanted('ledger')) await ledger()

async function start() {
  const empty: number[] = []
  const existing: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const dataDir = await temporaryFolder()
    empty.push(await measureStart(dataDir))
    existing.push(await measureStart(dataDir))
    await rm(dataDir, { recursive: true, force: true })
  }
  console.log('| from `node src/main.ts` to the first served request | seconds, median of 3 |\n|---|---|')
  console.log(`| empty folder | ${median(empty).toFixed(2)} |`)
  console.log(`| existing folder | ${median(existing).toFixed(2)} |\n`)
}

async function ledger() {
  const pgbench = findPgbench()
  if (!pgbench)
    console.log(
      '*** NO PGBENCH: there is no yardstick, and so no ratios. Debian has it in postgresql-contrib. ***\n',
    )
  const yardstick: number[] = []
  const rows = new Map<string, number[]>()
  const dataDir = await temporaryFolder()
  await measureLedger(dataDir, ROUNDS, {
    before: (url) => {
      if (pgbench) yardstick.push(tpcb(pgbench, url))
    },
    measured: ({ row, perSecond }: Measured) => rows.set(row, [...(rows.get(row) ?? []), perSecond]),
  })
  await rm(dataDir, { recursive: true, force: true })

  console.log('| ledger in-process, 256 callers | a second, median of 3 | times tpcb-like |\n|---|---|---|')
  if (pgbench) console.log(`| pgbench tpcb-like, 8 clients | ${Math.round(median(yardstick))} | 1 |`)
  for (const [row, rates] of rows) {
    const ratio = pgbench
      ? median(rates.map((rate, round) => rate / (yardstick[round] ?? rate))).toFixed(1)
      : '–'
    console.log(`| ${row} | ${Math.round(median(rates))} | ${ratio} |`)
  }
}

async function temporaryFolder() {
  const folder = await mkdtemp(join(tmpdir(), 'passalong-bench-'))
  // Postgres runs as another user where this runs as root.
  await chmod(folder, 0o755)
  return folder
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
