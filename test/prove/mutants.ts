import { glob, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { parseArgs } from 'node:util'
import { Instrumenter } from '@stryker-mutator/instrumenter'
import { createVitest } from 'vitest/node'
import { effort } from '../support/effort.ts'
import { randomFrom, SEED } from '../support/model/random.ts'
import { copyOfTree, root } from './copy.ts'
import { endKept, KeptWorker } from './kept-worker.ts'

/**
 * A control of the tests: the code is changed in one place after the other, as Stryker changes it, and the tests must find that. Ends with 1
 * where they find less than nine of ten in an area. All mutants of an area stand in one copy of the tree, each behind a switch; a process that
 * has loaded it runs tests again and again, each time with another mutant switched on, and only those that reach it.
 *
 * `node test/prove/mutants.ts access money` tries these areas alone, `--file codes` only files whose path has that.
 */
const AREAS: Record<string, { code: string; tests: string[] }> = {
  access: {
    code: 'src/access/*.ts',
    tests: [
      // The others start the command line again and again.
      'test/access/{codes,kept-key,made-tokens,phrases,sessions,tokens,typed-codes}.test.ts',
      'test/config.test.ts',
    ],
  },
  money: {
    code: 'src/money/*.ts',
    tests: ['test/money/*.test.ts'],
  },
  rules: { code: 'src/ledger/rules.ts', tests: ['test/ledger/{decisions,rules}.test.ts'] },
  ledger: {
    code: 'src/ledger/!(rules).ts',
    tests: [
      'test/ledger/{ledger,books,shares,lucky,limits,holds,keys,expiry,treasury,asks,settlements,batches,audit,side-by-side}.test.ts',
    ],
  },
  verbs: {
    code: 'src/transfers/*.ts',
    tests: ['test/transfers/*.test.ts', 'test/asks/*.test.ts', 'test/api/transfers.test.ts'],
  },
}
const ENOUGH = 0.9
/** So many mutants of an area are drawn in the long run. */
const DRAWN = 300
/** After so many mutants it is seen whether the process still is as it was. */
const AT_A_TIME = 10
/** The tests of a mutant are run until they have taken so long, those first that have found the most. */
const PATIENCE_MS = 10_000
/** What takes that much longer hangs, or the machine is busy: it is not counted as found. */
const LIMIT_MS = 20_000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { file: { type: 'string', default: '' } },
})
const { copy, remove } = await copyOfTree()

const vitest = await createVitest({
  root: copy,
  config: false,
  watch: false,
  reporters: [{}],
  include: ['test/**/*.test.ts'],
  globalSetup: ['test/support/database.ts'],
  runner: join(root, 'test/prove/mutant-runner.ts'),
  pool: {
    name: 'kept',
    createPoolWorker: (options) => new KeptWorker(options),
  },
  maxWorkers: 1,
  isolate: false,
  experimental: { viteModuleRunner: false },
  execArgv: ['--import', join(copy, 'src/quick-imports.ts')],
  env: { PROVE: '0.0001', SEED: String(SEED) },
  bail: 1,
  // Not as patient as `npm test`: what a mutant prevents never comes.
  expect: { poll: { timeout: 5_000 } },
  testTimeout: 60_000,
  hookTimeout: 60_000,
})

const stop = new AbortController()
// Vitest's own listener ends the process at once, and leaves its Postgres behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.removeAllListeners(signal).once(signal, () => {
    stop.abort(new Error(`Stopped by ${signal}.`))
    void endKept()
  })

interface Mutant {
  id: string
  file: string
  /** Where it is, and what becomes of what. */
  change: string
}

/** A file of tests, without a mutant. */
interface Test {
  path: string
  duration: number
  /** The mutants that it reaches. */
  reached: Set<string>
  /** So many mutants it has found. */
  finds: number
}

type Outcome = 'found' | 'hung' | 'survived'

try {
  let isEnough = true
  for (const area of positionals.length > 0 ? positionals : Object.keys(AREAS))
    isEnough = (await tryArea(area)) && isEnough
  process.exitCode = isEnough ? 0 : 1
} finally {
  await vitest.close()
  await endKept()
  await remove()
}

