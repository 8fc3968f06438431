import { LRUCache } from 'lru-cache'
import { v5 } from 'uuid'

/** Whose account it is: a person's, a group's (its treasury), or the issuer's, which alone may go below zero. */
export type Owner = { kind: 'person' | 'group'; id: string } | { kind: 'issuer' }

export interface AccountRef {
  id: string
  owner: Owner
  asset: string
}

export const ISSUER: Owner = { kind: 'issuer' }

export const personOwner = (id: string): Owner => ({ kind: 'person', id })

const NAMESPACE = '6f2b7c1e-2f64-4a5c-9b0e-5a1f7d3c8e90'

/** The id follows from owner and asset, so that an account is known before it is opened, and is opened once. */
export const accountOf = (owner: Owner, asset: string): AccountRef => ({
  id: idOf(owner.kind === 'issuer' ? `issuer:${asset}` : `${owner.kind}:${owner.id}:${asset}`),
  owner,
  asset,
})

/** The hash is asked for several times with each command, and costs as much as the rest of the decision. */
const ids = new LRUCache<string, string>({ max: 100_000, memoMethod: (name) => v5(name, NAMESPACE) })
const idOf = (name: string) => ids.memo(name)
