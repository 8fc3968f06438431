import { type Close, type CloseNeeds, close } from './close.ts'
import type { ReadTransfer } from './find.ts'

/**
 * The recipient sends a transfer back.
 * @throws Refusal `transfer_not_found`, `not_recipient`, `handle_not_told`, `key_reused`, or one of `CLOSED`
 */
export const decline = (needs: CloseNeeds, asked: Close): Promise<ReadTransfer> =>
  close(needs, 'decline', asked)
