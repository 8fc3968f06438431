import { and, eq, or, type SQL, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { accounts, entries, shortCodes, transfers } from '../../db/schema.ts'
import { codeHashOf, isShort, shortHashOf } from '../access/codes.ts'
import type { Claim, Transfer, Which } from '../ledger/commands.ts'
import { DRAWN_ORDER, fromTable, TRANSFER_COLUMNS } from '../ledger/transfer-rows.ts'

/**
 * A claim of a transfer that was read; `refunded`: what it has paid was given back; `turn`: in which its collector has entered it, where it
 * has a settlement.
 */
export type ReadClaim = Claim & { refunded?: boolean; turn?: number | null }

/** A transfer with its claims: the newest first, 100 at most. */
export type ReadTransfer = Transfer & {
  claims: ReadClaim[]
  /** What all its claims come to, where some were paid, and the rest went back. */
  paid?: bigint | null | undefined
  /** How many have entered it, where it has a settlement. */
  entered?: number | null | undefined
  /** Once it is closed, what was drawn from, in hexadecimal digits, and the largest claim of drawn shares, the first one of several. */
  drawn?: { seed: string; luckiest: Claim | null } | null | undefined
}

/** Reads single transfers. */
export interface LookUps {
  byId(id: string): Promise<ReadTransfer | undefined>
  byCode(code: string): Promise<ReadTransfer | undefined>
  of(which: Which): Promise<ReadTransfer | undefined>
  /** Adds the claims to a transfer; costs no query where it has paid nobody. */
  withClaims(transfer: Transfer): Promise<ReadTransfer>
  /** What a transfer has paid an account, if it has. */
  claimOf(transfer: ReadTransfer, accountId: string): Promise<ReadClaim | undefined>
  /** All claims of a transfer, in their order. */
  claimsOf(id: string): Promise<ReadClaim[]>
  /** The turn in which the owner of an account has entered a transfer. */
  turnOf(transfer: Transfer, accountId: string): Promise<number | undefined>
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

  const of = (which: Which) =>
    one('id' in which ? eq(transfers.id, which.id) : eq(transfers.codeHash, which.codeHash))

  return {
    byId: (id) => one(eq(transfers.id, id)),
    byCode: async (code) => of(await which(code)),
    of,
    async withClaims(transfer) {
      if (transfer.claimed === 0 && transfer.seedHash === null) return { ...transfer, claims: [] }
      const { claims = [], paid, drawn, entered } = (await one(eq(transfers.id, transfer.id))) ?? {}
      return { ...transfer, claims, paid, drawn, entered }
    },
    claimsOf: (id) =>
      db
        .select({
          account: entries.accountId,
          amount: entries.amount,
          at: entries.at,
          turn: turnOf(sql`entries.transfer_id`, sql`entries.account_id`),
        })
        .from(entries)
        .where(and(eq(entries.transferId, id), eq(entries.kind, 'collect')))
        .orderBy(entries.id),
    async turnOf({ id, settlement }, accountId) {
      if (!settlement) return undefined
      const [row] = await db.execute<{ turn: number | null }>(
        sql`select ${turnOf(sql`${id}::uuid`, sql`${accountId}::uuid`)} as turn`,
      )
      return row?.turn ?? undefined
    },
    async claimOf({ id, claimed, claims }, accountId) {
      const read = claims.find(({ account }) => account === accountId)
      if (read || claimed === claims.length) return read
      const { accountId: account, amount, at } = entries
      const refunded = sql<boolean>`exists (select from transfers r where r.refund_of = ${id} and r.from_account in (${accountId}, ${account}))`
      const [entry] = await db
        .select({ account, amount, at, refunded })
        .from(entries)
        .innerJoin(accounts, eq(accounts.id, account))
        .where(
          and(
            eq(entries.transferId, id),
            or(eq(account, accountId), eq(accounts.mergedInto, accountId)),
            eq(entries.kind, 'collect'),
          ),
        )
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
  return rows.map(({ claims, paid, drawn, entered, ...row }) => ({
    ...fromTable(row),
    claims: claims.map(toClaim),
    paid: paid === null ? null : BigInt(paid),
    entered,
    drawn: drawn && { ...drawn, luckiest: drawn.luckiest && toClaim(drawn.luckiest) },
  }))
}

interface ClaimRow {
  account: string
  amount: string
  at: string
  refunded?: boolean
  turn?: number | null
}

const toClaim = ({ account, amount, at, refunded = false, turn = null }: ClaimRow): ReadClaim => ({
  account,
  amount: BigInt(amount),
  at: new Date(at),
  refunded,
  turn,
})

/**
 * The turn in which an account, or one of somebody who was one person with its owner, has entered a transfer; of several, as each entered
 * before they were linked, the one that is drawn first.
 * @param transfer @param account with the names of their tables: those of `entrants` are others
 */
const turnOf = (transfer: SQL, account: SQL) => sql<number | null>`(
  select n.turn from entrants n join draws d on d.transfer_id = n.transfer_id
  where n.transfer_id = ${transfer} and n.account_id in (
    select ${account} union select k.id from accounts own join accounts k on k.kin = own.kin where own.id = ${account})
  order by ${DRAWN_ORDER} limit 1)`

const select = (db: Database) =>
  db
    .select({
      ...TRANSFER_COLUMNS,
      // `transfers.id` is written out: drizzle would leave the table's name out here, and `id` would be the entry's.
      claims: sql<ClaimRow[]>`(
        select coalesce(json_agg(json_build_object('account', account_id, 'amount', amount::text, 'at', at, 'refunded', exists (
          select from transfers r where r.refund_of = transfers.id and r.from_account in (account_id, paid)),
          'turn', case when transfers.settlement is not null then ${turnOf(sql`transfers.id`, sql`claims.account_id`)} end)), '[]') from (
          select coalesce(a.merged_into, a.id) as account_id, a.id as paid, e.amount, e.at
          from entries e join accounts a on a.id = e.account_id where e.transfer_id = transfers.id and e.kind = 'collect'
          order by e.at desc, e.id desc limit ${MAX_CLAIMS}) claims)`,
      paid: sql<
        string | null
      >`case when transfers.claimed > 0 and transfers.state not in ('open', 'collected') then (
        select sum(amount) from entries e where e.transfer_id = transfers.id and e.kind = 'collect') end`,
      entered: sql<number | null>`case when transfers.settlement is not null then (
        select count(*)::int from entrants n where n.transfer_id = transfers.id) end`,
      // While it is open nobody reads the seed: who has it knows what comes next.
      drawn: sql<{ seed: string; luckiest: ClaimRow | null } | null>`case
        when transfers.seed_hash is not null and transfers.state <> 'open' then (
          select json_build_object('seed', encode(d.seed, 'hex'), 'luckiest', case when transfers.lucky then (
            select json_build_object('account', account_id, 'amount', amount::text, 'at', at)
            from entries e where e.transfer_id = transfers.id and e.kind = 'collect' order by e.amount desc, e.id limit 1) end)
          from draws d where d.transfer_id = transfers.id) end`,
    })
    .from(transfers)
    .$dynamic()

type Select = ReturnType<typeof select>
type Row = Awaited<Select>[number]
