import { and, eq, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { entries, shortCodes, transfers } from '../../db/schema.ts'
import { codeHashOf, isShort, shortHashOf } from '../access/codes.ts'
import type { Claim, Transfer, Which } from '../ledger/commands.ts'
import { fromTable, TRANSFER_COLUMNS } from '../ledger/rows.ts'

/** A claim of a transfer that was read; `refunded`: what it has paid was given back. */
export type ReadClaim = Claim & { refunded?: boolean }

/** A transfer with its claims: the newest first, 100 at most. */
export type ReadTransfer = Transfer & { claims: ReadClaim[] }

/** Reads single transfers. */
export interface LookUps {
  byId(id: string): Promise<ReadTransfer | undefined>
  byCode(code: string): Promise<ReadTransfer | undefined>
  /** Adds the claims to a transfer; costs no query where it has paid nobody. */
  withClaims(transfer: Transfer): Promise<ReadTransfer>
  /** What a transfer has paid an account, if it has. */
  claimOf(transfer: ReadTransfer, accountId: string): Promise<Claim | undefined>
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
    async claimOf({ id, claimed, claims }, accountId) {
      const read = claims.find(({ account }) => account === accountId)
      if (read || claimed === claims.length) return read
      const { accountId: account, amount, at } = entries
      const [entry] = await db
        .select({ account, amount, at })
        .from(entries)
        .where(and(eq(entries.transferId, id), eq(account, accountId), eq(entries.kind, 'collect')))
      return entry
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
    claims: claims.map(({ account, amount, at, refunded }) => ({
      account,
      amount: BigInt(amount),
      at: new Date(at),
      refunded,
    })),
  }))
}

const select = (db: Database) =>
  db
    .select({
      ...TRANSFER_COLUMNS,
      // `transfers.id` is written out: drizzle would leave the table's name out here, and `id` would be the entry's.
      claims: sql<{ account: string; amount: string; at: string; refunded: boolean }[]>`(
        select coalesce(json_agg(json_build_object('account', account_id, 'amount', amount::text, 'at', at, 'refunded', exists (
          select from transfers r where r.refund_of = transfers.id and r.from_account = account_id))), '[]') from (
          select account_id, amount, at from entries e where e.transfer_id = transfers.id and e.kind = 'collect'
          order by e.at desc, e.id desc limit ${MAX_CLAIMS}) claims)`,
    })
    .from(transfers)
    .$dynamic()

type Select = ReturnType<typeof select>
type Row = Awaited<Select>[number]
