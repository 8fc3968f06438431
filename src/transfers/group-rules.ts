import { databaseTime } from '../../db/clock.ts'
import { membersOf } from '../groups/lists.ts'
import { type GroupRules, limitsOf, whyRefused } from '../groups/rules.ts'
import type { Draft } from '../ledger/commands.ts'
import type { Request } from '../ledger/rows.ts'
import { type Asset, chooseAsset } from '../money/amount.ts'
import type { KnownIdentity } from '../people/identity.ts'
import { Refusal } from '../shared/refusal.ts'
import { startOfDay } from '../shared/zones.ts'
import { findAnswer } from './idempotency.ts'
import type { Needs } from './needs.ts'

/**
 * The asset that somebody means: the one that they name, or that a currency sign in the amount means; else the usual one of the group,
 * or the first of those offered.
 * @throws Refusal those of `chooseAsset`
 */
export function assetMeant(
  { asset }: GroupRules,
  offered: Asset[],
  named: string | undefined,
  typed: string,
): Asset {
  const usual = offered.find(({ code }) => code === asset)
  return chooseAsset(usual ? [usual, ...offered.filter((other) => other !== usual)] : offered, named, typed)
}

/** For how long a transfer is open in a group, in seconds. */
export const lifetimeOf = ({ hours }: GroupRules, asset: Asset): number =>
  hours === undefined ? asset.lifetime : hours * 3600

/** What the rules of its group add to the terms of a transfer. */
export async function termsOf(
  { db }: Pick<Needs, 'db'>,
  rules: GroupRules,
  asset: Asset,
): Promise<Pick<Draft, 'lifetime' | 'limit'>> {
  const { day } = limitsOf(rules, asset)
  return {
    lifetime: lifetimeOf(rules, asset),
    ...(day !== undefined && {
      limit: { since: startOfDay(await databaseTime(db), rules.timeZone), most: day },
    }),
  }
}

/**
 * Refuses a transfer that the rules of its group refuse. What its sender has sent there on that day is for the ledger to count.
 * @param request one that was answered before is let through to its answer
 * @throws Refusal `group_off`, `group_admins_only`, `group_listed_only`, `group_transfer_limit`, `admins_unknown`
 */
export async function obeyRules(
  needs: Pick<Needs, 'db' | 'rules' | 'memberships'>,
  draft: Draft,
  sender: KnownIdentity,
  request?: Request,
): Promise<void> {
  const refusal = await whyNot(needs, draft, sender)
  if (refusal && !(request && (await findAnswer(needs.db, request.client, request.key)))) throw refusal
}

async function whyNot(
  { db, rules, memberships }: Pick<Needs, 'db' | 'rules' | 'memberships'>,
  { groupId, asset, amount }: Draft,
  { person }: KnownIdentity,
): Promise<Refusal | undefined> {
  if (!groupId) return undefined
  const all = await rules.of(groupId)
  const { senders } = all
  try {
    return whyRefused(all, {
      asset,
      amount,
      isAdmin: senders === 'admins' && (await memberships.isAdmin(groupId, person)),
      isListed: typeof senders === 'object' && (await membersOf(db, senders.list)).has(person),
    })
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}
