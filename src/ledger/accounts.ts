import { LRUCache } from 'lru-cache'
import { v5 } from 'uuid'
import { atMost } from '../shared/at-most.ts'

/**
 * Who owns an account: a person, a group (its treasury), or the issuer, whose balance alone may be below zero. `id` is a
 * UUID.
 */
export type Owner = { kind: 'person' | 'group'; id: string } | { kind: 'issuer' }

/** An account, which need not be open yet. */
export interface AccountRef {
  id: string
  owner: Owner
  asset: string
}

/** The owner of the accounts that money is issued from. */
export const ISSUER: Owner = { kind: 'issuer' }

/** A person as an owner. @param id the person's */
export const personOwner = (id: string): Owner => ({ kind: 'person', id })

/** A group as the owner of its treasury. @param id of a group that is merged into no other */
export const groupOwner = (id: string): Owner => ({ kind: 'group', id })

/** Never to be changed: all ids of accounts follow from it. */
const NAMESPACE = '6f2b7c1e-2f64-4a5c-9b0e-5a1f7d3c8e90'

/**
 * An owner's account for an asset. Its id follows from both, so that it is known before the account is opened, and nobody
 * opens it twice.
 */
export const accountOf = (owner: Owner, asset: string): AccountRef => ({
  id: idOf(owner.kind === 'issuer' ? `issuer:${asset}` : `${owner.kind}:${owner.id}:${asset}`),
  owner,
  asset,
})

/** Cached, as each command needs several ids, and one hash costs as much as the rest of the decision. */
const ids = new LRUCache<string, string>({ ...atMost(100_000), memoMethod: (name) => v5(name, NAMESPACE) })
const idOf = (name: string) => ids.memo(name)
