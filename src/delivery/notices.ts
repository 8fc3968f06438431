import { and, eq, inArray, ne } from 'drizzle-orm'
import type { Database } from '../../db/postgres.ts'
import { entries, transfers } from '../../db/schema.ts'
import type { Treasuries } from '../groups/treasuries.ts'
import type { KnownIdentity } from '../people/identity.ts'
import type { People } from '../people/people.ts'
import { type RecipientIdentity, recipientKey } from '../people/recipients.ts'
import { isForSeveral } from '../shared/shares.ts'
import type { Event, Happened, Subscriber } from './outbox.ts'

/**
 * Why somebody gets a private message: what they sent was collected, to the last share where it has several, declined, returned or
 * given back; they received something, the lot fell on them, or their sender has said that they are not the one; or something waits for them, of which its sender may remind them.
 */
export type Notice =
  | 'collected'
  | 'shared'
  | 'drawn'
  | 'declined'
  | 'returned'
  | 'refunded'
  | 'received'
  | 'unconfirmed'
  | 'waiting'
  | 'reminder'
  | 'poolReached'
  | 'poolGiven'
  | 'poolEnded'
  | 'poolShort'

/** Where a private message goes, and in which language. */
export type Addressee = Omit<KnownIdentity, 'person'>

/** A subscriber that tells people in private what happened to their money. */
export const noticesTo = (db: Database, people: People, groups: Treasuries): Subscriber => ({
  follows: {
    created: ne(transfers.recipient, 'anyone'),
    approved: true,
    reminded: true,
    claimed: true,
    declined: true,
    returned: true,
  },
  async jobsFor(happened) {
    // Labels that came with a claim are written after the money has moved, perhaps by this process at this moment.
    await people.labelsSaved()
    const [{ owners, recipients, treasuries }, last] = await Promise.all([
      whom(people, groups, happened),
      lastTakers(db, happened),
    ])
    return happened.flatMap(({ event, account, transfer }) =>
      NOTICES[event]({
        isRefund: transfer.refundOf !== null,
        isPooled: transfer.isPooled,
        isShare: isForSeveral(transfer),
        isSettled: transfer.settlement !== null,
        isLast: last.get(transfer.id) === account,
        isConfirmed: transfer.confirms,
        // Who has paid into a treasury, or what somebody asked for, has seen that it is there.
        sender:
          treasuries.has(account) || (transfer.askId && !transfer.isPooled)
            ? undefined
            : owners.get(transfer.fromAccount),
        owner: owners.get(account),
        recipient: isWaiting({ event, transfer })
          ? recipients.get(recipientKey(transfer.recipient))
          : undefined,
      }).flatMap(([whom, notice]) => {
        if (!whom) return []
        const { messenger, id, handle, name, language } = whom
        const to = { messenger, id, handle, name, language }
        const job = { kind: 'notice', transfer: transfer.id, notice, to } as const
        // A pool is told of once, however many have given.
        const about = notice === 'poolReached' ? transfer.askId : `${transfer.id}:${account}`
        return { messenger, key: `${notice}:${about}`, job }
      }),
    )
  },
})

interface Whom {
  isRefund: boolean
  /** It was given for a pool. */
  isPooled: boolean
  /** It is for several, and whether the entry's account has taken the last share of it. */
  isShare: boolean
  isLast: boolean
  /** It has paid at its end whom the lot fell on. */
  isSettled: boolean
  /** Whether the sender had to say yes first. */
  isConfirmed: boolean
  sender: KnownIdentity | undefined
  /** The owner of the entry's account. */
  owner: KnownIdentity | undefined
  recipient: RecipientIdentity | undefined
}

/** Who is told what; whoever isn't known is told nothing. */
type Told = [KnownIdentity | undefined, Notice][]

const toRecipient =
  (notice: Notice) =>
  ({ recipient }: Whom): Told =>
    recipient?.quiet ? [] : [[recipient, notice]]

const NOTICES: Record<Event, (whom: Whom) => Told> = {
  created: toRecipient('waiting'),
  approved: toRecipient('waiting'),
  reminded: toRecipient('reminder'),
  // Its cards say so.
  extended: () => [],
  reissued: () => [],
  entered: () => [],
  claimed: ({ isRefund, isPooled, isShare, isSettled, isLast, isConfirmed, sender, owner }) => {
    // Who gave it back has seen that it worked.
    if (isRefund) return [[owner, 'refunded']]
    // A crowd that takes shares sees it in the chat; who has waited for the end, or for a yes, may look elsewhere by then.
    if (isShare || isSettled) {
      const told: Told = isSettled ? [[owner, 'drawn']] : isConfirmed ? [[owner, 'received']] : []
      return isLast ? [...told, [sender, 'shared']] : told
    }
    return [
      [owner, isPooled ? 'poolReached' : 'received'],
      [sender, isPooled ? 'poolGiven' : 'collected'],
    ]
  },
  // The sender cancelled it, and has seen that it worked.
  cancelled: () => [],
  declined: ({ isPooled, sender }) => [[sender, isPooled ? 'poolEnded' : 'declined']],
  returned: ({ isPooled, sender }) => [[sender, isPooled ? 'poolShort' : 'returned']],
}

/** Events of which the recipient may be told that a transfer waits for them. */
const TELLS_RECIPIENT: readonly Event[] = ['created', 'approved', 'reminded']

/**
 * Whether a transfer waits for its recipient: a new one, one that has got its last approval, or one that they are reminded of. It may be
 * over by the time its event is dispatched.
 */
const isWaiting = ({ event, transfer }: Pick<Happened, 'event' | 'transfer'>) =>
  TELLS_RECIPIENT.includes(event) && transfer.state === 'open' && transfer.awaits === 0

async function whom(people: People, groups: Treasuries, happened: Happened[]) {
  const accounts = happened.flatMap(({ event, account, transfer }) =>
    TELLS_RECIPIENT.includes(event) ? [] : [account, transfer.fromAccount],
  )
  const [owners, recipients] = await Promise.all([
    people.ofAccounts([...new Set(accounts)]),
    people.recipients(happened.filter(isWaiting).map(({ transfer }) => transfer)),
  ])
  const others = accounts.filter((account) => !owners.has(account))
  return { owners, recipients, treasuries: await groups.ofAccounts([...new Set(others)]) }
}

/** Who has taken the last share, by transfer: so that its sender is told once, in whatever batches the claims are dispatched. */
async function lastTakers(db: Database, happened: Happened[]): Promise<Map<string, string>> {
  const over = happened.flatMap(({ event, transfer }) =>
    event === 'claimed' && isForSeveral(transfer) && transfer.state === 'collected' ? transfer.id : [],
  )
  if (over.length === 0) return new Map()
  const rows = await db
    .select({ transfer: entries.transferId, account: entries.accountId })
    .from(entries)
    .where(and(inArray(entries.transferId, [...new Set(over)]), eq(entries.leaves, 'collected')))
  return new Map(rows.map(({ transfer, account }) => [transfer, account]))
}
