import { eq, sql } from 'drizzle-orm'
import { accounts } from '../../db/schema.ts'
import { accountOf, ISSUER } from '../ledger/accounts.ts'
import { formatAmount } from '../money/amount.ts'
import { type ExternalKey, keyOf } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { issue } from '../transfers/issue.ts'
import { type Needs, takeBackOf } from './issues.ts'
import { identitiesOf } from './people.ts'

/** What came of it, in minor units. */
export interface TakenBack {
  asset: string
  taken: bigint
  /** What was issued wrongly and is not there any more. */
  missing: bigint
}

/**
 * Takes back what was issued wrongly, as far as it is still there: once for each issue, and never more from a person than was issued to
 * them and not withdrawn yet.
 * @param asked.id of the issue
 * @throws Refusal `transfer_not_found`, `taken_back_before`, `insufficient_funds` where nothing is there
 */
export async function takeBack(
  needs: Needs,
  { id, reason, by }: { id: string; reason: string; by: ExternalKey },
): Promise<TakenBack> {
  const { assets, trail, transfers } = needs
  const issued = await transfers.byId(id)
  const account = issued?.claims[0]?.account
  if (!issued || !account || issued.fromAccount !== accountOf(ISSUER, issued.asset).id)
    throw new Refusal('transfer_not_found')
  await refuseSecond(needs, id)
  const asset = assets.named(issued.asset)
  const there = await leftOf(needs, account)
  const taken = there < issued.amount ? there : issued.amount
  const inWords = (minor: bigint) => formatAmount(minor, asset)
  if (taken <= 0n)
    throw new Refusal('insufficient_funds', {
      amount: inWords(issued.amount),
      balance: inWords(0n),
      asset: asset.code,
    })
  const whose = await ownerOf(needs, account, asset.code)
  const amount = inWords(taken)
  const details = { issue: id, person: keyOf(whose), amount, asset: asset.code, reason }
  await trail.append({ groupId: null, by, what: 'take back', details })
  const order = {
    id: takeBackOf(id),
    direction: 'out',
    amount,
    asset: asset.code,
    whose,
    note: reason,
  } as const
  await issue(needs, order).catch(async (error: unknown) => {
    // Another operator was quicker: there can be no second transfer with this id.
    await refuseSecond(needs, id)
    throw error
  })
  return { asset: asset.code, taken, missing: issued.amount - taken }
}

async function refuseSecond({ assets, transfers }: Needs, id: string): Promise<void> {
  const before = await transfers.byId(takeBackOf(id))
  if (!before) return
  const { amount, asset } = before
  throw new Refusal('taken_back_before', { amount: assets.formatted(amount, asset), asset })
}

/** What an account has, and at most what was issued to it and not withdrawn. */
async function leftOf({ db }: Needs, account: string): Promise<bigint> {
  const [row] = await db.execute<{ there: string }>(sql`
    select least(a.balance, coalesce(sum(e.amount), 0)) as there
    from accounts a
    left join entries e on e.account_id = a.id and exists (
      select from transfers t join accounts issuer on issuer.id in (t.from_account, t.to_account) and issuer.kind = 'issuer'
      where t.id = e.transfer_id)
    where a.id = ${account} group by a.balance`)
  return BigInt(row?.there ?? 0)
}

/** The owner of an account, as somebody in a messenger that deals in its asset. */
async function ownerOf({ db, assets }: Needs, account: string, asset: string) {
  const [row] = await db.select({ person: accounts.personId }).from(accounts).where(eq(accounts.id, account))
  const known = row?.person ? await identitiesOf(db, row.person) : []
  const whose = known.find(({ messenger }) => assets.codesOf(messenger).has(asset))
  if (!whose) throw new Refusal('transfer_not_found')
  return { messenger: whose.messenger, id: whose.id }
}
