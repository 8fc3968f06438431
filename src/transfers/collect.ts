import { learn } from '../labels.ts'
import { accountOf, personOwner } from '../ledger/accounts.ts'
import type { Transfer } from '../ledger/rules.ts'
import type { Request } from '../ledger/store.ts'
import type { Introduction } from '../people.ts'
import { actorOf } from './actor.ts'
import type { Needs } from './needs.ts'

export interface Collect {
  /** The code, or the transfer's id, where a client shows a button and knows who presses it. */
  what: { code: string } | { id: string }
  by: Introduction
  request?: Request | undefined
}

/**
 * Collects: the money in the transfer becomes theirs.
 * @throws Refusal
 */
export async function collect(
  needs: Pick<Needs, 'ledger' | 'assets' | 'people' | 'groups' | 'transfers' | 'log'>,
  { what, by, request }: Collect,
): Promise<Transfer> {
  const { people, transfers, ledger } = needs
  const met = await people.meet(by)
  const which = 'code' in what ? await transfers.which(what.code) : what
  const actor = actorOf(needs, met, by.handle)
  const transfer = await ledger.submit({ do: 'collect', which, by: actor }, request)
  const learning = learn(needs, [by])
  if (learning) await learning
  people.owns(accountOf(personOwner(met.person), transfer.asset).id, met)
  return transfer
}
