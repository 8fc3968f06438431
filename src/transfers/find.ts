import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { entries, shortCodes, transfers } from '../../db/schema.ts'
import { codeHashOf, isShort, shortHashOf } from '../access/codes.ts'
import type { Claim, Transfer, Which } from '../ledger/commands.ts'
import { fromTable, TRANSFER_COLUMNS } from '../ledger/rows.ts'

/** A transfer with its claims: the newest first, 100 at most. */
export type ReadTransfer = Transfer & { claims: Claim[] }

/** Reads single transfers. */
export interface LookUps {
  byId(id: string): Promise<ReadTransfer | undefined>
  byCode(code: string): Promise<ReadTransfer | undefined>
  /** Adds the claims to a transfer; costs no query where it has paid nobody. */
  withClaims(transfer: Transfer): Promise<ReadTransfer>
  /** Whether a transfer has paid an account. */
  hasPaid(transfer: ReadTransfer, accountId: string): Promise<boolean>
  /** A code in the ledger's terms; whether there is such a transfer is not looked up. */
  which(code: string): Which | Promise<Which>
}

const MAX_CLAIMS = 100

/** @see LookUps */
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
 * @param which adds conditions, order and limit to the select
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
      ...TRANSFER_COLUMNS,
      // `transfers.id` is written out: drizzle would leave the table's name out here, and `id` would be the entry's.
      claims: sql<{ account: string; amount: string; at: string }[]>`(
        select coalesce(json_agg(json_build_object('account', account_id, 'amount', amount::text, 'at', at)), '[]') from (
          select account_id, amount, at from entries e where e.transfer_id = transfers.id and e.kind = 'collect'
          order by e.at desc, e.id desc limit ${MAX_CLAIMS}) claims)`,
    })
    .from(transfers)
    .$dynamic()

type Select = ReturnType<typeof select>
type Row = Awaited<Select>[number]