async function tryArea(name: string): Promise<boolean> {
  const area = AREAS[name]
  if (!area) throw new Error(`There is no area "${name}". There are: ${Object.keys(AREAS).join(', ')}.`)
  const mutants = await plant((await filesOf([area.code])).filter((path) => path.includes(values.file)))
  const { tests, loading } = await runWithout(await filesOf(area.tests))
  const drawn = shuffled(mutants).slice(0, effort(DRAWN, DRAWN))
  console.log(`${name}: ${drawn.length} of ${mutants.length} mutants (SEED=${SEED})`)
  const counts: Record<Outcome, number> = { found: 0, hung: 0, survived: 0 }
  for (let begun = 0; begun < drawn.length; begun += AT_A_TIME) {
    for (const [mutant, first] of await tryTogether(drawn.slice(begun, begun + AT_A_TIME), tests)) {
      const again = first === 'survived' && loading.has(mutant.id)
      const outcome = again ? await tryMutant(mutant, tests, { inNewProcess: true }) : first
      counts[outcome] += 1
      const done = counts.found + counts.hung + counts.survived
      if (done % 50 === 0) console.log(`  ${done} tried, ${counts.found} found`)
      const isReached = tests.some(({ reached }) => reached.has(mutant.id))
      if (outcome !== 'found')
        console.log(`  ${outcome}${isReached ? '' : ', not reached'}: ${mutant.change}`)
    }
  }
  // Tests that fail by now without a mutant, in a process that has had all of them, would have found nothing.
  await runWithout(tests.map(({ path }) => path))
  await endKept()
  const share = counts.found / drawn.length
  console.log(`${name}: ${(100 * share).toFixed(1)} % were found: ${JSON.stringify(counts)}`)
  return share >= ENOUGH
}

/** Puts all mutants of these files into the copy. */
async function plant(paths: string[]): Promise<Mutant[]> {
  const sources = await Promise.all(
    paths.map(async (path) => ({
      name: join(copy, path),
      mutate: true,
      content: await readFile(join(root, path), 'utf8'),
    })),
  )
  const log = { isDebugEnabled: () => false, debug() {}, info() {} }
  const { files, mutants } = await new Instrumenter(log as never).instrument(sources, {
    plugins: null,
    excludedMutations: [],
    ignorers: [],
  })
  for (const { name, content } of files) await writeFile(name, content)
  return mutants.map(({ id, fileName, location: { start, end }, replacement }) => {
    const lines = sources.find(({ name }) => name === fileName)?.content.split('\n') ?? []
    const file = relative(copy, fileName)
    const from = lines.slice(start.line, end.line + 1)
    from[from.length - 1] = from.at(-1)?.slice(0, end.column) ?? ''
    from[0] = from[0]?.slice(start.column) ?? ''
    const short = (text: string) => text.replace(/\s+/g, ' ').slice(0, 80)
    return {
      id,
      file,
      change: `${file}:${start.line + 1}: ${short(from.join(' '))} → ${short(replacement)}`,
    }
  })
}

/** Runs these tests while no mutant is switched on. Answers, too, which mutants may act while modules are loaded alone. */
async function runWithout(paths: string[]): Promise<{ tests: Test[]; loading: Set<string> }> {
  const tests: Test[] = []
  const loading = new Set<string>()
  for (const path of paths) {
    const { module, errors } = await run(path, '')
    if (errors.length > 0)
      throw new Error(`${path} fails without a mutant: ${errors.map(({ message }) => message).join('; ')}`)
    const { byTests = [], byLoading = [] } = module?.meta().reached ?? {}
    // The first time takes longer, as modules are loaded.
    const started = performance.now()
    await run(path, '')
    const reached = new Set([...byTests, ...byLoading])
    tests.push({ path, duration: performance.now() - started, reached, finds: 0 })
    for (const mutant of byLoading) loading.add(mutant)
  }
  return { tests, loading }
}

/**
 * What one mutant leaves in the process must not make tests find the next one, too. So the tests that have found these must hold afterwards
 * without a mutant; where they don't, or nobody can say, as the process was ended in between, each that was found is tried again by itself.
 */
