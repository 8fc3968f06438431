import { and, desc, eq, inArray, isNull, lt, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { accounts, entries, transfers } from '../../db/schema.ts'
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
  /** What they sent or received themselves, in minor units. */
  amount: bigint
  transfer: ReadTransfer
}

/** A person's balances, of each asset that they have an account for. @param person their id */
export const balancesOf = (db: Database, person: string): Promise<Balance[]> =>
  db
    .select({ asset: accounts.asset, balance: accounts.balance })
    .from(accounts)
    .where(and(eq(accounts.personId, person), isNull(accounts.mergedInto)))
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
    .select({ entry: entries.id, kind: entries.kind, amount: entries.amount, transferId: entries.transferId })
    .from(entries)
    .innerJoin(accounts, eq(accounts.id, entries.accountId))
    .innerJoin(transfers, eq(transfers.id, entries.transferId))
    .where(
      and(
        eq(accounts.personId, person),
        // A return is no item of its own: it shows in the state of what was sent.
        inArray(entries.kind, ['fund', 'collect']),
        // What came together by a link neither came nor went.
        sql`not exists (select from accounts f where f.id = ${transfers.fromAccount} and f.merged_into = ${transfers.toAccount})`,
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
      amount: row.kind === 'fund' ? -row.amount : row.amount,
      transfer: byId.get(row.transferId) as ReadTransfer,
    })),
    next: rows.length > limit ? String(page.at(-1)?.entry) : null,
  }
}
