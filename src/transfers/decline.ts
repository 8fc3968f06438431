import type { Transfer } from '../ledger/rules.ts'
import { type Close, type CloseNeeds, close } from './close.ts'

/**
 * The one whom a transfer is for sends it back.
 * @throws Refusal `not_recipient`, `handle_not_told`, or why it is over
 */
export const decline = (needs: CloseNeeds, asked: Close): Promise<Transfer> => close(needs, 'decline', asked)
