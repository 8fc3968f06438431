import { defineConfig } from 'vitest/config'

/** The tests of what is pure, quickly, as each mutant has to face them: without a database, and with fewer random commands. */
export default defineConfig({
  test: {
    include: ['test/ledger/rules.test.ts', 'test/money/amount.test.ts'],
    env: { PROVE: '0.0001' },
    bail: 1,
    pool: 'threads',
    maxWorkers: 1,
    isolate: false,
  },
})
