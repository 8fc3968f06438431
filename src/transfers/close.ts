import type { Request } from '../ledger/rows.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import type { Needs } from './needs.ts'

/** What somebody does with an open transfer, such as a cancel or a decline. */
export interface Close {
  /** The id of the transfer. */
  id: string
  by: IdentityUpdate
  request?: Request | undefined
}

/** What that needs. */
export type CloseNeeds = Pick<Needs, 'ledger' | 'assets' | 'people' | 'groups' | 'transfers' | 'log'>
