import { and, desc, eq, gte, inArray, lt, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { accounts, entries, groups, transfers } from '../../db/schema.ts'
import type { Transfer } from '../ledger/commands.ts'
import { isPartOf } from '../people/groups.ts'
import { type ReadTransfer, readTransfers } from './find.ts'

/** A page of a list, newest first; `next` is the cursor of the page after it, if there is one. */
export interface Page<T> {
  items: T[]
  next: string | null
}

export interface Balance {
  asset: string
  /** Minor units. */
  balance: bigint
}

export interface PersonItem {
  /** Seen from the person: `sent` or `received`. */
  direction: 'sent' | 'received'
  transfer: ReadTransfer
}

export interface GroupFilter {
  state?: Transfer['state'] | undefined
  asset?: string | undefined
  since?: Date | undefined
  until?: Date | undefined
}

export interface GroupTotal {
  asset: string
  state: Transfer['state']
  transfers: number
  /** Minor units. */
  amount: bigint
}

export const balancesOf = (db: Database, person: string): Promise<Balance[]> =>
  db
    .select({ asset: accounts.asset, balance: accounts.balance })
    .from(accounts)
    .where(eq(accounts.personId, person))
    .orderBy(accounts.asset)

/** What a person has sent and received. The cursor is the number of the entry that the last item rests on. */
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
        // A return is told by the state of what was sent.
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

/** A group's transfers. The cursor is the id of the last one, which grows with time. */
export async function historyOfGroup(
  db: Database,
  group: string,
  filter: GroupFilter,
  cursor: string | undefined,
  limit: number,
): Promise<Page<ReadTransfer>> {
  // Of each group that it is made of the newest, as the index has them in order for one group alone.
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
