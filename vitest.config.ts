import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { closingLine } from './test/support/closing-line.ts'

// All processes of a run compile the same modules. https://nodejs.org/api/module.html#module-compile-cache
process.env.NODE_COMPILE_CACHE ??= new URL('node_modules/.cache/compiled', import.meta.url).pathname

/** They wait for what happens within seconds, and so run when nothing else does. */
const crowds = 'test/**/crowd.test.ts'

/** Only `npm run prove` has the time and the machine for it. */
const onlyLong = process.env.PROVE ? [] : ['test/ledger/cluster.test.ts', 'test/http/soak.test.ts']

/** Short files that take long, as they wait: last of all, they would keep a run from its end. */
const waiting = /(operations\/rest|ledger\/broken-connections|payouts\/resume|api\/recorded)\.test\.ts$/

class WaitingFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    return sorted.toSorted((a, b) => Number(waiting.test(b.moduleId)) - Number(waiting.test(a.moduleId)))
  }
}

export default defineConfig({
  test: {
    globalSetup: [
      'memory',
      'database',
      'chromium',
      'pgbouncer',
      'clients',
      'image',
      'faketime',
      'xmpp/prosody',
    ].map((name) => `test/support/${name}.ts`),
    reporters: ['default', closingLine],
    pool: 'forks',
    // Files of one worker share their modules, which Node loads as it does those of the service: to load them anew, and by Vite, takes
    // a fifth of the time.
    isolate: false,
    experimental: { viteModuleRunner: false },
    execArgv: ['--import', new URL('src/quick-imports.ts', import.meta.url).href],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // As patient as a test: on a busy machine a second is nothing.
    expect: { poll: { timeout: 20_000 } },
    sequence: { sequencer: WaitingFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['test/**/*.test.ts'],
          exclude: [crowds, ...onlyLong],
          // Most of them wait more than they work.
          maxWorkers: 5,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'crowds', include: [crowds], maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
  },
})
