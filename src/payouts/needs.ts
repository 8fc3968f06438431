import type { Trail } from '../groups/trail.ts'
import type { Needs as TransferNeeds } from '../transfers/needs.ts'

/** Everything that the functions of this folder are handed; each names its part. */
export interface Needs extends TransferNeeds {
  trail: Trail
}
