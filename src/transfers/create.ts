import type { Target } from '../delivery/cards.ts'
import type { Request } from '../ledger/rows.ts'
import type { ChatUpdate } from '../people/groups.ts'
import { learn } from '../people/labels.ts'
import { draftOf, peopleIn, type Terms } from './draft.ts'
import type { ReadTransfer } from './find.ts'
import type { Needs } from './needs.ts'

export interface Create extends Terms {
  /** Where it is sent. */
  group?: ChatUpdate | null | undefined
  /** Where its card is to hang. */
  card?: Target | undefined
  request?: Request | undefined
}

export interface Created {
  transfer: ReadTransfer
  /** Left out where it was made before, by a request of the same key. */
  code?: string
}

/**
 * Makes a transfer: the money leaves the sender and waits in it.
 * @throws Refusal
 */
export async function create(
  needs: Pick<Needs, 'ledger' | 'assets' | 'people' | 'groups' | 'deliveries' | 'secretKey' | 'log'>,
  { group, card, request, ...terms }: Create,
): Promise<Created> {
  const { people, groups, deliveries, ledger } = needs
  const { draft, code, sender, recipient } = await draftOf(needs, terms)
  if (group) draft.groupId = await groups.meet(group)
  // Before the money moves: from then on it is certain that somebody gets to see it.
  if (card) await deliveries.toPost(draft.id, card)
  const { transfer } = await ledger.submit({ do: 'create', draft }, request)
  const learning = learn(needs, peopleIn(terms), group)
  if (learning) await learning
  people.cacheOwner(draft.from.id, sender)
  if (draft.recipient.kind === 'account' && recipient)
    people.cacheOwner(draft.recipient.account.id, recipient)
  return { transfer: { ...transfer, claims: [] }, ...(transfer.id === draft.id && { code }) }
}
