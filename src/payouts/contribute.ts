import type { Request } from '../ledger/rows.ts'
import { saveLabels } from '../people/labels.ts'
import { draftOf, type Terms } from '../transfers/draft.ts'
import type { ReadTransfer } from '../transfers/find.ts'
import { obeyRules } from '../transfers/group-rules.ts'
import type { Needs } from './needs.ts'
import { treasuryAccount } from './treasury.ts'

/** Money for the treasury of a group. */
export interface Contribution extends Omit<Terms, 'to' | 'group'> {
  /** The group where it is given; the treasury of its root has it. */
  groupId: string
  request?: Request | undefined
}

/**
 * Puts somebody's money into the treasury of a group, at once. The rules of the group hold as for any transfer.
 * @throws Refusal those of `draftOf`, of the group's rules and of `Opening.admit`, `amount_too_large`, `insufficient_funds`,
 * `on_hold`, `key_reused`
 */
export async function contribute(
  needs: Omit<Needs, 'deliveries' | 'trail' | 'config'>,
  { groupId, request, ...terms }: Contribution,
): Promise<ReadTransfer> {
  const { people, groups, opening, ledger } = needs
  const { from } = terms
  const { draft, sender } = await draftOf(needs, terms, groupId)
  const to = treasuryAccount(await groups.rootOf(groupId), draft.asset.code)
  draft.recipient = { kind: 'account', account: to }
  await opening.admit({ person: sender.person, identity: from, groupId }, request)
  await obeyRules(needs, draft, sender, request)
  const { transfer, claim } = await ledger.submit({ do: 'contribute', draft, to }, request)
  await saveLabels(needs, [from])
  people.cacheOwner(draft.from.id, sender)
  return { ...transfer, claims: claim ? [claim] : [] }
}
