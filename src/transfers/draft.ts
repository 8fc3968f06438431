import { randomBytes } from 'node:crypto'
import { codeHashOf, codeOf } from '../access/codes.ts'
import type { ChatUpdate } from '../groups/groups.ts'
import { DEFAULT_RULES } from '../groups/rules.ts'
import { type AccountRef, accountOf, personOwner } from '../ledger/accounts.ts'
import { ANYONE, type Draft, type Recipient, type Settlement } from '../ledger/commands.ts'
import { type Asset, parseAmount } from '../money/amount.ts'
import type { IdentityUpdate, KnownIdentity } from '../people/identity.ts'
import { newId } from '../shared/ids.ts'
import { handleKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { MOST_SHARES } from '../shared/shares.ts'
import { assetMeant, lifetimeOf, termsOf } from './group-rules.ts'
import type { Needs } from './needs.ts'
import type { Draw, Takers } from './view.ts'

/** What somebody wants to pass along, and to whom, as the API gets it. */
export interface Terms {
  /** As people type it: `parseAmount` reads it. */
  amount: string
  /** The code of an asset; by default the one that the amount's currency sign means, the group's, or the messenger's first. */
  asset?: string | undefined
  from: IdentityUpdate
  /** By default whoever has the code. */
  to?: IdentityUpdate | { messenger: string; handle: string } | null | undefined
  note?: string | null | undefined
  /**
   * How many may collect, each once. Drawn by lot where `draw` says so, otherwise equal. Where the whole is split among all who take part,
   * it is as many as there may be.
   */
  shares?: number | undefined
  /** People take part for so many seconds, and nobody is paid before. */
  settlement?: { by: Settlement; seconds: number } | undefined
  draw?: Draw | undefined
  /** Who in the group may collect, where it is not for whoever has the code. */
  takers?: Takers | undefined
  /** The chat where it is sent. */
  group?: ChatUpdate | null | undefined
}

/** Of a list as it is named: its people are looked up before it is made. */
const recipientOf = (takers: Takers): Recipient<AccountRef> =>
  takers.of === 'list'
    ? { kind: 'listed', list: takers.list }
    : { kind: takers.of === 'members' ? 'members' : 'present' }

/** A transfer in the ledger's terms, with its code and its people. */
export interface Drafted {
  draft: Draft
  code: string
  sender: KnownIdentity
  /** Only where they were named by their id. */
  recipient?: KnownIdentity
}

/**
 * Makes a draft of a transfer, with a new id and code, in the terms of its group. Nothing is written.
 * @param groupId of the group where it is sent
 * @throws Refusal those of `chooseAsset` and `parseAmount`, `wrong_asset`, `own_transfer`
 */
export async function draftOf(
  needs: Pick<Needs, 'db' | 'assets' | 'people' | 'rules' | 'secretKey'>,
  { amount, asset: named, from, to, note, settlement, draw, takers, ...terms }: Omit<Terms, 'group'>,
  groupId: string | undefined,
): Promise<Drafted> {
  const { assets, people, rules, secretKey } = needs
  const ruled = groupId ? await rules.of(groupId) : DEFAULT_RULES
  const asset = assetMeant(ruled, assets.of(from.messenger), named, amount)
  const minor = parseAmount(amount, asset)
  const shares = terms.shares ?? (settlement?.by === 'split' ? mostShares(minor) : 1)
  const isLucky = draw === 'lucky' && shares > 1
  const sender = await people.recognise(from)
  const id = newId()
  const code = codeOf(secretKey, id)
  const { recipient, identity } = to
    ? await namedBy(to, { assets, people, asset, sender })
    : { recipient: takers ? recipientOf(takers) : ANYONE }
  const settles = settlement && settled(settlement, lifetimeOf(ruled, asset))
  const draft: Draft = {
    id,
    codeHash: codeHashOf(code),
    asset,
    amount: minor,
    from: accountOf(personOwner(sender.person), asset.code),
    recipient,
    ...(groupId && { groupId }),
    ...(await termsOf(needs, ruled, asset)),
    ...(note && { note }),
    ...(shares > 1 && { shares }),
    ...(isLucky && { lucky: true }),
    ...settles,
    ...((isLucky || settlement) && { seed: randomBytes(32).toString('hex') }),
  }
  return { draft, sender, code, ...(identity && { recipient: identity }) }
}

/** Whom terms name: somebody, or whoever has a handle. */
async function namedBy(
  to: NonNullable<Terms['to']>,
  {
    assets,
    people,
    asset,
    sender,
  }: Pick<Needs, 'assets' | 'people'> & { asset: Asset; sender: KnownIdentity },
): Promise<{ recipient: Recipient<AccountRef>; identity?: KnownIdentity }> {
  if (!assets.codesOf(to.messenger).has(asset.code)) throw new Refusal('wrong_asset', { asset: asset.code })
  if ('id' in to) {
    const identity = await people.recognise(to)
    const account = accountOf(personOwner(identity.person), asset.code)
    return { recipient: { kind: 'account', account }, identity }
  }
  const handle = handleKey(to.messenger, to.handle)
  if (sender.handle && handle === handleKey(sender.messenger, sender.handle))
    throw new Refusal('own_transfer')
  return { recipient: { kind: 'handle', handle } }
}

const mostShares = (minor: bigint) => (minor < BigInt(MOST_SHARES) ? Math.max(1, Number(minor)) : MOST_SHARES)

/** It ends when they have taken part, and not later than any other would. @param lifetime in seconds */
function settled(
  { by, seconds }: NonNullable<Terms['settlement']>,
  lifetime: number,
): Pick<Draft, 'settlement' | 'lifetime'> {
  if (seconds > lifetime) throw new Refusal('settles_too_late', { minutes: Math.floor(lifetime / 60) })
  return { settlement: by, lifetime: seconds }
}

/** The people that terms name by their ids, with the labels that came along. */
export const peopleIn = ({ from, to }: Terms): IdentityUpdate[] => (to && 'id' in to ? [from, to] : [from])
