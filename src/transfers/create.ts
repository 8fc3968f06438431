import type { Target } from '../delivery/cards.ts'
import type { Request } from '../ledger/rows.ts'
import { saveLabels } from '../people/labels.ts'
import { draftOf, peopleIn, type Terms } from './draft.ts'
import type { ReadTransfer } from './find.ts'
import { obeyRules } from './group-rules.ts'
import { nameListed } from './listed.ts'
import type { Needs } from './needs.ts'
import { madePhrase, type PhraseAsked, withPhrase } from './phrase.ts'

/** A transfer to be made. */
export interface Create extends Terms {
  /** Where its card is to be posted. */
  card?: Target | undefined
  /** Words open it in place of its code. */
  phrase?: PhraseAsked | undefined
  request?: Request | undefined
}

/** A transfer that was made. */
export interface Created {
  transfer: ReadTransfer
  /** Left out where an earlier request with the same key made it. */
  code?: string
  /** The words that were made to open it. */
  words?: string
}

/**
 * Makes a transfer: the money leaves the sender's account and waits in it.
 * @throws Refusal those of `draftOf`, `Opening.admit`, `obeyRules`, `nameListed` and `withPhrase`, `amount_too_large`, `group_day_limit`, `on_hold`, `insufficient_funds`, `key_reused`
 */
export async function create(
  needs: Pick<
    Needs,
    | 'db'
    | 'ledger'
    | 'assets'
    | 'people'
    | 'groups'
    | 'memberships'
    | 'rules'
    | 'opening'
    | 'deliveries'
    | 'secretKey'
    | 'log'
  >,
  { card, phrase, request, ...terms }: Create,
): Promise<Created> {
  const { people, opening, deliveries, ledger, secretKey } = needs
  const groupId = terms.group ? await needs.groups.recognise(terms.group) : undefined
  const { draft, code, sender, recipient } = await draftOf(needs, terms, groupId)
  await opening.admit({ person: sender.person, identity: terms.from, groupId }, request)
  await obeyRules(needs, draft, sender, request)
  if (draft.recipient.kind === 'listed') await nameListed(needs, draft, draft.recipient.list, sender, request)
  const { person } = sender
  const { transfer } = await withPhrase(needs, { phrase, draft, person, request }, async (complete) => {
    // Before the money moves, so that its card is posted even where this process ends right after that.
    if (card) await deliveries.toPost(draft.id, card)
    return ledger.submit({ do: 'create', draft: complete }, request)
  })
  const saving = saveLabels(needs, peopleIn(terms), terms.group)
  if (saving) await saving
  people.cacheOwner(draft.from.id, sender)
  if (draft.recipient.kind === 'account' && recipient)
    people.cacheOwner(draft.recipient.account.id, recipient)
  return {
    transfer: { ...transfer, claims: [] },
    ...(transfer.id === draft.id && { code }),
    ...(phrase && phrase.words === undefined && { words: madePhrase(secretKey, transfer.id, phrase) }),
  }
}