async function tryTogether(mutants: Mutant[], tests: Test[]): Promise<Map<Mutant, Outcome>> {
  const outcomes = new Map<Mutant, Outcome>()
  const finders = new Set<Test>()
  for (const mutant of mutants) {
    const reaching = tests.filter(({ reached }) => reached.has(mutant.id))
    outcomes.set(mutant, await tryMutant(mutant, reaching, { finders }))
  }
  const isSure = ![...outcomes.values()].includes('hung') && (await hold(finders))
  if (isSure) return outcomes
  await endKept()
  if (mutants.length === 1) return outcomes
  for (const [mutant, outcome] of outcomes)
    if (outcome === 'found')
      for (const [, alone] of await tryTogether([mutant], tests)) outcomes.set(mutant, alone)
  return outcomes
}

async function hold(tests: Iterable<Test>): Promise<boolean> {
  for (const { path } of tests) if ((await run(path, '')).errors.length > 0) return false
  return true
}

/** @param how whether each test has a process of its own, and which tests have found something, to be added to. */
async function tryMutant(
  mutant: Mutant,
  tests: Test[],
  { inNewProcess = false, finders }: { inNewProcess?: boolean; finders?: Set<Test> },
): Promise<Outcome> {
  const promise = ({ finds, duration }: Test) => (1 + finds) / duration
  let outcome: Outcome = 'survived'
  let spent = 0
  for (const test of tests.toSorted((a, b) => promise(b) - promise(a))) {
    if (spent > PATIENCE_MS) break
    spent += test.duration
    if (inNewProcess) await endKept()
    let { errors, hung } = await runInTime(test, mutant)
    // It may have waited in vain only because the machine was busy.
    if (!hung && errors.length > 0 && errors.every(hasWaited))
      ({ errors, hung } = await runInTime(test, mutant))
    if (inNewProcess) await endKept()
    if (hung) outcome = 'hung'
    else if (errors.length > 0) {
      test.finds += 1
      finders?.add(test)
      return 'found'
    }
  }
  return outcome
}

async function runInTime(test: Test, mutant: Mutant): Promise<{ errors: Failure[]; hung: boolean }> {
  let hung = false
  const limit = setTimeout(
    () => {
      hung = true
      void endKept()
    },
    LIMIT_MS + 3 * test.duration,
  )
  const { errors } = await run(test.path, mutant.id).finally(() => clearTimeout(limit))
  return { errors, hung }
}

type Failure = Pick<Error, 'message' | 'cause'>

/** Whether it is Vitest that says so: a test or a hook took too long, or what was to be so in the end was not in time. */
function hasWaited({ message, cause }: Failure): boolean {
  const texts = [message, cause instanceof Object && 'message' in cause ? cause.message : '']
  return texts.some((text) => /timed out in|in time\./i.test(String(text)))
}

async function run(path: string, mutant: string) {
  stop.signal.throwIfAborted()
  vitest.provide('mutant', mutant)
  const project = vitest.getRootProject()
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications([
    project.createSpecification(join(copy, path)),
  ])
  stop.signal.throwIfAborted()
  const module = testModules.find(({ moduleId }) => moduleId === join(copy, path))
  const failed = [...(module?.children.allTests('failed') ?? [])].flatMap(
    (test) => test.result().errors ?? [],
  )
  const suites = [...(module?.children.allSuites() ?? [])].flatMap((suite) => suite.errors())
  const errors: Failure[] = [
    ...failed,
    ...suites,
    ...(module?.errors() ?? []),
    ...(unhandledErrors as Error[]),
  ]
  return { module, errors }
}

async function filesOf(patterns: string[]): Promise<string[]> {
  return (await Array.fromAsync(glob(patterns, { cwd: root }))).toSorted()
}

/** In an order that follows from the seed. */
function shuffled<T>(items: T[]): T[] {
  const random = randomFrom(SEED)
  const turns = new Map(items.map((item) => [item, random.below(2 ** 31)]))
  return items.toSorted((a, b) => (turns.get(a) ?? 0) - (turns.get(b) ?? 0))
}
