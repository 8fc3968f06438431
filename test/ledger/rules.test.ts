import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { effort } from '../support/effort.ts'
import { SEED } from '../support/model/random.ts'
import { STEPS, walk } from '../support/model/walk.ts'

const COMMANDS = effort(1_000_000, 500_000_000)
const WALKS = Math.ceil(COMMANDS / STEPS)
/** Walks between two looks at what else there is to do. */
const AT_ONCE = 1000

test(`after each of ${COMMANDS} random commands, what is always true is true (SEED=${SEED})`, {
  timeout: 5_400_000,
}, async () => {
  const outcomes = new Map<string, number>()
  for (let turn = 0; turn < WALKS; turn++) {
    if (turn % AT_ONCE === 0) await setImmediate()
    const failure = walk(SEED + turn, outcomes)
    if (failure) expect.fail(failure)
  }
  expect([...outcomes.values()].reduce((sum, count) => sum + count)).toBe(WALKS * STEPS)
  // A random walk that never came by a rule has said nothing of it.
  expect([...outcomes.keys()].sort()).toEqual([...DONE, ...REFUSED].sort())
})

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
