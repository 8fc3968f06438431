import { isDeepStrictEqual } from 'node:util'
import { eq, sql } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Database } from '../../db/postgres.ts'
import { chats, groups } from '../../db/schema.ts'
import type { Asset } from '../money/amount.ts'
import type { Assets } from '../money/assets.ts'
import { moveToZone } from '../payouts/time-zone.ts'
import { atMost } from '../shared/at-most.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { checkRules } from './check-rules.ts'
import { type Groups, isPartOf } from './groups.ts'
import { findList, listsOf } from './lists.ts'
import { type Rehearsal, rehearse } from './rehearsal.ts'
import { DEFAULT_RULES, GroupRules } from './rules.ts'
import type { Trail } from './trail.ts'

/** The rules of groups. A group that is merged into another has that one's. */
export interface Rules {
  /** Cached for some seconds; what this process saves counts at once. */
  of(groupId: string): Promise<GroupRules>
  /** The assets that the people of a group's chats deal in. @param groupId a group that is merged into no other, as below */
  assetsOf(groupId: string): Promise<Asset[]>
  /** Rules in their usual form, and all faults in them. */
  check(groupId: string, rules: GroupRules): Promise<ReturnType<typeof checkRules>>
  /** What rules would have refused in the last days. @throws Refusal the first fault in them */
  rehearse(groupId: string, rules: GroupRules): Promise<Rehearsal>
  /** Saves rules, and appends what has changed to the group's trail. A group that is not written yet is. @throws Refusal the first fault in them */
  save(groupId: string, rules: GroupRules, by: ExternalKey): Promise<void>
}

/** For how long a process may still go by rules that another one has changed. */
const CACHE_MS = 5000

/** Rules are a column of the group. */
export function openRules(
  db: Database,
  assets: Assets,
  groupsOfChats: Pick<Groups, 'expected' | 'introduce'>,
  trail: Trail,
): Rules {
  const cached = new LRUCache<string, GroupRules>({
    ...atMost(10_000),
    ttl: CACHE_MS,
    fetchMethod: find,
    // Whoever waits for them when they are saved has still an answer.
    ignoreFetchAbort: true,
  })

  async function find(groupId: string): Promise<GroupRules> {
    const [row] = await db
      .select({ rules: groups.rules })
      .from(groups)
      .where(eq(groups.id, sql`(select coalesce(merged_into, id) from groups where id = ${groupId})`))
    return GroupRules.parse(row?.rules ?? {})
  }

  async function assetsOf(groupId: string): Promise<Asset[]> {
    const rows = await db
      .selectDistinct({ messenger: chats.messenger })
      .from(chats)
      .innerJoin(groups, eq(groups.id, chats.groupId))
      .where(isPartOf(groupId))
    const met = groupsOfChats.expected(groupId) ?? []
    return [...new Set(rows.concat(met).flatMap(({ messenger }) => assets.of(messenger)))]
  }

  const check: Rules['check'] = async (groupId, rules) =>
    checkRules(rules, await assetsOf(groupId), await listsOf(db, groupId))

  async function checked(groupId: string, given: GroupRules): Promise<GroupRules> {
    const { rules, faults } = await check(groupId, given)
    if (faults[0]) throw faults[0].refusal
    return rules
  }

  return {
    of: async (groupId) => cached.get(groupId) ?? cached.forceFetch(groupId),
    assetsOf,
    check,
    rehearse: async (groupId, rules) =>
      rehearse(db, groupId, await checked(groupId, rules), await assetsOf(groupId)),
    async save(groupId, rules, by) {
      const next = withoutDefaults(await checked(groupId, rules))
      await db.transaction(async (tx) => {
        await groupsOfChats.introduce([groupId], tx)
        const [row] = await tx
          .select({ rules: groups.rules })
          .from(groups)
          .where(eq(groups.id, groupId))
          .for('no key update')
        // The lock keeps the list from being deleted.
        if (typeof rules.senders === 'object') await findList(tx, groupId, rules.senders.list)
        const details = changesBetween(row?.rules as Stored, next)
        if (Object.keys(details.to).length === 0) return
        await tx.update(groups).set({ rules: next }).where(eq(groups.id, groupId))
        const [before, after] = [row?.rules, next].map((stored) => GroupRules.parse(stored).timeZone)
        if (before && after && before !== after) await moveToZone(tx, groupId, before, after)
        await trail.append({ groupId, by, what: 'rules', details }, tx)
      })
      // Those that are merged into it have its rules, too.
      cached.clear()
    },
  }
}

type Stored = Record<string, unknown>

/** Only what a group has set is stored: the rest follows the defaults. */
const withoutDefaults = (rules: GroupRules): Stored =>
  Object.fromEntries(
    Object.entries(JSON.parse(JSON.stringify(rules)) as Stored).filter(
      ([name, value]) => !isDeepStrictEqual(value, DEFAULT_RULES[name as keyof GroupRules]),
    ),
  )

/** The old and the new value of each rule that changes; `null` is the default. */
function changesBetween(before: Stored, after: Stored): { from: Stored; to: Stored } {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => !isDeepStrictEqual(before[name], after[name]),
  )
  const pick = (rules: Stored) => Object.fromEntries(names.map((name) => [name, rules[name] ?? null]))
  return { from: pick(before), to: pick(after) }
}
