import { type Close, type CloseNeeds, close } from './close.ts'
import type { ReadTransfer } from './find.ts'

/**
 * The sender takes a transfer back.
 * @throws Refusal `transfer_not_found`, `not_sender`, `key_reused`, or one of `CLOSED`
 */
export const cancel = (needs: CloseNeeds, asked: Close): Promise<ReadTransfer> =>
  close(needs, 'cancel', asked)
