import { accountOf, personOwner } from '../ledger/accounts.ts'
import type { Claim } from '../ledger/commands.ts'
import type { Request } from '../ledger/rows.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import { saveLabels } from '../people/labels.ts'
import { actorOf } from './actor.ts'
import type { ReadTransfer } from './find.ts'
import type { Needs } from './needs.ts'

/** A claim. */
export interface Collect {
  /** The code; or the transfer's id, from a client that shows a button and knows who presses it. */
  what: { code: string } | { id: string }
  by: IdentityUpdate
  request?: Request | undefined
}

/** What was paid. */
export interface Collected {
  /** With this claim only, whatever others it has paid. */
  transfer: ReadTransfer
  claim: Claim
}

/**
 * Collects: a share of the transfer's money becomes theirs.
 * @throws Refusal `transfer_not_found`, `not_for_you`, `handle_not_told`, `wrong_asset`, `own_transfer`, `already_yours`,
 * `key_reused`, or one of `CLOSED`
 */
export async function collect(
  needs: Pick<Needs, 'ledger' | 'assets' | 'people' | 'groups' | 'transfers' | 'log'>,
  { what, by, request }: Collect,
): Promise<Collected> {
  const { people, transfers, ledger } = needs
  const met = await people.meet(by)
  const which = 'code' in what ? await transfers.which(what.code) : what
  const actor = actorOf(needs, met, by.handle)
  const { transfer, claim } = await ledger.submit({ do: 'collect', which, by: actor }, request)
  const saving = saveLabels(needs, [by])
  if (saving) await saving
  people.cacheOwner(accountOf(personOwner(met.person), transfer.asset).id, met)
  if (!claim) throw new Error('A collect that paid nothing.')
  return { transfer: { ...transfer, claims: [claim] }, claim }
}
