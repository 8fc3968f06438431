import { approvalsFor, type GroupRules, whyRefused } from '../groups/rules.ts'
import { type Asset, chooseAsset, formatAmount, parseAmount } from '../money/amount.ts'
import type { KnownIdentity } from '../people/identity.ts'
import { handleKey } from '../shared/keys.ts'
import { Refusal, type RefusalCode, type RefusalDetails } from '../shared/refusal.ts'
import { assetMeant } from '../transfers/group-rules.ts'
import type { Needs } from './needs.ts'
import { findRecipients, type Named, type Recipient } from './recipients.ts'
import { whyShort } from './treasury.ts'

/** A payout as somebody asks for it. Whether they may is for the caller to find out. */
export interface Asked {
  /** The group where it is asked for; the treasury of its root pays. */
  groupId: string
  by: KnownIdentity
  items: ItemAsked[]
  /** The code of an asset; by default the one that the first amount's currency sign means, the group's, or the messenger's first. */
  asset?: string | undefined
  /** For the items that have none of their own. */
  note?: string | null | undefined
}

/** What one person is to get. */
export interface ItemAsked {
  to: Named
  /** As people type it: `parseAmount` reads it. */
  amount: string
  note?: string | null | undefined
}

/** A payout that was checked. Amounts are in minor units. */
export interface Plan {
  /** Whose treasury pays: a group that is merged into no other. */
  groupId: string
  /** Where it was asked for. */
  madeIn: string
  by: KnownIdentity
  asset: Asset
  total: bigint
  note: string | null
  /** How many other admins have to approve it. */
  approvals: number
  items: PlannedItem[]
}

/** What one person is to get, after all checks. */
export interface PlannedItem {
  to: Recipient
  amount: bigint
  note: string | null
}

/** Why a payout can't be made. */
export interface Fault {
  /** The item, counted from 1; `null`: the payout as a whole. */
  row: number | null
  code: RefusalCode
  details: RefusalDetails
}

/** The most items of one payout. */
export const MAX_ITEMS = 10_000

/** Checks a payout whole, and names all its faults. Nothing moves, and nothing is written but an identity that was not known yet. */
export async function planPayout(
  needs: Pick<Needs, 'db' | 'assets' | 'people' | 'groups' | 'rules' | 'opening'>,
  { groupId: madeIn, by, items: asked, asset: named, note = null }: Asked,
): Promise<Plan | { faults: Fault[] }> {
  const { db, assets, people, opening } = needs
  const faults: Fault[] = []
  const refuse = (row: number | null, { code, details }: Refusal) => void faults.push({ row, code, details })
  const groupId = await needs.groups.rootOf(madeIn)
  const rules = await needs.rules.of(groupId)
  const offered = assets.of(by.messenger)
  const asset = attempt(() => assetMeant(rules, offered, named, asked[0]?.amount ?? ''))
  if (asset instanceof Refusal) refuse(null, asset)
  const shut = await opening.admit({ person: by.person, identity: by, groupId }).catch(unlessRefused)
  if (shut) refuse(null, shut)
  if (await people.holdOf(by.person)) refuse(null, new Refusal('on_hold'))
  if (!rules.on) refuse(null, new Refusal('group_off'))
  if (asked.length === 0 || asked.length > MAX_ITEMS)
    refuse(null, new Refusal('payout_size', { most: MAX_ITEMS }))
  if (asset instanceof Refusal || faults.length > 0) return { faults }

  const recipients = await findRecipients(
    needs,
    groupId,
    asked.map(({ to }) => to),
  )
  const rows = new Map<string, number>()
  const items = asked.flatMap((item, index): PlannedItem | PlannedItem[] => {
    const row = index + 1
    const to = recipients[index] as Recipient | Refusal
    const amount = attempt(() => amountOf(item.amount, asset, offered, rules))
    if (amount instanceof Refusal) refuse(row, amount)
    if (to instanceof Refusal) refuse(row, to)
    else {
      if (!assets.codesOf(to.messenger).has(asset.code))
        refuse(row, new Refusal('wrong_asset', { asset: asset.code }))
      const first = rows.get(keyOf(to))
      if (first) refuse(row, new Refusal('listed_twice', { row: first }))
      else rows.set(keyOf(to), row)
    }
    return amount instanceof Refusal || to instanceof Refusal ? [] : { to, amount, note: item.note ?? note }
  })
  const total = items.reduce((sum, { amount }) => sum + amount, 0n)
  const short = await whyShort(db, groupId, asset, total)
  if (short) refuse(null, short)
  if (faults.length > 0) return { faults }
  return { groupId, madeIn, by, asset, total, note, approvals: approvalsFor(rules, asset, total), items }
}

/** Of two items for the same person, one may name them by their handle. */
const keyOf = ({ person, messenger, handle }: Recipient) => person ?? handleKey(messenger, handle ?? '')

/** What it reads, or why that is refused. */
function attempt<T>(read: () => T): T | Refusal {
  try {
    return read()
  } catch (error) {
    return unlessRefused(error)
  }
}

function unlessRefused(error: unknown): Refusal {
  if (error instanceof Refusal) return error
  throw error
}

/** What one person is to get, in minor units. @throws Refusal those of `parseAmount`, `amount_too_large`, and those of the rules */
export function amountOf(typed: string, asset: Asset, offered: Asset[], rules: GroupRules): bigint {
  // A currency sign must not mean another asset than the payout's.
  chooseAsset(offered, asset.code, typed)
  const amount = parseAmount(typed, asset)
  if (amount > asset.maxTransfer)
    throw new Refusal('amount_too_large', { max: formatAmount(asset.maxTransfer, asset), asset: asset.code })
  const refused = whyRefused(rules, { asset, amount, isAdmin: true, isListed: true })
  if (refused) throw refused
  return amount
}
