import type { Target } from '../delivery/cards.ts'
import type { ChatUpdate } from '../groups/groups.ts'
import type { Request } from '../ledger/rows.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import { saveLabels } from '../people/labels.ts'
import { Refusal } from '../shared/refusal.ts'
import { findMade } from '../transfers/idempotency.ts'
import { carryOutShort } from './carry-out.ts'
import { makePayout } from './make.ts'
import type { Needs } from './needs.ts'
import { type Fault, type ItemAsked, planPayout } from './plan.ts'

/** A payout as an admin asks for it in a chat. */
export interface Order {
  by: IdentityUpdate
  /** The chat, whose group's treasury pays. */
  group: ChatUpdate
  items: ItemAsked[]
  asset?: string | undefined
  note?: string | null | undefined
  /** Where each item has a card of its own. Left out: the payout has one card in each chat of the group. */
  card?: Target | undefined
  request?: Request | undefined
}

/** A payout that can't be made; `faults` names everything that is wrong with it. */
export class PayoutFaulty extends Refusal {
  faults: Fault[]

  constructor(faults: Fault[]) {
    super('payout_faulty', { count: faults.length })
    this.faults = faults
  }
}

/**
 * Has a payout made for an admin.
 * @returns its id
 * @throws PayoutFaulty; of a single item, the Refusal itself; Refusal `not_admin`, `admins_unknown`, those of `makePayout`
 */
export async function pay(needs: Needs, { by, group, card, request, ...asked }: Order): Promise<string> {
  const { people, groups, memberships } = needs
  const groupId = await groups.recognise(group)
  const admin = await people.recognise(by)
  const before = request && (await findMade(needs.db, request, 'payout'))
  if (before) {
    await carryOutShort(needs, before, asked.items.length)
    return before
  }
  if (!(await memberships.isAdmin(groupId, admin.person))) throw new Refusal('not_admin')
  const plan = await planPayout(needs, { ...asked, groupId, by: admin })
  if ('faults' in plan) {
    const [first, another] = plan.faults
    throw first && !another ? new Refusal(first.code, first.details) : new PayoutFaulty(plan.faults)
  }
  const id = await makePayout(needs, plan, { card, request })
  const named = asked.items.flatMap(({ to }) => (typeof to === 'object' && 'id' in to ? to : []))
  await saveLabels(needs, [by, ...named], group)
  return id
}
