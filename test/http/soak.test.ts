import { expect, test } from 'vitest'
import { effort } from '../support/effort.ts'
import { openFlood } from '../support/flood/index.ts'
import { DISK, FLAT_MB, riseOfMemory } from '../support/flood/memory.ts'
import { commandLine } from '../support/folder.ts'

const MINUTES = effort(0, 60)

// As long as most of the long run: it runs where it is asked for by `npm run prove hour`.
test(`at full rate for ${MINUTES} minutes memory stays flat, and the books are right`, {
  timeout: 1_200_000 + MINUTES * 120_000,
}, async () => {
  const flood = await openFlood(DISK)
  const rises = await riseOfMemory(flood, MINUTES)
  for (const rise of Object.values(rises)) expect(rise).toBeLessThan(FLAT_MB)
  expect(await commandLine(flood.env, 'audit')).toContain('The books are right')
})
