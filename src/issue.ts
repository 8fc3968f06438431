import { codeHashOf, codeOf } from './codes.ts'
import type { Core } from './core.ts'
import { newId } from './ids.ts'
import { accountOf, ISSUER, personOwner } from './ledger/accounts.ts'
import type { Transfer } from './ledger/rules.ts'
import type { Request } from './ledger/store.ts'
import { type Asset, parseAmount } from './money.ts'
import type { Introduction } from './people.ts'
import { learn } from './requests.ts'

export interface Issue {
  /** As people type it. */
  amount: string
  asset: Asset
  /** `in`: the issuer puts new money into circulation; `out`: takes it back. */
  direction: 'in' | 'out'
  whose: Introduction
  note?: string | undefined
}

/** Puts money into circulation, or takes it out: a transfer from or to the issuer, collected as it is made. */
export async function issue(core: Core, order: Issue, request?: Request): Promise<Transfer> {
  const { asset, direction, note } = order
  const amount = parseAmount(order.amount, asset)
  const { person } = await core.people.meet(order.whose)
  const theirs = accountOf(personOwner(person), asset.code)
  const issuers = accountOf(ISSUER, asset.code)
  const [from, to] = direction === 'in' ? [issuers, theirs] : [theirs, issuers]
  const id = newId()
  const codeHash = codeHashOf(codeOf(core.secretKey, id))
  const draft = { id, codeHash, asset, amount, from, to, ...(note && { note }) }
  const transfer = await core.ledger.submit({ do: 'issue', draft, to }, request)
  await learn(core, [order.whose])
  return transfer
}
