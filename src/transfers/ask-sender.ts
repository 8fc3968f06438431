import { eq, sql } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { askers } from '../../db/schema.ts'
import { accountOf, personOwner } from '../ledger/accounts.ts'
import type { IdentityUpdate, KnownIdentity } from '../people/identity.ts'
import { Refusal } from '../shared/refusal.ts'
import { MOST_ASKERS } from './askers.ts'
import type { ReadTransfer } from './find.ts'
import { lock } from './lock.ts'
import type { Needs } from './needs.ts'

/**
 * Notes that somebody wants to collect a transfer whose sender confirms that, and has the sender asked in private, once.
 * @param by what the messenger has just told of them: the sender reads it
 * @returns once the sender has said yes to them, or to somebody who was one person with them
 * @throws Refusal `awaiting_sender`, `sender_said_no`, `too_many_askers`, or one of `CLOSED`
 */
export async function askSender(
  { db, people, deliveries }: Pick<Needs, 'db' | 'people' | 'deliveries'>,
  transfer: ReadTransfer,
  { person, messenger, id: identity }: KnownIdentity,
  by: IdentityUpdate,
): Promise<void> {
  const { id, asset, fromAccount } = transfer
  const sender = (await people.ofAccounts([fromAccount])).get(fromAccount)
  const announce = await db.transaction(async (tx) => {
    const { closed } = await lock(tx, transfer, accountOf(personOwner(person), asset).id)
    if (closed) throw closed
    const all = await tx
      .select({ answer: askers.answer, isOwn: isOf(person) })
      .from(askers)
      .where(eq(askers.transferId, id))
    const own = all.filter(({ isOwn }) => isOwn)
    if (own.length > 0) {
      refuseUnconfirmed(own, id)
      return undefined
    }
    if (all.filter(({ answer }) => answer === null).length >= MOST_ASKERS)
      throw new Refusal('too_many_askers')
    const turn = all.length + 1
    await people.introduce([person], tx)
    await people.saveLabels(by, tx)
    await tx.insert(askers).values({ transferId: id, turn, personId: person, messenger, identity })
    return sender ? deliveries.tellOfAsker({ transfer: id, turn, to: sender }, tx) : () => {}
  })
  if (!announce) return
  announce()
  throw new Refusal('awaiting_sender', { transfer: id })
}

/** What the sender has said to somebody who has asked: `null` is nothing yet; undefined: they have not asked. */
export async function answerTo(
  db: Database,
  transferId: string,
  person: string,
): Promise<'yes' | 'no' | null | undefined> {
  const own = await db
    .select({ answer: askers.answer })
    .from(askers)
    .where(sql`${askers.transferId} = ${transferId} and ${isOf(person)}`)
  return ofAll(own)
}

/** Those who were ever one person count as one. */
const isOf = (person: string) => sql<boolean>`${askers.personId} in (select kin_of(${person}))`

type Answered = { answer: 'yes' | 'no' | null }

/** Where several of them had asked before they were one: a yes to one of them counts, and who still waits may get one. */
function ofAll(own: Answered[]): Answered['answer'] | undefined {
  const answers = own.map(({ answer }) => answer)
  return answers.find((answer) => answer === 'yes') ?? (answers.includes(null) ? null : answers[0])
}

function refuseUnconfirmed(own: Answered[], transfer: string): void {
  const answer = ofAll(own)
  if (answer === 'no') throw new Refusal('sender_said_no')
  if (answer !== 'yes') throw new Refusal('awaiting_sender', { transfer })
}
