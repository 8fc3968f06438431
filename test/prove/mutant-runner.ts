import { inject, type RunnerTestSuite, TestRunner } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    /** The mutant that is switched on, or '' for none. */
    mutant: string
  }
  interface TaskMeta {
    /** The mutants that a file of tests reaches, and those that are reached while it is loaded, with all modules that weren't yet. */
    reached?: { byTests: string[]; byLoading: string[] }
  }
}

/** What Stryker's switches read, and where they note which of them were asked. */
const stryker: {
  activeMutant: string
  currentTestId?: string
  mutantCoverage: { static: Record<string, number>; perTest: Record<string, Record<string, number>> }
} = { activeMutant: '', mutantCoverage: { static: {}, perTest: {} } }
Object.assign(globalThis, { __stryker__: stryker })

/** Runs tests with one mutant switched on. */
export default class MutantRunner extends TestRunner {
  constructor(...words: ConstructorParameters<typeof TestRunner>) {
    super(...words)
    stryker.activeMutant = inject('mutant')
    // For the processes that tests start.
    process.env.__STRYKER_ACTIVE_MUTANT__ = stryker.activeMutant
    // What is noted until the tests begin is reached by loading.
    delete stryker.currentTestId
    const loading = stryker.mutantCoverage.static
    for (const mutant of Object.keys(loading)) delete loading[mutant]
  }

  override async onBeforeRunSuite(suite: RunnerTestSuite): Promise<void> {
    await super.onBeforeRunSuite(suite)
    if ('filepath' in suite) stryker.currentTestId = suite.id
  }

  override async onAfterRunSuite(suite: RunnerTestSuite): Promise<void> {
    await super.onAfterRunSuite(suite)
    if (!('filepath' in suite)) return
    const { perTest, static: loading } = stryker.mutantCoverage
    suite.meta.reached = { byTests: Object.keys(perTest[suite.id] ?? {}), byLoading: Object.keys(loading) }
    delete perTest[suite.id]
    stryker.currentTestId = 'nothing'
  }
}
