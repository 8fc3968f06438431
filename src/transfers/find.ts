import { eq, getTableColumns, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { shortCodes, transfers } from '../../db/schema.ts'
import { codeHashOf, isShort, shortHashOf } from '../codes.ts'
import type { Transfer, Which } from '../ledger/rules.ts'

/** Transfers as they stand, by what names one. */
export interface LookUps {
  byId(id: string): Promise<Transfer | undefined>
  byCode(code: string): Promise<Transfer | undefined>
  /** What a code opens, for a command to the ledger; there need be no such transfer. */
  which(code: string): Which | Promise<Which>
}

export function openLookUps(db: Database): LookUps {
  const one = async (where: SQL) => {
    const [row] = await selectTransfers(db).where(where)
    return row
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
    which,
  }
}

/** Transfers with who collected them; the caller adds conditions and order. */
export function selectTransfers(db: Database) {
  const { codeHash: _, ...columns } = getTableColumns(transfers)
  return db
    .select({
      ...columns,
      // Written out: in a select from one table drizzle leaves the table's name away, and `id` would be the entry's.
      collectedBy: sql<string | null>`(
        select e.account_id from entries e where e.transfer_id = transfers.id and e.kind = 'collect')`,
    })
    .from(transfers)
    .$dynamic()
}
