import type { Transfer } from '../ledger/rules.ts'
import { type Close, type CloseNeeds, close } from './close.ts'

/**
 * The sender takes a transfer back.
 * @throws Refusal `not_sender`, or why it is over
 */
export const cancel = (needs: CloseNeeds, asked: Close): Promise<Transfer> => close(needs, 'cancel', asked)
