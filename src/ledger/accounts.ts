import { v5 } from 'uuid'

/** Whose account it is: a person's, or the issuer's, which alone may go below zero. */
export type Owner = { kind: 'person'; person: string } | { kind: 'issuer' }

export interface AccountRef {
  id: string
  owner: Owner
  asset: string
}

export const ISSUER: Owner = { kind: 'issuer' }

export const personOwner = (person: string): Owner => ({ kind: 'person', person })

const NAMESPACE = '6f2b7c1e-2f64-4a5c-9b0e-5a1f7d3c8e90'

/** The id follows from owner and asset, so that an account is known before it is opened, and is opened once. */
export function accountOf(owner: Owner, asset: string): AccountRef {
  const name = owner.kind === 'person' ? `person:${owner.person}:${asset}` : `issuer:${asset}`
  return { id: v5(name, NAMESPACE), owner, asset }
}
