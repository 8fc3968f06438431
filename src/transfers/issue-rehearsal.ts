import type { Sql } from 'postgres'
import { loadRows, WANTED_NOTHING } from '../ledger/rows.ts'
import { rehearse } from '../ledger/store.ts'
import { newId } from '../shared/ids.ts'
import { keyOf } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { commandOf, type Issue, type Issued, whatOf } from './issue.ts'
import type { Needs } from './needs.ts'

/** What an issue would come to; `balance` is what the person would have then, in minor units. */
export type Rehearsed = (Issued & { balance: bigint }) | Refusal

/**
 * What issues would come to, one after the other. Nothing is written.
 * @throws Refusal where an amount or asset can't be read
 */
export async function rehearseIssues(
  needs: Pick<Needs, 'assets' | 'people' | 'secretKey'> & { sql: Sql },
  orders: Issue[],
): Promise<Rehearsed[]> {
  const { people, sql } = needs
  const strangers = new Map<string, string>()
  const drafts = await Promise.all(
    orders.map(async (order) => {
      const { messenger, id } = order.whose
      const name = keyOf({ messenger, id })
      const known = await people.find(messenger, id)
      if (!known && !strangers.has(name)) strangers.set(name, newId())
      const person = known?.person ?? (strangers.get(name) as string)
      return { order, ...commandOf(needs, order, whatOf(needs, order), person) }
    }),
  )
  const items = drafts.map(({ command, order: { request } }) => ({ command, ...(request && { request }) }))
  const answers = await rehearse(sql, items)
  const accountIds = [...new Set(drafts.map(({ account }) => account))]
  const { balances } = await loadRows(sql, { ...WANTED_NOTHING, accountIds })
  return answers.map((answer, index): Rehearsed => {
    if (answer instanceof Refusal) return answer
    const { command, account, order } = drafts[index] as (typeof drafts)[number]
    const { transfer, claim } = answer
    const before = transfer.id !== command.draft.id
    const change = before ? 0n : order.direction === 'in' ? transfer.amount : -transfer.amount
    const balance = (balances.get(account) ?? 0n) + change
    balances.set(account, balance)
    return { transfer: { ...transfer, claims: claim ? [claim] : [] }, before, balance }
  })
}
