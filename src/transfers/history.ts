import { and, desc, eq, gte, inArray, lt, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { accounts, entries, groups, transfers } from '../../db/schema.ts'
import { isPartOf } from '../groups/groups.ts'
import type { Transfer } from '../ledger/commands.ts'
import { type ReadTransfer, readTransfers } from './find.ts'

/** A page of a list, newest first; `next` is the cursor of the next page, if there is one. */
export interface Page<T> {
  items: T[]
  next: string | null
}

/** What a person has of an asset. */
export interface Balance {
  asset: string
  /** Minor units. */
  balance: bigint
}

/** An item of a person's history. */
export interface PersonItem {
  /** As seen by the person. */
  direction: 'sent' | 'received'
  transfer: ReadTransfer
}

/** Conditions that all hold: `since` is included, `until` is not. */
export interface GroupFilter {
  state?: Transfer['state'] | undefined
  asset?: string | undefined
  since?: Date | undefined
  until?: Date | undefined
}

/** The sum of a group's transfers of one asset and state. */
export interface GroupTotal {
  asset: string
  state: Transfer['state']
  transfers: number
  /** Minor units. */
  amount: bigint
}

/** A person's balances, of each asset that they have an account for. @param person their id */
export const balancesOf = (db: Database, person: string): Promise<Balance[]> =>
  db
    .select({ asset: accounts.asset, balance: accounts.balance })
    .from(accounts)
    .where(eq(accounts.personId, person))
    .orderBy(accounts.asset)

/** What a person has sent and received. @param person their id @param cursor the id of the last item's entry */
export async function historyOfPerson(
  db: Database,
  person: string,
  state: Transfer['state'] | undefined,
  cursor: bigint | undefined,
  limit: number,
): Promise<Page<PersonItem>> {
  const rows = await db
    .select({ entry: entries.id, kind: entries.kind, transferId: entries.transferId })
    .from(entries)
    .innerJoin(accounts, eq(accounts.id, entries.accountId))
    .innerJoin(transfers, eq(transfers.id, entries.transferId))
    .where(
      and(
        eq(accounts.personId, person),
        // A return is no item of its own: it shows in the state of what was sent.
        inArray(entries.kind, ['fund', 'collect']),
        state && eq(transfers.state, state),
        cursor === undefined ? undefined : lt(entries.id, cursor),
      ),
    )
    .orderBy(desc(entries.id))
    .limit(limit + 1)
  const page = rows.slice(0, limit)
  const found = page.length
    ? await readTransfers(db, (select) =>
        select.where(
          inArray(
            transfers.id,
            page.map((row) => row.transferId),
          ),
        ),
      )
    : []
  const byId = new Map(found.map((transfer) => [transfer.id, transfer]))
  return {
    items: page.map((row) => ({
      direction: row.kind === 'fund' ? 'sent' : 'received',
      transfer: byId.get(row.transferId) as ReadTransfer,
    })),
    next: rows.length > limit ? String(page.at(-1)?.entry) : null,
  }
}

/** A group's transfers. @param group its id @param cursor the id of the last item */
export async function historyOfGroup(
  db: Database,
  group: string,
  filter: GroupFilter,
  cursor: string | undefined,
  limit: number,
): Promise<Page<ReadTransfer>> {
  // The newest of each group that was merged into it, by a lateral join: the index has them in order for one group id only.
  const newest = db
    .select({ id: transfers.id })
    .from(transfers)
    .where(
      and(
        eq(transfers.groupId, groups.id),
        matching(filter),
        cursor === undefined ? undefined : lt(transfers.id, cursor),
      ),
    )
    .orderBy(desc(transfers.id))
    .limit(limit + 1)
    .as('newest')
  const page = db
    .select({ id: newest.id })
    .from(groups)
    .crossJoinLateral(newest)
    .where(isPartOf(group))
    .orderBy(desc(newest.id))
    .limit(limit + 1)
  const rows = await readTransfers(db, (select) =>
    select.where(inArray(transfers.id, page)).orderBy(desc(transfers.id)),
  )
  const items = rows.slice(0, limit)
  return { items, next: rows.length > limit ? (items.at(-1)?.id ?? null) : null }
}

/** Sums of all transfers of a group that match. @param group its id */
export const totalsOfGroup = (db: Database, group: string, filter: GroupFilter): Promise<GroupTotal[]> =>
  db
    .select({
      asset: transfers.asset,
      state: transfers.state,
      transfers: sql<number>`count(*)`.mapWith(Number),
      amount: sql<bigint>`sum(${transfers.amount})`.mapWith(BigInt),
    })
    .from(transfers)
    .innerJoin(groups, eq(groups.id, transfers.groupId))
    .where(and(isPartOf(group), matching(filter)))
    .groupBy(transfers.asset, transfers.state)
    .orderBy(transfers.asset, transfers.state)

const matching = ({ state, asset, since, until }: GroupFilter): SQL | undefined =>
  and(
    state && eq(transfers.state, state),
    asset ? eq(transfers.asset, asset) : undefined,
    since && gte(transfers.createdAt, since),
    until && lt(transfers.createdAt, until),
  )
