import { chooseAsset, formatAmount, parseAmount } from '../money/amount.ts'
import type { People } from '../people/people.ts'
import { type ExternalKey, readKey } from '../shared/keys.ts'
import { isMessenger, MESSENGERS, wrongPersonId } from '../shared/person-ids.ts'
import { Refusal } from '../shared/refusal.ts'
import { asTyped, isVisible } from '../shared/text.ts'
import { keyed } from './idempotency.ts'
import { type Issue, type Issued, issue } from './issue.ts'
import type { Needs } from './needs.ts'

/** One issue or withdrawal out of several, as somebody writes it. */
export interface OrderAsked extends Pick<Issue, 'direction' | 'amount' | 'asset' | 'note'> {
  /** The person, as `messenger:id`. */
  who: string
  /** Its idempotency key. */
  key: string
}

/** One that was checked. */
export interface Order extends Pick<OrderAsked, 'who' | 'key'> {
  order: Issue
}

/**
 * Checks an order by itself, so that of several none is carried out where one is wrong.
 * @param client whose key it is
 * @throws Refusal `not_a_person`, and those of `chooseAsset` and `parseAmount`
 */
export async function readOrder(
  { assets, people }: Pick<Needs, 'assets' | 'people'>,
  client: string,
  { direction, amount: typed, asset: named, who, note, key }: OrderAsked,
): Promise<Order> {
  const whose = await personOf(who, direction, people)
  const asset = chooseAsset(assets.of(whose.messenger), named, typed)
  const amount = formatAmount(parseAmount(typed, asset), asset)
  const content = { direction, amount, asset: asset.code, who, note }
  const request = keyed(client, 'issue', { key, ...content })
  return { who, key, order: { amount, asset: asset.code, direction, whose, note, request } }
}

/** Orders that are submitted at once, far below the ledger's limit. */
const AT_ONCE = 2000

/** Carries out orders, each for itself. @returns what was issued, or why it was not, in their order */
export async function carryOutOrders(
  needs: Parameters<typeof issue>[0],
  orders: Order[],
): Promise<(Issued | Error)[]> {
  const outcomes: (Issued | Error)[] = []
  for (let first = 0; first < orders.length; first += AT_ONCE) {
    const some = orders.slice(first, first + AT_ONCE)
    const settled = some.map(({ order }) => issue(needs, order).catch((error: Error) => error))
    outcomes.push(...(await Promise.all(settled)))
  }
  return outcomes
}

/** Refuses people that can't exist: money that went to them would be lost. */
async function personOf(
  who: string,
  direction: Issue['direction'],
  people: Pick<People, 'find'>,
): Promise<ExternalKey> {
  const nobody = (problem: string) => new Refusal('not_a_person', { typed: asTyped(who), problem })
  const key = readKey(who)
  if (!key || !isVisible(who))
    throw nobody(`"${who}" is not a person. People are named like telegram:123456789.`)
  const { messenger, id } = key
  const problem = wrongPersonId(messenger, id)
  if (direction === 'in' && problem) throw nobody(problem)
  if (direction === 'in' && isMessenger(messenger)) return { messenger, id }
  if (await people.find(messenger, id)) return { messenger, id }
  throw nobody(
    direction === 'out'
      ? `The books know nobody who goes by ${who}.`
      : `"${messenger}" is no messenger here, and the books know nobody who goes by ${who}. There are: ${MESSENGERS.join(', ')}.`,
  )
}
