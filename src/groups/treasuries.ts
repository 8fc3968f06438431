import { and, eq, inArray } from 'drizzle-orm'
import { LRUCache } from 'lru-cache'
import type { Database } from '../../db/postgres.ts'
import { accounts } from '../../db/schema.ts'
import { atMost } from '../shared/at-most.ts'

/** Accounts of groups. */
export interface Treasuries {
  /** The ids of the groups whose treasuries these accounts are, by account id; other accounts are left out. */
  ofAccounts(accountIds: string[]): Promise<Map<string, string>>
}

/** What was read is cached, as an account never changes its owner. */
export function openTreasuries(db: Database): Treasuries {
  const cache = new LRUCache<string, { groupId: string | null }>(atMost(50_000))

  async function load(accountIds: string[]): Promise<void> {
    const rows = await db
      .select({ id: accounts.id, groupId: accounts.groupId })
      .from(accounts)
      .where(and(inArray(accounts.id, accountIds), eq(accounts.kind, 'group')))
    const groupIds = new Map(rows.map(({ id, groupId }) => [id, groupId]))
    for (const id of accountIds) cache.set(id, { groupId: groupIds.get(id) ?? null })
  }

  return {
    async ofAccounts(accountIds) {
      const unknown = accountIds.filter((id) => !cache.has(id))
      if (unknown.length > 0) await load(unknown)
      return new Map(
        accountIds.flatMap((id) => {
          const groupId = cache.get(id)?.groupId
          return groupId ? [[id, groupId] as const] : []
        }),
      )
    },
  }
}
