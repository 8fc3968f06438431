import { expect, test } from 'vitest'
import { BREAKS, type Break, breakUnderLoad } from '../support/breaks.ts'

test('however the connections to the database break under load, whoever asks is answered, and what was answered is there once', {
  timeout: 240_000,
}, async () => {
  const ways = Object.keys(BREAKS) as Break[]
  const outcomes = await breakUnderLoad(ways)
  expect(outcomes.flatMap(({ faults }) => faults)).toEqual([])
  expect(outcomes.filter(({ firstSuccess }) => Number.isFinite(firstSuccess))).toHaveLength(ways.length)
})
