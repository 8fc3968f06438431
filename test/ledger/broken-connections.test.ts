import { expect, test } from 'vitest'
import { BREAKS, type Break, breakUnderLoad } from '../support/breaks.ts'
import { effort, isLong } from '../support/effort.ts'

const WAYS = Object.keys(BREAKS) as Break[]
const ROUNDS = effort(1, 10)
/** In the long run, on a machine that does nothing else: from the end of a break to the first success, in milliseconds. */
const FIRST_SUCCESS_MS = isLong ? 5000 : Number.POSITIVE_INFINITY

test(`however the connections to the database break under load (${ROUNDS} times each of ${WAYS.length} ways), whoever asks is answered, and what was answered is there once`, {
  timeout: ROUNDS * 240_000,
}, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    const outcomes = await breakUnderLoad(WAYS)
    expect(outcomes.flatMap(({ faults }) => faults)).toEqual([])
    expect(outcomes.filter(({ firstSuccess }) => firstSuccess < FIRST_SUCCESS_MS)).toHaveLength(WAYS.length)
  }
})
