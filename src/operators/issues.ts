import { inArray, sql } from 'drizzle-orm'
import type { Sql } from 'postgres'
import { v5 } from 'uuid'
import type { Database } from '../../db/postgres.ts'
import { transfers } from '../../db/schema.ts'
import { findMembers } from '../groups/lists.ts'
import type { Trail } from '../groups/trail.ts'
import type { KnownIdentity } from '../people/identity.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { type ReadTransfer, readTransfers } from '../transfers/find.ts'
import type { Issued } from '../transfers/issue.ts'
import { carryOutOrders, type Order, readOrder } from '../transfers/issue-orders.ts'
import { type Rehearsed, rehearseIssues } from '../transfers/issue-rehearsal.ts'
import type { Needs as TransferNeeds } from '../transfers/needs.ts'
import { keyNamed } from './people.ts'

/** Everything that issues by operators are handed. */
export interface Needs extends TransferNeeds {
  trail: Trail
  sql: Sql
}

/** Issues, or withdrawals, as an operator asks for them. */
export interface IssuesAsked {
  direction: 'in' | 'out'
  rows: RowAsked[]
  /** What it is for, where a row has no words of its own: its person reads it, too. */
  reason: string
  /** Names the whole: the same rows again, under the same key, move nothing twice. */
  key: string
  by: ExternalKey
}

/** One of them. */
export interface RowAsked {
  /** Counted from 1; the row's own key follows from it. */
  line: number
  /** `telegram:123456789`, or `@ada` */
  who: string
  amount: string
  asset?: string | undefined
  reason?: string | undefined
}

/** A row that was checked, and what it would come to. */
export interface PlannedIssue extends Order {
  line: number
  /** Left out where nobody has met them yet. */
  known?: KnownIdentity | undefined
  rehearsed: Exclude<Rehearsed, Refusal>
}

/** What is wrong with a row. */
export interface IssueFault {
  line: number
  refusal: Refusal
}

/** Checks issues whole, and names all their faults. Nothing moves. */
export async function planIssues(
  needs: Needs,
  { direction, rows, reason, key }: IssuesAsked,
): Promise<{ planned: PlannedIssue[]; faults: IssueFault[] }> {
  const faults: IssueFault[] = []
  const orders: (Order & { line: number })[] = []
  for (const { line, who, amount, asset, reason: own } of rows)
    try {
      const named = await keyNamed(needs.db, who)
      const asked = { direction, who: named, amount, asset, note: own || reason, key: `${key}:${line}` }
      orders.push({ line, ...(await readOrder(needs, CLIENT, asked)) })
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      faults.push({ line, refusal: error })
    }
  if (faults.length > 0) return { planned: [], faults }
  const outcomes = await rehearseIssues(
    needs,
    orders.map(({ order }) => order),
  )
  const known = await findMembers(
    needs.db,
    orders.map(({ order: { whose } }) => ({ messenger: whose.messenger, id: whose.id })),
  )
  const planned = orders.flatMap((order, index): PlannedIssue[] => {
    const rehearsed = outcomes[index] as Rehearsed
    if (!(rehearsed instanceof Refusal)) return [{ ...order, known: known[index], rehearsed }]
    faults.push({ line: order.line, refusal: rehearsed })
    return []
  })
  return { planned, faults }
}

/**
 * Carries out issues that were planned, each for itself; the operators' trail says so before.
 * @returns what was issued, or why it was not, in their order
 */
export async function issueAll(
  needs: Needs,
  { direction, reason, key, by }: IssuesAsked,
  planned: PlannedIssue[],
): Promise<(Issued | Error)[]> {
  const sums = new Map<string, bigint>()
  for (const { rehearsed } of planned) {
    const { asset, amount } = rehearsed.transfer
    sums.set(asset, (sums.get(asset) ?? 0n) + amount)
  }
  const [only, ...more] = planned
  await needs.trail.append({
    groupId: null,
    by,
    what: direction === 'in' ? 'issue' : 'withdraw',
    details: {
      ...(only && more.length === 0 ? { person: only.who } : { people: planned.length }),
      sums: Object.fromEntries([...sums].map(([asset, sum]) => [asset, needs.assets.formatted(sum, asset)])),
      reason,
      key,
    },
  })
  return carryOutOrders(needs, planned)
}

/** The client that the idempotency keys belong to; no token can have this name. */
const CLIENT = ':operators'

/** An issue to somebody, or a withdrawal of theirs. */
export interface PastIssue {
  direction: 'in' | 'out'
  transfer: ReadTransfer
  /** What was taken back of an issue, where that was done, in minor units. */
  takenBack: bigint | undefined
}

/** What was issued to a person, and withdrawn from them, newest first. @param cursor the id of the last one's entry */
export async function issuesOf(
  db: Database,
  person: string,
  cursor: string | undefined,
  limit: number,
): Promise<{ items: PastIssue[]; next: string | null }> {
  const rows = await db.execute<{ entry: string; transfer: string; kind: string }>(sql`
    select e.id as entry, e.transfer_id as transfer, e.kind
    from accounts a join entries e on e.account_id = a.id join transfers t on t.id = e.transfer_id
    join accounts other on other.id = case e.kind when 'collect' then t.from_account else t.to_account end
    where a.person_id = ${person} and e.kind <> 'return' and other.kind = 'issuer'
      and ${cursor === undefined ? sql`true` : sql`e.id < ${cursor}`}
    order by e.id desc limit ${limit + 1}`)
  const page = rows.slice(0, limit)
  const ids = page.map(({ transfer }) => transfer)
  const found =
    ids.length > 0
      ? await readTransfers(db, (select) =>
          select.where(inArray(transfers.id, [...ids, ...ids.map(takeBackOf)])),
        )
      : []
  const byId = new Map(found.map((transfer) => [transfer.id, transfer]))
  const items = page.map(
    ({ transfer, kind }): PastIssue => ({
      direction: kind === 'collect' ? 'in' : 'out',
      transfer: byId.get(transfer) as ReadTransfer,
      takenBack: byId.get(takeBackOf(transfer))?.amount,
    }),
  )
  return { items, next: rows.length > limit ? (page.at(-1)?.entry ?? null) : null }
}

/** The id of the withdrawal that takes an issue back: it follows from the issue's, so there can be one alone. */
export const takeBackOf = (issueId: string): string => v5(issueId, NAMESPACE)

/** Never to be changed. */
const NAMESPACE = '0b7f5a52-3f0e-4d0c-9a53-6a4b1f0f7c11'
