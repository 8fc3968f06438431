import { isDeepStrictEqual } from 'node:util'
import type { Draft } from '../ledger/commands.ts'
import { decide, NOTHING_HAPPENED } from '../ledger/rules.ts'
import { formatAmount } from '../money/amount.ts'
import type { KnownIdentity } from '../people/identity.ts'
import { saveLabels } from '../people/labels.ts'
import { newId } from '../shared/ids.ts'
import type { ExternalKey } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { draftOf, peopleIn, type Terms } from './draft.ts'
import { obeyRules } from './group-rules.ts'
import { balancesOf } from './history.ts'
import type { Needs } from './needs.ts'
import { type Content, lookUpOffer, type Offer, offerIdOf, storeOffer } from './offer-store.ts'

/** A transfer to be offered. */
export interface OfferTerms extends Terms {
  /** The sender has to confirm it: nobody else can make it a transfer. */
  confirm?: true | undefined
  /** The idempotency key: a repeated request returns the same offer. */
  request?: { client: string; key: string } | undefined
}

/**
 * Offers a transfer: stores it for ten minutes, without money.
 * @throws Refusal those of `create`, if the transfer would be refused now
 */
export async function offer(
  needs: Pick<
    Needs,
    'db' | 'assets' | 'people' | 'groups' | 'memberships' | 'rules' | 'opening' | 'secretKey' | 'log'
  >,
  { confirm, request, ...terms }: OfferTerms,
): Promise<Offer> {
  const { db, opening, people, groups, secretKey } = needs
  const groupId = terms.group ? await groups.recognise(terms.group) : undefined
  const { draft, sender, recipient } = await draftOf(needs, terms, groupId)
  const content = contentOf(draft, { confirm, ...terms })
  const id = request ? offerIdOf(secretKey, request.client, request.key) : newId()
  const first = request && (await lookUpOffer(db, id))
  if (first) refuseOther(first, content)
  else {
    await opening.admit({ person: sender.person, identity: terms.from, groupId })
    await obeyRules(needs, draft, sender)
    await refuseImpossible(needs, draft, sender)
  }
  const offered =
    first ??
    (await db.transaction(async (tx) => {
      // It names them while nobody has moved anything.
      await people.introduce([sender.person, ...(recipient ? [recipient.person] : [])], tx)
      if (groupId) await groups.introduce([groupId], tx)
      const stored = await storeOffer(tx, id, content)
      // Another request with the same key may have been quicker.
      refuseOther(stored, content)
      return stored
    }))
  await saveLabels(needs, peopleIn(terms), terms.group)
  return offered
}

/** Refuses what is not the content of the offer that its key stands for. */
function refuseOther(stored: Offer, content: Content): void {
  if (!isDeepStrictEqual(asKeyed(stored.content ?? content), asKeyed(content)))
    throw new Refusal('key_reused')
}

function contentOf({ amount, asset }: Draft, { from, to, note, group, confirm }: OfferTerms): Content {
  return {
    amount: formatAmount(amount, asset),
    asset: asset.code,
    from: named(from),
    ...(to && { to: 'id' in to ? named(to) : { ...to, handle: to.handle.toLowerCase() } }),
    ...(note && { note }),
    ...(group && { group: named(group) }),
    ...(confirm && { confirm }),
    ...(from.language && { language: from.language }),
  }
}

const named = ({ messenger, id }: ExternalKey): ExternalKey => ({ messenger, id })

/** The content that a repeated request must have: neither what became of the offer, nor labels. */
const asKeyed = ({ sent: _, language: __, ...content }: Content) => content

/** Refuses what the ledger's rules would refuse now. */
async function refuseImpossible(
  { db, people }: Pick<Needs, 'db' | 'people'>,
  draft: Draft,
  sender: KnownIdentity,
): Promise<void> {
  const held = (await balancesOf(db, sender.person)).find(({ asset }) => asset === draft.asset.code)
  const balances = new Map([[draft.from.id, { balance: held?.balance ?? 0n, mayGoBelowZero: false }]])
  const hold = await people.holdOf(sender.person)
  const state = { ...NOTHING_HAPPENED, now: new Date(), balances, holdOf: () => hold }
  const decision = decide(state, { do: 'create', draft })
  if (decision instanceof Refusal) throw decision
}
