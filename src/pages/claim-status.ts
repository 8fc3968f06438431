import type { Actor, Transfer } from '../ledger/commands.ts'
import { decide } from '../ledger/rules.ts'
import { CLOSED } from '../shared/closed.ts'
import { Refusal } from '../shared/refusal.ts'

const statuses = [
  'open',
  'already_yours',
  ...CLOSED,
  'not_for_you',
  'handle_not_told',
  'wrong_asset',
  'own_transfer',
] as const

/** What a transfer is to somebody who looks at it: open, or why they can't collect it. */
export type ClaimStatus = (typeof statuses)[number]

export const isClaimStatus = (code: string): code is ClaimStatus => statuses.some((known) => known === code)

/**
 * Asks the rules what would come of a collect right now, by the one who is signed in; nothing moves.
 * @param viewer.hasCollected whether they have collected from it
 */
export function claimStatusOf(
  transfer: Transfer,
  now: Date,
  viewer: { actor: Actor; hasCollected: boolean } | undefined,
): ClaimStatus {
  if (viewer) {
    const { actor, hasCollected } = viewer
    const state = { now, balances: new Map(), transferOf: () => transfer, hasPaid: () => hasCollected }
    const decided = decide(state, { do: 'collect', which: { id: transfer.id }, by: actor })
    if (!(decided instanceof Refusal)) return 'open'
    if (isClaimStatus(decided.code)) return decided.code
    throw decided
  }
  // Of a stranger nobody knows whether it is for them: only whether it is still there to be had.
  switch (transfer.state) {
    case 'open':
      return now < transfer.expiresAt ? 'open' : 'expired'
    case 'collected':
      return 'already_collected'
    case 'returned':
      return 'expired'
    default:
      return transfer.state
  }
}
