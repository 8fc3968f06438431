import { type Close, type CloseNeeds, close } from './close.ts'
import type { ReadTransfer } from './find.ts'

/**
 * The sender takes a transfer back.
 * @throws Refusal `not_sender`, or why it is over
 */
export const cancel = (needs: CloseNeeds, asked: Close): Promise<ReadTransfer> =>
  close(needs, 'cancel', asked)
