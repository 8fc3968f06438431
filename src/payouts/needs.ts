import type { Cards } from '../delivery/cards.ts'
import type { PayoutCards } from '../delivery/payout-cards.ts'
import type { Needs as TransferNeeds } from '../transfers/needs.ts'

/** Everything that the functions of this folder are handed; each names its part. */
export interface Needs extends TransferNeeds {
  deliveries: TransferNeeds['deliveries'] & Pick<Cards & PayoutCards, 'alsoPost' | 'toPostPayout'>
}
