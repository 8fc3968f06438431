import type { Reporter } from 'vitest/node'

/** Ends a run by a plain line, `12 passed, 0 failed`, as what runs the tests may count them and can't read Vitest's coloured summary. */
export const closingLine: Reporter = {
  onTestRunEnd(modules) {
    const states = modules.flatMap((module) =>
      Array.from(module.children.allTests(), (test) => test.result().state),
    )
    const count = (state: string) => states.filter((one) => one === state).length
    const skipped = count('skipped')
    process.stdout.write(
      `${count('passed')} passed, ${count('failed')} failed${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
    )
  },
}
