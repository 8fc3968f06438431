import { and, eq, or, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { chats, groups, identities, memberships } from '../../db/schema.ts'
import type { Asset } from '../money/amount.ts'
import type { RefusalCode } from '../shared/refusal.ts'
import { startOfDay } from '../shared/zones.ts'
import { isPartOf } from './groups.ts'
import { membersOf } from './lists.ts'
import { type GroupRules, whyRefused } from './rules.ts'

/** What rules would have refused, had they held in the last days. */
export interface Rehearsal {
  /** As they would be saved. */
  rules: GroupRules
  days: number
  /** How many transfers people have made in the group. */
  transfers: number
  /** How many of them would have been refused, and of how many people. */
  refused: number
  people: number
  /** How many each rule would have refused: of limits, for each asset. */
  byRule: { code: RefusalCode; asset: string | null; refused: number }[]
  /** The newest of those that would have been refused. */
  examples: Example[]
}

/** A transfer that would have been refused. */
export interface Example {
  transfer: string
  at: Date
  fromAccount: string
  asset: string
  /** Minor units. */
  amount: bigint
  code: RefusalCode
}

const DAYS = 30
const MAX_EXAMPLES = 5
const PAGE = 1000
const DAY_MS = 86_400_000

/**
 * Decides the transfers of the last 30 days again, by other rules, in the order in which they were made. Who was an admin, or on a
 * list, at that time isn't known: it goes by those who are now.
 * @param groupId a group that is merged into no other
 * @param rules as `checkRules` returns them
 * @param assets all that the group's people deal in
 */
export async function rehearse(
  db: Database,
  groupId: string,
  rules: GroupRules,
  assets: Asset[],
): Promise<Rehearsal> {
  const { senders } = rules
  const admins = senders === 'admins' ? await adminsOf(db, groupId) : new Set<string>()
  const listed = typeof senders === 'object' ? await membersOf(db, senders.list) : new Set<string>()
  const assetOf = new Map(assets.map((asset) => [asset.code, asset]))
  const days = openDays(rules.timeZone)
  const refusedPeople = new Set<string>()
  const byRule = new Map<string, Rehearsal['byRule'][number]>()
  const examples: Example[] = []
  let transfers = 0
  let refused = 0
  for await (const made of madeSince(db, groupId, new Date(Date.now() - DAYS * DAY_MS))) {
    const asset = assetOf.get(made.asset)
    if (!asset) continue
    transfers++
    const refusal = whyRefused(rules, {
      asset,
      amount: made.amount,
      isAdmin: admins.has(made.person),
      isListed: listed.has(made.person),
      sentToday: days.sentBefore(made),
    })
    if (!refusal) {
      days.add(made)
      continue
    }
    const { code, details } = refusal
    refused++
    refusedPeople.add(made.person)
    const rule = { code, asset: details.asset === undefined ? null : made.asset, refused: 0 }
    const key = `${code} ${rule.asset}`
    byRule.set(key, { ...rule, refused: (byRule.get(key)?.refused ?? 0) + 1 })
    const { id: transfer, at, fromAccount, amount } = made
    examples.unshift({ transfer, at, fromAccount, asset: asset.code, amount, code })
    examples.splice(MAX_EXAMPLES)
  }
  return {
    rules,
    days: DAYS,
    transfers,
    refused,
    people: refusedPeople.size,
    byRule: [...byRule.values()].sort((one, other) => other.refused - one.refused),
    examples,
  }
}

/** A transfer that a person has made, with what came back of it and when. */
interface Made {
  id: string
  at: Date
  person: string
  fromAccount: string
  asset: string
  amount: bigint
  back: { amount: bigint; at: Date } | null
}

/** The transfers of people in a group since a moment, in their order, page by page: a large group has too many at once. */
async function* madeSince(db: Database, groupId: string, since: Date): AsyncGenerator<Made> {
  let after = { at: since.toISOString(), id: BEFORE_ALL_IDS }
  for (;;) {
    // By a lateral join, as the index has the transfers of one group in order, and those of several not.
    const page = await db.execute<{
      id: string
      at: string
      person: string | null
      from: string
      asset: string
      amount: string
      back: string | null
      backAt: string | null
    }>(sql`
      select made.id, made.created_at as at, a.person_id as person, a.id as "from", made.asset, made.amount,
        r.amount as back, r.at as "backAt"
      from (
        select newer.* from groups cross join lateral (
          select * from transfers t
          where t.group_id = groups.id and t.refund_of is null and (t.created_at, t.id) > (${after.at}::timestamptz, ${after.id}::uuid)
          order by t.created_at, t.id limit ${PAGE}
        ) newer
        where ${isPartOf(groupId)} order by newer.created_at, newer.id limit ${PAGE}
      ) made
      join accounts a on a.id = made.from_account
      left join entries r on r.transfer_id = made.id and r.account_id in (made.from_account, a.merged_into) and r.kind = 'return'
      order by made.created_at, made.id`)
    for (const { id, at, person, from, asset, amount, back, backAt } of page)
      if (person)
        yield {
          id,
          at: new Date(at),
          person,
          fromAccount: from,
          asset,
          amount: BigInt(amount),
          back: back && backAt ? { amount: BigInt(back), at: new Date(backAt) } : null,
        }
    const last = page.at(-1)
    if (!last || page.length < PAGE) return
    after = last
  }
}

/** The lowest UUID: pages of ids begin after it. */
const BEFORE_ALL_IDS = '00000000-0000-0000-0000-000000000000'

/** What each person has sent of each asset on one day, and not got back. Days begin and end in a zone, and come in order. */
function openDays(zone: string) {
  type Sum = { sent: bigint; backs: NonNullable<Made['back']>[] }
  let sums = new Map<string, Sum>()
  let end = 0
  const sumOf = ({ person, asset, at }: Made): Sum => {
    if (at.getTime() >= end) {
      sums = new Map()
      // Days have 25 hours at most.
      end = startOfDay(new Date(startOfDay(at, zone).getTime() + 26 * 3_600_000), zone).getTime()
    }
    const key = `${person} ${asset}`
    const sum = sums.get(key) ?? { sent: 0n, backs: [] }
    sums.set(key, sum)
    return sum
  }
  return {
    sentBefore(made: Made): bigint {
      const sum = sumOf(made)
      for (const back of sum.backs) if (back.at <= made.at) sum.sent -= back.amount
      sum.backs = sum.backs.filter((back) => back.at > made.at)
      return sum.sent
    },
    add(made: Made) {
      const sum = sumOf(made)
      sum.sent += made.amount
      if (made.back) sum.backs.push(made.back)
    },
  }
}

/** Those whom the messengers have last called admins of one of the group's chats, or whom one of those has named. */
async function adminsOf(db: Database, groupId: string): Promise<Set<string>> {
  const rows = await db
    .selectDistinct({ person: identities.personId })
    .from(groups)
    .innerJoin(chats, eq(chats.groupId, groups.id))
    .innerJoin(memberships, and(eq(memberships.messenger, chats.messenger), eq(memberships.chat, chats.id)))
    .innerJoin(
      identities,
      and(eq(identities.messenger, memberships.messenger), eq(identities.id, memberships.identity)),
    )
    .where(and(isPartOf(groupId), or(memberships.isAdmin, memberships.isNamed)))
  return new Set(rows.map(({ person }) => person))
}
