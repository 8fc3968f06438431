import type { Actor, Hold, Transfer } from '../ledger/commands.ts'
import { decide, NOTHING_HAPPENED } from '../ledger/rules.ts'
import { CLOSED } from '../shared/closed.ts'
import { Refusal } from '../shared/refusal.ts'
import type { ReadClaim } from '../transfers/find.ts'

const statuses = [
  'open',
  'already_yours',
  'entered_already',
  'refunded',
  ...CLOSED,
  'not_for_you',
  'members_only',
  'not_here_before',
  'awaiting_sender',
  'sender_said_no',
  'listed_only',
  'awaiting_approval',
  'awaiting_goal',
  'on_hold',
  'handle_not_told',
  'wrong_asset',
  'own_transfer',
] as const

/** What a transfer is to somebody who opens its link: open to them, or why they can't collect it. */
export type ClaimStatus = (typeof statuses)[number]

/** Somebody who is signed in. */
export interface Acting {
  actor: Actor
  /** What the transfer has paid them already. */
  claim: ReadClaim | undefined
  /** The turn in which they have entered it. */
  turn: number | undefined
  hold: Hold | null
  /** What its sender has said to them, where it confirms who collects; `null`: nothing yet; undefined: they have not asked. */
  answer: 'yes' | 'no' | null | undefined
}

/** Whether the code of a refusal is a claim status. */
export const isClaimStatus = (code: string): code is ClaimStatus => statuses.some((known) => known === code)

/**
 * Asks the ledger's rules what would happen if the viewer collected now. Nothing is written.
 * @param viewer who is signed in, if somebody is
 */
export function claimStatusOf(transfer: Transfer, now: Date, viewer: Acting | undefined): ClaimStatus {
  if (viewer) {
    const { actor, claim, turn, hold, answer } = viewer
    if (claim?.refunded) return 'refunded'
    const state = {
      ...NOTHING_HAPPENED,
      now,
      transferOf: () => transfer,
      hasPaid: () => claim !== undefined,
      // That is looked up when they collect.
      isListed: () => true,
      // Whatever it is: the ledger pays it.
      drawnShare: () => 1n,
      turnOf: () => turn,
      holdOf: () => hold,
    }
    const decided = decide(state, {
      do: 'collect',
      which: { id: transfer.id },
      // Who they are was looked at when they asked.
      by: { ...actor, isConfirmed: answer !== undefined },
      // Whether they know the words is seen when they type them.
      ...(transfer.phraseHash !== null && { phraseHash: transfer.phraseHash }),
    })
    if (!(decided instanceof Refusal))
      return answer === null ? 'awaiting_sender' : answer === 'no' ? 'sender_said_no' : 'open'
    // Its messenger, or its sender, is asked when they collect.
    if (!decided.isFinal) return 'open'
    if (isClaimStatus(decided.code)) return decided.code
    throw decided
  }
  // Without a viewer it is not known whether it is for them, only whether it can still be collected.
  switch (transfer.state) {
    case 'open':
      if (now >= transfer.expiresAt) return transfer.settlement ? 'drawing' : 'expired'
      if (transfer.awaits === 0) return 'open'
      return transfer.askId ? 'awaiting_goal' : 'awaiting_approval'
    case 'collected':
      return 'already_collected'
    case 'returned':
      return 'expired'
    default:
      return transfer.state
  }
}
