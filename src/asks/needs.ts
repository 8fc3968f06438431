import type { AskCards } from '../delivery/ask-cards.ts'
import type { Needs as TransferNeeds } from '../transfers/needs.ts'

/** Everything that the functions of this folder are handed; each names its part. */
export interface Needs extends TransferNeeds {
  deliveries: TransferNeeds['deliveries'] & Pick<AskCards, 'toPostAsk' | 'redrawAsk' | 'tellAsked'>
  /** Where the pages are reached from outside. */
  publicUrl(): string
}
