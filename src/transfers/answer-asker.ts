import { and, eq, sql } from 'drizzle-orm'
import { askers } from '../../db/schema.ts'
import { accountOf, personOwner } from '../ledger/accounts.ts'
import type { Claim } from '../ledger/commands.ts'
import type { IdentityUpdate, KnownIdentity } from '../people/identity.ts'
import { saveLabels } from '../people/labels.ts'
import { isOver } from '../shared/closed.ts'
import { Refusal } from '../shared/refusal.ts'
import { type Asker, askersOf } from './askers.ts'
import type { ReadTransfer } from './find.ts'
import { lock } from './lock.ts'
import type { Needs } from './needs.ts'

type AnswerNeeds = Pick<
  Needs,
  'db' | 'ledger' | 'assets' | 'people' | 'groups' | 'transfers' | 'deliveries' | 'log'
>

/** The sender's answer to one of those who want to collect a transfer of theirs. */
interface Answering {
  id: string
  turn: number
  by: IdentityUpdate
}

/**
 * The sender's yes: the money goes to whoever has asked, at once. What was asked of them as who they are was looked at when they asked; what else
 * a collect needs has to hold now. Where that fails, the yes stays, and either of the two may try again.
 * @throws Refusal `transfer_not_found`, `not_sender`, `asker_not_found`, `asker_answered`, `asker_unpayable`, `own_transfer`, `wrong_asset`, or one of `CLOSED`
 */
export async function sayYes(
  needs: AnswerNeeds,
  answering: Answering,
): Promise<{ asker: Asker; transfer: ReadTransfer; claim: Claim }> {
  const { ledger, assets, transfers } = needs
  const { id } = answering
  const asker = await answer(needs, answering, 'yes')
  const { messenger, person } = asker.identity
  const by = { owner: personOwner(person), assets: assets.codesOf(messenger), isConfirmed: true }
  const { transfer, claim } = await ledger
    .submit({ do: 'collect', which: { id }, by })
    .catch((error: unknown) => {
      throw forSender(error)
    })
  if (!claim) throw new Error('A collect that paid nothing.')
  return { asker: asker.view, transfer: await transfers.withClaims(transfer), claim }
}

/**
 * The sender's no: whoever has asked is told so, and can't ask again; the transfer stays open for others.
 * @throws Refusal `transfer_not_found`, `not_sender`, `asker_not_found`, `asker_answered`, or one of `CLOSED`
 */
export async function sayNo(needs: AnswerNeeds, answering: Answering): Promise<Asker> {
  const { view } = await answer(needs, answering, 'no')
  return view
}

/** Notes an answer, with the word to whom it refuses. A yes that has not moved the money may be said again. */
async function answer(
  needs: AnswerNeeds,
  { id, turn, by }: Answering,
  said: 'yes' | 'no',
): Promise<{ identity: KnownIdentity; view: Asker }> {
  const { db, people, transfers, deliveries } = needs
  const found = await transfers.byId(id)
  if (!found) throw new Refusal('transfer_not_found')
  const account = accountOf(personOwner((await people.recognise(by)).person), found.asset).id
  if (account !== found.fromAccount) throw new Refusal('not_sender')
  const isIt = and(eq(askers.transferId, id), eq(askers.turn, turn))
  const { identity, announce } = await db.transaction(async (tx) => {
    const { closed } = await lock(tx, found, account)
    const [asker] = await tx.select().from(askers).where(isIt)
    // As it is now: they may have become one with somebody else, or have parted, since they asked.
    const identity = asker && (await people.find(asker.messenger, asker.identity))
    if (!identity) throw new Refusal('asker_not_found')
    const isUnderWay = asker.answer === 'yes' && said === 'yes' && !closed
    if (asker.answer !== null && !isUnderWay) throw new Refusal('asker_answered')
    if (closed) throw closed
    if (isUnderWay) return { identity }
    await tx.update(askers).set({ answer: said, answeredAt: sql`clock_timestamp()` }).where(isIt)
    return said === 'yes'
      ? { identity }
      : { identity, announce: await deliveries.tellRefused({ transfer: id, turn, to: identity }, tx) }
  })
  announce?.()
  await saveLabels(needs, [by])
  const view = (await askersOf(db, [id])).find((one) => one.turn === turn)
  if (!view) throw new Error('Somebody who has asked is not there.')
  return { identity, view }
}

/** Why whoever has asked can't be paid, as their sender may hear it: nothing of a hold on somebody else. */
function forSender(error: unknown): unknown {
  if (!(error instanceof Refusal)) return error
  if (error.code === 'on_hold') return new Refusal('asker_unpayable')
  if (error.code === 'already_yours') return new Refusal('asker_answered')
  return isOver(error) ? new Refusal(error.code, { ...error.details, reader: 'sender' }) : error
}
