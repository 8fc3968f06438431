import type { Sql } from 'postgres'
import { codeHashOf, codeOf } from './codes.ts'
import type { Core } from './core.ts'
import { newId } from './ids.ts'
import { accountOf, ISSUER, personOwner } from './ledger/accounts.ts'
import { rehearseBatch } from './ledger/batch.ts'
import type { Command, Transfer } from './ledger/rules.ts'
import { load, type Request } from './ledger/store.ts'
import { type Asset, parseAmount } from './money.ts'
import type { IdentityUpdate } from './people/identity.ts'
import { Refusal } from './refusal.ts'

export interface Issue {
  /** As people type it. */
  amount: string
  asset: Asset
  /** `in`: the issuer puts new money into circulation; `out`: takes it back. */
  direction: 'in' | 'out'
  whose: IdentityUpdate
  note?: string | undefined
}

export interface Issued {
  transfer: Transfer
  /** It happened before, by a request of the same key. */
  before: boolean
}

type Needed = Pick<Core, 'people' | 'ledger' | 'secretKey'>

/** Puts money into circulation, or takes it out: a transfer from or to the issuer, collected as it is made. */
export async function issue(core: Needed, order: Issue, request?: Request): Promise<Issued> {
  const { person } = await core.people.meet(order.whose)
  const { command } = commandOf(order, person, core.secretKey)
  const transfer = await core.ledger.submit(command, request)
  return { transfer, before: transfer.id !== command.draft.id }
}

/** What would come of it: with what the person would have then, in minor units. */
export type Rehearsed = (Issued & { balance: bigint }) | Refusal

/** What would come of orders, one after the other: nobody is made known, and nothing moves. */
export async function rehearseIssues(
  core: Pick<Core, 'people' | 'secretKey'> & { sql: Sql },
  orders: { order: Issue; request?: Request | undefined }[],
): Promise<Rehearsed[]> {
  const strangers = new Map<string, string>()
  const drafts = await Promise.all(
    orders.map(async ({ order, request }) => {
      const { messenger, id } = order.whose
      const name = `${messenger}:${id}`
      const known = await core.people.find(messenger, id)
      if (!known && !strangers.has(name)) strangers.set(name, newId())
      const person = known?.person ?? (strangers.get(name) as string)
      return { ...commandOf(order, person, core.secretKey), request, direction: order.direction }
    }),
  )
  const items = drafts.map(({ command, request }) => ({ command, ...(request && { request }) }))
  const answers = await rehearseBatch(core.sql, items)
  const accountIds = [...new Set(drafts.map(({ account }) => account))]
  const { balances } = await load(core.sql, { transferIds: [], codeHashes: [], accountIds, requests: [] })
  return answers.map((answer, index): Rehearsed => {
    if (answer instanceof Refusal) return answer
    const { command, account, direction } = drafts[index] as (typeof drafts)[number]
    const before = answer.id !== command.draft.id
    const change = before ? 0n : direction === 'in' ? answer.amount : -answer.amount
    const balance = (balances.get(account) ?? 0n) + change
    balances.set(account, balance)
    return { transfer: answer, before, balance }
  })
}

function commandOf(order: Issue, person: string, secretKey: string) {
  const { asset, direction, note } = order
  const amount = parseAmount(order.amount, asset)
  const theirs = accountOf(personOwner(person), asset.code)
  const issuers = accountOf(ISSUER, asset.code)
  const [from, to] = direction === 'in' ? [issuers, theirs] : [theirs, issuers]
  const id = newId()
  const codeHash = codeHashOf(codeOf(secretKey, id))
  const draft = { id, codeHash, asset, amount, from, to, ...(note && { note }) }
  return { account: theirs.id, command: { do: 'issue', draft, to } satisfies Command }
}
