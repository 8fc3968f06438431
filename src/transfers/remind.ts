import { asc, eq } from 'drizzle-orm'
import { reminders } from '../../db/schema.ts'
import { accountOf } from '../ledger/accounts.ts'
import type { IdentityUpdate } from '../people/identity.ts'
import { saveLabels } from '../people/labels.ts'
import { recipientKey } from '../people/recipients.ts'
import { handleIn } from '../shared/keys.ts'
import { Refusal } from '../shared/refusal.ts'
import { asSender, type SenderNeeds } from './actor.ts'
import type { ReadTransfer } from './find.ts'
import { lock } from './lock.ts'
import type { Needs } from './needs.ts'

/** How often somebody is reminded of one transfer, and how many minutes lie between. A trigger checks the same. */
const MOST = 2
const MINUTES_BETWEEN = 60

/**
 * The sender reminds the one for whom an open transfer is, by a private message: twice at most, an hour apart.
 * What a treasury has paid, an admin of its group does.
 * @throws Refusal `transfer_not_found`, `not_sender`, `not_admin`, `admins_unknown`, `awaiting_approval`, `awaiting_goal`, `not_named`, `unknown_person`, `notices_off`, `reminded_twice`, `reminded_lately`,
 * or one of `CLOSED`
 */
export async function remind(
  needs: SenderNeeds & Pick<Needs, 'groups' | 'transfers' | 'log'>,
  { id, by }: { id: string; by: IdentityUpdate },
): Promise<ReadTransfer> {
  const { db, people, transfers } = needs
  const transfer = await transfers.byId(id)
  if (!transfer) throw new Refusal('transfer_not_found')
  const { actor, note } = await asSender(needs, transfer, by)
  const account = accountOf(actor.owner, transfer.asset).id
  if (transfer.fromAccount !== account) throw new Refusal('not_sender')
  // It can't be collected yet.
  if (transfer.awaits > 0 && transfer.state === 'open')
    throw new Refusal(transfer.askId ? 'awaiting_goal' : 'awaiting_approval')
  await refuseUnreachable(people, transfer)
  await db.transaction(async (tx) => {
    const { now, closed } = await lock(tx, transfer, account)
    if (closed) throw closed
    const before = await tx
      .select()
      .from(reminders)
      .where(eq(reminders.transferId, id))
      .orderBy(asc(reminders.turn))
    if (before.length >= MOST) throw new Refusal('reminded_twice')
    const last = before.at(-1)?.at
    const minutes = last ? MINUTES_BETWEEN - (now.getTime() - last.getTime()) / 60_000 : 0
    if (minutes > 0) throw new Refusal('reminded_lately', { minutes: Math.ceil(minutes) })
    await tx.insert(reminders).values({ transferId: id, turn: before.length + 1 })
  })
  await note('remind')
  await saveLabels(needs, [by])
  return transfer
}

/** Refuses where nobody would get the message. */
async function refuseUnreachable(people: Needs['people'], transfer: ReadTransfer): Promise<void> {
  const { recipient } = transfer
  if (recipient.kind !== 'account' && recipient.kind !== 'handle') throw new Refusal('not_named')
  const to = (await people.recipients([transfer])).get(recipientKey(recipient))
  if (!to)
    throw new Refusal('unknown_person', {
      typed: recipient.kind === 'handle' ? `@${handleIn(recipient.handle).handle}` : '',
    })
  if (to.quiet) throw new Refusal('notices_off')
}
