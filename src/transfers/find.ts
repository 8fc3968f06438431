import { and, eq, getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { entries, shortCodes, transfers } from '../../db/schema.ts'
import { codeHashOf, isShort, shortHashOf } from '../access/codes.ts'
import type { Claim, Transfer, Which } from '../ledger/commands.ts'
import { fromTable } from '../ledger/rows.ts'

/** A transfer with whom it has paid: the newest claims first, the newest 100 at most. */
export type ReadTransfer = Transfer & { claims: Claim[] }

/** Transfers as they stand, by what names one. */
export interface LookUps {
  byId(id: string): Promise<ReadTransfer | undefined>
  byCode(code: string): Promise<ReadTransfer | undefined>
  /** The same with its claims. Of one that has paid nobody there is nothing to ask. */
  withClaims(transfer: Transfer): Promise<ReadTransfer>
  /** Whether it has paid this account. */
  hasPaid(transfer: ReadTransfer, accountId: string): Promise<boolean>
  /** What a code opens, for a command to the ledger; there need be no such transfer. */
  which(code: string): Which | Promise<Which>
}

const MOST_CLAIMS = 100

export function openLookUps(db: Database): LookUps {
  const one = async (where: SQL) => {
    const [transfer] = await readTransfers(db, (select) => select.where(where))
    return transfer
  }

  function which(code: string): Which | Promise<Which> {
    return isShort(code) ? whichOfShort(code) : { codeHash: codeHashOf(code) }
  }

  async function whichOfShort(code: string): Promise<Which> {
    const [row] = await db
      .select({ id: shortCodes.transferId })
      .from(shortCodes)
      .where(eq(shortCodes.hash, shortHashOf(code)))
    return row ?? { codeHash: codeHashOf(code) }
  }

  return {
    byId: (id) => one(eq(transfers.id, id)),
    byCode: async (code) => {
      const meant = await which(code)
      return one('id' in meant ? eq(transfers.id, meant.id) : eq(transfers.codeHash, meant.codeHash))
    },
    async withClaims(transfer) {
      if (transfer.claimed === 0) return { ...transfer, claims: [] }
      const { claims = [] } = (await one(eq(transfers.id, transfer.id))) ?? {}
      return { ...transfer, claims }
    },
    async hasPaid({ id, claimed, claims }, accountId) {
      if (claims.some(({ account }) => account === accountId)) return true
      if (claimed === claims.length) return false
      const paid = and(
        eq(entries.transferId, id),
        eq(entries.accountId, accountId),
        eq(entries.kind, 'collect'),
      )
      return (await db.$count(entries, paid)) > 0
    },
    which,
  }
}

/**
 * Reads transfers with their claims.
 * @param which adds conditions, order and limit
 */
export async function readTransfers(
  db: Database,
  which: (select: Select) => PromiseLike<Row[]>,
): Promise<ReadTransfer[]> {
  const rows = await which(select(db))
  return rows.map(({ claims, ...row }) => ({
    ...fromTable(row),
    claims: claims.map(({ account, amount, at }) => ({
      account,
      amount: BigInt(amount),
      at: new Date(at),
    })),
  }))
}

const select = (db: Database) =>
  db
    .select({
      ...getTableColumns(transfers),
      // Written out: in a select from one table drizzle leaves the table's name away, and `id` would be the entry's.
      claims: sql<{ account: string; amount: string; at: string }[]>`(
        select coalesce(json_agg(json_build_object('account', account_id, 'amount', amount::text, 'at', at)), '[]') from (
          select account_id, amount, at from entries e where e.transfer_id = transfers.id and e.kind = 'collect'
          order by e.at desc, e.id desc limit ${MOST_CLAIMS}) claims)`,
    })
    .from(transfers)
    .$dynamic()

type Select = ReturnType<typeof select>
type Row = Awaited<Select>[number]
