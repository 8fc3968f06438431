import { asc, eq, getTableColumns, isNotNull, sql } from 'drizzle-orm'
import { askParts, asks, transfers } from '../../db/schema.ts'
import { codeHashOf, codeOf } from '../access/codes.ts'
import { DEFAULT_RULES } from '../groups/rules.ts'
import { accountOf, personOwner } from '../ledger/accounts.ts'
import type { Draft } from '../ledger/commands.ts'
import type { Request } from '../ledger/rows.ts'
import { type Asset, chooseAsset, parseAmount } from '../money/amount.ts'
import type { IdentityUpdate, KnownIdentity } from '../people/identity.ts'
import { saveLabels } from '../people/labels.ts'
import { newId } from '../shared/ids.ts'
import { handleKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import type { ReadTransfer } from '../transfers/find.ts'
import { obeyRules, termsOf } from '../transfers/group-rules.ts'
import type { Needs } from './needs.ts'
import { ASK_COLUMNS } from './own.ts'

/** Somebody who pays what they are asked for, or gives for a pool. */
export interface Payment {
  askId: string
  by: IdentityUpdate
  /** What they give for a pool, as people type it. Of what they are asked for it is as it was asked, where it is there. */
  amount?: string | undefined
  request?: Request | undefined
}

/**
 * Pays what an ask wants of somebody: a transfer to who asked, who has it at once; for a pool, once its goal is reached. The rules of the
 * group hold as for any transfer.
 * @throws Refusal `ask_not_found`, `ask_own`, `ask_not_for_you`, `ask_paid`, `ask_ended`, `ask_expired`, `asker_unpayable`, `pool_overpaid`,
 * `pool_underpaid`, `invalid_request`, `wrong_asset`, those of `parseAmount`,
 * those of `Opening.admit` and `obeyRules`, `amount_too_large`, `group_day_limit`, `on_hold`, `insufficient_funds`, `key_reused`
 */
export async function payAsk(
  needs: Needs,
  { askId, by, amount: typed, request }: Payment,
): Promise<ReadTransfer> {
  const { db, people, assets, rules, opening, ledger, secretKey } = needs
  const payer = await people.recognise(by)
  const [asked] = await db.select(ASK_COLUMNS).from(asks).where(eq(asks.id, askId))
  if (!asked) throw new Refusal('ask_not_found')
  const { madeBy, groupId, note } = asked
  if (madeBy === payer.person) throw new Refusal('ask_own')
  const asset = assets.named(asked.asset)
  const { transferId: id, amount } =
    asked.kind === 'pool'
      ? { transferId: newId(), amount: amountOf(typed, asset, assets.of(by.messenger)) }
      : await partOf(needs, askId, payer, by.handle)
  if (asked.kind === 'request' && typed !== undefined && amountOf(typed, asset, [asset]) !== amount)
    throw new Refusal('invalid_request', {
      problem: `amount: ${assets.formatted(amount, asset.code)} ${asset.code} is asked for; leave it out, or say that`,
    })
  if (!assets.codesOf(by.messenger).has(asset.code)) throw new Refusal('wrong_asset', { asset: asset.code })
  const to = accountOf(personOwner(madeBy), asset.code)
  const draft: Draft = {
    id,
    codeHash: codeHashOf(codeOf(secretKey, id)),
    asset,
    amount,
    from: accountOf(personOwner(payer.person), asset.code),
    recipient: { kind: 'account', account: to },
    askId,
    ...(groupId && { groupId }),
    ...(await termsOf(needs, groupId ? await rules.of(groupId) : DEFAULT_RULES, asset)),
    ...(note && { note }),
  }
  await opening.admit({ person: payer.person, identity: by, groupId: groupId ?? undefined }, request)
  await obeyRules(needs, draft, payer, request)
  const { transfer, claim } = await ledger.submit({ do: 'contribute', draft, to }, request)
  await saveLabels(needs, [by])
  people.cacheOwner(draft.from.id, payer)
  return { ...transfer, claims: claim ? [claim] : [] }
}

/** The part that somebody is to pay: their own, or that of whoever pays first. */
async function partOf(
  { db }: Pick<Needs, 'db'>,
  askId: string,
  { person, messenger }: KnownIdentity,
  handle: string | null | undefined,
) {
  // Who was linked may have two parts: one that is not paid comes first.
  const parts = await db
    .select({ ...getTableColumns(askParts), personId: sql<string | null>`person_of(${askParts.personId})` })
    .from(askParts)
    .leftJoin(transfers, eq(transfers.id, askParts.transferId))
    .where(eq(askParts.askId, askId))
    .orderBy(isNotNull(transfers.id), asc(askParts.turn))
  const key = handle && handleKey(messenger, handle)
  const part =
    parts.find((one) => one.personId === person) ??
    parts.find((one) => one.handle !== null && one.handle === key) ??
    parts.find((one) => one.personId === null && one.handle === null)
  if (!part) throw new Refusal('ask_not_for_you')
  return part
}

function amountOf(typed = '', asset: Asset, offered: Asset[]): bigint {
  // A currency sign must not mean another asset than the pool's.
  chooseAsset(offered, asset.code, typed)
  return parseAmount(typed, asset)
}
