import { expect, test } from 'vitest'
import { effort } from '../support/effort.ts'
import { playRounds } from '../support/model/http/rounds.ts'
import { SEED } from '../support/model/random.ts'

const REQUESTS = effort(5000, 250_000)

test(`to each of ${REQUESTS} random requests the service says what the model says (SEED=${SEED})`, {
  timeout: 5_400_000,
}, async () => {
  const { outcomes, failure } = await playRounds(SEED, REQUESTS)
  if (failure) expect.fail(failure)
  expect([...outcomes.keys()]).toEqual(expect.arrayContaining([...DONE, ...REFUSED]))
})

/** The most usual ones. */
const DONE = ['create', 'collect', 'cancel', 'decline', 'issue', 'contribute', 'ask', 'end', 'hold', 'retry']
/** The most usual ones. */
const REFUSED = [
  'already_collected',
  'already_yours',
  'expired',
  'group_transfer_limit',
  'insufficient_funds',
  'not_admin',
  'not_for_you',
  'not_sender',
  'on_hold',
  'own_transfer',
  'transfer_not_found',
  'wrong_asset',
]
