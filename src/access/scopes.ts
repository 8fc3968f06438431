import type { Bounds } from '../ledger/bounds.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { APP, SANDBOX } from '../shared/person-ids.ts'

/** What a token can be allowed to do, one by one. */
export const VERBS = ['read', 'send', 'collect', 'ask', 'issue'] as const
export type Verb = (typeof VERBS)[number]

/**
 * What a route asks of a token: none at all for `anyone`, whichever it is for `any`, or one that may do `all`, or a verb for whom the request is
 * about.
 */
export type RouteScope = 'anyone' | 'any' | 'all' | { may: Verb; about: About }

/**
 * Where a request says whom it is about: `actor` in `by` or `from`, also of each item of a batch; `holder` in `to` or `from`, whose money becomes
 * more or less; the others in the address, or by the code, which whoever has it may look up. `client`: about nothing but what the token has itself.
 */
export type About =
  | 'actor'
  | 'holder'
  | 'person'
  | 'group'
  | 'transfer'
  | 'payout'
  | 'ask'
  | 'code'
  | 'client'

/** What a token may do. */
export interface Scope {
  may: readonly Verb[]
  /** Besides the account of its own that each token has. */
  whom: Whom
  /** Decimal strings, in each asset: the most in one transfer, and on a day, by UTC. */
  perTransfer?: string | undefined
  perDay?: string | undefined
  /** Whether whoever opens the app's page has it ask for what they type there. */
  counter?: true
}

/**
 * Nobody else; nobody else, and its own account is in the playground, with play money alone; a group, whose treasury it pays from as an admin
 * does; or everybody, of one asset or of all.
 */
export type Whom =
  | { kind: 'own' }
  | { kind: 'sandbox' }
  | { kind: 'group'; id: string }
  | { kind: 'everybody'; asset?: string }

/** Whose account a token's own is, which is called like the token. */
export const selfOf = (name: string, { whom }: Scope): ExternalKey => ({
  messenger: whom.kind === 'sandbox' ? SANDBOX : APP,
  id: name,
})

/** What an app may do where nobody says otherwise: get money, pay with it, and see its own. */
export const APP_VERBS = ['read', 'send', 'collect', 'ask'] as const satisfies readonly Verb[]

/** The client that a token belongs to, and what it may do: `all` is as much as the operator. */
export interface Grant {
  client: string
  scope: Scope | 'all'
}

/** That of a token that may not do all. */
export type LimitedGrant = Grant & { scope: Scope }

/** The only asset that a token deals in, if there is one. */
export const onlyAssetOf = ({ scope }: Grant): string | undefined =>
  scope !== 'all' && scope.whom.kind === 'everybody' ? scope.whom.asset : undefined

/** What the ledger holds a token to; undefined where it has no bounds. */
export function boundsOf(grant: Grant): Bounds | undefined {
  const { scope } = grant
  if (scope === 'all') return undefined
  const { perTransfer, perDay } = scope
  const asset = onlyAssetOf(grant)
  return (asset ?? perTransfer ?? perDay) ? { token: grant.client, asset, perTransfer, perDay } : undefined
}
