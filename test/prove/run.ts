import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/**
 * `npm run prove` runs tests of `npm test` again, for much longer. `npm run prove model kills` runs these parts
 * alone; `npm run prove -- --share 0.01` tries a hundredth of each. What is tried, and what came out, stands in docs/trust.md.
 */
interface Part {
  /** What Node runs. */
  run: string[]
  /** How long all of it takes on two cores, beside others. It is what the order follows, and what is told at the start. */
  minutes: number
  /**
   * Two parts run at a time that use the `processor`, and beside them one that mostly is `waiting`. When all are done, those run `alone`
   * that measure times, or use both cores.
   */
  lane: 'processor' | 'waiting' | 'alone'
  /** It is too long for a run of everything. */
  onlyByName?: true
}

const VITEST = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=verbose', '--max-workers=1']
const tests = (minutes: number, lane: Part['lane'], ...files: string[]): Part => ({
  run: [...VITEST, ...files],
  minutes,
  lane,
})

const PARTS: Record<string, Part> = {
  model: tests(52, 'processor', 'test/ledger/rules.test.ts'),
  http: tests(22, 'processor', 'test/api/model.test.ts'),
  hostile: tests(
    24,
    'processor',
    'test/api/every-route.test.ts',
    'test/api/hostile.test.ts',
    'test/bots/hostile.test.ts',
  ),
  races: tests(6, 'processor', 'test/ledger/races.test.ts'),
  guesses: tests(5, 'processor', 'test/transfers/guesses.test.ts'),
  // They wait for what was killed or cut to be there again.
  cluster: tests(13, 'waiting', 'test/ledger/cluster.test.ts'),
  cuts: tests(13, 'waiting', 'test/ledger/cut-replies.test.ts'),
  kills: tests(13, 'waiting', 'test/ledger/kills.test.ts'),
  outages: tests(
    3,
    'waiting',
    'test/db/recovery.test.ts',
    'test/ledger/full-disk.test.ts',
    'test/ledger/outages.test.ts',
    'test/operations/file-handles.test.ts',
  ),
  breaks: tests(6, 'alone', 'test/ledger/broken-connections.test.ts'),
  load: tests(7, 'alone', 'test/http/flood.test.ts'),
  hour: { ...tests(65, 'alone', 'test/http/soak.test.ts'), onlyByName: true },
  // The controls of the tests.
  bugs: { run: ['test/prove/bugs.ts'], minutes: 3, lane: 'processor' },
  mutants: { run: ['test/prove/mutants.ts'], minutes: 120, lane: 'alone', onlyByName: true },
}

interface Outcome {
  part: string
  held: boolean
  minutes: number
}

const { chosen, share } = asked()
const inLane = (lane: Part['lane']) =>
  chosen.filter((part) => partOf(part).lane === lane).toSorted((a, b) => minutesOf(b) - minutesOf(a))
const [processor, waiting, alone] = [inLane('processor'), inLane('waiting'), inLane('alone')]
const together = Math.max(sum(processor) / 2, ...processor.map(minutesOf), sum(waiting))
console.log(`This takes some ${Math.ceil(together + sum(alone))} minutes on two cores.`)

const began = Date.now()
const outcomes: Outcome[] = []
const take = async (parts: string[]) => {
  for (let part = parts.shift(); part; part = parts.shift()) outcomes.push(await run(part))
}
await Promise.all([take(processor), take(processor), take(waiting)])
await take(alone)

console.log(
  [
    `\n| part | came out | minutes |\n| --- | --- | --: |`,
    ...outcomes.map(
      ({ part, held, minutes }) =>
        `| \`${part}\` | ${held ? 'all held' : 'FAILED'} | ${minutes.toFixed(1)} |`,
    ),
    `\nIn ${minutesSince(began).toFixed(1)} minutes, with ${availableParallelism()} cores, on ${new Date(began).toISOString().slice(0, 10)}, with a share of ${share}.`,
  ].join('\n'),
)
process.exitCode = outcomes.every(({ held }) => held) ? 0 : 1

/** Runs a part to its end, and shows what it says as it says it. */
async function run(part: string): Promise<Outcome> {
  const began = Date.now()
  const child = spawn(process.execPath, partOf(part).run, {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PROVE: String(share), NO_COLOR: '1' },
  })
  for (const input of [child.stdout, child.stderr])
    createInterface({ input }).on('line', (line) => console.log(`${part.padEnd(8)}│ ${line}`))
  const [code] = await once(child, 'close')
  return { part, held: code === 0, minutes: minutesSince(began) }
}

function asked() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { share: { type: 'string', default: '1' } },
  })
  const all = Object.keys(PARTS)
  const unknown = positionals.find((part) => !all.includes(part))
  const share = Number(values.share)
  if (unknown) fail(`There is no part "${unknown}". There are: ${all.join(', ')}.`)
  if (!(share > 0)) fail('--share is a number above 0: 0.01 tries a hundredth of each part.')
  const usual = all.filter((part) => !partOf(part).onlyByName)
  return { chosen: positionals.length > 0 ? positionals : usual, share }
}

function fail(reason: string): never {
  console.error(reason)
  process.exit(1)
}

function partOf(name: string): Part {
  const part = PARTS[name]
  if (!part) throw new Error(`There is no part "${name}".`)
  return part
}

function minutesOf(part: string): number {
  return partOf(part).minutes * share
}

function sum(parts: string[]): number {
  return parts.reduce((minutes, part) => minutes + minutesOf(part), 0)
}

function minutesSince(time: number): number {
  return (Date.now() - time) / 60_000
}
