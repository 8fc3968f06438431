import type { Target } from '../delivery/cards.ts'
import type { ChatUpdate } from '../groups/groups.ts'
import type { Request } from '../ledger/rows.ts'
import { saveLabels } from '../people/labels.ts'
import { draftOf, peopleIn, type Terms } from './draft.ts'
import type { ReadTransfer } from './find.ts'
import type { Needs } from './needs.ts'

/** A transfer to be made. */
export interface Create extends Terms {
  /** The chat where it is sent. */
  group?: ChatUpdate | null | undefined
  /** Where its card is to be posted. */
  card?: Target | undefined
  request?: Request | undefined
}

/** A transfer that was made. */
export interface Created {
  transfer: ReadTransfer
  /** Left out where an earlier request with the same key made it. */
  code?: string
}

/**
 * Makes a transfer: the money leaves the sender's account and waits in it.
 * @throws Refusal those of `draftOf` and of `Opening.admit`, `amount_too_large`, `insufficient_funds`, `key_reused`
 */
export async function create(
  needs: Pick<
    Needs,
    'ledger' | 'assets' | 'people' | 'groups' | 'opening' | 'deliveries' | 'secretKey' | 'log'
  >,
  { group, card, request, ...terms }: Create,
): Promise<Created> {
  const { people, groups, opening, deliveries, ledger } = needs
  const { draft, code, sender, recipient } = await draftOf(needs, terms)
  if (group) draft.groupId = await groups.meet(group)
  await opening.admit({ person: sender.person, identity: terms.from, groupId: draft.groupId }, request)
  // Before the money moves, so that its card is posted even where this process ends right after that.
  if (card) await deliveries.toPost(draft.id, card)
  const { transfer } = await ledger.submit({ do: 'create', draft }, request)
  const saving = saveLabels(needs, peopleIn(terms), group)
  if (saving) await saving
  people.cacheOwner(draft.from.id, sender)
  if (draft.recipient.kind === 'account' && recipient)
    people.cacheOwner(draft.recipient.account.id, recipient)
  return { transfer: { ...transfer, claims: [] }, ...(transfer.id === draft.id && { code }) }
}
