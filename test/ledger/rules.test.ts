import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { effort } from '../support/effort.ts'
import { randomFrom, SEED } from '../support/model/random.ts'
import { type Step, stepBy } from '../support/model/steps.ts'
import { World } from '../support/model/world.ts'

const STEPS = 100
const COMMANDS = effort(1_000_000, 500_000_000)
const WALKS = Math.ceil(COMMANDS / STEPS)
/** Walks between two looks at what else there is to do. */
const AT_ONCE = 1000

test(`after each of ${COMMANDS} random commands, what is always true is true (SEED=${SEED})`, {
  timeout: 5_400_000,
}, async () => {
  const outcomes = new Map<string, number>()
  for (let walk = 0; walk < WALKS; walk++) {
    if (walk % AT_ONCE === 0) await setImmediate()
    const seed = SEED + walk
    const failure = failureOf(stepsFrom(seed), outcomes)
    if (failure) expect.fail(toldInFewest(seed, failure))
  }
  expect([...outcomes.values()].reduce((sum, count) => sum + count)).toBe(WALKS * STEPS)
  // A random walk that never came by a rule has said nothing of it.
  expect([...outcomes.keys()].sort()).toEqual([...DONE, ...REFUSED].sort())
})

function stepsFrom(seed: number): Step[] {
  const random = randomFrom(seed)
  return Array.from({ length: STEPS }, () => stepBy(random))
}

function failureOf(steps: Step[], outcomes = new Map<string, number>()): Error | undefined {
  const world = new World()
  try {
    for (const step of steps) {
      const outcome = world.take(step)
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    }
    world.checkAll()
  } catch (error) {
    return error as Error
  }
  return undefined
}

/** Without each step that it doesn't take to fail. */
function toldInFewest(seed: number, { message }: Error): string {
  let steps = stepsFrom(seed)
  for (let index = steps.length - 1; index >= 0; index--) {
    const fewer = steps.toSpliced(index, 1)
    if (failureOf(fewer)) steps = fewer
  }
  const told = steps.map((step) => JSON.stringify(step, inWords))
  return [`SEED=${seed} has it again: ${message}`, ...told, failureOf(steps)?.message].join('\n')
}

const inWords = (_key: string, value: unknown) =>
  typeof value === 'bigint' ? String(value) : value instanceof Set ? [...value] : value

const DONE = [
  'create',
  'issue',
  'contribute',
  'refund',
  'ask',
  'end',
  'extend',
  'reissue',
  'collect',
  'enter',
  'settle',
  'cancel',
  'decline',
  'return',
  'time passes',
  'approve',
  'hold',
  'nothing to give back',
]
const REFUSED = [
  'already_collected',
  'already_yours',
  'amount_too_large',
  'amount_too_small',
  'ask_ended',
  'ask_expired',
  'ask_not_found',
  'ask_paid',
  'asker_unpayable',
  'awaiting_approval',
  'awaiting_goal',
  'awaiting_sender',
  'cancelled',
  'declined',
  'drawing',
  'entered_already',
  'expired',
  'extended_already',
  'group_day_limit',
  'handle_not_told',
  'insufficient_funds',
  'listed_only',
  'members_only',
  'members_unknown',
  'name_or_phrase',
  'not_due',
  'not_for_you',
  'not_here_before',
  'not_recipient',
  'not_sender',
  'on_hold',
  'own_transfer',
  'phrase_needed',
  'phrase_taken',
  'pool_overpaid',
  'refunded_already',
  'reissued_meanwhile',
  'settlement_too_large',
  'too_many_shares',
  'transfer_not_found',
  'wrong_asset',
]
