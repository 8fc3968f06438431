import { sql } from 'drizzle-orm'
import { AWAIT_REPLICA } from '../../db/replica.ts'
import { askParts, asks } from '../../db/schema.ts'
import { boundsUnderWay } from '../access/bounds-under-way.ts'
import type { Target } from '../delivery/cards.ts'
import type { ChatUpdate } from '../groups/groups.ts'
import { DEFAULT_RULES } from '../groups/rules.ts'
import { whyOtherAsset } from '../ledger/bounds.ts'
import type { Request } from '../ledger/rows.ts'
import { type Asset, chooseAsset, formatAmount, parseAmount } from '../money/amount.ts'
import type { IdentityUpdate, KnownIdentity } from '../people/identity.ts'
import { saveLabels } from '../people/labels.ts'
import { newId } from '../shared/ids.ts'
import { handleKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { assetMeant } from '../transfers/group-rules.ts'
import { findMade, noteMade } from '../transfers/idempotency.ts'
import type { Needs } from './needs.ts'
import { tellUnpaid } from './tell.ts'

/** What somebody asks others for. Amounts are as people type them: `parseAmount` reads them. */
export interface Asked {
  by: IdentityUpdate
  /** For a `pool` anybody gives what they like, until it is as much as `amount`: it has no parts. */
  kind?: 'request' | 'pool' | undefined
  /** Shared out in equal parts. Left out: each part has an amount of its own. */
  amount?: string | undefined
  /** Who is asked; with nobody, it is whoever pays first. */
  parts: { from: IdentityUpdate | { messenger: string; handle: string }; amount?: string | undefined }[]
  /** One of the equal parts is that of who asks. */
  own?: boolean | undefined
  asset?: string | undefined
  note?: string | null | undefined
  /** What who asks calls it, such as the number of an order: 100 characters at most. */
  reference?: string | undefined
  /** Where its page leads whoever has paid. */
  returnUrl?: string | undefined
  group?: ChatUpdate | null | undefined
  /** For how long it can be paid. */
  minutes?: number | undefined
  /** Where its card is to be posted. */
  card?: Target | undefined
  request?: Request | undefined
}

/** The most people whom one ask is for: all of them are named on its card. */
export const MOST_ASKED = 30

const A_WEEK = 7 * 24 * 60

/**
 * Asks somebody, or several, for money. Nothing moves.
 * @returns the id of the ask; where the request was answered before, that of the first one
 * @throws Refusal those of `chooseAsset`, `parseAmount` and `Opening.admit`, `ask_size`, `ask_own`, `listed_twice`, `wrong_asset`,
 * `amount_too_large`, `group_off`, `on_hold`, `key_reused`
 */
export async function ask(needs: Needs, { request, card, group, ...asked }: Asked): Promise<string> {
  const { db, people, groups, opening, rules, deliveries, assets } = needs
  const { by, kind = 'request', note, reference, returnUrl, minutes = A_WEEK } = asked
  const groupId = group ? await groups.recognise(group) : undefined
  const ruled = groupId ? await rules.of(groupId) : DEFAULT_RULES
  const asker = await people.recognise(by)
  const before = request && (await findMade(db, request, 'ask'))
  if (before) return before
  await opening.admit({ person: asker.person, identity: by, groupId })
  if ((await people.holdOf(asker.person)) === 'all') throw new Refusal('on_hold')
  if (!ruled.on) throw new Refusal('group_off')
  const typed = asked.amount ?? asked.parts[0]?.amount ?? ''
  const asset = assetMeant(ruled, assets.of(by.messenger), asked.asset, typed)
  const bounds = boundsUnderWay()
  const outOfBounds = bounds && whyOtherAsset(asset.code, bounds)
  if (outOfBounds) throw outOfBounds
  const { parts, own, total } =
    kind === 'pool'
      ? { parts: [], own: null, total: parseAmount(typed, asset) }
      : await partsOf(needs, asked, asker, asset)
  const id = newId()
  // Before it is noted, so that its card is posted even where this process ends right after that.
  if (card) await deliveries.toPostAsk(id, card)
  const made = await db.transaction(async (tx) => {
    const first = request && (await noteMade(tx, request, { ask: id }))
    if (first) return first
    if (groupId) await groups.introduce([groupId], tx)
    await people.introduce([asker.person, ...parts.flatMap(({ personId }) => personId ?? [])], tx)
    await tx.insert(asks).values({
      id,
      kind,
      groupId: groupId ?? null,
      madeBy: asker.person,
      asset: asset.code,
      total,
      own,
      note: note ?? null,
      reference: reference ?? null,
      returnUrl: returnUrl ?? null,
      // To the millisecond, which what is given for a pool ends at, too.
      expiresAt: sql`date_trunc('milliseconds', clock_timestamp()) + ${minutes}::float8 * interval '1 minute'`,
    })
    if (parts.length > 0)
      await tx
        .insert(askParts)
        .values(parts.map((part, turn) => ({ ...part, askId: id, turn, transferId: newId() })))
    return id
  })
  const named = asked.parts.flatMap(({ from }) => ('id' in from ? from : []))
  await saveLabels(needs, [by, ...named], group)
  if (made === id) await tellUnpaid(needs, id)
  else await db.execute(AWAIT_REPLICA)
  return made
}

interface Part {
  personId?: string
  handle?: string
  amount: bigint
}

/** Who is to pay how much. */
async function partsOf(
  { people, assets }: Pick<Needs, 'people' | 'assets'>,
  { amount: total, parts: asked, own, by }: Pick<Asked, 'amount' | 'parts' | 'own' | 'by'>,
  asker: KnownIdentity,
  asset: Asset,
): Promise<{ parts: Part[]; own: bigint | null; total: bigint }> {
  if (asked.length > MOST_ASKED) throw new Refusal('ask_size', { most: MOST_ASKED })
  const offered = assets.of(by.messenger)
  const read = (typed: string) => {
    // A currency sign must not mean another asset than that of the first amount.
    chooseAsset(offered, asset.code, typed)
    return parseAmount(typed, asset)
  }
  const shared =
    total === undefined ? undefined : sharesOf(read(total), Math.max(asked.length, 1) + Number(own ?? false))
  const amounts = shared ?? asked.map(({ amount = '' }) => read(amount))
  for (const amount of amounts)
    if (amount > asset.maxTransfer)
      throw new Refusal('amount_too_large', {
        max: formatAmount(asset.maxTransfer, asset),
        asset: asset.code,
      })
  const who = await Promise.all(
    asked.map(async ({ from }) => {
      if (!assets.codesOf(from.messenger).has(asset.code))
        throw new Refusal('wrong_asset', { asset: asset.code })
      return 'id' in from
        ? { personId: (await people.recognise(from)).person }
        : { handle: handleKey(from.messenger, from.handle) }
    }),
  )
  const ownHandle = asker.handle && handleKey(asker.messenger, asker.handle)
  const rows = new Map<string, number>()
  for (const [index, one] of who.entries()) {
    const key = one.personId ?? one.handle ?? ''
    if (key === asker.person || key === ownHandle) throw new Refusal('ask_own')
    const row = rows.get(key)
    if (row) throw new Refusal('listed_twice', { row })
    rows.set(key, index + 1)
  }
  const parts = (who.length > 0 ? who : [{}]).map((one, index) => ({
    ...one,
    amount: amounts[index] as bigint,
  }))
  return {
    parts,
    own: own && shared ? (shared.at(-1) as bigint) : null,
    total: parts.reduce((sum, { amount }) => sum + amount, 0n),
  }
}

/**
 * A sum in equal parts: what doesn't divide is a minor unit more for each of the last ones.
 * @throws Refusal `amount_too_small` where it has fewer minor units than there are parts
 */
export function sharesOf(total: bigint, count: number): bigint[] {
  if (total < BigInt(count)) throw new Refusal('amount_too_small')
  const each = total / BigInt(count)
  const more = Number(total % BigInt(count))
  return Array.from({ length: count }, (_, index) => (index < count - more ? each : each + 1n))
}
