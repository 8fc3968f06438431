import { and, asc, desc, eq, gt, inArray, lt, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { accounts, entries, groups, transfers } from '../../db/schema.ts'
import { isPartOf } from '../groups/groups.ts'
import { nextDay, startOfDay } from '../shared/zones.ts'
import { type ReadTransfer, readTransfers } from '../transfers/find.ts'
import type { Cursor, Filter } from './filter.ts'

/** A group whose books are its own and those of the groups that were merged into it. */
export interface Root {
  id: string
  /** An IANA name: days begin there. */
  timeZone: string
}

/** Some of a group's transfers, the newest first; with the cursors of the pages beside it, where there is more. */
export interface BooksPage {
  items: ReadTransfer[]
  older: Cursor | undefined
  newer: Cursor | undefined
}

/** A page of the transfers that match. @param cursor left out: the newest */
export async function pageOf(
  db: Database,
  root: Root,
  filter: Filter,
  cursor: Cursor | undefined,
  limit: number,
): Promise<BooksPage> {
  const isBackwards = cursor !== undefined && 'after' in cursor
  const order = isBackwards ? asc : desc
  // The nearest of each group by a lateral join: the index has them in order for one group id only.
  const nearest = db
    .select({ id: transfers.id, at: transfers.createdAt })
    .from(transfers)
    .where(and(eq(transfers.groupId, groups.id), matching(db, root, filter), beyond(cursor)))
    .orderBy(order(transfers.createdAt), order(transfers.id))
    .limit(limit + 1)
    .as('nearest')
  const found = await db
    .select({ id: nearest.id })
    .from(groups)
    .crossJoinLateral(nearest)
    .where(isPartOf(root.id))
    .orderBy(order(nearest.at), order(nearest.id))
    .limit(limit + 1)
  const ids = found.slice(0, limit).map(({ id }) => id)
  const items =
    ids.length === 0
      ? []
      : await readTransfers(db, (select) =>
          select.where(inArray(transfers.id, ids)).orderBy(desc(transfers.createdAt), desc(transfers.id)),
        )
  const first = items[0]
  const last = items.at(-1)
  const isMore = found.length > limit
  return {
    items,
    older: last && (isBackwards || isMore) ? { before: last.id } : undefined,
    newer: first && cursor && (!isBackwards || isMore) ? { after: first.id } : undefined,
  }
}

/** The condition that a filter sets for rows of `transfers`. */
export const matching = (db: Database, { timeZone }: Root, filter: Filter): SQL | undefined => {
  const { person, state, asset, from, to, kind, words } = filter
  return and(
    person ? tookPart(db, person) : undefined,
    state && eq(transfers.state, state),
    asset ? eq(transfers.asset, asset) : undefined,
    from ? sql`${transfers.createdAt} >= ${startOfDay(from, timeZone).toISOString()}` : undefined,
    to ? sql`${transfers.createdAt} < ${startOfDay(nextDay(to), timeZone).toISOString()}` : undefined,
    kind && sql`${kindOf} = ${kind}`,
    words
      ? and(...words.split(/\s+/).map((word) => sql`strpos(lower(${transfers.note}), lower(${word})) > 0`))
      : undefined,
  )
}

/** A transfer's `Kind`, as an expression on rows of `transfers`. */
export const kindOf = sql<string>`case
  when exists (select from accounts a where a.id = ${transfers.fromAccount} and a.kind = 'group') then 'payout'
  when exists (select from accounts a where a.id = ${transfers.toAccount} and a.kind = 'group') then 'contribution'
  else 'transfer' end`

function tookPart(db: Database, person: string): SQL | undefined {
  const theirs = db.select({ id: accounts.id }).from(accounts).where(eq(accounts.personId, person))
  const collected = db
    .select({ id: entries.transferId })
    .from(entries)
    .where(and(inArray(entries.accountId, theirs), eq(entries.kind, 'collect')))
  return or(
    inArray(transfers.fromAccount, theirs),
    inArray(transfers.toAccount, theirs),
    inArray(transfers.id, collected),
  )
}

function beyond(cursor: Cursor | undefined): SQL | undefined {
  if (!cursor) return undefined
  const isBackwards = 'after' in cursor
  const compare = isBackwards ? gt : lt
  const id = isBackwards ? cursor.after : cursor.before
  return compare(
    sql`(${transfers.createdAt}, ${transfers.id})`,
    sql`(select t.created_at, t.id from transfers t where t.id = ${id})`,
  )
}
