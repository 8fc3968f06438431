import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/**
 * `npm run prove` runs tests of `npm test` again, for much longer: at most 90 minutes on two cores, two of them at a time.
 * `npm run prove model kills` runs these parts alone; `npm run prove -- --share 0.01` tries a hundredth of each. What is tried, and what came out, stands
 * in docs/trust.md.
 */
const TESTS: Record<string, string[]> = {
  model: ['test/ledger/rules.test.ts'],
  races: ['test/ledger/races.test.ts'],
  kills: ['test/ledger/kills.test.ts'],
  cuts: ['test/ledger/cut-replies.test.ts'],
  breaks: ['test/ledger/broken-connections.test.ts'],
  handles: ['test/operations/file-handles.test.ts'],
  hostile: ['test/api/every-route.test.ts', 'test/api/hostile.test.ts', 'test/bots/hostile.test.ts'],
}
/** The controls of the tests. */
const CONTROLS: Record<string, string[]> = {
  bugs: ['test/prove/bugs.ts'],
  mutants: ['node_modules/@stryker-mutator/core/bin/stryker.js', 'run', 'test/prove/mutants.json'],
}
const PARTS = Object.keys({ ...TESTS, ...CONTROLS })

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { share: { type: 'string', default: '1' } },
})
const unknown = positionals.find((part) => !PARTS.includes(part))
if (unknown || !(Number(values.share) > 0)) {
  console.error(
    unknown
      ? `There is no part "${unknown}". There are: ${PARTS.join(', ')}.`
      : '--share is a number above 0: 0.01 tries a hundredth of each part.',
  )
  process.exit(1)
}
const chosen = positionals.length > 0 ? positionals : PARTS
const tests = chosen.flatMap((part) => TESTS[part] ?? [])
const controls = chosen.flatMap((part) => (CONTROLS[part] ? [CONTROLS[part]] : []))

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = (...words: string[]) =>
  spawnSync(process.execPath, words, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PROVE: values.share },
  }).status === 0
const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--reporter=verbose', '--max-workers=2']
const held = [
  ...(tests.length > 0 ? [run(...vitest, ...tests)] : []),
  ...controls.map((words) => run(...words)),
]
process.exitCode = held.every(Boolean) ? 0 : 1
