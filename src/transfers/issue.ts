import { codeHashOf, codeOf } from '../access/codes.ts'
import { accountOf, ISSUER, personOwner } from '../ledger/accounts.ts'
import type { Command } from '../ledger/commands.ts'
import type { Request } from '../ledger/rows.ts'
import { chooseAsset, parseAmount } from '../money/amount.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import { saveLabels } from '../people/labels.ts'
import { newId } from '../shared/ids.ts'
import { keyOf } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import type { ReadTransfer } from './find.ts'
import type { Needs } from './needs.ts'

/** Money to be put into circulation, or to be taken out of it. */
export interface Issue {
  /** As people type it: `parseAmount` reads it. */
  amount: string
  /** The code of an asset; by default the one that the amount's currency sign means, or the messenger's first. */
  asset?: string | undefined
  /** `in`: the issuer puts new money into circulation; `out`: takes it back. */
  direction: 'in' | 'out'
  /** Who gets the money, or whose is taken. */
  whose: IdentityUpdate
  /** Who asks for it, where that isn't the API client itself: they have to be an operator. */
  by?: IdentityUpdate | undefined
  note?: string | null | undefined
  request?: Request | undefined
  /** The id of its transfer, where that is chosen beforehand, so that it is made once. */
  id?: string | undefined
}

/** What was issued or withdrawn. */
export interface Issued {
  transfer: ReadTransfer
  /** Whether an earlier request with the same key did it. */
  before: boolean
}

/**
 * Puts money into circulation, or takes it out, by a transfer from or to the issuer that is collected at once.
 * @throws Refusal `not_operator`, `winding_down`, those of `chooseAsset` and `parseAmount`, `insufficient_funds`, `key_reused`
 */
export async function issue(
  needs: Pick<Needs, 'ledger' | 'assets' | 'people' | 'groups' | 'opening' | 'secretKey' | 'config' | 'log'>,
  order: Issue,
): Promise<Issued> {
  const { people, ledger, opening, config } = needs
  const { by, whose, request } = order
  if (by && !config.operators.has(keyOf(by))) throw new Refusal('not_operator')
  const what = whatOf(needs, order)
  if (order.direction === 'in') await opening.admitNew(request)
  const { person } = await people.recognise(whose)
  const { command } = commandOf(needs, order, what, person)
  const { transfer, claim } = await ledger.submit(command, request)
  await saveLabels(needs, [whose])
  return {
    transfer: { ...transfer, claims: claim ? [claim] : [] },
    before: transfer.id !== command.draft.id,
  }
}

/**
 * The asset and the amount of an issue, in minor units.
 * @throws Refusal those of `chooseAsset` and `parseAmount`
 */
export function whatOf({ assets }: Pick<Needs, 'assets'>, { amount, asset: named, whose }: Issue) {
  const asset = chooseAsset(assets.of(whose.messenger), named, amount)
  return { asset, amount: parseAmount(amount, asset) }
}

/** An issue as a command to the ledger, and the id of the person's account. @param person their id */
export function commandOf(
  { secretKey }: Pick<Needs, 'secretKey'>,
  { direction, note, id = newId() }: Issue,
  { asset, amount }: ReturnType<typeof whatOf>,
  person: string,
) {
  const theirs = accountOf(personOwner(person), asset.code)
  const issuers = accountOf(ISSUER, asset.code)
  const [from, to] = direction === 'in' ? [issuers, theirs] : [theirs, issuers]
  const codeHash = codeHashOf(codeOf(secretKey, id))
  const recipient = { kind: 'account', account: to } as const
  const draft = { id, codeHash, asset, amount, from, recipient, ...(note && { note }) }
  return { account: theirs.id, command: { do: 'issue', draft, to } satisfies Command }
}
