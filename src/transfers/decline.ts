import { type Close, type CloseNeeds, close } from './close.ts'
import type { ReadTransfer } from './find.ts'

/**
 * The one whom a transfer is for sends it back.
 * @throws Refusal `not_recipient`, `handle_not_told`, or why it is over
 */
export const decline = (needs: CloseNeeds, asked: Close): Promise<ReadTransfer> =>
  close(needs, 'decline', asked)
